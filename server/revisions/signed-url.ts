// Short-lived links to artifacts. The link is the credential: an HMAC over the digest and the instant until which it is
// good, under a key that only this controller has.

import { createHmac, timingSafeEqual } from 'node:crypto';

/** `baseUrl` without a trailing slash; `expiresAt` in epoch milliseconds. */
export function signArtifactUrl(signingKey: Uint8Array, baseUrl: string, sha256: string, expiresAt: number): string {
  const expires = String(Math.floor(expiresAt));
  return `${baseUrl}/v1/artifacts/${sha256}?expires=${expires}&signature=${sign(signingKey, sha256, expires).toString('base64url')}`;
}

/** Whether the parameters of a link were signed here and are still good at `now`. Takes equally long for any signature. */
export function isArtifactUrlGood(signingKey: Uint8Array, sha256: string, expires: string, signature: string, now: number): boolean {
  if (!/^[0-9a-f]{64}$/.test(sha256) || !/^[0-9]{1,16}$/.test(expires)) return false;
  const expected = sign(signingKey, sha256, expires);
  const given = Buffer.from(signature, 'base64url');
  return given.length === expected.length && timingSafeEqual(given, expected) && Number(expires) > now;
}

function sign(signingKey: Uint8Array, sha256: string, expires: string): Buffer {
  return createHmac('sha256', signingKey).update(`${sha256}\n${expires}`).digest();
}

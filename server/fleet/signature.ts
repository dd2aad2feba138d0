// What agents sign: Ed25519, with the raw key that the instance enrolled with.

import { createPublicKey, verify } from 'node:crypto';

/** Both in base64. Never throws: a key or signature that is none is wrong. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  try {
    const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(publicKey, 'base64').toString('base64url') }, format: 'jwk' });
    return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64'));
  } catch {
    return false;
  }
}

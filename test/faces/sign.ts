// A signer of its own for the tests, written from the description of Signature Version 4 and not from the verifier, in
// which every part can be got wrong on purpose.

import { createHash, createHmac } from 'node:crypto';
import { keyId, secret } from './open-door.ts';

export interface ToSign {
  readonly method: string;
  readonly path: string;
  readonly query?: string;
  /** In the order sent; what `signed` names is signed, all of them when it is not given. */
  readonly headers: readonly (readonly [string, string])[];
  readonly signed?: readonly string[];
  readonly body?: string | Uint8Array;
  readonly payloadHash?: string;
  readonly keyId?: string;
  readonly secret?: string;
  readonly date?: string;
  readonly region?: string;
  readonly service?: string;
  readonly terminator?: string;
  readonly timestamp: string;
}

export interface Signed {
  readonly authorization: string;
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
}

export function sign(request: ToSign): Signed {
  const date = request.date ?? request.timestamp.slice(0, 8);
  const scope = `${date}/${request.region ?? 'eu-central-1'}/${request.service ?? 'codedeploy'}/${request.terminator ?? 'aws4_request'}`;
  const values = new Map(request.headers.map(([name, value]) => [name.toLowerCase(), value.trim().replace(/ +/g, ' ')]));
  const names = [...(request.signed ?? [...values.keys()])].sort();
  const canonical = [
    request.method,
    request.path,
    request.query ?? '',
    ...names.map((name) => `${name}:${values.get(name) ?? ''}`),
    '',
    names.join(';'),
    request.payloadHash ?? hash(request.body ?? ''),
  ].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', request.timestamp, scope, hash(canonical)].join('\n');
  let key: Buffer = Buffer.from(`AWS4${request.secret ?? secret}`);
  for (const part of scope.split('/')) key = createHmac('sha256', key).update(part).digest();
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  const credential = `${request.keyId ?? keyId}/${scope}`;
  const signedHeaders = names.join(';');
  return { credential, signedHeaders, signature, authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${signedHeaders}, Signature=${signature}` };
}

export function hash(bytes: string | Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export function basicTime(instant: number): string {
  return new Date(instant).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

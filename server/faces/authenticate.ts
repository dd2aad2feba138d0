// Who is asking. REST takes a bearer `ID:SECRET` or a signature, the AWS face a signature only. An unknown key walks the
// same path as a wrong secret, with a stand-in secret, so that neither time nor much of the text tells them apart.

import { createHash, timingSafeEqual } from 'node:crypto';
import { Failure } from '../../protocol/errors.ts';
import type { Instant } from '../../world/clock.ts';
import type { AccessKeys } from './dependencies.ts';
import { parseQuery } from './query.ts';
import { type ReceivedRequest, splitTarget } from './received-request.ts';
import { readClaim, signatureFor } from './signature-v4.ts';

export interface Caller {
  readonly accessKeyId: string;
  /** The request's signature; null for a bearer. */
  readonly signature: string | null;
}

/** Which credentials a route takes. */
export type Scheme = 'signature' | 'bearer' | 'either';

const standInSecret = 'no access key has this secret';

/** The caller, proven. Throws Failure: Missing…, Incomplete…, InvalidSignature… or UnrecognizedClientException. */
export async function authenticate(request: ReceivedRequest, scheme: Scheme, keys: AccessKeys, now: Instant): Promise<Caller> {
  if (hasQuerySignature(request)) {
    throw new Failure('IncompleteSignatureException', 'Signatures in the query are not accepted; sign with the Authorization header alone.');
  }
  const authorization = request.headers.get('authorization') ?? [];
  if (authorization.length > 1) throw new Failure('IncompleteSignatureException', 'The Authorization header is sent more than once.');
  const [header = ''] = authorization;
  if (scheme !== 'bearer' && header.startsWith('AWS4-HMAC-SHA256 ')) return authenticateSignature(request, keys, now);
  if (scheme !== 'signature' && /^bearer /i.test(header)) return authenticateBearer(header.slice('bearer '.length).trim(), keys);
  throw new Failure('MissingAuthenticationTokenException', {
    signature: 'Sign the request with AWS Signature Version 4 (service codedeploy).',
    bearer: 'Send Authorization: Bearer ID:SECRET with an access key of this controller.',
    either: 'Send Authorization: Bearer ID:SECRET with an access key of this controller, or sign with AWS Signature Version 4.',
  }[scheme]);
}

async function authenticateSignature(request: ReceivedRequest, keys: AccessKeys, now: Instant): Promise<Caller> {
  const claim = readClaim(request, now);
  if (request.headers.has('x-amz-security-token')) {
    throw new Failure('UnrecognizedClientException', 'The security token included in the request is invalid: access keys here have none.');
  }
  const secret = await keys.secretOf(claim.accessKeyId);
  const isRight = areEqual(signatureFor(request, claim, secret ?? standInSecret), claim.signature);
  if (secret === null) throw new Failure('UnrecognizedClientException', 'The access key or signature of the request does not match: check the access key id.');
  if (!isRight) throw new Failure('InvalidSignatureException', 'The access key or signature of the request does not match: check the secret access key and the signing method.');
  return { accessKeyId: claim.accessKeyId, signature: claim.signature };
}

async function authenticateBearer(token: string, keys: AccessKeys): Promise<Caller> {
  const colon = token.indexOf(':');
  if (colon < 1) throw new Failure('MissingAuthenticationTokenException', 'A bearer is ID:SECRET, the two halves of an access key.');
  const accessKeyId = token.slice(0, colon);
  const secret = await keys.secretOf(accessKeyId);
  const isRight = areEqual(token.slice(colon + 1), secret ?? standInSecret);
  if (secret === null || !isRight) throw new Failure('UnrecognizedClientException', 'The access key id or its secret is wrong.');
  return { accessKeyId, signature: null };
}

function hasQuerySignature(request: ReceivedRequest): boolean {
  return parseQuery(splitTarget(request.target).query).some(([name]) => /^x-amz-(algorithm|credential|signature)$/i.test(name));
}

/** Compares hashes, which have one length whatever the texts have. */
function areEqual(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

// Who is asking. REST takes a bearer `ID:SECRET` or a signature, the AWS face a signature only. An unknown key walks the
// same path as a wrong secret, with a stand-in secret, so that neither time nor the answer tells them apart.

import { createHash, timingSafeEqual } from 'node:crypto';
import { Failure } from '../../protocol/errors.ts';
import type { Instant } from '../../world/clock.ts';
import type { Access } from '../access/access.ts';
import type { AccessKeys } from './dependencies.ts';
import { parseQuery } from './query.ts';
import { type ReceivedRequest, splitTarget } from './received-request.ts';
import { codeDeployRules, readClaim, signatureFor, signingKey, type SignatureClaim, type SignatureRules } from './signature-v4.ts';

export interface Caller {
  readonly accessKeyId: string;
  /** What the key is for, in its maker's words. */
  readonly description: string;
  readonly access: Access;
  /** The request's signature; null for a bearer. */
  readonly signature: string | null;
}

/** Which credentials a route takes. */
export type Scheme = 'signature' | 'bearer' | 'either';

const standInSecret = 'no access key has this secret';

/** The caller, proven. Throws Failure: Missing…, Incomplete…, InvalidSignature… or UnrecognizedClientException. */
export async function authenticate(request: ReceivedRequest, scheme: Scheme, keys: AccessKeys, now: Instant): Promise<Caller> {
  const header = authorizationOf(request);
  if (scheme !== 'bearer' && header.startsWith('AWS4-HMAC-SHA256 ')) return (await authenticateSignature(request, keys, now)).caller;
  if (scheme !== 'signature' && /^bearer /i.test(header)) return authenticateBearer(header.slice('bearer '.length).trim(), keys);
  throw new Failure('MissingAuthenticationTokenException', {
    signature: 'Sign the request with AWS Signature Version 4 (service codedeploy).',
    bearer: 'Send Authorization: Bearer ID:SECRET with an access key of this controller.',
    either: 'Send Authorization: Bearer ID:SECRET with an access key of this controller, or sign with AWS Signature Version 4.',
  }[scheme]);
}

/** A signature that was found right: by whom, over what, and the key that chunks of a streaming payload are signed with. */
export interface ProvenSignature {
  readonly caller: Caller;
  readonly claim: SignatureClaim;
  readonly signingKey: Uint8Array;
}

/** The caller who signed under `rules`. Throws Failure, for an unknown key and a wrong signature the very same. */
export async function authenticateSignature(request: ReceivedRequest, keys: AccessKeys, now: Instant, rules: SignatureRules = codeDeployRules): Promise<ProvenSignature> {
  authorizationOf(request);
  const claim = readClaim(request, now, rules);
  if (request.headers.has('x-amz-security-token')) {
    throw new Failure('UnrecognizedClientException', 'The security token included in the request is invalid: access keys here have none.');
  }
  const known = await keys.find(claim.accessKeyId);
  const key = signingKey(known?.secret ?? standInSecret, claim.scope);
  const isRight = areEqual(signatureFor(request, claim, key, rules), claim.signature);
  if (known === null || !isRight) {
    throw new Failure('InvalidSignatureException', 'The access key or signature of the request does not match: check the access key id, its secret and the signing method.');
  }
  await keys.used(claim.accessKeyId);
  const { description, access } = known;
  return { caller: { accessKeyId: claim.accessKeyId, description, access, signature: claim.signature }, claim, signingKey: key };
}

/** The one Authorization header, empty when there is none. Throws Failure when credentials stand in more than one place. */
function authorizationOf(request: ReceivedRequest): string {
  if (hasQuerySignature(request)) {
    throw new Failure('IncompleteSignatureException', 'Signatures in the query are not accepted; sign with the Authorization header alone.');
  }
  const authorization = request.headers.get('authorization') ?? [];
  if (authorization.length > 1) throw new Failure('IncompleteSignatureException', 'The Authorization header is sent more than once.');
  return authorization[0] ?? '';
}

async function authenticateBearer(token: string, keys: AccessKeys): Promise<Caller> {
  const colon = token.indexOf(':');
  if (colon < 1) throw new Failure('MissingAuthenticationTokenException', 'A bearer is ID:SECRET, the two halves of an access key.');
  const accessKeyId = token.slice(0, colon);
  const known = await keys.find(accessKeyId);
  const isRight = areEqual(token.slice(colon + 1), known?.secret ?? standInSecret);
  if (known === null || !isRight) throw new Failure('UnrecognizedClientException', 'The access key id or its secret is wrong.');
  await keys.used(accessKeyId);
  return { accessKeyId, description: known.description, access: known.access, signature: null };
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

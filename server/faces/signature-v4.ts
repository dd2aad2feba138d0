// AWS Signature Version 4, checked: the request is canonicalised from its own SignedHeaders list over the bytes that
// came, never from a fixed list, because every SDK signs a different one. What must be signed is a separate question,
// answered by `refuseUnlessBound`. Canonicalisation is ours: a signing library tidies headers before we could look.
// Which service and which kinds of payload a route takes are its `SignatureRules`.

import { createHash, createHmac } from 'node:crypto';
import { Failure } from '../../protocol/errors.ts';
import type { Instant } from '../../world/clock.ts';
import { parseQuery } from './query.ts';
import { type ReceivedRequest, splitTarget } from './received-request.ts';

const algorithm = 'AWS4-HMAC-SHA256';
const maxSkewMs = 5 * 60_000;

/** What one door accepts. Everything a rule does not allow by name is refused. */
export interface SignatureRules {
  /** The service in the credential's scope. */
  readonly service: string;
  /**
   * 'received': the payload is the body that was read, whole. 'declared': it is what x-amz-content-sha256 says, which
   * must be there; the body comes later, and whoever takes it must hold it against `SignatureClaim.payload`.
   */
  readonly payload: 'received' | 'declared';
  /** For 'declared': words that may stand in place of a hash, such as STREAMING-AWS4-HMAC-SHA256-PAYLOAD. */
  readonly payloadWords: readonly string[];
  /** S3 signs the path as it is sent; every other service encodes it once more. */
  readonly isPathSignedAsSent: boolean;
}

export const codeDeployRules: SignatureRules = { service: 'codedeploy', payload: 'received', payloadWords: [], isPathSignedAsSent: false };

/** The rules of a bucket's door, which names the payload words that it implements. */
export function s3Rules(payloadWords: readonly string[]): SignatureRules {
  return { service: 's3', payload: 'declared', payloadWords, isPathSignedAsSent: true };
}

/** What the Authorization header claims; nothing of it is proven yet. */
export interface SignatureClaim {
  readonly accessKeyId: string;
  /** date/region/service/aws4_request */
  readonly scope: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** As in the string to sign: 20150830T123600Z. */
  readonly timestamp: string;
  readonly signedAt: Instant;
  /** What is signed for the body: its SHA-256 in lower-case hex, or one of the rules' `payloadWords`. */
  readonly payload: string;
}

/**
 * Reads the claim and refuses everything that is wrong with it before any secret is looked at: its form, its scope,
 * what it leaves unsigned, its age. Throws Failure.
 */
export function readClaim(request: ReceivedRequest, now: Instant, rules: SignatureRules = codeDeployRules): SignatureClaim {
  const { service } = rules;
  refuseDuplicates(request);
  const parts = readAuthorization(request.headers.get('authorization')?.[0] ?? '');
  const [accessKeyId, date, region, named, terminator, ...more] = parts.Credential.split('/');
  if (!accessKeyId || !date || !region || !named || !terminator || more.length > 0) {
    throw new Failure('IncompleteSignatureException', `Credential must be ID/DATE/REGION/${service}/aws4_request; got ${parts.Credential}`);
  }
  if (named !== service || terminator !== 'aws4_request') {
    throw new Failure('InvalidSignatureException', `Credential must be scoped to ${service}/aws4_request; it is scoped to ${named}/${terminator}.`);
  }
  if (!/^[0-9a-f]{64}$/.test(parts.Signature)) {
    throw new Failure('IncompleteSignatureException', 'Signature must be 64 lower-case hexadecimal digits.');
  }
  const signedHeaders = parts.SignedHeaders.split(';');
  if (signedHeaders.some((name, i) => name === '' || name !== name.toLowerCase() || (i > 0 && signedHeaders[i - 1]! >= name))) {
    throw new Failure('IncompleteSignatureException', 'SignedHeaders must be lower-case names, each once, in order.');
  }
  const { timestamp, signedAt } = readTimestamp(request, signedHeaders);
  if (timestamp.slice(0, 8) !== date) {
    throw new Failure('InvalidSignatureException', `Date in Credential scope does not match YYYYMMDD from the signed date: ${date} and ${timestamp.slice(0, 8)}.`);
  }
  refuseUnlessBound(request, signedHeaders);
  refuseUnlessCurrent(timestamp, signedAt, now);
  const payload = payloadOf(request, rules);
  return { accessKeyId, scope: [date, region, named, terminator].join('/'), signedHeaders, signature: parts.Signature, timestamp, signedAt, payload };
}

/** The signature that `key` (see `signingKey`) gives for this request under the claim: lower-case hex. */
export function signatureFor(request: ReceivedRequest, claim: SignatureClaim, key: Uint8Array, rules: SignatureRules = codeDeployRules): string {
  const toSign = [algorithm, claim.timestamp, claim.scope, sha256(Buffer.from(canonicalRequest(request, claim, rules), 'latin1'))].join('\n');
  return hmac(key, toSign).toString('hex');
}

/** What `secret` signs with under a scope; the chunks of a streaming payload are signed with it too. */
export function signingKey(secret: string, scope: string): Uint8Array {
  return scope.split('/').reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${secret}`));
}

/** Header values are the bytes that came: Node hands them over as latin1, and so the whole text is hashed as latin1. */
export function canonicalRequest(request: ReceivedRequest, { signedHeaders, payload }: SignatureClaim, { isPathSignedAsSent }: SignatureRules): string {
  const { path, query } = splitTarget(request.target);
  return [
    request.method,
    isPathSignedAsSent ? path : encode(path).replaceAll('%2F', '/'),
    parseQuery(query)
      .map(([name, value]) => [encode(name), encode(value)] as const)
      .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
      .map(([name, value]) => `${name}=${value}`)
      .join('&'),
    ...signedHeaders.map((name) => `${name}:${(request.headers.get(name)?.[0] ?? '').trim().replace(/\s+/g, ' ')}`),
    '',
    signedHeaders.join(';'),
    payload,
  ].join('\n');
}

function readAuthorization(header: string): Readonly<Record<'Credential' | 'SignedHeaders' | 'Signature', string>> {
  if (!header.startsWith(`${algorithm} `)) throw new Failure('IncompleteSignatureException', `The Authorization header must begin with ${algorithm}.`);
  const parts: Record<string, string> = {};
  for (const piece of header.slice(algorithm.length).split(',')) {
    const match = /^\s*(Credential|SignedHeaders|Signature)=(\S+)\s*$/.exec(piece);
    if (match === null || parts[match[1]!] !== undefined) {
      throw new Failure('IncompleteSignatureException', `Authorization header cannot be read at: ${piece.trim().slice(0, 60)}`);
    }
    parts[match[1]!] = match[2]!;
  }
  const { Credential, SignedHeaders, Signature } = parts;
  if (Credential === undefined || SignedHeaders === undefined || Signature === undefined) {
    const missing = ['Credential', 'SignedHeaders', 'Signature'].filter((name) => parts[name] === undefined);
    throw new Failure('IncompleteSignatureException', `Authorization header requires ${missing.join(' and ')}.`);
  }
  return { Credential, SignedHeaders, Signature };
}

/** A header sent twice could be signed as one value and acted on as another. */
function refuseDuplicates(request: ReceivedRequest): void {
  for (const [name, values] of request.headers) {
    const matters = name === 'authorization' || name === 'host' || name === 'content-type' || name === 'date' || name.startsWith('x-amz-');
    if (matters && values.length > 1) throw new Failure('InvalidSignatureException', `The header ${name} is sent ${values.length} times.`);
  }
}

function readTimestamp(request: ReceivedRequest, signedHeaders: readonly string[]): { timestamp: string; signedAt: Instant } {
  const name = request.headers.has('x-amz-date') ? 'x-amz-date' : 'date';
  const value = request.headers.get(name)?.[0];
  if (value === undefined || !signedHeaders.includes(name)) {
    throw new Failure('IncompleteSignatureException', 'Authorization header requires a signed X-Amz-Date or Date header.');
  }
  const basic = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(value);
  const signedAt = Date.parse(basic === null ? (name === 'date' ? value : '') : `${basic[1]}-${basic[2]}-${basic[3]}T${basic[4]}:${basic[5]}:${basic[6]}Z`);
  if (Number.isNaN(signedAt)) throw new Failure('IncompleteSignatureException', `${name} must look like 20150830T123600Z; got ${value}`);
  return { timestamp: basicTime(signedAt), signedAt };
}

/**
 * The signature must cover all that decides what the request does: the action of this protocol is x-amz-target. Every
 * SDK observed signs each x-amz-* header it sends, so nothing of that prefix may ride along unsigned.
 */
function refuseUnlessBound(request: ReceivedRequest, signedHeaders: readonly string[]): void {
  const mustBeSigned = [...request.headers.keys()].filter((name) => name === 'content-type' || name.startsWith('x-amz-'));
  for (const name of ['host', ...mustBeSigned]) {
    if (!signedHeaders.includes(name)) throw new Failure('InvalidSignatureException', `The header ${name} must be signed; SignedHeaders leaves it out.`);
  }
  for (const name of signedHeaders) {
    const values = request.headers.get(name);
    if (values === undefined) throw new Failure('InvalidSignatureException', `SignedHeaders names ${name}, which the request does not have.`);
    if (values.length > 1) throw new Failure('InvalidSignatureException', `The header ${name} is sent ${values.length} times.`);
  }
}

function payloadOf(request: ReceivedRequest, { payload, payloadWords }: SignatureRules): string {
  const declared = request.headers.get('x-amz-content-sha256')?.[0];
  if (payload === 'received') {
    const digest = sha256(request.body);
    if (declared === undefined || declared === digest) return digest;
    throw new Failure('InvalidSignatureException', 'x-amz-content-sha256 must be the SHA-256 of the body that was sent; unsigned and streaming payloads are not accepted.');
  }
  if (declared !== undefined && (/^[0-9a-f]{64}$/.test(declared) || payloadWords.includes(declared))) return declared;
  const words = ['the SHA-256 of the body', ...payloadWords].join(', ');
  throw new Failure('InvalidSignatureException', `x-amz-content-sha256 must be one of: ${words}; it is ${declared ?? 'missing'}.`);
}

function refuseUnlessCurrent(timestamp: string, signedAt: Instant, now: Instant): void {
  const earliest = basicTime(now - maxSkewMs);
  const latest = basicTime(now + maxSkewMs);
  if (signedAt < now - maxSkewMs) {
    throw new Failure('InvalidSignatureException', `Signature expired: ${timestamp} is now earlier than ${earliest} (${basicTime(now)} - 5 min.)`);
  }
  if (signedAt > now + maxSkewMs) {
    throw new Failure('InvalidSignatureException', `Signature not yet current: ${timestamp} is still later than ${latest} (${basicTime(now)} + 5 min.)`);
  }
}

function basicTime(instant: Instant): string {
  return new Date(instant).toISOString().replace(/[-:]|\.\d{3}/g, '');
}

function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

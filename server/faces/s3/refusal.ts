// Refusals in S3's words: its clients retry, correct their clock or give up by the code they read. Our own catalogue's
// refusals, from the signature check and from the artifact folder, are translated.

import { type ErrorCode, Failure } from '../../../protocol/errors.ts';
import { ObjectTrouble } from '../../revisions/object-trouble.ts';

const statuses = {
  AccessDenied: 403,
  AuthorizationHeaderMalformed: 400,
  BadDigest: 400,
  EntityTooLarge: 400,
  IncompleteBody: 400,
  InternalError: 500,
  InvalidArgument: 400,
  InvalidBundle: 400,
  InvalidPart: 400,
  InvalidPartOrder: 400,
  InvalidRange: 416,
  InvalidRequest: 400,
  InvalidURI: 400,
  KeyTooLongError: 400,
  MalformedXML: 400,
  NoSuchBucket: 404,
  NoSuchKey: 404,
  NoSuchUpload: 404,
  NoSuchVersion: 404,
  NotImplemented: 501,
  PreconditionFailed: 412,
  RequestTimeTooSkewed: 403,
  RequestTimeout: 400,
  SignatureDoesNotMatch: 403,
  SlowDown: 503,
  XAmzContentSHA256Mismatch: 400,
} as const;

export type S3Code = keyof typeof statuses;

export class S3Refusal extends Error {
  readonly code: S3Code;
  readonly status: number;
  constructor(code: S3Code, message: string) {
    super(message);
    this.code = code;
    this.status = statuses[code];
  }
}

const codes: Partial<Record<ErrorCode, S3Code>> = {
  AccessDeniedException: 'AccessDenied',
  IncompleteSignatureException: 'AuthorizationHeaderMalformed',
  InvalidBundleException: 'InvalidBundle',
  InvalidSignatureException: 'SignatureDoesNotMatch',
  RequestEntityTooLargeException: 'EntityTooLarge',
  ServiceUnavailable: 'SlowDown',
  ThrottlingException: 'SlowDown',
  UnrecognizedClientException: 'AccessDenied',
  ValidationException: 'InvalidRequest',
};

/** Null for what is no refusal but a defect of ours. */
export function asRefusal(error: unknown): S3Refusal | null {
  if (error instanceof S3Refusal) return error;
  if (error instanceof ObjectTrouble) return new S3Refusal(error.code, error.message);
  if (!(error instanceof Failure)) return null;
  // SDKs read the answer's Date after this one, and sign by it from then on.
  if (error.code === 'InvalidSignatureException' && /^Signature (expired|not yet current)/.test(error.message)) return new S3Refusal('RequestTimeTooSkewed', error.message);
  const code = codes[error.code];
  return code === undefined ? null : new S3Refusal(code, error.message);
}

// Refusals and defects in each face's manner. A defect is logged with the request id and shown without its story; always
// JSON, also where no route was found, because SDKs choke on anything else.

import type { FastifyReply, FastifyRequest } from 'fastify';
import { catalogueEntry, type ErrorCode, Failure } from '../../protocol/errors.ts';
import type { Log } from '../../world/log.ts';

export type Manner = 'aws' | 'rest';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The answer that tells of `failure`, requestId included. */
export function failureAnswer(failure: Failure, manner: Manner, requestId: string): Answer {
  const { code, message, field } = failure;
  const status = manner === 'aws' ? awsStatus(code) : catalogueEntry(code).status;
  const headers: Record<string, string> = {
    'x-amzn-requestid': requestId,
    'content-type': manner === 'aws' ? 'application/x-amz-json-1.1' : 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...(manner === 'aws' ? { 'x-amzn-errortype': code } : {}),
    ...(status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
    ...(code === 'ThrottlingException' && manner === 'rest' ? { 'retry-after': '60' } : {}),
    ...(code === 'ServiceUnavailable' ? { 'retry-after': '5' } : {}),
  };
  const body = manner === 'aws' ? { __type: code, message } : { code, message, requestId, ...(field === null ? {} : { field }) };
  return { status, headers, body: JSON.stringify(body) };
}

/** AWS clients expect 400 for every refusal of an operation; they retry on 5xx, so that is for what may pass. */
function awsStatus(code: ErrorCode): number {
  const { status } = catalogueEntry(code);
  const isKept = code === 'NotFoundException' || code === 'RequestEntityTooLargeException' || status >= 500;
  return isKept ? status : 400;
}

/** Sends the refusal for whatever was thrown. */
export function sendFailure(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): FastifyReply {
  const failure = asFailure(error);
  if (failure.code === 'InternalFailure') {
    log.error({ requestId: request.id, method: request.method, path: pathOf(request), error: stackOf(error) }, 'a request met a defect of ours');
  }
  const answer = failureAnswer(failure, mannerOf(request), request.id);
  return reply.code(answer.status).headers(answer.headers).send(Buffer.from(answer.body));
}

/** AWS clients are known by their target header, wherever a misconfigured endpoint made them knock. */
export function mannerOf(request: FastifyRequest): Manner {
  return request.headers['x-amz-target'] !== undefined || (request.method === 'POST' && pathOf(request) === '/') ? 'aws' : 'rest';
}

/** Without the query, which may hold a signature. */
export function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]!;
}

/** Refusals as they are, Fastify's own translated, everything else a defect. */
function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  switch ((error as { code?: unknown } | null)?.code) {
    case 'FST_ERR_BAD_URL':
      return new Failure('ValidationException', 'The path has a broken percent-encoding.');
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return new Failure('ValidationException', 'A name in the path is too long.');
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return new Failure('SerializationException', 'The content-type header cannot be read.');
    default:
      return new Failure('InternalFailure');
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

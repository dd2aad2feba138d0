// The door to the controller's own buckets: as much of S3 as `aws deploy push` and the SDKs need, path style. It stands
// beside the routes of the other faces and not among them: a request is known by the service it was signed for, so a
// bucket may have any name. The caller is proven before the first byte of a body is asked for (Expect: 100-continue).

import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Failure } from '../../../protocol/errors.ts';
import { originOf } from '../../audit/refusal.ts';
import { type Access, denied } from '../../access/access.ts';
import { isOwnKey } from '../../access/authorize.ts';
import { pieces } from '../artifacts.ts';
import { authenticateSignature } from '../authenticate.ts';
import type { Front } from '../front.ts';
import { headersOf, type ReceivedRequest, splitTarget } from '../received-request.ts';
import { s3Rules } from '../signature-v4.ts';
import { withoutLongPauses } from '../uploads.ts';
import { type Answer, answerAsk, isWrite } from './answer.ts';
import { type Ask, readAsk } from './ask.ts';
import { checkedPayload, payloadWords } from './payload.ts';
import { asRefusal, S3Refusal } from './refusal.ts';
import { writeXml } from './xml.ts';

export type PlainHandler = (request: IncomingMessage, response: ServerResponse) => void;

const rules = s3Rules(payloadWords);
const noBody = new Uint8Array(0);

export function isForS3({ headers }: IncomingMessage): boolean {
  return /^AWS4-HMAC-SHA256 [^]*\/s3\/aws4_request\b/.test(headers.authorization ?? '');
}

/** Answers whatever comes; never throws. */
export function s3Door(front: Front, newRequestId: () => string): PlainHandler {
  const { clock, log } = front.dependencies.world;
  return (request, response) => {
    const requestId = newRequestId();
    const beganAt = clock.monotonic();
    const { path } = splitTarget(request.url ?? '/');
    perform(front, request, response, requestId)
      .catch((error: unknown) => refused(error, path, requestId, front))
      .then((answer) => send(front, request, response, requestId, answer))
      .catch((error: unknown) => {
        // The length is promised already, or the reader is gone: breaking the connection is the only honest end.
        log.debug({ requestId, path, error: String(error) }, 'an answer of the S3 door was not read to its end');
        response.destroy();
      })
      .finally(() => log.debug({ requestId, remote: request.socket.remoteAddress ?? 'unknown', method: request.method, path, status: response.statusCode, ms: Math.round(clock.monotonic() - beganAt) }, 'answered'));
  };
}

async function perform(front: Front, request: IncomingMessage, response: ServerResponse, requestId: string): Promise<Answer> {
  const { accessKeys, objects, recordRefusal, world } = front.dependencies;
  const received: ReceivedRequest = { method: request.method ?? '', target: request.url ?? '/', headers: headersOf(request.rawHeaders), body: noBody };
  const proven = await authenticateSignature(received, accessKeys, world.clock.now(), rules);
  front.newcomers.proved(request.socket);
  const asked = readAsk(received);
  const { accessKeyId, description, access } = proven.caller;
  const who = { accessKeyId, description, remote: request.socket.remoteAddress ?? 'unknown', requestId, now: world.clock.now() };
  try {
    refuseBeyondAccess(front, asked, access);
  } catch (error) {
    if (error instanceof Failure && isWrite(asked)) await recordRefusal(asked.kind, 'name' in asked ? asked.name : {}, who, error);
    throw error;
  }
  const ask: Ask = 'name' in asked ? { ...asked, name: { ...asked.name, origin: originOf(who) } } : asked;
  const act = async (): Promise<Answer> => {
    if (request.headers.expect !== undefined) response.writeContinue();
    const body = checkedPayload(received, proven, withoutBreaks(withoutLongPauses(request, world.clock, front.limits.requestTimeoutMs)));
    return answerAsk(ask, received, body, objects).catch((error: unknown) => {
      // As a refusal of this door it is not remembered: the client may send the same again, and better.
      throw asRefusal(error) ?? error;
    });
  };
  if (!isWrite(ask)) return act();
  const invocationId = received.headers.get('amz-sdk-invocation-id')?.[0] ?? null;
  const signature = `${proven.caller.accessKeyId} ${proven.claim.signature}`;
  const { signatures } = front.dependencies;
  return front.replays.once(signature, invocationId, async () => {
    // Before the act: what an upload writes is many files, and rows at the very end.
    await signatures.keep(null, signature, invocationId ?? '');
    return act().catch(async (error: unknown) => {
      await signatures.forget(signature, invocationId ?? '');
      throw error;
    });
  });
}

/** Throws Failure(AccessDeniedException). */
function refuseBeyondAccess({ dependencies: { authorize } }: Front, ask: Ask, access: Access): void {
  authorize.role(isWrite(ask) ? 'WriteBuckets' : 'ReadBuckets', access);
  if (!('name' in ask) || isOwnKey(access, ask.name.key)) return;
  throw denied(`This access key is for objects below ${access.applications!.map((name) => `${name}/`).join(', ')} alone.`);
}

/** A body that breaks off or pauses too long: S3's word for it is one that clients try again after. */
async function* withoutBreaks(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw new S3Refusal('RequestTimeout', error instanceof Error ? error.message : String(error));
  }
}

function refused(error: unknown, path: string, requestId: string, front: Front): Answer {
  const refusal = asRefusal(error);
  if (refusal === null) {
    front.dependencies.world.log.error({ requestId, path, error: error instanceof Error ? (error.stack ?? error.message) : String(error) }, 'a request to the S3 door met a defect of ours');
  }
  const { code, message, status } = refusal ?? new S3Refusal('InternalError', 'Something went wrong in the controller; its log has the request id.');
  const body = writeXml('Error', [['Code', code], ['Message', message], ['Resource', path], ['RequestId', requestId]]);
  return { status, headers: { 'content-type': 'application/xml' }, body };
}

async function send(front: Front, request: IncomingMessage, response: ServerResponse, requestId: string, { status, headers, body }: Answer): Promise<void> {
  const text = typeof body === 'string' ? Buffer.from(body) : null;
  const isEmpty = body === null && headers['content-length'] === undefined && status !== 204 && status !== 304;
  response.writeHead(status, {
    'x-amz-request-id': requestId,
    'x-content-type-options': 'nosniff',
    ...headers,
    ...(text === null ? {} : { 'content-length': text.length }),
    ...(isEmpty ? { 'content-length': 0 } : {}),
    ...(front.closing.aborted ? { connection: 'close' } : {}),
  });
  limitUnreadBody(front, request);
  if (body !== null && typeof body === 'object') {
    await pipeline(Readable.from(pieces(front.dependencies.world.files, body.path, body.first, body.last)), response);
    return;
  }
  response.end(request.method === 'HEAD' || text === null ? undefined : text);
}

/** What is still on its way is thrown away by Node, so that its sender reads the answer; but not for ever. */
function limitUnreadBody({ dependencies, limits }: Front, request: IncomingMessage): void {
  if (request.complete) return;
  const timer = dependencies.world.clock.after(limits.requestTimeoutMs, () => request.socket.destroy());
  request.once('close', () => timer.cancel());
}

// Following a deployment, a promotion, or what hooks print, as server-sent events. Each change of a deployment is a whole picture,
// and each page of output says where to go on, so a reader that lost the connection asks again and has missed nothing.
// The first event is awaited before the stream starts, while a refusal can still be an ordinary answer.

import { PassThrough } from 'node:stream';
import { once } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { TSchema } from 'typebox';
import { DeploymentChange } from '../../protocol/model/deployment-change.ts';
import { PromotionChange } from '../../protocol/model/promotion-change.ts';
import { LogPage } from '../../protocol/model/log-piece.ts';
import { checkInput } from '../../protocol/operations/check-input.ts';
import { getDeploymentLogs } from '../../protocol/operations/get-deployment-logs.ts';
import type { LogQuestion } from './dependencies.ts';
import { failureAnswer } from './failures.ts';
import { callerAllowed, type Front, type Route } from './front.ts';
import type { OwnRouteName } from './own-routes.ts';
import type { Given } from '../access/reach.ts';
import { Failure } from '../../protocol/errors.ts';
import { isoSpelling } from './instants.ts';
import { inputFromQuery, parseQuery } from './query.ts';
import { receivedRequest, splitTarget } from './received-request.ts';

export const answerWatch: Route = async (front, request, reply) => {
  const { deploymentId } = request.params as { deploymentId: string };
  const { accessKeyId } = await callerAllowed(front, request, 'WatchDeployment', 'either', { deploymentId });
  const leave = watchLeave(front, accessKeyId, 'WatchDeployment', { deploymentId });
  return answerStream(front, request, reply, 'change', DeploymentChange, leave, (signal) => front.dependencies.watchDeployment(deploymentId, signal));
};

export const answerWatchPromotion: Route = async (front, request, reply) => {
  const { promotionId } = request.params as { promotionId: string };
  const { accessKeyId } = await callerAllowed(front, request, 'WatchPromotion', 'either', { promotionId });
  const leave = watchLeave(front, accessKeyId, 'WatchPromotion', { promotionId });
  return answerStream(front, request, reply, 'change', PromotionChange, leave, (signal) => front.dependencies.watchPromotion(promotionId, signal));
};

export const answerFollowLogs: Route = async (front, request, reply) => {
  const { deploymentId } = request.params as { deploymentId: string };
  const { accessKeyId } = await callerAllowed(front, request, 'FollowDeploymentLogs', 'either', { deploymentId });
  const { query } = splitTarget(receivedRequest(request).target);
  const question = { ...inputFromQuery(getDeploymentLogs.input, parseQuery(query)), ...(request.params as object) };
  checkInput(getDeploymentLogs, question);
  const leave = watchLeave(front, accessKeyId, 'FollowDeploymentLogs', { deploymentId });
  return answerStream(front, request, reply, 'logs', LogPage, leave, (signal) => front.dependencies.followLogs(question as LogQuestion, signal));
};

/** A reader's leave to go on reading, which may end before the stream does. */
interface Leave {
  /** Aborted with the Failure to tell the reader. */
  readonly ended: AbortSignal;
  /** Looks whether it still holds: for what nobody announces, such as a key's expiry. */
  renew(): Promise<void>;
  close(): void;
}

function watchLeave(front: Front, accessKeyId: string, name: OwnRouteName, given: Given): Leave {
  const { accessKeys, authorize, world } = front.dependencies;
  const ended = new AbortController();
  const renew = async (): Promise<void> => {
    try {
      const key = await accessKeys.find(accessKeyId);
      if (key === null) throw new Failure('UnrecognizedClientException', 'The access key of this stream was revoked or has expired.');
      authorize.role(name, key.access);
      await authorize.scope(name, given, key.access);
    } catch (error) {
      if (error instanceof Failure) ended.abort(error);
      else world.log.error({ accessKeyId, error: String(error) }, 'the access key of a stream could not be looked up; it is tried again');
    }
  };
  const close = accessKeys.listen(accessKeyId, () => void renew());
  return { ended: ended.signal, renew, close };
}

async function answerStream<Item>(
  front: Front,
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  schema: TSchema,
  leave: Leave,
  open: (signal: AbortSignal) => AsyncIterable<Item>,
): Promise<FastifyReply> {
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, front.closing, leave.ended]);
  reply.raw.once('close', () => {
    gone.abort();
    leave.close();
  });
  const items = open(signal)[Symbol.asyncIterator]();
  const first = await items.next();
  const stream = new PassThrough();
  const spell = (item: Item): string => `event: ${name}\ndata: ${JSON.stringify(isoSpelling.outward(schema, item))}\n\n`;
  void follow(front, items, first, spell, stream, request.id, signal, leave);
  return reply
    .code(200)
    .headers({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' })
    .send(stream);
}

async function follow<Item>(
  front: Front,
  items: AsyncIterator<Item>,
  first: IteratorResult<Item>,
  spell: (item: Item) => string,
  stream: PassThrough,
  requestId: string,
  signal: AbortSignal,
  leave: Leave,
): Promise<void> {
  const { clock, log } = front.dependencies.world;
  let timer = clock.after(front.limits.watchKeepAliveMs, keepAlive);
  function keepAlive(): void {
    // A reader that does not drain needs no proof that we live.
    if (!stream.writableNeedDrain) stream.write(': still here\n\n');
    void leave.renew();
    timer = clock.after(front.limits.watchKeepAliveMs, keepAlive);
  }
  try {
    for (let next = first; next.done !== true && !signal.aborted; next = await items.next()) {
      if (!stream.write(spell(next.value))) await once(stream, 'drain', { signal });
    }
  } catch (error) {
    if (!signal.aborted) {
      if (!(error instanceof Failure)) log.error({ requestId, error: String(error) }, 'a watch stream met a defect of ours');
      const failure = error instanceof Failure ? error : new Failure('InternalFailure');
      stream.write(failureEvent(failure, requestId));
    }
  } finally {
    timer.cancel();
    if (leave.ended.aborted) stream.write(failureEvent(leave.ended.reason as Failure, requestId));
    stream.end();
    void items.return?.().catch(() => undefined);
  }
}

function failureEvent(failure: Failure, requestId: string): string {
  return `event: failure\ndata: ${failureAnswer(failure, 'rest', requestId).body}\n\n`;
}

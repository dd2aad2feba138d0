// Following a deployment, or what its hooks print, as server-sent events. Each change of a deployment is a whole picture,
// and each page of output says where to go on, so a reader that lost the connection asks again and has missed nothing.
// The first event is awaited before the stream starts, while a refusal can still be an ordinary answer.

import { PassThrough } from 'node:stream';
import { once } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type, { type TSchema } from 'typebox';
import { DeploymentInfo } from '../../protocol/model/deployment.ts';
import { DeploymentTarget } from '../../protocol/model/target.ts';
import { Waiting } from '../../protocol/model/waiting.ts';
import { LogPage } from '../../protocol/model/log-piece.ts';
import { checkInput } from '../../protocol/operations/check-input.ts';
import { getDeploymentLogs } from '../../protocol/operations/get-deployment-logs.ts';
import type { LogQuestion } from './dependencies.ts';
import { failureAnswer } from './failures.ts';
import { callerOf, type Front, type Route } from './front.ts';
import { Failure } from '../../protocol/errors.ts';
import { isoSpelling } from './instants.ts';
import { inputFromQuery, parseQuery } from './query.ts';
import { receivedRequest, splitTarget } from './received-request.ts';

/** The data of a `change` event. */
export const DeploymentChangeOutput = Type.Object({
  deployment: DeploymentInfo,
  targets: Type.Array(DeploymentTarget),
  waitingOn: Type.Array(Waiting),
  sentences: Type.Array(Type.String()),
});

export const answerWatch: Route = async (front, request, reply) => {
  await callerOf(front, request, 'either');
  const { deploymentId } = request.params as { deploymentId: string };
  return answerStream(front, request, reply, 'change', DeploymentChangeOutput, (signal) => front.dependencies.watchDeployment(deploymentId, signal));
};

export const answerFollowLogs: Route = async (front, request, reply) => {
  await callerOf(front, request, 'either');
  const { query } = splitTarget(receivedRequest(request).target);
  const question = { ...inputFromQuery(getDeploymentLogs.input, parseQuery(query)), ...(request.params as object) };
  checkInput(getDeploymentLogs, question);
  return answerStream(front, request, reply, 'logs', LogPage, (signal) => front.dependencies.followLogs(question as LogQuestion, signal));
};

async function answerStream<Item>(
  front: Front,
  request: FastifyRequest,
  reply: FastifyReply,
  name: string,
  schema: TSchema,
  open: (signal: AbortSignal) => AsyncIterable<Item>,
): Promise<FastifyReply> {
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, front.closing]);
  reply.raw.once('close', () => gone.abort());
  const items = open(signal)[Symbol.asyncIterator]();
  const first = await items.next();
  const stream = new PassThrough();
  const spell = (item: Item): string => `event: ${name}\ndata: ${JSON.stringify(isoSpelling.outward(schema, item))}\n\n`;
  void follow(front, items, first, spell, stream, request.id, signal);
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
): Promise<void> {
  const { clock, log } = front.dependencies.world;
  let timer = clock.after(front.limits.watchKeepAliveMs, keepAlive);
  function keepAlive(): void {
    // A reader that does not drain needs no proof that we live.
    if (!stream.writableNeedDrain) stream.write(': still here\n\n');
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
      stream.write(`event: failure\ndata: ${failureAnswer(failure, 'rest', requestId).body}\n\n`);
    }
  } finally {
    timer.cancel();
    stream.end();
    void items.return?.().catch(() => undefined);
  }
}

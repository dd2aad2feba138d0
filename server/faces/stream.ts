// Following one deployment as server-sent events: each change is a whole picture, so a reader that lost the connection
// asks again and has missed nothing. The first picture is awaited before the stream starts, while a refusal can still
// be an ordinary answer.

import { PassThrough } from 'node:stream';
import { once } from 'node:events';
import Type from 'typebox';
import { DeploymentInfo } from '../../protocol/model/deployment.ts';
import { DeploymentTarget } from '../../protocol/model/target.ts';
import { Waiting } from '../../protocol/model/waiting.ts';
import type { DeploymentChange } from './dependencies.ts';
import { failureAnswer } from './failures.ts';
import { callerOf, type Front, type Route } from './front.ts';
import { Failure } from '../../protocol/errors.ts';
import { isoSpelling } from './instants.ts';

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
  const gone = new AbortController();
  const signal = AbortSignal.any([gone.signal, front.closing]);
  reply.raw.once('close', () => gone.abort());
  const changes = front.dependencies.watchDeployment(deploymentId, signal)[Symbol.asyncIterator]();
  const first = await changes.next();
  const stream = new PassThrough();
  void follow(front, changes, first, stream, request.id, signal);
  return reply
    .code(200)
    .headers({ 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no', connection: 'close' })
    .send(stream);
};

async function follow(
  front: Front,
  changes: AsyncIterator<DeploymentChange>,
  first: IteratorResult<DeploymentChange>,
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
    for (let next = first; next.done !== true && !signal.aborted; next = await changes.next()) {
      const event = `event: change\ndata: ${JSON.stringify(isoSpelling.outward(DeploymentChangeOutput, next.value))}\n\n`;
      if (!stream.write(event)) await once(stream, 'drain', { signal });
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
    void changes.return?.().catch(() => undefined);
  }
}

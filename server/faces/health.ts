// Is the process there, and can it serve. Open to all: they say nothing but that.

import { Failure } from '../../protocol/errors.ts';
import { failureAnswer } from './failures.ts';
import { type Route, sendJson } from './front.ts';

export const answerHealth: Route = async (_front, _request, reply) => sendJson(reply, 200, { status: 'ok' });

export const answerReadiness: Route = async (front, request, reply) => {
  const missing = await front.dependencies.whyNotReady();
  if (missing === null) return sendJson(reply, 200, { status: 'ready' });
  // An expected state, not a refusal worth a log line.
  const answer = failureAnswer(new Failure('ServiceUnavailable', missing), 'rest', request.id);
  return reply.code(answer.status).headers(answer.headers).send(Buffer.from(answer.body));
};

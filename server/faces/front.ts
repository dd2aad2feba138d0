// What every route shares: the server's dependencies, the limits, and the one way an operation is performed for a caller.

import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { OperationDefinition } from '../../protocol/operations/operation.ts';
import { authenticate, type Caller, type Scheme } from './authenticate.ts';
import type { FaceDependencies } from './dependencies.ts';
import { type Invocations, rememberInvocations } from './invocations.ts';
import type { FaceLimits } from './limits.ts';
import { limitPerMinute } from './rate-limit.ts';
import { receivedRequest } from './received-request.ts';

export interface Front {
  readonly dependencies: FaceDependencies;
  readonly limits: FaceLimits;
  readonly invocations: Invocations;
  readonly countEnrollment: (address: string) => void;
  /** Aborted when the server closes: ends the streams. */
  readonly closing: AbortSignal;
}

/** Sends an answer through `reply` or throws; a Failure is spelled by the error handler. */
export type Route = (front: Front, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

export function makeFront(dependencies: FaceDependencies, limits: FaceLimits, closing: AbortSignal): Front {
  const { clock } = dependencies.world;
  return {
    dependencies,
    limits,
    invocations: rememberInvocations(clock),
    countEnrollment: limitPerMinute(limits.enrollmentsPerMinute, clock),
    closing,
  };
}

/** The caller of this request, whose body has been read. Throws Failure. */
export function callerOf(front: Front, request: FastifyRequest, scheme: Scheme): Promise<Caller> {
  const { accessKeys, world } = front.dependencies;
  return authenticate(receivedRequest(request), scheme, accessKeys, world.clock.now());
}

/**
 * Performs one operation through dispatch. Creating and registering is remembered under the client's invocation id (or,
 * for clients that send none, the signature, which a resend within the same second repeats) together with what was
 * asked, so that only a true repetition gets the remembered answer. Throws Failure.
 */
export function performOperation(front: Front, definition: OperationDefinition, input: unknown, caller: Caller, request: FastifyRequest): Promise<unknown> {
  const invocationId = invocationOf(request);
  const perform = (): Promise<unknown> =>
    front.dependencies.dispatch(definition, input, {
      requestId: request.id,
      accessKeyId: caller.accessKeyId,
      invocationId,
      remote: remoteOf(request),
      now: front.dependencies.world.clock.now(),
    });
  const id = invocationId ?? caller.signature;
  if (id === null || !/^(Create|Register)/.test(definition.name)) return perform();
  const { target, body } = receivedRequest(request);
  const asked = createHash('sha256').update(target).update('\n').update(body).digest('hex');
  return front.invocations.once([caller.accessKeyId, id, definition.name, asked].join(' '), perform);
}

export function remoteOf(request: FastifyRequest): string {
  return request.raw.socket.remoteAddress ?? 'unknown';
}

/** JSON in one write: a response in two segments made real clients resend. */
export function sendJson(reply: FastifyReply, status: number, value: unknown): FastifyReply {
  return reply
    .code(status)
    .headers({ 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
    .send(Buffer.from(JSON.stringify(value)));
}

function invocationOf(request: FastifyRequest): string | null {
  const id = request.headers['amz-sdk-invocation-id'];
  return typeof id === 'string' && id !== '' && id.length <= 128 ? id : null;
}

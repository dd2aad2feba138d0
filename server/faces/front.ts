// What every route shares: the server's dependencies, the limits, and the one way an operation is performed for a caller.

import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../../protocol/errors.ts';
import type { OperationDefinition } from '../../protocol/operations/operation.ts';
import { authenticate, type Caller, type Scheme } from './authenticate.ts';
import type { FaceDependencies } from './dependencies.ts';
import { type Invocations, rememberInvocations } from './invocations.ts';
import type { FaceLimits } from './limits.ts';
import type { Refused } from '../audit/refusal.ts';
import type { Given } from '../access/reach.ts';
import type { OwnRouteName } from './own-routes.ts';
import { holdNewcomers, type Newcomers } from './newcomers.ts';
import { limitPerMinute } from './rate-limit.ts';
import { type Keep, rememberSignatures, type Replays } from './replays.ts';
import { receivedRequest } from './received-request.ts';

export interface Front {
  readonly dependencies: FaceDependencies;
  readonly limits: FaceLimits;
  readonly invocations: Invocations;
  readonly replays: Replays;
  /** Counts a call that may enrol nobody; returns how to take that back. */
  readonly countEnrollment: (address: string) => () => void;
  readonly newcomers: Newcomers;
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
    replays: rememberSignatures(clock, dependencies.signatures),
    countEnrollment: limitPerMinute({ perAddress: limits.enrollmentsPerMinute, inAll: limits.enrollmentsPerMinuteInAll }, clock),
    newcomers: holdNewcomers(limits, clock),
    closing,
  };
}

/** The caller of this request, whose body has been read. Throws Failure. */
export async function callerOf(front: Front, request: FastifyRequest, scheme: Scheme): Promise<Caller> {
  const { accessKeys, world } = front.dependencies;
  const caller = await authenticate(receivedRequest(request), scheme, accessKeys, world.clock.now());
  front.newcomers.proved(request.raw.socket);
  return caller;
}

/** The caller of a route that is no operation, who may use it with these parameters. Throws Failure. */
export async function callerAllowed(front: Front, request: FastifyRequest, name: OwnRouteName, scheme: Scheme, given: Given): Promise<Caller> {
  const caller = await callerOf(front, request, scheme);
  const { authorize } = front.dependencies;
  authorize.role(name, caller.access);
  await authorize.scope(name, given, caller.access);
  return caller;
}

/** What the audit log is told of a caller and his request. Throws Failure. */
export function originIn(front: Front, request: FastifyRequest, { accessKeyId, description }: Caller): Refused {
  return { accessKeyId, description, remote: remoteOf(request), requestId: request.id, reason: reasonOf(request), now: front.dependencies.world.clock.now() };
}

/**
 * Performs one operation through dispatch. A write is done once for each signature, so that a recorded request does
 * nothing when it is played again; whoever resends it gets the first answer. It is remembered under the client's
 * invocation id too, which stays the same when an SDK signs the call anew: together with what was asked, so that only a
 * true repetition gets the remembered answer. Throws Failure.
 */
export async function performOperation(front: Front, definition: OperationDefinition, input: unknown, caller: Caller, request: FastifyRequest): Promise<unknown> {
  const invocationId = invocationOf(request);
  const reason = definition.access === 'write' ? reasonOf(request) : null;
  const perform = (keepSignature?: Keep): Promise<unknown> =>
    front.dependencies.dispatch(definition, input, {
      ...(keepSignature === undefined ? {} : { keepSignature }),
      requestId: request.id,
      accessKeyId: caller.accessKeyId,
      access: caller.access,
      invocationId,
      remote: remoteOf(request),
      description: caller.description,
      reason,
      now: front.dependencies.world.clock.now(),
    });
  const invoke = (keep?: Keep): Promise<unknown> => {
    if (invocationId === null || definition.access === 'read') return perform(keep);
    const { target, body } = receivedRequest(request);
    const asked = createHash('sha256').update(target).update('\n').update(body).digest('hex');
    return front.invocations.once([caller.accessKeyId, invocationId, definition.name, asked].join(' '), () => perform(keep));
  };
  if (definition.access === 'read' || caller.signature === null) return invoke();
  return front.replays.once(`${caller.accessKeyId} ${caller.signature}`, invocationId, invoke);
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

const longestReason = 512;

/** Why, in the caller's words, for the audit log. Throws Failure for what could not be read there. */
export function reasonOf(request: FastifyRequest): string | null {
  const given = request.headers['x-fairlead-reason'];
  if (given === undefined || given === '') return null;
  // Node hands header values over as latin1; what clients send is UTF-8.
  const reason = Buffer.from(String(given), 'latin1').toString('utf8');
  if (reason.length > longestReason || /\p{Cc}/u.test(reason)) {
    throw new Failure('ValidationException', `x-fairlead-reason must be one line of at most ${longestReason} characters.`, 'x-fairlead-reason');
  }
  return reason;
}

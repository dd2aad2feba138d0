// What a deployment waits for at its routers, and the same in words. Part of `Waiting`.

import Type, { type Static } from 'typebox';
import { InstantType, toIso } from './timestamp.ts';
import { MemberState } from './traffic-router.ts';

const route = {
  targetId: Type.String(),
  router: Type.String(),
  state: Type.Optional(MemberState),
  trouble: Type.Optional(Type.String({ description: 'Why the router could not be asked, when that is so.' })),
  deadline: InstantType,
};

export const Draining = Type.Object({
  reason: Type.Literal('Draining'),
  ...route,
  inFlight: Type.Optional(Type.Integer({ description: 'Requests under way; absent where the router cannot count them.' })),
  since: InstantType,
  isForced: Type.Optional(Type.Boolean({ description: 'The time for the drain is over, and what is under way is being cut off.' })),
});

export const AwaitingServing = Type.Object({
  reason: Type.Literal('AwaitingServing'),
  ...route,
  since: InstantType,
  healthyUntil: Type.Optional(InstantType),
});

/** It was out of rotation, and that cannot be seen any more: nothing more is done to its application until it can. */
export const RotationUnsure = Type.Object({ reason: Type.Literal('RotationUnsure'), ...route, event: Type.String() });

/** Before the first host is touched, every router must have answered for every target. */
export const RoutersUnseen = Type.Object({ reason: Type.Literal('RoutersUnseen'), routers: Type.Array(Type.String()), trouble: Type.Optional(Type.String()), deadline: InstantType });

/** The minimum would allow it, but too few hosts are found healthy by their routers for another to be taken. */
export const TooFewServing = Type.Object({
  reason: Type.Literal('TooFewServing'),
  serving: Type.Integer({ description: 'Hosts in service now, those in flight not included.' }),
  required: Type.Integer(),
  inFlight: Type.Integer(),
  pending: Type.Integer({ description: 'Targets that serve and are not taken.' }),
  missing: Type.Array(Type.String(), { description: 'Targets that are not in service and have no turn now: they had succeeded, or their stage comes later.' }),
});

export type TargetTrafficWaiting = Static<typeof Draining> | Static<typeof AwaitingServing> | Static<typeof RotationUnsure>;
export type TrafficWaiting = TargetTrafficWaiting | Static<typeof RoutersUnseen> | Static<typeof TooFewServing>;

export function trafficSentence(waiting: TrafficWaiting, now: number): string {
  if (waiting.reason === 'TooFewServing') {
    const missing = waiting.missing.length === 0 ? '' : ` Not in service: ${waiting.missing.join(', ')}.`;
    return `${waiting.pending} target${waiting.pending === 1 ? '' : 's'} waiting: ${waiting.serving} in service, ${waiting.required} must stay so, ${waiting.inFlight} in flight.${missing}`;
  }
  const trouble = waiting.trouble === undefined ? '' : ` The router cannot be asked: ${waiting.trouble.replace(/\.$/, '')}.`;
  const left = seconds(waiting.deadline - now);
  switch (waiting.reason) {
    case 'Draining': {
      const counted = waiting.inFlight === undefined ? '' : `, ${waiting.inFlight} request${waiting.inFlight === 1 ? '' : 's'} under way`;
      const how = waiting.isForced === true ? `is being taken out of ${waiting.router} by force` : `has been draining at ${waiting.router} for ${seconds(now - waiting.since)}`;
      return `${waiting.targetId} ${how} (${stateWords(waiting)}${counted}); ${left} are left.${trouble}`;
    }
    case 'AwaitingServing':
      if (waiting.healthyUntil !== undefined) return `${waiting.targetId} is healthy at ${waiting.router} and is watched until ${toIso(waiting.healthyUntil)}.`;
      return `${waiting.targetId} has been waiting for ${seconds(now - waiting.since)} to be found healthy by ${waiting.router} (${stateWords(waiting)}); it fails in ${left} if that does not happen.${trouble}`;
    case 'RoutersUnseen':
      return `Waiting to see how the instances stand at ${waiting.routers.join(', ')}; nothing is touched before, and the deployment fails in ${left} if that does not happen.${trouble}`;
    case 'RotationUnsure':
      return `${waiting.targetId} waits with ${waiting.event} until ${waiting.router} shows again that no request reaches it (${stateWords(waiting)}); it fails in ${left} if that does not happen.${trouble}`;
  }
}

function stateWords({ state }: TargetTrafficWaiting): string {
  return state ?? 'not yet seen';
}

function seconds(ms: number): string {
  const whole = Math.max(0, Math.round(ms / 1000));
  return whole < 120 ? `${whole} s` : `${Math.round(whole / 60)} min`;
}

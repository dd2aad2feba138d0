// What a blue/green deployment waits for, beside what any deployment does, and the same in words. Part of `Waiting`.

import Type, { type Static } from 'typebox';
import { InstantType, toIso } from './timestamp.ts';

/** The replacement instances are ready, and somebody has to say that they are to get the traffic. */
export const ReadyWait = Type.Object({ reason: Type.Literal('ReadyWait'), since: InstantType, until: InstantType });

/** The original instances are blocked and still there, so that there is a way back at once. */
export const TerminationWait = Type.Object({
  reason: Type.Literal('TerminationWait'),
  since: InstantType,
  until: InstantType,
  isTermination: Type.Boolean({ description: 'The original instances are released afterwards; false: they are kept, and only watched over.' }),
});

/** Originals keep serving until the replacement does; of a way back, the replacement until the originals do. */
export const OtherFleetFirst = Type.Object({
  reason: Type.Literal('OtherFleetFirst'),
  waiting: Type.Enum(['Blue', 'Green'], { type: 'string' }),
  pending: Type.Integer({ description: 'Instances of the fleet that waits.' }),
});

/** Replacement instances are made for the deployment, and not all of them are here. */
export const ProvisioningWait = Type.Object({
  reason: Type.Literal('ProvisioningWait'),
  fleetProvider: Type.String(),
  wanted: Type.Integer(),
  here: Type.Integer({ description: 'How many have come, and are connected.' }),
  missing: Type.Array(Type.String(), { description: 'Instances that the provider has named and that are not here.' }),
  until: InstantType,
  answer: Type.Optional(Type.String({ description: 'What is last known from the provider.' })),
});

const step = {
  share: Type.Integer({ description: 'Percent of the traffic that the instances which come in get.' }),
  step: Type.Integer({ description: 'From 1; 0: they are in rotation, or about to be, without any share.' }),
  of: Type.Integer(),
};

const UnseenWeights = Type.Array(
  Type.Object({
    router: Type.String(),
    targetIds: Type.Array(Type.String(), { description: 'Whose weight there is not seen to be what it should be.' }),
    trouble: Type.Optional(Type.String({ description: 'Why the router could not be asked, when that is so.' })),
  }),
);
export type UnseenWeights = Static<typeof UnseenWeights>;

/** Every router was asked to share the traffic so, and not all are seen to. */
export const ShareUnseen = Type.Object({ reason: Type.Literal('ShareUnseen'), ...step, since: InstantType, deadline: InstantType, routers: UnseenWeights });

/** The traffic is shared so, and watched. */
export const ShareBaking = Type.Object({ reason: Type.Literal('ShareBaking'), ...step, since: InstantType, until: InstantType });

/** The deployment ends badly, and all of the traffic goes back first to the instances that had it. */
export const TrafficReturning = Type.Object({ reason: Type.Literal('TrafficReturning'), since: InstantType, until: InstantType, routers: UnseenWeights });

export type BlueGreenWaiting = Static<typeof ShareUnseen> | Static<typeof ShareBaking> | Static<typeof TrafficReturning> | Static<typeof ProvisioningWait> | Static<typeof ReadyWait> | Static<typeof TerminationWait> | Static<typeof OtherFleetFirst>;

export function blueGreenSentence(waiting: BlueGreenWaiting, now: number): string {
  switch (waiting.reason) {
    case 'ProvisioningWait': {
      const { fleetProvider, wanted, here, missing, until, answer } = waiting;
      const named = missing.length === 0 ? '' : ` Named and not here: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ` and ${missing.length - 5} more` : ''}.`;
      return `Waiting for instances that the fleet provider ${fleetProvider} makes: ${here} of ${wanted} are here; the deployment fails in ${span(until - now)}, at ${toIso(until)}.${named}${answer === undefined ? ' The provider has not answered yet.' : ` ${answer}`}`;
    }
    case 'ReadyWait':
      return `The replacement instances are ready. Continue with: fairlead deployment continue ID; if nobody does, the deployment is stopped in ${span(waiting.until - now)}, at ${toIso(waiting.until)}.`;
    case 'TerminationWait':
      return waiting.isTermination
        ? `Traffic has moved; the original instances are let go in ${span(waiting.until - now)}, at ${toIso(waiting.until)}. Until then a stop with rollback brings them back at once.`
        : `Traffic has moved, and is watched for ${span(waiting.until - now)} more, until ${toIso(waiting.until)}. Until then a stop with rollback brings the original instances back at once.`;
    case 'ShareUnseen': {
      const what = waiting.step === 0 ? 'The routers were asked to give no traffic yet to the instances that come in' : `The routers were asked for ${shareWords(waiting)}`;
      return `${what}, and do not all show it: ${routerWords(waiting.routers)} The traffic returns in ${span(waiting.deadline - now)} if that does not happen.`;
    }
    case 'ShareBaking':
      return `The instances that come in have ${shareWords(waiting)}, which is watched for ${span(waiting.until - now)} more, until ${toIso(waiting.until)}.`;
    case 'TrafficReturning':
      return `All of the traffic returns to the instances that had it; ${waiting.routers.length === 0 ? 'what is still under way is waited for.' : `not every router shows it yet: ${routerWords(waiting.routers)}`}`;
    case 'OtherFleetFirst': {
      const [waits, first] = waiting.waiting === 'Blue' ? ['original', 'replacement instances serve'] : ['replacement', 'original instances serve again'];
      return `${waiting.pending} ${waits} instance${waiting.pending === 1 ? '' : 's'} stay${waiting.pending === 1 ? 's' : ''} in service until the ${first}.`;
    }
  }
}

function shareWords({ share, step, of }: { readonly share: number; readonly step: number; readonly of: number }): string {
  return `${share} % of the traffic (step ${step} of ${of})`;
}

const mostNamed = 5;

function routerWords(routers: UnseenWeights): string {
  return routers
    .map(({ router, targetIds, trouble }) => `${router} (${trouble === undefined ? `${targetIds.slice(0, mostNamed).join(', ')}${targetIds.length > mostNamed ? ` and ${targetIds.length - mostNamed} more` : ''}` : trouble.replace(/\.$/, '')}).`)
    .join(' ');
}

function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

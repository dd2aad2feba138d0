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

export type BlueGreenWaiting = Static<typeof ProvisioningWait> | Static<typeof ReadyWait> | Static<typeof TerminationWait> | Static<typeof OtherFleetFirst>;

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
    case 'OtherFleetFirst': {
      const [waits, first] = waiting.waiting === 'Blue' ? ['original', 'replacement instances serve'] : ['replacement', 'original instances serve again'];
      return `${waiting.pending} ${waits} instance${waiting.pending === 1 ? '' : 's'} stay${waiting.pending === 1 ? 's' : ''} in service until the ${first}.`;
    }
  }
}

function span(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 120) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`;
}

// The events a target goes through, by the kind of deployment, and where there are two fleets by the fleet it is of.

import { allowEvents, blockEvents, greenEvents, greenEventsWithNewStop, inPlaceEvents, inPlaceEventsWithNewStop } from '../../protocol/model/lifecycle-order.ts';
import type { BlueGreenState } from './blue-green-state.ts';
import type { Snapshot, TargetState } from './snapshot.ts';

export function eventsQuestion({ usesNewApplicationStop, traffic, blueGreen }: Snapshot['deployment']): EventsQuestion {
  return { usesNewApplicationStop: usesNewApplicationStop === true, movesTraffic: traffic !== undefined, direction: blueGreen?.direction ?? null };
}

export interface EventsQuestion {
  readonly usesNewApplicationStop: boolean;
  readonly movesTraffic: boolean;
  /** Null: in place. */
  readonly direction: BlueGreenState['direction'] | null;
}

/** In order; laid out on a target when it starts. `label` where there are two fleets. */
export function eventsFor({ usesNewApplicationStop, movesTraffic, direction }: EventsQuestion, label: TargetState['label']): readonly string[] {
  if (direction === 'back') return label === 'Blue' ? allowEvents : blockEvents;
  if (direction === 'forward') return label === 'Blue' ? blockEvents : usesNewApplicationStop ? greenEventsWithNewStop : greenEvents;
  const events = usesNewApplicationStop ? inPlaceEventsWithNewStop : inPlaceEvents;
  return !movesTraffic ? events : [...blockEvents, ...events, ...allowEvents];
}

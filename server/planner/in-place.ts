// What is particular to in-place deployments: the events a target goes through.

import { allowEvents, blockEvents, inPlaceEvents, inPlaceEventsWithNewStop } from '../../protocol/model/lifecycle-order.ts';
import type { Snapshot } from './snapshot.ts';

/** In order; laid out on a target when it starts. The same for every target of a deployment. */
export function eventsFor({ deployment }: { readonly deployment: Pick<Snapshot['deployment'], 'usesNewApplicationStop' | 'traffic'> }): readonly string[] {
  const events = deployment.usesNewApplicationStop === true ? inPlaceEventsWithNewStop : inPlaceEvents;
  return deployment.traffic === undefined ? events : [...blockEvents, ...events, ...allowEvents];
}

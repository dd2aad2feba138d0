// What is particular to in-place deployments: the events a target goes through. Traffic control adds its events here.

import { inPlaceEvents, inPlaceEventsWithNewStop } from '../../protocol/model/lifecycle-order.ts';
import type { Snapshot } from './snapshot.ts';

/** In order; laid out on a target when it starts. The same for every target of a deployment. */
export function eventsFor({ deployment }: Snapshot): readonly string[] {
  return deployment.usesNewApplicationStop === true ? inPlaceEventsWithNewStop : inPlaceEvents;
}

// What is particular to in-place deployments: the events a target goes through. Traffic control adds its events here.

import { inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import type { Snapshot } from './snapshot.ts';

/** In order; laid out on a target when it starts. Today the same for every deployment. */
export function eventsFor(_snapshot: Snapshot): readonly string[] {
  return inPlaceEvents;
}

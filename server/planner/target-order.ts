// Which target comes first. Hosts that serve nobody well are tried first, those already on the group's revision last, so
// that a bad revision costs as little as possible; inside a class the lot drawn at creation decides.

import type { InstanceStanding, TargetState } from './snapshot.ts';

const rank: Readonly<Record<InstanceStanding, number>> = { unhealthy: 0, unknown: 1, old: 2, current: 3 };

/** A new array, first to be tried first. */
export function inOrder(targets: readonly TargetState[]): TargetState[] {
  return targets.toSorted((a, b) => rank[a.standing] - rank[b.standing] || a.lot - b.lot);
}

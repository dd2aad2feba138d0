// Which target comes first. Whoever an earlier deployment left out of rotation serves nobody, and goes before everything; then
// an order that the operator named. Else hosts that serve nobody well
// are tried first, those already on the group's revision last, so that a bad revision costs as little as possible;
// inside a class the lot drawn at creation decides.

import type { InstanceStanding } from './snapshot.ts';

/** What the order depends on; frozen when the deployment is created. */
export interface Place {
  /** Out of rotation when the deployment was created. Absent: it is not. */
  readonly isKeptOut?: boolean;
  readonly rank?: number;
  readonly standing: InstanceStanding;
  readonly lot: number;
}

const classes: Readonly<Record<InstanceStanding, number>> = { unhealthy: 0, unknown: 1, old: 2, current: 3 };

/** A new array, first to be tried first. */
export function inOrder<Target extends Place>(targets: readonly Target[]): Target[] {
  return targets.toSorted((a, b) => Number(b.isKeptOut ?? false) - Number(a.isKeptOut ?? false) || (a.rank ?? 0) - (b.rank ?? 0) || classes[a.standing] - classes[b.standing] || a.lot - b.lot);
}

// Where the deployment stands among its stages (zones, or the steps of a ramp), and whether it moves to the next:
//
//   open --its last target has ended--> baking --until--> behind; the next is open
//     |                    '----------no bake time---------^
//     '--too many failed (./halt.ts)--> halted: nothing more is started, and the deployment fails once nothing is in flight
//
// A fleet that is not divided has no stages. The last step of a ramp bakes too, but only before a success: there is
// nothing to watch in what has failed. A stop, and the end of the deployment's time, do not wait for a bake.

import type { Action } from './actions.ts';
import { countFleet, type Course, type FleetCount } from './course.ts';
import { isOutOfTime } from './deadlines.ts';
import { findHalt, type Halt } from './halt.ts';
import type { Baking, Snapshot, TargetState } from './snapshot.ts';
import { isStopping } from './standing.ts';

export interface StageCourse {
  readonly actions: readonly Action[];
  /** Index of the stage whose targets may start; the number of stages once the last was watched. 0 where there are none. */
  readonly open: number;
  readonly baking: Baking | null;
  /** Why nothing more is started at all. */
  readonly halt: Halt | null;
}

/** `courses`: how every target stands after moving on. */
export function moveStages(snapshot: Snapshot, courses: readonly Course[]): StageCourse {
  const { stages = [], openStage = 0, baking = null } = snapshot.deployment;
  const fleet = countFleet(courses);
  const actions: Action[] = [];
  const at = (open: number, now: Baking | null): StageCourse => ({ actions, open, baking: now, halt: findHalt(snapshot, fleet, { stage: stages[open] ?? null, count: countStage(courses, open) }) });
  if (isStopping(snapshot) || isOutOfTime(snapshot)) return at(openStage, null);
  if (baking !== null && snapshot.now < baking.until) return at(openStage, baking);

  let open = openStage;
  let hasBaked = baking !== null;
  for (;;) {
    const stage = stages[open];
    const here = at(open, null);
    if (stage === undefined || !hasEnded(countStage(courses, open)) || here.halt !== null) return here;
    const isLast = open === stages.length - 1;
    if (isLast && fleet.succeeded === 0) return here;
    if (!hasBaked && stage.bakeMs > 0) {
      const until = snapshot.now + stage.bakeMs;
      actions.push({ kind: 'Bake', stage: open, until });
      return at(open, { since: snapshot.now, until });
    }
    if (isLast && !hasBaked) return here;
    open += 1;
    hasBaked = false;
    actions.push({ kind: 'OpenStage', stage: open });
  }
}

export function countStage(courses: readonly Course[], stage: number): FleetCount {
  return countFleet(courses.filter((course) => stageOf(course.target) === stage));
}

export function stageOf(target: TargetState): number {
  return target.stage ?? 0;
}

function hasEnded(stage: FleetCount): boolean {
  return stage.pending === 0 && stage.inFlight === 0 && stage.held === 0;
}

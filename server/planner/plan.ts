// The heart: what to do now about one deployment. Pure, and a table of contents: each step below is a file of its own.
// A plan goes as far as it can; once its actions are written, planning again at the same instant finds nothing to do.

import type { Action, Plan } from './actions.ts';
import { type Course, countFleet } from './course.ts';
import { eventsFor } from './in-place.ts';
import { moveOn, startTarget } from './next-event.ts';
import { OnceLedger } from './once.ts';
import { decideOutcome, type Outcome } from './outcome.ts';
import { targetsToStart } from './queue.ts';
import { refuse } from './refusal.ts';
import { rollBack } from './rollback.ts';
import type { Snapshot, TargetState } from './snapshot.ts';
import { deploymentHasEnded, isStopping, isUnstarted } from './standing.ts';
import { inOrder } from './target-order.ts';
import { holdsBeforeStart, waitFor } from './waiting.ts';

/** @throws when the snapshot contradicts itself (a target in progress without events, an in-place target Ready). */
export function plan(snapshot: Snapshot): Plan {
  if (deploymentHasEnded(snapshot)) return { actions: [], waitingOn: [], wakeAt: null };

  const refusal = refuse(snapshot);
  if (refusal !== null) {
    const pending = snapshot.targets.filter((target) => target.status === 'Pending');
    return { actions: finish(snapshot, pending, refusal), waitingOn: [], wakeAt: null };
  }

  // A held deployment can still be stopped (and refused, above): nothing of it runs, so neither has to wait its turn.
  const holds = isStopping(snapshot) ? [] : holdsBeforeStart(snapshot);
  if (holds.length > 0) return { actions: [], waitingOn: holds, wakeAt: null };

  const start: readonly Action[] = isUnstarted(snapshot) && !isStopping(snapshot) ? [{ kind: 'StartDeployment' }] : [];
  const once = new OnceLedger(snapshot);
  // Where one of them is elected, their order decides; the snapshot's means nothing.
  const moved = (once.isEmpty ? snapshot.targets : inOrder(snapshot.targets)).map((target) => moveOn(target, snapshot, once));
  const started = targetsToStart(snapshot, moved).map((target) => startTarget(target, eventsFor(snapshot), snapshot));
  const courses = withStarted(moved, started);
  const actions = [...start, ...moved.flatMap((course) => course.actions), ...started.flatMap((course) => course.actions)];

  const fleet = countFleet(courses);
  const outcome = decideOutcome(snapshot, courses, fleet);
  if (outcome === null) return { actions, ...waitFor(snapshot, courses, fleet) };

  const untouched = courses.filter((course) => course.status === 'Pending').map((course) => course.target);
  return { actions: [...actions, ...finish(snapshot, untouched, outcome)], waitingOn: [], wakeAt: null };
}

/** The end of the deployment; `untouched` are the targets it leaves without ever having started them. */
function finish(snapshot: Snapshot, untouched: readonly TargetState[], outcome: Outcome): Action[] {
  return [
    ...untouched.map(({ targetId }): Action => ({ kind: 'FinishTarget', targetId, status: 'Skipped' })),
    { kind: 'FinishDeployment', ...outcome },
    ...rollBack(snapshot, outcome),
  ];
}

function withStarted(moved: readonly Course[], started: readonly Course[]): readonly Course[] {
  const byTarget = new Map(started.map((course) => [course.target, course]));
  return moved.map((course) => byTarget.get(course.target) ?? course);
}

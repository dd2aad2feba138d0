// The heart: what to do now about one deployment. Pure, and a table of contents: each step below is a file of its own.
// A plan goes as far as it can; once its actions are written, planning again at the same instant finds nothing to do.

import type { Action, Plan } from './actions.ts';
import { alarmBake, alarmsGoStaleAt, heedAlarms, noteDryRuns, stoppedFor } from './alarms.ts';
import { type Course, countFleet } from './course.ts';
import { deploymentDeadline } from './deadlines.ts';
import { lookAtRouters } from './first-look.ts';
import { askingNobody, isAskedInVain } from './guided-failure.ts';
import { walkBlueGreen } from './blue-green.ts';
import { waitForFleets } from './blue-green-waits.ts';
import { eventsFor, eventsQuestion } from './event-order.ts';
import { moveOn, startTarget } from './next-event.ts';
import { withNotices } from './notices.ts';
import { OnceLedger } from './once.ts';
import { provision } from './provisioning.ts';
import { decideOutcome, type Outcome } from './outcome.ts';
import { targetsToStart } from './queue.ts';
import { refuse } from './refusal.ts';
import { rollBack } from './rollback.ts';
import type { Snapshot, TargetState } from './snapshot.ts';
import { moveStages } from './stages.ts';
import { deploymentHasEnded, isStopping, isUnstarted } from './standing.ts';
import { inOrder } from './target-order.ts';
import { holdsBeforeStart, waitFor, waitForBake, waitForTargets } from './waiting.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';

/** @throws when the snapshot contradicts itself (a target in progress without events, an in-place target Ready). */
export function plan(snapshot: Snapshot): Plan {
  const decided = decide(snapshot);
  return { ...decided, actions: withNotices(snapshot, decided.actions) };
}

function decide(snapshot: Snapshot): Plan {
  if (deploymentHasEnded(snapshot)) return { actions: [], waitingOn: [], wakeAt: null };

  const refusal = refuse(snapshot);
  if (refusal !== null) {
    return { actions: finish(snapshot, snapshot.targets.filter(isPending), refusal), waitingOn: [], wakeAt: null };
  }

  // A held deployment can still be stopped (and refused, above): nothing of it runs, so neither has to wait its turn.
  const held = isStopping(snapshot) ? null : holdsBeforeStart(snapshot);
  if (held !== null) return { actions: queueUp(snapshot, held.waitingOn), ...held };

  const verdict = isStopping(snapshot) ? null : heedAlarms(snapshot);
  if (verdict?.kind === 'stop') {
    const { at: _, ...stop } = verdict.stop;
    const rest = decide(stoppedFor(snapshot, verdict.stop));
    return { ...rest, actions: [{ kind: 'StopForAlarms', ...stop }, ...rest.actions] };
  }
  if (verdict?.kind === 'wait') return { actions: [], waitingOn: [{ reason: 'AlarmsUnseen', alarms: [...verdict.alarms], deadline: verdict.deadline }], wakeAt: verdict.wakeAt };

  const start: readonly Action[] = isUnstarted(snapshot) && !isStopping(snapshot) ? [{ kind: 'StartDeployment' }] : [];
  const toCome = provision(snapshot);
  if (toCome?.kind === 'end') return { actions: finish(snapshot, [], toCome.outcome), waitingOn: [], wakeAt: null };
  if (toCome?.kind === 'wait') return { actions: [...start, ...toCome.actions, ...noteDryRuns(snapshot)], waitingOn: [toCome.hold], wakeAt: toCome.wakeAt };
  const look = lookAtRouters(snapshot);
  if (look.kind === 'refuse') return { actions: finish(snapshot, snapshot.targets.filter(isPending), look.outcome), waitingOn: [], wakeAt: null };
  if (look.kind === 'wait') return { actions: [...start, ...noteDryRuns(snapshot)], waitingOn: [look.hold], wakeAt: Math.min(look.wakeAt, alarmsGoStaleAt(snapshot) ?? Infinity, deploymentDeadline(snapshot)) };
  if (snapshot.deployment.blueGreen !== undefined) {
    const walk = walkBlueGreen(snapshot);
    const taken = [...start, ...noteDryRuns(snapshot), ...walk.actions];
    if (walk.outcome === null) return { actions: taken, ...waitForFleets(snapshot, walk, waitForTargets(snapshot, walk.courses, null)) };
    const never = walk.courses.filter((course) => course.status === 'Pending').map((course) => course.target);
    return { actions: [...taken, ...finish(snapshot, never, walk.outcome)], waitingOn: [], wakeAt: null };
  }
  const once = new OnceLedger(snapshot);
  // Where one of them is elected, their order decides; the snapshot's means nothing.
  const moved = (once.isEmpty ? snapshot.targets : inOrder(snapshot.targets)).map((target) => moveOn(target, snapshot, once));
  const stage = moveStages(snapshot, moved);
  if (isAskedInVain(snapshot, moved, stage.open)) return decide(askingNobody(snapshot));
  const started = targetsToStart(snapshot, moved, stage).map((target) => startTarget(target, eventsFor(eventsQuestion(snapshot.deployment), target.label), snapshot));
  const courses = withStarted(moved, started);
  const actions = [...start, ...noteDryRuns(snapshot), ...moved.flatMap((course) => course.actions), ...stage.actions, ...started.flatMap((course) => course.actions)];

  const fleet = countFleet(courses);
  const outcome = decideOutcome(snapshot, courses, fleet, stage);
  if (outcome === null) return { actions, ...waitFor(snapshot, courses, fleet, stage) };

  const bake = outcome.status === 'Succeeded' ? alarmBake(snapshot) : null;
  if (bake !== null) return { actions: [...actions, ...(bake.begins ? [{ kind: 'WatchAlarms' as const, until: bake.until }] : [])], ...waitForBake(snapshot, bake.until) };

  const untouched = courses.filter((course) => course.status === 'Pending').map((course) => course.target);
  return { actions: [...actions, ...finish(snapshot, untouched, outcome)], waitingOn: [], wakeAt: null };
}

function isPending({ status }: TargetState): boolean {
  return status === 'Pending';
}

/** Fetching the bundle is part of being created; whatever else holds it makes it Queued. */
function queueUp({ deployment }: Snapshot, holds: readonly Waiting[]): readonly Action[] {
  const isQueued = deployment.status === 'Created' && holds.some((hold) => hold.reason !== 'ResolvingRevision');
  return isQueued ? [{ kind: 'QueueDeployment' }] : [];
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

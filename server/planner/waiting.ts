// Why nothing more can be done now, and when to look again. Read from the courses, so it is true of the deployment once
// the plan's actions are written.

import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Plan } from './actions.ts';
import { alarmsGoStaleAt } from './alarms.ts';
import type { Course, FleetCount, RunningEvent } from './course.ts';
import { deploymentDeadline } from './deadlines.ts';
import { pendingFor } from './pending.ts';
import { holdsAtGates } from './gates.ts';
import type { Snapshot } from './snapshot.ts';
import { waitsForServingUntil } from './serving.ts';
import type { StageCourse } from './stages.ts';
import { isStopping, isUnstarted } from './standing.ts';
import { trafficWaits } from './traffic-waits.ts';

/** What keeps a deployment from starting, or null. */
export function holdsBeforeStart(snapshot: Snapshot): Pick<Plan, 'waitingOn' | 'wakeAt'> | null {
  const { deployment, earlierDeploymentId, now } = snapshot;
  const waitingOn: Waiting[] = [];
  if (earlierDeploymentId !== null) waitingOn.push({ reason: 'EarlierDeployment', deploymentId: earlierDeploymentId });
  if (!isUnstarted(snapshot)) return waitingOn.length === 0 ? null : { waitingOn, wakeAt: null };
  const { holds, wakeAt } = holdsAtGates(deployment.gates, now);
  waitingOn.push(...holds);
  if (deployment.isRevisionReady === false) waitingOn.push({ reason: 'ResolvingRevision', since: deployment.createdAt });
  return waitingOn.length === 0 ? null : { waitingOn, wakeAt };
}

/** For a deployment that goes on: there is always an event running or a stage baking, hence always a time to look again. */
export function waitFor(snapshot: Snapshot, courses: readonly Course[], fleet: FleetCount, stage: StageCourse): Pick<Plan, 'waitingOn' | 'wakeAt'> {
  const { waitingOn, wakeAt } = waitForTargets(snapshot, courses, stage.baking === null ? null : Math.min(stage.baking.until, deploymentDeadline(snapshot)));
  const lacking = fleet.inFlight + fleet.held === 0 ? earlier(waitsForServingUntil(snapshot, courses, stage), deploymentDeadline(snapshot)) : null;
  return { waitingOn: [...pendingFor(snapshot, courses, fleet, stage), ...waitingOn], wakeAt: earlier(wakeAt, lacking) };
}

/** What single targets wait for, a stop that waits for them, and alarms that grow old. `first`: when to look again for another reason. */
export function waitForTargets(snapshot: Snapshot, courses: readonly Course[], first: number | null): Pick<Plan, 'waitingOn' | 'wakeAt'> {
  const waitingOn: Waiting[] = [];
  const busy: string[] = [];
  let wakeAt = first;
  for (const { target, running, onceElsewhere, traffic, held } of courses) {
    if (held !== null) {
      waitingOn.push({ reason: 'FailureDecision', targetId: target.targetId, ...held });
      wakeAt = earlier(wakeAt, held.deadline);
    }
    if (traffic !== null) {
      waitingOn.push(...trafficWaits(target.targetId, traffic));
      wakeAt = earlier(wakeAt, Math.min(traffic.deadline, traffic.healthyUntil ?? Infinity));
    }
    if (onceElsewhere !== null) waitingOn.push({ reason: 'OnceElsewhere', targetId: target.targetId, ...onceElsewhere });
    if (running === null) continue;
    busy.push(target.targetId);
    waitingOn.push(waitForEvent(target, running));
    wakeAt = Math.min(wakeAt ?? running.deadline, running.deadline);
  }
  if (isStopping(snapshot)) waitingOn.unshift(...whyStopping(snapshot, busy.toSorted()));
  else wakeAt = earlier(wakeAt, alarmsGoStaleAt(snapshot));
  return { waitingOn, wakeAt };
}

/** For a deployment whose targets have all ended, and whose alarms are still watched. */
export function waitForBake(snapshot: Snapshot, until: number): Pick<Plan, 'waitingOn' | 'wakeAt'> {
  const alarms = (snapshot.alarms?.alarms ?? []).map(({ name }) => name);
  return { waitingOn: [{ reason: 'AlarmBake', until, alarms }], wakeAt: earlier(until, alarmsGoStaleAt(snapshot)) };
}

function whyStopping({ deployment }: Snapshot, targetIds: string[]): Waiting[] {
  const { alarmStop = null, stopRequestedAt } = deployment;
  return [
    ...(stopRequestedAt === null ? [] : [{ reason: 'StopRequested' as const, targetIds }]),
    ...(alarmStop === null ? [] : [{ reason: 'Alarm' as const, alarms: [...alarmStop.alarms], targetIds }]),
  ];
}

function earlier(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.min(one, other);
}

function waitForEvent({ targetId, agent }: Course['target'], { event, since, isAccepted, deadline }: RunningEvent): Waiting {
  if (agent.isConnected) return { reason: 'LifecycleEvent', targetId, event, since, deadline, isAccepted };
  return { reason: 'AgentSilent', targetId, ...(agent.silentSince === null ? {} : { since: agent.silentSince }), deadline };
}

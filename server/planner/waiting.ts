// Why nothing more can be done now, and when to look again. Read from the courses, so it is true of the deployment once
// the plan's actions are written.

import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Plan } from './actions.ts';
import type { Course, FleetCount, RunningEvent } from './course.ts';
import { healthyHosts } from './healthy-hosts.ts';
import type { Snapshot } from './snapshot.ts';
import { isStopping, isUnstarted } from './standing.ts';

/** What keeps a deployment from starting. Only news ends these, so there is no time to look again. */
export function holdsBeforeStart(snapshot: Snapshot): readonly Waiting[] {
  const holds: Waiting[] = [];
  if (snapshot.earlierDeploymentId !== null) holds.push({ reason: 'EarlierDeployment', deploymentId: snapshot.earlierDeploymentId });
  if (isUnstarted(snapshot) && snapshot.deployment.isRevisionReady === false) holds.push({ reason: 'ResolvingRevision', since: snapshot.deployment.createdAt });
  return holds;
}

/** For a deployment that goes on: there is always an event running, hence always a deadline. */
export function waitFor(snapshot: Snapshot, courses: readonly Course[], fleet: FleetCount): Pick<Plan, 'waitingOn' | 'wakeAt'> {
  const waitingOn: Waiting[] = [];
  const busy: string[] = [];
  let wakeAt: number | null = null;
  for (const { target, running, onceElsewhere } of courses) {
    if (onceElsewhere !== null) waitingOn.push({ reason: 'OnceElsewhere', targetId: target.targetId, ...onceElsewhere });
    if (running === null) continue;
    busy.push(target.targetId);
    waitingOn.push(waitForEvent(target, running));
    wakeAt = Math.min(wakeAt ?? running.deadline, running.deadline);
  }
  if (isStopping(snapshot)) waitingOn.unshift({ reason: 'StopRequested', targetIds: busy.toSorted() });
  if (fleet.pending > 0) {
    waitingOn.unshift({
      reason: 'MinimumHealthyHosts',
      healthy: healthyHosts(fleet),
      required: snapshot.deployment.minimumHealthyHosts,
      inFlight: fleet.inFlight,
      pending: fleet.pending,
    });
  }
  return { waitingOn, wakeAt };
}

function waitForEvent({ targetId, agent }: Course['target'], { event, since, isAccepted, deadline }: RunningEvent): Waiting {
  if (agent.isConnected) return { reason: 'LifecycleEvent', targetId, event, since, deadline, isAccepted };
  return { reason: 'AgentSilent', targetId, ...(agent.silentSince === null ? {} : { since: agent.silentSince }), deadline };
}

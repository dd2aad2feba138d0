// Whether the deployment has ended, and how. Only when nothing is in flight and nobody is asked; and as targets are only started within the
// room there is, nothing is ever in flight when too many have failed.

import type { ErrorCode } from '../../protocol/model/deployment.ts';
import type { Course, FleetCount } from './course.ts';
import { isOutOfTime } from './deadlines.ts';
import type { Halt } from './halt.ts';
import { agentsNotHeard, outOfTime, tooFewHealthy, tooFewServing, whyHalted, whyStopped } from './sentences.ts';
import type { Snapshot } from './snapshot.ts';
import { servingRoom, waitsForServingUntil } from './serving.ts';
import type { StageCourse } from './stages.ts';
import { isStopping } from './standing.ts';

export interface Outcome {
  readonly status: 'Succeeded' | 'Failed' | 'Stopped';
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
}

/**
 * Null while the deployment goes on. Who asked for a stop gets Stopped, and rolling back as they said, even when the last
 * event ended meanwhile. The time limit only counts when it cut something short.
 */
export function decideOutcome(snapshot: Snapshot, courses: readonly Course[], fleet: FleetCount, stage: StageCourse): Outcome | null {
  const { baking, halt } = stage;
  if (fleet.inFlight > 0 || fleet.held > 0) return null;
  const cutShort = whyCutShort(snapshot, courses);
  if (cutShort !== null) return cutShort;
  if (baking !== null) return null;
  const servingUntil = waitsForServingUntil(snapshot, courses, stage);
  if (servingUntil !== null) return snapshot.now < servingUntil ? null : { status: 'Failed', error: { code: 'HEALTH_CONSTRAINTS', message: tooFewServing(servingRoom(snapshot, courses, stage).missing) } };
  if (fleet.pending > 0 || fleet.succeeded === 0 || halt !== null) return { status: 'Failed', error: tooManyFailed(courses, halt) };
  return { status: 'Succeeded', error: null };
}

/** Of a deployment with nothing in flight: by a stop, or by the end of its time; null where neither is. */
export function whyCutShort(snapshot: Snapshot, courses: readonly Course[]): Outcome | null {
  if (isStopping(snapshot)) return { status: 'Stopped', error: reasonOfStop(snapshot) };
  return isOutOfTime(snapshot) && courses.some((course) => course.isCutShort) ? { status: 'Failed', error: { code: 'TIMEOUT', message: outOfTime(snapshot.limits) } } : null;
}

/** Alarms that came first are the reason, whoever asked afterwards. */
function reasonOfStop({ deployment }: Snapshot): NonNullable<Outcome['error']> {
  const stop = deployment.alarmStop ?? null;
  return stop === null ? { code: 'MANUAL_STOP', message: whyStopped(deployment.supersededBy ?? null) } : { code: 'ALARM_ACTIVE', message: stop.message };
}

export function tooManyFailed(courses: readonly Course[], halt: Halt | null): NonNullable<Outcome['error']> {
  const failed = courses.filter((course) => course.status === 'Failed' || course.status === 'Unknown');
  if (failed.length > 0 && failed.every((course) => course.isAgentIssue)) {
    return { code: 'AGENT_ISSUE', message: agentsNotHeard(failed.map((course) => course.target.targetId).toSorted()) };
  }
  return { code: 'HEALTH_CONSTRAINTS', message: [tooFewHealthy, ...(halt === null ? [] : whyHalted(halt))].join(' ') };
}

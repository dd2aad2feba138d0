// Whether the deployment has ended, and how. Only when nothing is in flight; and as targets are only started within the
// room there is, nothing is ever in flight when too many have failed.

import type { ErrorCode } from '../../protocol/model/deployment.ts';
import type { Course, FleetCount } from './course.ts';
import { isOutOfTime } from './deadlines.ts';
import { agentsNotHeard, outOfTime, stoppedOnRequest, tooFewHealthy } from './sentences.ts';
import type { Snapshot } from './snapshot.ts';
import { isStopping } from './standing.ts';

export interface Outcome {
  readonly status: 'Succeeded' | 'Failed' | 'Stopped';
  readonly error: { readonly code: ErrorCode; readonly message: string } | null;
}

/**
 * Null while the deployment goes on. Who asked for a stop gets Stopped, and rolling back as they said, even when the last
 * event ended meanwhile. The time limit only counts when it cut something short.
 */
export function decideOutcome(snapshot: Snapshot, courses: readonly Course[], fleet: FleetCount): Outcome | null {
  if (fleet.inFlight > 0) return null;
  if (isStopping(snapshot)) return { status: 'Stopped', error: { code: 'MANUAL_STOP', message: stoppedOnRequest } };
  if (isOutOfTime(snapshot) && courses.some((course) => course.isCutShort)) return { status: 'Failed', error: { code: 'TIMEOUT', message: outOfTime(snapshot.limits) } };
  if (fleet.pending > 0 || fleet.succeeded === 0) return { status: 'Failed', error: tooManyFailed(courses) };
  return { status: 'Succeeded', error: null };
}

function tooManyFailed(courses: readonly Course[]): NonNullable<Outcome['error']> {
  const failed = courses.filter((course) => course.status === 'Failed' || course.status === 'Unknown');
  if (failed.length > 0 && failed.every((course) => course.isAgentIssue)) {
    return { code: 'AGENT_ISSUE', message: agentsNotHeard(failed.map((course) => course.target.targetId).toSorted()) };
  }
  return { code: 'HEALTH_CONSTRAINTS', message: tooFewHealthy };
}

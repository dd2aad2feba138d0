// What becomes of one target in this plan: the actions to write, and how the target stands once they are written.
// Everything after the look at single targets (room, outcome, waiting) reads courses, never the snapshot's targets.

import type { TargetStatus } from '../../protocol/model/target.ts';
import type { Action } from './actions.ts';
import type { Instant, TargetState } from './snapshot.ts';
import type { TrafficHold } from './traffic.ts';

export interface Course {
  readonly target: TargetState;
  readonly actions: readonly Action[];
  /** Once the actions are written. */
  readonly status: TargetStatus;
  /** The event under way once the actions are written; only ever for a target InProgress. */
  readonly running: RunningEvent | null;
  /** Its next event waits for the scripts that another target runs for all; only ever for a target InProgress. */
  readonly onceElsewhere: OnceElsewhere | null;
  /** What it waits for at its routers once the actions are written; only ever for a target InProgress. */
  readonly traffic: TrafficHold | null;
  /** Somebody is asked about its failed event once the actions are written; only ever for a target InProgress. */
  readonly held: HeldCourse | null;
  /** It was left out by decision: no failure, but not healthy either. */
  readonly isLeftOut: boolean;
  /** It ended because the deployment stops or is out of time, not by its own events. */
  readonly isCutShort: boolean;
  /** It failed because its agent was not heard. */
  readonly isAgentIssue: boolean;
}

export interface RunningEvent {
  readonly event: string;
  /** When accepted; when commanded, as long as the agent has not accepted it. */
  readonly since: Instant;
  readonly isAccepted: boolean;
  /** When the server gives up on it. */
  readonly deadline: Instant;
}

export interface OnceElsewhere {
  readonly event: string;
  readonly onTargetId: string;
}

export interface HeldCourse {
  readonly event: string;
  /** From 1. */
  readonly attempt: number;
  readonly since: Instant;
  readonly deadline: Instant;
}

export interface FleetCount {
  readonly total: number;
  readonly pending: number;
  readonly inFlight: number;
  readonly succeeded: number;
  /** Unknown included: a host we lost is not a healthy one. Those that wait for a decision too. */
  readonly failed: number;
  /** Of those that failed, how many wait for a decision. */
  readonly held: number;
  /** Skipped by decision after they had failed. */
  readonly leftOut: number;
  /** Installed, and waiting for their way into rotation: only ever green ones. */
  readonly ready: number;
}

export function countFleet(courses: readonly Course[]): FleetCount {
  const count = { total: courses.length, pending: 0, inFlight: 0, succeeded: 0, failed: 0, held: 0, leftOut: 0, ready: 0 };
  for (const { status, held, isLeftOut } of courses) {
    if (held !== null) {
      count.held += 1;
      count.failed += 1;
    } else if (isLeftOut) count.leftOut += 1;
    else if (status === 'Pending') count.pending += 1;
    else if (status === 'InProgress') count.inFlight += 1;
    else if (status === 'Succeeded') count.succeeded += 1;
    else if (status === 'Ready') count.ready += 1;
    else if (status === 'Failed' || status === 'Unknown') count.failed += 1;
  }
  return count;
}

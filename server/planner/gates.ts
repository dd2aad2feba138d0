// What must be so before a deployment starts, besides its turn in the group: its hour, somebody's approval, an open
// window and no freeze. The one choke point: whoever created it, and however late, it passes here. Asked only before the
// start; a freeze that begins later lets it end. Rollbacks come without gates.

import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Outcome } from './outcome.ts';
import { approvalExpired, rejected } from './sentences.ts';
import type { CalendarHold, Gates, Instant } from './snapshot.ts';

export interface GateHolds {
  readonly holds: readonly Waiting[];
  /** When one of them ends by itself, or the wait for it; null when only news can end them. */
  readonly wakeAt: Instant | null;
}

const open: GateHolds = { holds: [], wakeAt: null };

/** What holds the deployment at `now`. */
export function holdsAtGates(gates: Gates | undefined, now: Instant): GateHolds {
  if (gates === undefined) return open;
  const holds: Waiting[] = [];
  const instants: (Instant | null)[] = [];
  const { scheduledAt, approval, calendar } = gates;
  if (scheduledAt !== null && now < scheduledAt) {
    holds.push({ reason: 'Scheduled', at: scheduledAt });
    instants.push(scheduledAt);
  }
  if (approval !== null && approval.decision !== 'APPROVED') {
    holds.push({ reason: 'Approval', since: approval.since, expiresAt: approval.expiresAt });
    instants.push(approval.expiresAt);
  }
  for (const hold of calendar) {
    holds.push(waitForCalendar(hold));
    instants.push(hold.kind === 'Window' ? hold.opensAt : hold.until);
  }
  return { holds, wakeAt: earliest(instants) };
}

/** How a deployment ends that was refused its approval, or not given it in time; null when it does not. */
export function refuseAtGates(gates: Gates | undefined, now: Instant): Outcome | null {
  const approval = gates?.approval ?? null;
  if (approval === null || approval.decision === 'APPROVED') return null;
  if (approval.decision === 'REJECTED') return { status: 'Stopped', error: { code: 'MANUAL_STOP', message: rejected(approval) } };
  return now < approval.expiresAt ? null : { status: 'Stopped', error: { code: 'TIMEOUT', message: approvalExpired(approval) } };
}

function waitForCalendar(hold: CalendarHold): Waiting {
  if (hold.kind === 'Window') return { reason: 'WindowClosed', ...(hold.opensAt === null ? {} : { opensAt: hold.opensAt }) };
  return { reason: 'Frozen', freezeName: hold.freezeName, because: hold.reason, ...(hold.until === null ? {} : { until: hold.until }) };
}

function earliest(instants: readonly (Instant | null)[]): Instant | null {
  const known = instants.filter((instant) => instant !== null);
  return known.length === 0 ? null : Math.min(...known);
}

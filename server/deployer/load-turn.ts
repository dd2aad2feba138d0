// What keeps a deployment from starting besides itself: its gates, and who of its group goes first. The calendar is read
// as it is now, not as it was when the deployment was created: a freeze must hold what waits already.

import type { DeploymentCreator } from '../../protocol/model/deployment.ts';
import type { DeploymentWindow, FreezeTimes } from '../../protocol/model/calendar.ts';
import type { Instant } from '../../world/clock.ts';
import { calendarHolds } from '../calendar/holds.ts';
import { holdsAtGates } from '../planner/gates.ts';
import type { Gates } from '../planner/snapshot.ts';
import { earlierInTurn } from '../planner/turn.ts';
import { listActiveDeployments } from '../store/deployments.ts';
import { DeploymentDocument, DeploymentGroupDocument, readDocument } from '../store/documents.ts';
import { listFreezesOver } from '../store/freezes.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentGroupsTable, DeploymentsTable } from '../store/tables.ts';

export interface Turn {
  readonly gates: Gates;
  readonly earlierDeploymentId: string | null;
}

const openGates: Gates = { scheduledAt: null, approval: null, calendar: [] };

/** `group` undefined: it was deleted, and nobody waits any more. */
export async function loadTurn(db: Database, row: DeploymentsTable, group: DeploymentGroupsTable | undefined, now: Instant): Promise<Turn> {
  const stored = await listActiveDeployments(db, row.group_id);
  // One that is only planned comes last.
  const active = stored.some((one) => one.deployment_id === row.deployment_id) ? stored : [...stored, row];
  if (group === undefined || (row.started_at !== null && active.length === 1)) return { gates: openGates, earlierDeploymentId: null };
  const { deploymentWindows = [] } = readDocument(DeploymentGroupDocument, group.document, `deployment group ${group.group_id}`);
  const freezes = await listFreezesOver(db, row.application_id, group.group_id);
  const gatesOf = (one: DeploymentsTable): Gates => gatesFor(one, deploymentWindows, freezes, now);
  const contenders = active.map((one) => ({
    deploymentId: one.deployment_id,
    creator: one.creator as DeploymentCreator,
    createdAt: one.created_at,
    hasStarted: one.started_at !== null,
    isHeld: one.started_at === null && holdsAtGates(gatesOf(one), now).holds.length > 0,
  }));
  return { gates: gatesOf(row), earlierDeploymentId: earlierInTurn(row.deployment_id, contenders) };
}

/** The gates of a deployment not yet created may be asked for as well. */
export function gatesFor(
  { creator, document }: Pick<DeploymentsTable, 'creator' | 'document'>,
  windows: readonly DeploymentWindow[],
  freezes: readonly FreezeTimes[],
  now: Instant,
): Gates {
  if (creator === 'codeDeployRollback') return openGates;
  const { scheduledAt, approval, calendarOverride } = readDocument(DeploymentDocument, document, 'a deployment');
  return {
    scheduledAt: scheduledAt ?? null,
    approval:
      approval === undefined
        ? null
        : { since: approval.requestedAt, expiresAt: approval.expiresAt, decision: approval.decision ?? null, decidedBy: approval.decidedBy ?? null, comment: approval.comment ?? null },
    calendar: calendarOverride === undefined ? calendarHolds(windows, freezes, now) : [],
  };
}

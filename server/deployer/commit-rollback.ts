// A deployment that goes back, made by the plan that ends the one it goes back from.

import { auditRecord } from '../audit/entry.ts';
import type { Action } from '../planner/actions.ts';
import { appendAuditRecord } from '../store/audit.ts';
import { newDeployment } from './new-deployment.ts';
import type { PlanDraft } from './plan-draft.ts';

export async function createRollback(draft: PlanDraft, action: Extract<Action, { kind: 'CreateRollback' }>): Promise<void> {
  const rollbackDeploymentId = await newDeployment(
    draft.tx,
    { kind: 'rollback', ofDeploymentId: action.ofDeploymentId, triggeringDeploymentId: draft.loaded.row.deployment_id },
    { now: draft.loaded.snapshot.now, random: draft.world.random },
  );
  await recordRollback(draft, rollbackDeploymentId, action.ofDeploymentId);
  draft.document = {
    ...draft.document,
    rollbackInfo: {
      ...draft.document.rollbackInfo,
      rollbackDeploymentId,
      rollbackMessage: `Deployment ${rollbackDeploymentId} is triggered to roll back deployment ${draft.loaded.row.deployment_id}.`,
    },
  };
  draft.wake.push(rollbackDeploymentId);
}

/** Nobody asked for it at the time, so it stands in the audit log as the controller's own. */
async function recordRollback({ tx, loaded: { row, snapshot } }: PlanDraft, deploymentId: string, ofDeploymentId: string): Promise<void> {
  const record = auditRecord(
    { actor: 'controller', reason: `Rolls back deployment ${row.deployment_id}.` },
    {
      at: snapshot.now,
      operation: 'CreateDeployment',
      subjects: [`application:${row.application_name}`, `deployment-group:${row.application_name}/${row.group_name}`, `deployment:${deploymentId}`, `deployment:${row.deployment_id}`],
      input: { creator: 'codeDeployRollback', ofDeploymentId },
      outcome: 'Succeeded',
    },
  );
  await appendAuditRecord(tx, record);
}

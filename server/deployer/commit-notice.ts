// A notice that a plan gives, as an effect to be carried out.

import { uuid } from '../../protocol/model/names.ts';
import type { Action } from '../planner/actions.ts';
import { insertEffect } from '../store/effects.ts';
import type { TargetsTable } from '../store/tables.ts';
import { deploymentNotice, instanceNotice, noticeSubject, notifyEffect } from './notices.ts';
import { type PlanDraft, rowsOf, touch } from './plan-draft.ts';

/** As things stand at this point of the plan. */
export async function notify(draft: PlanDraft, { trigger: name, event, aboutTargetId }: Extract<Action, { kind: 'Notify' }>): Promise<void> {
  const { row, snapshot } = draft.loaded;
  const trigger = draft.document.triggers?.find((one) => one.triggerName === name);
  if (trigger?.triggerTargetArn === undefined) throw new Error(`The plan tells trigger ${name}, which ${row.deployment_id} does not have.`);
  const target = aboutTargetId === null ? null : touch(draft, aboutTargetId);
  const payload = {
    triggerName: name,
    target: trigger.triggerTargetArn,
    event,
    subject: noticeSubject(event === 'DeploymentRollback' ? 'rolled back' : (target === null ? draft.status : statusTold(event, target.row)), target === null ? row.deployment_id : `${row.deployment_id} on ${target.row.target_id}`, row.application_name, draft.whereabouts),
    message:
      target === null
        ? deploymentNotice({ row, status: draft.status, completedAt: draft.completedAt, document: draft.document, targets: rowsOf(draft) }, trigger, draft.whereabouts)
        : instanceNotice(row.deployment_id, { ...target.row, status: statusTold(event, target.row) }, target.events, snapshot.now, trigger, draft.whereabouts),
  };
  const effectId = uuid(draft.world.random.bytes(16));
  await insertEffect(draft.tx, notifyEffect(effectId, { groupId: row.group_id, deploymentId: row.deployment_id }, payload), snapshot.now);
  draft.hasEffects = true;
}

/** While somebody is asked about its failure a target is in progress; what is told of is that it failed. */
function statusTold(event: string, { status }: TargetsTable): string {
  return event === 'InstanceFailure' && status === 'InProgress' ? 'Failed' : status;
}

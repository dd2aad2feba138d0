// Writes a promotion's plan down, its deployments included, in one transaction guarded by the promotion's version: a
// deployment and the row that says it is the promotion's are there both or neither, so none is ever created twice. What
// each action means is told by planner/promotion/apply.ts.

import { uuid } from '../../protocol/model/names.ts';
import { auditRecord } from '../audit/entry.ts';
import type { PromotionAction, PromotionPlan } from '../planner/promotion/actions.ts';
import { registeredSignature } from '../revisions/registered-signature.ts';
import type { Bundle, ResolvedRevision } from '../revisions/registry.ts';
import { signedBundle } from '../revisions/signature.ts';
import { findApplicationNames } from '../store/applications.ts';
import { appendAuditRecord } from '../store/audit.ts';
import { findDeploymentGroupsById, type NamedGroup } from '../store/deployment-groups.ts';
import { findDeployment, replaceDocument, requestStop } from '../store/deployments.ts';
import { DeploymentDocument, DeploymentGroupDocument, readDocument, writeDocument } from '../store/documents.ts';
import { insertEffect } from '../store/effects.ts';
import type { PromotionDocument } from '../store/promotion-documents.ts';
import { releasePath, takePath } from '../store/promotion-paths.ts';
import { insertPromotionDeployment, listActivePromotions, noteGroupRollback, writePromotionDocument } from '../store/promotions.ts';
import type { Database, Store } from '../store/store.ts';
import type { LoadedPromotion } from './load-promotion.ts';
import { makeWay, supersede } from './make-way.ts';
import { type Chance, newDeployment } from './new-deployment.ts';
import { noticeSubject, notifyEffect, promotionNotice, type Whereabouts } from './notices.ts';

export interface CommittedPromotion {
  /** Deployments to look at now: new ones, stopped ones, superseded ones, rollbacks. */
  readonly wakeDeployments: readonly string[];
  /** Promotions that may have their turn now. */
  readonly wakePromotions: readonly string[];
  /** There is something new to be carried out. */
  readonly hasEffects: boolean;
}

interface Draft {
  readonly tx: Database;
  readonly loaded: LoadedPromotion;
  readonly chance: Chance;
  readonly whereabouts: Whereabouts;
  readonly wakeDeployments: string[];
  readonly wakePromotions: string[];
  document: PromotionDocument;
  status: string;
  startedAt: number | null;
  completedAt: number | null;
  hasEffects: boolean;
}

/** What is to be woken, or null when the promotion, its path or a group had moved on since the snapshot: nothing is written then. */
export async function commitPromotion(store: Store, loaded: LoadedPromotion, plan: PromotionPlan, random: Chance['random'], whereabouts: Whereabouts): Promise<CommittedPromotion | null> {
  const { row, bundle, snapshot } = loaded;
  return store.transaction(async (tx) => {
    const guard = await tx
      .updateTable('promotions')
      .set({ version: row.version + 1 })
      .where('promotion_id', '=', row.promotion_id)
      .where('version', '=', row.version)
      .executeTakeFirst();
    if (Number(guard.numUpdatedRows) === 0) throw movedOn;
    const draft: Draft = {
      tx,
      loaded,
      chance: { now: snapshot.now, random },
      whereabouts,
      wakeDeployments: [],
      wakePromotions: [],
      document: { ...loaded.document, bundle },
      status: row.status,
      startedAt: row.started_at,
      completedAt: row.completed_at,
      hasEffects: false,
    };
    for (const action of plan.actions) await write(draft, action);
    await tx
      .updateTable('promotions')
      .set({ status: draft.status, started_at: draft.startedAt, completed_at: draft.completedAt, document: writePromotionDocument(draft.document, row.promotion_id) })
      .where('promotion_id', '=', row.promotion_id)
      .execute();
    return { wakeDeployments: draft.wakeDeployments, wakePromotions: draft.wakePromotions, hasEffects: draft.hasEffects };
  }).catch((error: unknown) => {
    if (error === movedOn) return null;
    throw error;
  });
}

/** Thrown inside the transaction, so that nothing of it stays. */
const movedOn = new Error('The promotion has moved on since the snapshot.');

async function write(draft: Draft, action: PromotionAction): Promise<void> {
  const { tx, loaded, chance } = draft;
  const { row } = loaded;
  const { now } = chance;
  switch (action.kind) {
    case 'QueuePromotion':
      draft.status = 'Queued';
      return;
    case 'StartPromotion':
      if (!(await takePath(tx, row.path_id, row.promotion_id))) throw movedOn;
      draft.status = 'InProgress';
      draft.startedAt = now;
      return;
    case 'AskApproval': {
      const { open, createdBy, waves } = draft.document;
      const asked = { wave: open, requestedAt: now, requestedBy: createdBy, expiresAt: action.expiresAt, allowSelfApproval: waves[open]?.approval?.allowSelfApproval ?? true };
      draft.document = { ...draft.document, approvals: [...draft.document.approvals, asked] };
      return;
    }
    case 'CreateDeployment':
      return createDeployment(draft, action.groupId);
    case 'StopDeployment':
      await requestStop(tx, action.deploymentId, now, action.rollback);
      draft.wakeDeployments.push(action.deploymentId);
      return;
    case 'BakeWave':
      draft.status = 'Baking';
      draft.document = { ...draft.document, baking: { since: now, until: action.until } };
      return;
    case 'OpenWave':
      draft.status = 'InProgress';
      draft.document = { ...draft.document, open: action.wave, baking: null };
      return;
    case 'RollBackGroup':
      return rollBack(draft, action.groupId, action.ofDeploymentId);
    case 'NoteNoRollback':
      draft.document = { ...draft.document, statusMessages: [...draft.document.statusMessages, action.message] };
      return;
    case 'FinishPromotion':
      draft.status = action.status;
      draft.completedAt = now;
      if (action.error !== null) draft.document = { ...draft.document, errorInformation: action.error };
      await releasePath(tx, row.path_id, row.promotion_id);
      draft.wakePromotions.push(...(await listActivePromotions(tx, row.path_id)).map((other) => other.promotion_id).filter((id) => id !== row.promotion_id));
      return;
    case 'Notify':
      draft.hasEffects = true;
      return notify(draft, action);
    default:
      action satisfies never;
  }
}

/** As things stand at this point of the plan. */
async function notify({ tx, loaded: { row }, chance, whereabouts, document, ...draft }: Draft, { trigger: name, event }: Extract<PromotionAction, { kind: 'Notify' }>): Promise<void> {
  const trigger = document.triggers?.find((one) => one.triggerName === name);
  if (trigger?.triggerTargetArn === undefined) throw new Error(`The plan tells trigger ${name}, which ${row.promotion_id} does not have.`);
  const applicationName = (await findApplicationNames(tx, [row.application_id]))[0] ?? '';
  const payload = {
    triggerName: name,
    target: trigger.triggerTargetArn,
    event,
    subject: noticeSubject(draft.status, row.promotion_id, applicationName, whereabouts),
    message: promotionNotice({ row, applicationName, status: draft.status, completedAt: draft.completedAt, document }, trigger, whereabouts),
  };
  await insertEffect(tx, notifyEffect(uuid(chance.random.bytes(16)), { groupId: row.path_id, deploymentId: row.promotion_id }, payload), chance.now);
}

/** In the group's queue; only a group that wants it so has what is active superseded. A promotion can wait, so it is never refused. */
async function createDeployment(draft: Draft, groupId: string): Promise<void> {
  const { tx, loaded, chance, document } = draft;
  const group = await requireGroup(tx, groupId);
  const settings = readDocument(DeploymentGroupDocument, group.document, `deployment group ${groupId}`);
  const rivals = await makeWay(tx, group, settings.activeDeploymentPolicy === 'SUPERSEDE' ? 'SUPERSEDE' : 'QUEUE');
  const resolved = resolvedFor(group.applicationName, document);
  const signature = await registeredSignature(tx, group.application_id, document.revision, resolved);
  const deploymentId = await newDeployment(
    tx,
    {
      kind: 'user',
      creator: 'CodeDeploy',
      applicationName: group.applicationName,
      group,
      revision: document.revision,
      resolved: resolved.kind === 'bundle' && signature !== undefined ? signedBundle(resolved.bundle, signature) : resolved,
      signature: resolved.kind === 'later' ? (signature ?? null) : null,
      restartOf: null,
      deploymentConfigName: null,
      autoRollbackConfiguration: null,
      overrideAlarmConfiguration: null,
      description: document.description,
      ignoreApplicationStopFailures: false,
      updateOutdatedInstancesOnly: false,
      fileExistsBehavior: null,
      targetInstances: null,
      scheduledAt: null,
      calendarOverrideReason: null,
      createdBy: document.createdBy,
    },
    chance,
  );
  await insertPromotionDeployment(tx, {
    promotion_id: loaded.row.promotion_id,
    group_id: groupId,
    deployment_id: deploymentId,
    previous_deployment_id: group.last_successful_deployment_id,
    rollback_deployment_id: null,
  });
  for (const rival of rivals) await supersede(tx, rival, deploymentId, chance.now);
  const wave = document.waves[document.open]?.waveName ?? '?';
  await record(draft, group, deploymentId, `Wave ${wave} of promotion ${loaded.row.promotion_id}.`, { creator: 'CodeDeploy', revision: document.revision });
  draft.wakeDeployments.push(...rivals.map((rival) => rival.deployment_id), deploymentId);
}

/** A signature that came with the upload is for one application; no host of another would take it. */
function resolvedFor(applicationName: string, { bundle, defect }: PromotionDocument): ResolvedRevision {
  if (bundle === null) return defect === null ? { kind: 'later' } : { kind: 'defect', defect };
  const { signature, ...bytes } = bundle;
  const own: Bundle = signature?.statement.application === applicationName ? bundle : bytes;
  return { kind: 'bundle', bundle: own };
}

async function rollBack(draft: Draft, groupId: string, ofDeploymentId: string): Promise<void> {
  const { tx, loaded, chance } = draft;
  const group = await requireGroup(tx, groupId);
  const triggering = loaded.deployments.get(groupId)?.deployment_id ?? '';
  const promoted = await findDeployment(tx, triggering);
  if (promoted === null || (await findDeployment(tx, ofDeploymentId)) === null) throw movedOn;
  const deploymentId = await newDeployment(tx, { kind: 'rollback', ofDeploymentId, triggeringDeploymentId: triggering }, chance);
  const where = `deployment ${triggering}`;
  const document = readDocument(DeploymentDocument, promoted.document, where);
  const rollbackInfo = { ...document.rollbackInfo, rollbackDeploymentId: deploymentId, rollbackMessage: `Deployment ${deploymentId} is triggered to roll back deployment ${triggering}.` };
  await replaceDocument(tx, triggering, writeDocument(DeploymentDocument, { ...document, rollbackInfo }, where));
  await noteGroupRollback(tx, loaded.row.promotion_id, groupId, deploymentId);
  await record(draft, group, deploymentId, `Rolls back deployment ${triggering} of promotion ${loaded.row.promotion_id}.`, { creator: 'codeDeployRollback', ofDeploymentId });
  draft.wakeDeployments.push(deploymentId);
}

async function requireGroup(tx: Database, groupId: string): Promise<NamedGroup> {
  const [group] = await findDeploymentGroupsById(tx, [groupId]);
  if (group === undefined) throw movedOn;
  return group;
}

/** Nobody asked for the deployment itself, so it stands in the audit log as the controller's own. */
async function record({ tx, loaded, chance }: Draft, { applicationName, name }: NamedGroup, deploymentId: string, reason: string, input: object): Promise<void> {
  const subjects = [`application:${applicationName}`, `deployment-group:${applicationName}/${name}`, `deployment:${deploymentId}`, `promotion:${loaded.row.promotion_id}`];
  await appendAuditRecord(tx, auditRecord({ actor: 'controller', reason }, { at: chance.now, operation: 'CreateDeployment', subjects, input, outcome: 'Succeeded' }));
}

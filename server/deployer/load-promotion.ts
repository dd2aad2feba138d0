// Reads all that a decision about one promotion may depend on into the planner's terms. Call it with a transaction.

import type { DeploymentStatus } from '../../protocol/model/deployment.ts';
import type { PromotionStatus } from '../../protocol/model/promotion.ts';
import type { GroupState, PromotedDeployment, PromotionSnapshot } from '../planner/promotion/snapshot.ts';
import type { ApprovalState } from '../planner/snapshot.ts';
import type { Bundle } from '../revisions/registry.ts';
import { findDeploymentGroupsById, type NamedGroup } from '../store/deployment-groups.ts';
import { findDeployments } from '../store/deployments.ts';
import { DeploymentDocument, readDocument } from '../store/documents.ts';
import type { PromotionDocument } from '../store/promotion-documents.ts';
import { findPromotionPathById } from '../store/promotion-paths.ts';
import { findPromotion, listActivePromotions, listPromotionDeployments, readPromotionDocument } from '../store/promotions.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentsTable, PromotionDeploymentsTable, PromotionsTable } from '../store/tables.ts';

export interface LoadedPromotion {
  readonly snapshot: PromotionSnapshot;
  readonly row: PromotionsTable;
  readonly document: PromotionDocument;
  /** The bytes that every deployment gets, once they are known. */
  readonly bundle: Bundle | null;
  /** By group. */
  readonly deployments: ReadonlyMap<string, PromotionDeploymentsTable>;
}

export const defaultApprovalMinutes = 24 * 60;

/** The promotion of that id, or null when there is none. */
export async function loadPromotion(db: Database, promotionId: string, now: number): Promise<LoadedPromotion | null> {
  const row = await findPromotion(db, promotionId);
  if (row === null) return null;
  const document = readPromotionDocument(row);
  const made = await listPromotionDeployments(db, [promotionId]);
  const deployments = new Map(made.map((one) => [one.group_id, one]));
  const stored = document.waves.flatMap(({ groups }) => groups);
  const groups = new Map((await findDeploymentGroupsById(db, stored.map(({ groupId }) => groupId))).map((group) => [group.group_id, group]));
  const ids = [...made.map((one) => one.deployment_id), ...[...groups.values()].flatMap((group) => [group.last_successful_deployment_id, group.last_attempted_deployment_id])];
  const rows = new Map((await findDeployments(db, [...new Set(ids.filter((id) => id !== null))])).map((one) => [one.deployment_id, one]));
  const bundle = document.bundle ?? firstBundle(made, rows);
  const approval = document.approvals.find(({ wave }) => wave === document.open);
  const snapshot: PromotionSnapshot = {
    now,
    promotion: {
      promotionId,
      status: row.status as PromotionStatus,
      openWave: document.open,
      baking: document.baking,
      approval: approval === undefined ? null : approvalState(approval),
      isRevisionReady: bundle !== null,
      rollsBackOnFailure: document.rollBackOnFailure,
      stop: document.stop ?? null,
    },
    waves: document.waves.map((wave) => ({
      name: wave.waveName,
      bakeMs: 1000 * wave.bakeSeconds,
      approvalMs: wave.approval?.required === true ? 60_000 * (wave.approval.expiresInMinutes ?? defaultApprovalMinutes) : null,
      groups: wave.groups.map(({ groupId, applicationName, deploymentGroupName }): GroupState => {
        const group = groups.get(groupId);
        const mine = deployments.get(groupId);
        return {
          groupId,
          name: group === undefined ? `${applicationName}/${deploymentGroupName}` : `${group.applicationName}/${group.name}`,
          isDeleted: group === undefined,
          deployment: mine === undefined ? null : promotedDeployment(mine.deployment_id, rows.get(mine.deployment_id)),
          replacedBy: replacedBy(mine, group, bundle, rows),
          newerDeploymentId: newerThan(mine, group, rows),
          previousDeploymentId: mine?.previous_deployment_id ?? null,
        };
      }),
    })),
    earlierPromotionId: await earlierPromotion(db, row),
    ...(document.triggers === undefined ? {} : { triggers: document.triggers.map(({ triggerName = '', triggerEvents = [] }) => ({ name: triggerName, events: triggerEvents })) }),
  };
  return { snapshot, row, document, bundle, deployments };
}

function approvalState({ requestedAt, expiresAt, decision, decidedBy, comment }: PromotionDocument['approvals'][number]): ApprovalState {
  return { since: requestedAt, expiresAt, decision: decision ?? null, decidedBy: decidedBy ?? null, comment: comment ?? null };
}

/** What the first deployment has fetched. */
function firstBundle(made: readonly PromotionDeploymentsTable[], rows: ReadonlyMap<string, DeploymentsTable>): Bundle | null {
  for (const { deployment_id: id } of made) {
    const bundle = bundleOf(rows.get(id));
    if (bundle !== null) return bundle;
  }
  return null;
}

function bundleOf(row: DeploymentsTable | undefined): Bundle | null {
  return row === undefined ? null : readDocument(DeploymentDocument, row.document, `deployment ${row.deployment_id}`).bundle;
}

function promotedDeployment(deploymentId: string, row: DeploymentsTable | undefined): PromotedDeployment {
  if (row === undefined) return { deploymentId, status: null, message: null, isStopRequested: false };
  const { errorInformation } = readDocument(DeploymentDocument, row.document, `deployment ${deploymentId}`);
  return { deploymentId, status: row.status as DeploymentStatus, message: errorInformation?.message ?? null, isStopRequested: row.stop_requested_at !== null };
}

/** The group's last success, where that is neither ours nor of the same bytes. */
function replacedBy(mine: PromotionDeploymentsTable | undefined, group: NamedGroup | undefined, bundle: Bundle | null, rows: ReadonlyMap<string, DeploymentsTable>): string | null {
  const last = group?.last_successful_deployment_id ?? null;
  if (mine === undefined || last === null || rows.get(mine.deployment_id)?.status !== 'Succeeded' || isOurs(mine, rows.get(last))) return null;
  return bundleOf(rows.get(last))?.sha256 === bundle?.sha256 ? null : last;
}

/** What was created for the group last, where that is not ours. */
function newerThan(mine: PromotionDeploymentsTable | undefined, group: NamedGroup | undefined, rows: ReadonlyMap<string, DeploymentsTable>): string | null {
  const last = group?.last_attempted_deployment_id ?? null;
  return mine === undefined || last === null || last === mine.deployment_id || isOurs(mine, rows.get(last)) ? null : last;
}

/** The promotion's deployment to the group, or one that brings late instances to what it deployed. */
function isOurs({ deployment_id: id }: PromotionDeploymentsTable, row: DeploymentsTable | undefined): boolean {
  return row?.deployment_id === id || row?.root_deployment_id === id;
}

/** The one under way goes first; then by age. A path that was deleted makes nobody wait. */
async function earlierPromotion(db: Database, { promotion_id: promotionId, path_id: pathId, started_at: startedAt }: PromotionsTable): Promise<string | null> {
  const path = startedAt === null ? await findPromotionPathById(db, pathId) : null;
  if (path === null) return null;
  const first = path.running_promotion_id ?? (await listActivePromotions(db, pathId))[0]?.promotion_id ?? promotionId;
  return first === promotionId ? null : first;
}

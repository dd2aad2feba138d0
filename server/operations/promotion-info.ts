// Promotions as callers see them: what was frozen, which wave has its turn, and how each group's deployment stands.

import type { DeploymentStatus } from '../../protocol/model/deployment.ts';
import type { PromotedGroup, PromotedWave, PromotionInfo, PromotionStatus, WaveStatus } from '../../protocol/model/promotion.ts';
import { findDeploymentGroupsById, type NamedGroup } from '../store/deployment-groups.ts';
import { finalStatuses, findDeployments } from '../store/deployments.ts';
import type { PromotionDocument, StoredWave } from '../store/promotion-documents.ts';
import { findPromotionPathsById } from '../store/promotion-paths.ts';
import { listPromotionDeployments, readPromotionDocument } from '../store/promotions.ts';
import type { Database } from '../store/store.ts';
import type { PromotionDeploymentsTable, PromotionsTable } from '../store/tables.ts';

/** What a page of promotions has in common, looked up once. */
interface Known {
  readonly applications: ReadonlyMap<string, string>;
  readonly paths: ReadonlyMap<string, string>;
  readonly groups: ReadonlyMap<string, NamedGroup>;
  readonly made: readonly PromotionDeploymentsTable[];
  readonly statuses: ReadonlyMap<string, DeploymentStatus>;
}

/** In the order of `rows`. */
export async function promotionInfos(db: Database, rows: readonly PromotionsTable[]): Promise<PromotionInfo[]> {
  const documents = rows.map(readPromotionDocument);
  const groupIds = documents.flatMap(({ waves }) => waves.flatMap(({ groups }) => groups.map(({ groupId }) => groupId)));
  const made = await listPromotionDeployments(db, rows.map((row) => row.promotion_id));
  const known: Known = {
    applications: await applicationNames(db, rows),
    paths: new Map((await findPromotionPathsById(db, [...new Set(rows.map((row) => row.path_id))])).map((path) => [path.path_id, path.name])),
    groups: new Map((await findDeploymentGroupsById(db, [...new Set(groupIds)])).map((group) => [group.group_id, group])),
    made,
    statuses: new Map((await findDeployments(db, made.map((one) => one.deployment_id))).map((row) => [row.deployment_id, row.status as DeploymentStatus])),
  };
  return rows.map((row, index) => promotionInfo(row, documents[index]!, known));
}

async function applicationNames(db: Database, rows: readonly PromotionsTable[]): Promise<ReadonlyMap<string, string>> {
  if (rows.length === 0) return new Map();
  const found = await db.selectFrom('applications').select(['application_id', 'name']).where('application_id', 'in', [...new Set(rows.map((row) => row.application_id))]).execute();
  return new Map(found.map((row) => [row.application_id, row.name]));
}

function promotionInfo(row: PromotionsTable, document: PromotionDocument, known: Known): PromotionInfo {
  const { revision, description, errorInformation, createdBy, rollBackOnFailure, statusMessages, stop } = document;
  const supersededBy = stop?.why === 'Superseded' ? stop.by : null;
  return {
    promotionId: row.promotion_id,
    applicationName: known.applications.get(row.application_id) ?? '',
    promotionPathName: known.paths.get(row.path_id) ?? document.promotionPathName,
    revision,
    ...(description === '' ? {} : { description }),
    status: row.status as PromotionStatus,
    ...(errorInformation === undefined ? {} : { errorInformation }),
    createTime: Number(row.created_at),
    ...(row.started_at === null ? {} : { startTime: Number(row.started_at) }),
    ...(row.completed_at === null ? {} : { completeTime: Number(row.completed_at) }),
    createdBy,
    rollBackOnFailure,
    waves: document.waves.map((wave, index) => promotedWave(row, document, wave, index, known)),
    ...(supersededBy === null ? {} : { supersededBy }),
    statusMessages,
  };
}

function promotedWave(row: PromotionsTable, document: PromotionDocument, wave: StoredWave, index: number, known: Known): PromotedWave {
  const groups = wave.groups.map((group) => promotedGroup(row.promotion_id, group, known));
  const asked = document.approvals.find((one) => one.wave === index);
  const { wave: _, ...approval } = asked ?? { wave: index };
  const isBaking = index === document.open && document.baking !== null && !finalStatuses.includes(row.status);
  return {
    waveName: wave.waveName,
    status: statusOfWave(row, document, index, groups, isBaking, asked !== undefined && asked.decision !== 'APPROVED'),
    bakeSeconds: wave.bakeSeconds,
    ...(isBaking ? { bakesUntil: document.baking!.until } : {}),
    ...(asked === undefined ? {} : { approval: approval as NonNullable<PromotedWave['approval']> }),
    groups,
  };
}

function statusOfWave(row: PromotionsTable, { open }: PromotionDocument, index: number, groups: readonly PromotedGroup[], isBaking: boolean, isUnapproved: boolean): WaveStatus {
  const isOver = finalStatuses.includes(row.status);
  const made = groups.filter(({ deploymentId }) => deploymentId !== undefined);
  if (index < open) return 'Succeeded';
  if (isBaking) return 'Baking';
  if (made.length === 0) return isOver ? 'Skipped' : index === open && isUnapproved ? 'Approval' : 'Pending';
  if (groups.every(({ status }) => status === 'Succeeded')) return isOver ? 'Succeeded' : 'InProgress';
  return made.some(({ status }) => status === undefined || status === 'Failed' || status === 'Stopped') || isOver ? 'Failed' : 'InProgress';
}

function promotedGroup(promotionId: string, { groupId, applicationName, deploymentGroupName }: StoredWave['groups'][number], { groups, made, statuses }: Known): PromotedGroup {
  const group = groups.get(groupId);
  const mine = made.find((one) => one.promotion_id === promotionId && one.group_id === groupId);
  const status = mine === undefined ? undefined : statuses.get(mine.deployment_id);
  return {
    applicationName: group?.applicationName ?? applicationName,
    deploymentGroupName: group?.name ?? deploymentGroupName,
    ...(mine === undefined ? {} : { deploymentId: mine.deployment_id }),
    ...(status === undefined ? {} : { status }),
    ...(mine === undefined || mine.rollback_deployment_id === null ? {} : { rollbackDeploymentId: mine.rollback_deployment_id }),
  };
}

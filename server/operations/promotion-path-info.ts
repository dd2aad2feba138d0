// Promotion paths as callers see them: groups by the names they have now, or had when they were deleted.

import type { PromotionPathInfo, WaveInfo } from '../../protocol/model/promotion-path.ts';
import { findDeploymentGroupsById } from '../store/deployment-groups.ts';
import type { PromotionPathDocument } from '../store/promotion-documents.ts';
import { readPathDocument } from '../store/promotion-paths.ts';
import type { Database } from '../store/store.ts';
import type { PromotionPathsTable } from '../store/tables.ts';

export async function promotionPathInfo(db: Database, applicationName: string, row: PromotionPathsTable): Promise<PromotionPathInfo> {
  const { description, waves, rollBackOnFailure, activePromotionPolicy, triggers } = readPathDocument(row);
  return {
    applicationName,
    promotionPathId: row.path_id,
    promotionPathName: row.name,
    ...(description === '' ? {} : { description }),
    waves: await waveInfos(db, waves),
    rollBackOnFailure,
    ...(activePromotionPolicy === undefined ? {} : { activePromotionPolicy }),
    ...(triggers === undefined ? {} : { triggerConfigurations: triggers }),
    createTime: Number(row.created_at),
  };
}

async function waveInfos(db: Database, waves: PromotionPathDocument['waves']): Promise<WaveInfo[]> {
  const ids = waves.flatMap(({ groups }) => groups.map(({ groupId }) => groupId));
  const groups = new Map((await findDeploymentGroupsById(db, ids)).map((group) => [group.group_id, group]));
  return waves.map(({ waveName, bakeSeconds, approval, groups: named }) => ({
    waveName,
    deploymentGroups: named.map(({ groupId, applicationName, deploymentGroupName }) => {
      const group = groups.get(groupId);
      return group === undefined ? { applicationName, deploymentGroupName, isDeleted: true } : { applicationName: group.applicationName, deploymentGroupName: group.name };
    }),
    bakeSeconds,
    ...(approval === undefined ? {} : { approval }),
  }));
}

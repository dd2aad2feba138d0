// Freezes the path as it is now and resolves the revision, as far as that needs nobody else. It creates no deployment
// itself: that is the promoter's, wave by wave.

import { Failure } from '../../protocol/errors.ts';
import { randomWord } from '../../protocol/model/names.ts';
import type { ActivePromotionPolicy } from '../../protocol/model/promotion-path.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import type { Random } from '../../world/random.ts';
import { canonicalLocation } from '../revisions/location.ts';
import { resolveRevision } from '../revisions/registry.ts';
import { findDeploymentGroupsById } from '../store/deployment-groups.ts';
import type { PromotionPathDocument } from '../store/promotion-documents.ts';
import { readPathDocument } from '../store/promotion-paths.ts';
import { findPromotion, insertPromotion, listActivePromotions, writePromotionDocument } from '../store/promotions.ts';
import type { Database } from '../store/store.ts';
import type { PromotionPathsTable, PromotionsTable } from '../store/tables.ts';
import { requireApplication, requirePromotionPath } from './lookup.ts';
import type { Handler } from './services.ts';
import { askToStop } from './stop-request.ts';

export const createPromotion: Handler<typeof registry.createPromotion> = async ({ store, world, buckets, sources = {}, wakePromotion }, input, { now, accessKeyId, concerns }) => {
  const { applicationName, promotionPathName, description = '' } = input;
  await requirePromotionPath(store.db, await requireApplication(store.db, applicationName), promotionPathName);
  const revision = canonicalLocation(input.revision);
  const resolved = await resolveRevision(revision, { db: store.db, buckets, sources });
  const { promotionId, superseded } = await store.transaction(async (tx) => {
    const application = await requireApplication(tx, applicationName);
    const path = await requirePromotionPath(tx, application, promotionPathName);
    const { waves, rollBackOnFailure, activePromotionPolicy, triggers } = readPathDocument(path);
    await requireGroups(tx, path, waves);
    const rivals = await makeWay(tx, path, input.activePromotionPolicy ?? activePromotionPolicy ?? 'REFUSE');
    const id = await freePromotionId(tx, world.random);
    const document = {
      promotionPathName,
      revision,
      bundle: resolved.kind === 'bundle' ? resolved.bundle : null,
      defect: resolved.kind === 'defect' ? resolved.defect : null,
      description,
      createdBy: accessKeyId,
      waves,
      rollBackOnFailure,
      ...(triggers === undefined ? {} : { triggers }),
      open: 0,
      baking: null,
      approvals: [],
      statusMessages: [],
    };
    await insertPromotion(tx, {
      promotion_id: id,
      application_id: application.application_id,
      path_id: path.path_id,
      status: 'Created',
      created_at: now,
      started_at: null,
      completed_at: null,
      version: 0,
      document: writePromotionDocument(document, id),
    });
    concerns(`promotion:${id}`);
    for (const rival of rivals) await askToStop(tx, rival, { why: 'Superseded', by: id, stopsDeployments: true, rollback: false });
    return { promotionId: id, superseded: rivals };
  });
  for (const rival of superseded) wakePromotion(rival.promotion_id);
  wakePromotion(promotionId);
  return { promotionId };
};

/** A path that leads through a group that is not there any more is refused before its first wave is touched. */
async function requireGroups(tx: Database, { name }: PromotionPathsTable, waves: PromotionPathDocument['waves']): Promise<void> {
  const named = waves.flatMap(({ groups, waveName }) => groups.map((group) => ({ ...group, waveName })));
  const there = new Set((await findDeploymentGroupsById(tx, named.map(({ groupId }) => groupId))).map((group) => group.group_id));
  const gone = named.find(({ groupId }) => !there.has(groupId));
  if (gone === undefined) return;
  throw new Failure('DeploymentGroupDoesNotExistException', `Wave ${gone.waveName} of the promotion path ${name} names the deployment group ${gone.applicationName}/${gone.deploymentGroupName}, which was deleted. Change the path first.`, 'promotionPathName');
}

/** The promotions that the new one is to supersede; throws where the path wants one at a time. */
async function makeWay(tx: Database, path: PromotionPathsTable, policy: ActivePromotionPolicy): Promise<readonly PromotionsTable[]> {
  const active = await listActivePromotions(tx, path.path_id);
  const [first] = active;
  if (policy === 'REFUSE' && first !== undefined) {
    throw new Failure('PromotionLimitExceededException', `The promotion path ${path.name} has an active promotion already: ${first.promotion_id}. Wait for its end, stop it, or promote with activePromotionPolicy QUEUE or SUPERSEDE.`, 'promotionPathName');
  }
  return policy === 'SUPERSEDE' ? active : [];
}

async function freePromotionId(tx: Database, random: Random): Promise<string> {
  for (;;) {
    const promotionId = `p-${randomWord(9, (n) => random.below(n))}`;
    if ((await findPromotion(tx, promotionId)) === null) return promotionId;
  }
}

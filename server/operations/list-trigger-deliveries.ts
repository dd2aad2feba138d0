// What became of each notice. Give a deployment or a promotion, or an application and a group or promotion path: one of them.

import { Failure } from '../../protocol/errors.ts';
import type { InputOf, OutputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import type { NotifyPayload } from '../deployer/notices.ts';
import { listEffects } from '../store/effects.ts';
import type { Database } from '../store/store.ts';
import type { EffectsTable } from '../store/tables.ts';
import { requireApplication, requireDeployment, requireGroup, requirePromotion, requirePromotionPath } from './lookup.ts';
import { pageSize, readPlace, toPage } from './page.ts';
import type { Handler } from './services.ts';

export const listTriggerDeliveries: Handler<typeof registry.listTriggerDeliveries> = async ({ store }, input) => {
  const of = await whose(store.db, input);
  const question = ['ListTriggerDeliveries', of];
  const place = readPlace(question, input.nextToken, 2);
  const rows = await listEffects(store.db, 'Notify', of, place === null ? null : { createdAt: Number(place[0]), effectId: String(place[1]) }, pageSize + 1);
  const page = toPage(question, rows, (row) => [Number(row.created_at), row.effect_id]);
  return { deliveries: page.rows.map(delivery), ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }) };
};

async function whose(db: Database, input: InputOf<typeof registry.listTriggerDeliveries>): Promise<{ readonly deploymentId: string } | { readonly groupId: string }> {
  const { deploymentId, promotionId, applicationName, deploymentGroupName, promotionPathName } = input;
  const isPart = applicationName !== undefined || deploymentGroupName !== undefined || promotionPathName !== undefined;
  if (promotionId !== undefined) {
    if (isPart || deploymentId !== undefined) throw new Failure('InvalidInputException', 'Give promotionId alone.', 'promotionId');
    return { deploymentId: (await requirePromotion(db, promotionId)).promotion_id };
  }
  if (deploymentId !== undefined) {
    if (isPart) throw new Failure('InvalidInputException', 'Give deploymentId, or applicationName and deploymentGroupName; not both.', 'deploymentId');
    return { deploymentId: (await requireDeployment(db, deploymentId)).deployment_id };
  }
  if (applicationName === undefined) throw new Failure('ApplicationNameRequiredException', 'Give deploymentId, or applicationName and deploymentGroupName.', 'applicationName');
  if (promotionPathName !== undefined) {
    if (deploymentGroupName !== undefined) throw new Failure('InvalidInputException', 'Give deploymentGroupName or promotionPathName, not both.', 'promotionPathName');
    return { groupId: (await requirePromotionPath(db, await requireApplication(db, applicationName), promotionPathName)).path_id };
  }
  if (deploymentGroupName === undefined) throw new Failure('DeploymentGroupNameRequiredException', 'Deployment Group name is missing', 'deploymentGroupName');
  return { groupId: (await requireGroup(db, await requireApplication(db, applicationName), deploymentGroupName)).group_id };
}

function delivery(row: EffectsTable): OutputOf<typeof registry.listTriggerDeliveries>['deliveries'][number] {
  const { triggerName, target, event } = JSON.parse(row.payload) as NotifyPayload;
  const endedAt = row.done_at ?? row.abandoned_at;
  return {
    deliveryId: row.effect_id,
    ...aboutOf(row),
    triggerName,
    target,
    ...(event === null ? {} : { event }),
    status: row.done_at !== null ? 'Delivered' : row.abandoned_at !== null ? 'GivenUp' : 'Waiting',
    attempts: Number(row.attempts),
    createdAt: Number(row.created_at),
    ...(row.next_attempt_at === null ? {} : { nextAttemptAt: Number(row.next_attempt_at) }),
    ...(endedAt === null ? {} : { endedAt: Number(endedAt) }),
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
  };
}

function aboutOf({ deployment_id: id }: EffectsTable): { readonly deploymentId?: string; readonly promotionId?: string } {
  if (id === null) return {};
  return id.startsWith('p-') ? { promotionId: id } : { deploymentId: id };
}

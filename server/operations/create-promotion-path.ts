// The groups must be there; a path to nowhere is refused.

import { Failure } from '../../protocol/errors.ts';
import { uuid } from '../../protocol/model/names.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { countPromotionPaths, insertPromotionPath, writePathDocument } from '../store/promotion-paths.ts';
import { requireApplication } from './lookup.ts';
import { applyPathSettings } from './promotion-path-settings.ts';
import type { Handler } from './services.ts';
import { announcePathTriggers, checkTriggerTargets } from './trigger-settings.ts';

const mostPaths = 100;

export const createPromotionPath: Handler<typeof registry.createPromotionPath> = async (services, input, { now }) => {
  const { store, world } = services;
  const { applicationName, promotionPathName, ...settings } = input;
  checkTriggerTargets(settings.triggerConfigurations, services.whyNotTriggerTarget);
  const promotionPathId = uuid(world.random.bytes(16));
  await store.transaction(async (tx) => {
    const { application_id: applicationId } = await requireApplication(tx, applicationName);
    const applied = await applyPathSettings(tx, applicationName, null, settings);
    const document = writePathDocument(applied, promotionPathId);
    if ((await countPromotionPaths(tx, applicationId)) >= mostPaths) {
      throw new Failure('PromotionPathLimitExceededException', `The application ${applicationName} has ${mostPaths} promotion paths already, as many as it may.`, 'applicationName');
    }
    const row = { path_id: promotionPathId, application_id: applicationId, name: promotionPathName, created_at: now, document, running_promotion_id: null };
    if (await insertPromotionPath(tx, row)) return announcePathTriggers(tx, { before: [], after: applied.triggers ?? [], pathId: promotionPathId, pathName: promotionPathName, applicationName }, services, now);
    throw new Failure('PromotionPathAlreadyExistsException', `The application ${applicationName} has a promotion path ${promotionPathName} already. Change it with UpdatePromotionPath, or choose another name.`, 'promotionPathName');
  });
  services.carryOut();
  return { promotionPathId };
};

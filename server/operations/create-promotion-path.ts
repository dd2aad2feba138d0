// The groups must be there; a path to nowhere is refused.

import { Failure } from '../../protocol/errors.ts';
import { uuid } from '../../protocol/model/names.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { countPromotionPaths, insertPromotionPath, writePathDocument } from '../store/promotion-paths.ts';
import { requireApplication } from './lookup.ts';
import { applyPathSettings } from './promotion-path-settings.ts';
import type { Handler } from './services.ts';

const mostPaths = 100;

export const createPromotionPath: Handler<typeof registry.createPromotionPath> = async ({ store, world }, input, { now }) => {
  const { applicationName, promotionPathName, ...settings } = input;
  const promotionPathId = uuid(world.random.bytes(16));
  await store.transaction(async (tx) => {
    const { application_id: applicationId } = await requireApplication(tx, applicationName);
    const document = writePathDocument(await applyPathSettings(tx, applicationName, null, settings), promotionPathId);
    if ((await countPromotionPaths(tx, applicationId)) >= mostPaths) {
      throw new Failure('PromotionPathLimitExceededException', `The application ${applicationName} has ${mostPaths} promotion paths already, as many as it may.`, 'applicationName');
    }
    const row = { path_id: promotionPathId, application_id: applicationId, name: promotionPathName, created_at: now, document, running_promotion_id: null };
    if (await insertPromotionPath(tx, row)) return;
    throw new Failure('PromotionPathAlreadyExistsException', `The application ${applicationName} has a promotion path ${promotionPathName} already. Change it with UpdatePromotionPath, or choose another name.`, 'promotionPathName');
  });
  return { promotionPathId };
};

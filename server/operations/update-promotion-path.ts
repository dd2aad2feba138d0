// Member by member, and a rename. Promotions under way keep what was frozen for them.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { findPromotionPath, readPathDocument, updatePromotionPath as updateRow } from '../store/promotion-paths.ts';
import { requireApplication, requirePromotionPath } from './lookup.ts';
import { applyPathSettings } from './promotion-path-settings.ts';
import type { Handler } from './services.ts';
import { announcePathTriggers, checkTriggerTargets } from './trigger-settings.ts';

export const updatePromotionPath: Handler<typeof registry.updatePromotionPath> = async (services, input, { now }) => {
  const { applicationName, promotionPathName, newPromotionPathName = promotionPathName, ...settings } = input;
  checkTriggerTargets(settings.triggerConfigurations, services.whyNotTriggerTarget);
  await services.store.transaction(async (tx) => {
    const application = await requireApplication(tx, applicationName);
    const path = await requirePromotionPath(tx, application, promotionPathName);
    if (newPromotionPathName !== promotionPathName && (await findPromotionPath(tx, application.application_id, newPromotionPathName)) !== null) {
      throw new Failure('PromotionPathAlreadyExistsException', `The application ${applicationName} has a promotion path ${newPromotionPathName} already.`, 'newPromotionPathName');
    }
    const before = readPathDocument(path);
    const applied = await applyPathSettings(tx, applicationName, before, settings);
    await updateRow(tx, path.path_id, newPromotionPathName, applied);
    await announcePathTriggers(tx, { before: before.triggers ?? [], after: applied.triggers ?? [], pathId: path.path_id, pathName: newPromotionPathName, applicationName }, services, now);
  });
  services.carryOut();
  return {};
};

import type { registry } from '../../protocol/operations/registry.ts';
import { addApiTags, wholeTags } from './instance-tags.ts';
import { requireRegistered } from './registered-instances.ts';
import type { Handler } from './services.ts';

export const addTagsToOnPremisesInstances: Handler<typeof registry.addTagsToOnPremisesInstances> = async ({ store, lookForLate }, input) => {
  const tags = wholeTags(input.tags);
  await store.transaction(async (tx) => {
    for (const row of await requireRegistered(tx, input.instanceNames)) await addApiTags(tx, row, tags);
  });
  lookForLate();
  return null;
};

import type { registry } from '../../protocol/operations/registry.ts';
import { addApiTags, wholeTags } from './instance-tags.ts';
import { requireLiveInstance } from './lookup.ts';
import type { Handler } from './services.ts';

export const tagInstance: Handler<typeof registry.tagInstance> = async ({ store, lookForLate }, { instanceName, tags }) => {
  const whole = wholeTags(tags);
  await store.transaction(async (tx) => addApiTags(tx, await requireLiveInstance(tx, instanceName), whole));
  lookForLate();
  return {};
};

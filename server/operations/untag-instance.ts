// Only tags set through the API go; a key that is not there is silent.

import type { registry } from '../../protocol/operations/registry.ts';
import { removeApiTags } from './instance-tags.ts';
import { requireLiveInstance } from './lookup.ts';
import type { Handler } from './services.ts';

export const untagInstance: Handler<typeof registry.untagInstance> = async ({ store, lookForLate }, { instanceName, tagKeys }) => {
  await store.transaction(async (tx) => removeApiTags(tx, await requireLiveInstance(tx, instanceName), (tag) => tagKeys.includes(tag.Key)));
  lookForLate();
  return {};
};

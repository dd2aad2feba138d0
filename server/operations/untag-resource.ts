// A key that is not there is silent.

import type { registry } from '../../protocol/operations/registry.ts';
import type { Handler } from './services.ts';
import { parseTagArn, requireTagged } from './tagged-resource.ts';

export const untagResource: Handler<typeof registry.untagResource> = async ({ store }, { ResourceArn, TagKeys }) => {
  const named = parseTagArn(ResourceArn);
  await store.transaction(async (tx) => {
    const resource = await requireTagged(tx, named);
    await resource.write(resource.tags.filter(({ Key }) => !TagKeys.includes(Key)));
  });
  return {};
};

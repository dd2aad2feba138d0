// A key given again takes its new value.

import type { registry } from '../../protocol/operations/registry.ts';
import { mergeTags, resourceTags } from './resource-tags.ts';
import type { Handler } from './services.ts';
import { parseTagArn, requireTagged } from './tagged-resource.ts';

export const tagResource: Handler<typeof registry.tagResource> = async ({ store }, { ResourceArn, Tags }) => {
  const named = parseTagArn(ResourceArn);
  const added = resourceTags(Tags, 'Tags');
  await store.transaction(async (tx) => {
    const resource = await requireTagged(tx, named);
    await resource.write(mergeTags(resource.tags, added));
  });
  return {};
};

// A tag goes when its key fits, and its value where one is given. Tags the agent itself brings stay.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { mostInstanceTags, removeApiTags } from './instance-tags.ts';
import { requireRegistered } from './registered-instances.ts';
import type { Handler } from './services.ts';

export const removeTagsFromOnPremisesInstances: Handler<typeof registry.removeTagsFromOnPremisesInstances> = async ({ store, lookForLate }, input) => {
  const { tags } = input;
  if (tags.some(({ Key = '' }) => Key === '')) throw new Failure('InvalidTagException', 'A tag has no Key.', 'tags');
  if (tags.length > mostInstanceTags) throw new Failure('TagLimitExceededException', `An instance has at most ${mostInstanceTags} tags; ${tags.length} are named.`, 'tags');
  await store.transaction(async (tx) => {
    for (const row of await requireRegistered(tx, input.instanceNames)) {
      await removeApiTags(tx, row, (tag) => tags.some(({ Key, Value }) => Key === tag.Key && (Value ?? tag.Value) === tag.Value));
    }
  });
  lookForLate();
  return null;
};

// Tags of instances, set and removed through the API. They lie over the tags an agent brings, key by key; at most ten
// count for one instance.

import { Failure } from '../../protocol/errors.ts';
import type { Tag } from '../../protocol/model/tag.ts';
import { Tags, readDocument } from '../store/documents.ts';
import { effectiveTags, writeApiTags } from '../store/instances.ts';
import type { Database } from '../store/store.ts';
import type { InstancesTable } from '../store/tables.ts';

export const mostInstanceTags = 10;

/** Tags that have a key and a value, the last of each key. Throws InvalidTagException. */
export function wholeTags(given: readonly Tag[]): Tags {
  const tags = new Map<string, string>();
  for (const { Key, Value } of given) {
    if (Key === undefined || Key === '') throw invalid('A tag has no Key.');
    if (Value === undefined) throw invalid(`The tag ${Key} has no Value.`);
    if (/\p{Cc}/u.test(Key + Value)) throw invalid(`The tag ${JSON.stringify(Key.slice(0, 128))} holds a control character, such as a line break; a tag is one line of text.`);
    if ([...Key].length > 128) throw invalid(`The tag key ${Key.slice(0, 20)}… is longer than 128 characters.`);
    if ([...Value].length > 256) throw invalid(`The value of tag ${Key} is longer than 256 characters.`);
    tags.set(Key, Value);
  }
  return [...tags].map(([Key, Value]) => ({ Key, Value }));
}

/** Throws TagLimitExceededException when the instance would bear more than ten. */
export async function addApiTags(tx: Database, row: InstancesTable, added: Tags): Promise<void> {
  const tags = overlay(readApiTags(row), added);
  const count = effectiveTags({ ...row, api_tags: JSON.stringify(tags) }).length;
  if (count > mostInstanceTags) {
    throw new Failure('TagLimitExceededException', `Instance ${row.name} would have ${count} tags, but at most ${mostInstanceTags} are allowed.`, 'tags');
  }
  await writeApiTags(tx, row.instance_id, tags);
}

/** Removes the tags that `isRemoved` says of those set through the API. */
export async function removeApiTags(tx: Database, row: InstancesTable, isRemoved: (tag: Tags[number]) => boolean): Promise<void> {
  await writeApiTags(tx, row.instance_id, readApiTags(row).filter((tag) => !isRemoved(tag)));
}

function readApiTags(row: InstancesTable): Tags {
  return readDocument(Tags, row.api_tags, `tags of instance ${row.instance_id}`);
}

function overlay(under: Tags, over: Tags): Tags {
  const keys = new Set(over.map((tag) => tag.Key));
  return [...under.filter((tag) => !keys.has(tag.Key)), ...over];
}

function invalid(sentence: string): Failure {
  return new Failure('InvalidTagException', sentence, 'tags');
}

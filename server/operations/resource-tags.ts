// Resource tags of applications and deployment groups, checked as they come in.

import { Failure } from '../../protocol/errors.ts';
import type { Tag } from '../../protocol/model/tag.ts';
import type { Tags } from '../store/documents.ts';

const mostTags = 50;

/** Tags fit to be kept; one without a value has an empty one. Throws InvalidTagsToAddException. */
export function resourceTags(given: readonly Tag[] | undefined, field = 'tags'): Tags {
  const tags = given ?? [];
  const keys = new Set<string>();
  const invalid = (sentence: string): Failure => new Failure('InvalidTagsToAddException', sentence, field);
  if (tags.length > mostTags) throw invalid(tooMany(tags.length));
  return tags.map(({ Key, Value = '' }) => {
    if (Key === undefined || Key === '') throw invalid('A resource tag has no key.');
    if (/^aws:/i.test(Key)) throw invalid(`The tag key ${Key} begins with aws:, which is reserved.`);
    if (/\p{Cc}/u.test(Key + Value)) throw invalid(`The tag ${JSON.stringify(Key.slice(0, 128))} holds a control character, such as a line break; a tag is one line of text.`);
    if ([...Key].length > 128) throw invalid(`The tag key ${Key.slice(0, 20)}… is longer than 128 characters.`);
    if ([...Value].length > 256) throw invalid(`The value of tag ${Key} is longer than 256 characters.`);
    if (keys.has(Key)) throw invalid(`The tag key ${Key} is given twice.`);
    keys.add(Key);
    return { Key, Value };
  });
}

/** `added` over `before`, key by key. Throws InvalidTagsToAddException. */
export function mergeTags(before: Tags, added: Tags): Tags {
  const merged = new Map([...before, ...added].map(({ Key, Value }) => [Key, Value]));
  if (merged.size > mostTags) throw new Failure('InvalidTagsToAddException', tooMany(merged.size), 'Tags');
  return [...merged].map(([Key, Value]) => ({ Key, Value }));
}

function tooMany(count: number): string {
  return `A resource has at most ${mostTags} tags; these would be ${count}.`;
}

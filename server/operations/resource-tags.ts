// Resource tags of applications and deployment groups, checked as they come in.

import { Failure } from '../../protocol/errors.ts';
import type { Tag } from '../../protocol/model/tag.ts';
import type { Tags } from '../store/documents.ts';

const mostTags = 50;

/** Tags fit to be kept; one without a value has an empty one. Throws InvalidTagsToAddException. */
export function resourceTags(given: readonly Tag[] | undefined): Tags {
  const tags = given ?? [];
  if (tags.length > mostTags) throw invalid(`A resource has at most ${mostTags} tags; these are ${tags.length}.`);
  const keys = new Set<string>();
  return tags.map(({ Key, Value = '' }) => {
    if (Key === undefined || Key === '') throw invalid('A resource tag has no key.');
    if ([...Key].length > 128) throw invalid(`The tag key ${Key.slice(0, 20)}… is longer than 128 characters.`);
    if ([...Value].length > 256) throw invalid(`The value of tag ${Key} is longer than 256 characters.`);
    if (keys.has(Key)) throw invalid(`The tag key ${Key} is given twice.`);
    keys.add(Key);
    return { Key, Value };
  });
}

function invalid(sentence: string): Failure {
  return new Failure('InvalidTagsToAddException', sentence, 'tags');
}

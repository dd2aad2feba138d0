// How a group selects instances of one kind: a list of filters, or a set of lists, never both. Checked, and merged
// member by member: giving one form replaces the other, an empty one clears itself.

import { Failure, type ErrorCode } from '../../protocol/errors.ts';
import type { TagFilter } from '../../protocol/model/tag-filter.ts';

export interface TagChoice {
  readonly filters?: TagFilter[] | undefined;
  readonly list?: TagFilter[][] | undefined;
}

export interface TagCodes {
  readonly tag: Extract<ErrorCode, 'InvalidEC2TagException' | 'InvalidTagException'>;
  readonly combination: Extract<ErrorCode, 'InvalidEC2TagCombinationException' | 'InvalidOnPremisesTagCombinationException'>;
  readonly filters: string;
  readonly set: string;
}

const mostFilters = 10;
const mostGroups = 3;

/** What the group selects by after an update: `given` over `before`. Throws Failure. */
export function mergeTagChoice(before: TagChoice, given: TagChoice, codes: TagCodes): TagChoice {
  const hasFilters = (given.filters?.length ?? 0) > 0;
  const hasList = (given.list?.length ?? 0) > 0;
  if (hasFilters && hasList) {
    throw new Failure(codes.combination, `Give ${codes.filters} or ${codes.set}, not both.`, codes.set);
  }
  if (hasFilters) return { filters: checkFilters(given.filters!, codes, codes.filters) };
  if (hasList) return { list: checkList(given.list!, codes) };
  return {
    ...(given.filters === undefined && before.filters !== undefined ? { filters: before.filters } : {}),
    ...(given.list === undefined && before.list !== undefined ? { list: before.list } : {}),
  };
}

function checkList(list: TagFilter[][], codes: TagCodes): TagFilter[][] {
  if (list.length > mostGroups) {
    throw new Failure('TagSetListLimitExceededException', `${codes.set} has ${list.length} tag groups, but at most ${mostGroups} are allowed.`, codes.set);
  }
  list.forEach((filters, index) => {
    if (filters.length === 0) throw new Failure(codes.tag, `Tag group ${index + 1} of ${codes.set} is empty.`, codes.set);
    checkFilters(filters, codes, codes.set);
  });
  return list;
}

function checkFilters(filters: TagFilter[], codes: TagCodes, field: string): TagFilter[] {
  if (filters.length > mostFilters) {
    throw new Failure(codes.tag, `${field} has ${filters.length} tags in one group, but at most ${mostFilters} are allowed.`, field);
  }
  for (const filter of filters) checkTagFilter(filter, codes.tag, field);
  return filters;
}

/** A filter must have the members its Type looks at; without a Type, at least a Key or a Value. Throws a Failure of that code. */
export function checkTagFilter({ Key: key, Value: value, Type: type }: TagFilter, code: ErrorCode, field: string): void {
  const hasKey = key !== undefined && key !== '';
  if ((type === 'KEY_ONLY' || type === 'KEY_AND_VALUE') && !hasKey) throw new Failure(code, `A tag filter of type ${type} in ${field} has no Key.`, field);
  if ((type === 'VALUE_ONLY' || type === 'KEY_AND_VALUE') && value === undefined) {
    throw new Failure(code, `A tag filter of type ${type} in ${field} has no Value.`, field);
  }
  if (!hasKey && (value === undefined || value === '')) throw new Failure(code, `A tag filter in ${field} has neither Key nor Value.`, field);
  if (/\p{Cc}/u.test(`${key ?? ''}${value ?? ''}`)) throw new Failure(code, `A tag filter in ${field} holds a control character, such as a line break, which no tag can have.`, field);
  if (hasKey && [...key].length > 128) throw new Failure(code, `The tag key ${key.slice(0, 20)}… in ${field} is longer than 128 characters.`, field);
  if (value !== undefined && [...value].length > 256) throw new Failure(code, `A tag value in ${field} is longer than 256 characters.`, field);
}

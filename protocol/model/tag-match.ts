// Which instances a deployment group selects. Pure: the same group and tags always select the same instances.
// `*` in a filter's value stands for anything, also nothing; no regular expression is built from it, so no filter
// can make matching slow.

import type { EC2TagSet, OnPremisesTagSet, TagFilter, TagFilterType } from './tag-filter.ts';

export interface InstanceTag {
  readonly Key: string;
  readonly Value: string;
}

export type TagFilterLike = Readonly<Partial<TagFilter>>;

/** The members of a deployment group that select by tag. */
export interface TagSelection {
  readonly ec2TagFilters?: readonly TagFilterLike[] | undefined;
  readonly ec2TagSet?: Readonly<EC2TagSet> | undefined;
  readonly onPremisesInstanceTagFilters?: readonly TagFilterLike[] | undefined;
  readonly onPremisesTagSet?: Readonly<OnPremisesTagSet> | undefined;
}

export interface TaggedInstance {
  readonly kind: 'ec2' | 'onPremises';
  readonly tags: readonly InstanceTag[];
}

/** EC2 filters select EC2 instances only, on-premises filters the others; a list and a set of one kind add up. */
export function isSelected(group: TagSelection, instance: TaggedInstance): boolean {
  switch (instance.kind) {
    case 'ec2':
      return matchesAny(group.ec2TagFilters, instance.tags) || matchesEvery(group.ec2TagSet?.ec2TagSetList, instance.tags);
    case 'onPremises':
      return (
        matchesAny(group.onPremisesInstanceTagFilters, instance.tags) ||
        matchesEvery(group.onPremisesTagSet?.onPremisesTagSetList, instance.tags)
      );
  }
}

/** Every group of filters must match, each by any of its filters. No groups, or an empty one, select nobody. */
export function matchesEvery(groups: readonly (readonly TagFilterLike[])[] | undefined, tags: readonly InstanceTag[]): boolean {
  return groups !== undefined && groups.length > 0 && groups.every((filters) => matchesAny(filters, tags));
}

/** Any filter may match. An empty or absent list selects nobody. */
export function matchesAny(filters: readonly TagFilterLike[] | undefined, tags: readonly InstanceTag[]): boolean {
  return filters?.some((filter) => matchesFilter(filter, tags)) ?? false;
}

/**
 * Whether one of the tags fits the filter. Case-sensitive. Without a Type, the members that are there decide.
 * A filter that lacks a member its Type needs matches nothing: better nobody than everybody.
 */
export function matchesFilter(filter: TagFilterLike, tags: readonly InstanceTag[]): boolean {
  const { Key: key, Value: value } = filter;
  switch (filter.Type ?? typeOf(filter)) {
    case 'KEY_ONLY':
      // Terraform sends an empty Value along: it means nothing.
      return key !== undefined && tags.some((tag) => tag.Key === key);
    case 'VALUE_ONLY':
      return value !== undefined && tags.some((tag) => fits(value, tag.Value));
    case 'KEY_AND_VALUE':
      return key !== undefined && value !== undefined && tags.some((tag) => tag.Key === key && fits(value, tag.Value));
    case null:
      return false;
  }
}

function typeOf(filter: TagFilterLike): TagFilterType | null {
  if (filter.Key !== undefined) return filter.Value === undefined ? 'KEY_ONLY' : 'KEY_AND_VALUE';
  return filter.Value === undefined ? null : 'VALUE_ONLY';
}

/**
 * The text must begin with what stands before the first `*`, end with what stands after the last, and hold the rest
 * in order between them. Taking each piece at its first chance never rules out a later one, so there is no going back.
 */
function fits(pattern: string, text: string): boolean {
  const pieces = pattern.split('*');
  const first = pieces[0]!;
  const last = pieces[pieces.length - 1]!;
  if (pieces.length === 1) return text === pattern;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let from = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const at = text.indexOf(piece, from);
    if (at === -1 || at + piece.length > end) return false;
    from = at + piece.length;
  }
  return true;
}

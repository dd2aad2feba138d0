// The tags that a host brings of its own, and who said each. From weakest to strongest, key by key: the tags of an EC2 instance,
// the configuration file, the files of its drop-in folder in the order of their names. FAIRLEAD_TAGS takes the place of all of
// these, and --tag that of FAIRLEAD_TAGS. What an operator sets at the controller lies over all. Pure.

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

export interface OwnTag extends Tag {
  /** Who said so: a path, or a few words. */
  readonly from: string;
}

export const fromMetadata = 'EC2 instance metadata';

/** The last of each key, in the order in which keys came first. */
export function layTags(layers: readonly (readonly OwnTag[])[]): readonly OwnTag[] {
  const byKey = new Map<string, OwnTag>();
  for (const tag of layers.flat()) byKey.set(tag.Key, tag);
  return [...byKey.values()];
}

export function isSameTags(one: readonly Tag[], other: readonly Tag[]): boolean {
  const spelled = (tags: readonly Tag[]): string => JSON.stringify(tags.map(({ Key, Value }) => [Key, Value]).toSorted());
  return spelled(one) === spelled(other);
}

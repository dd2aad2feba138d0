// The list that setfacl --set gets: the rule's own entries, completed with the base entries from the file's mode. Pure.
// As in the original a missing mask comes from the group bits, so that naming a user cannot widen what the mode says; unlike
// it, each file's list is made from its own mode (the original lets the first file's entries leak to all the others).

/** Completes normalised entries (`[default:](user|group|mask|other):[name]:rwx`) for an object with these permission bits. */
export const completeAcl = (acls: readonly string[], mode: number): readonly string[] => {
  const bits = (shift: number): string => ['r', 'w', 'x'].map((letter, index) => ((mode >> shift) & (4 >> index) ? letter : '-')).join('');
  const base = { user: bits(6), group: bits(3), other: bits(0) };
  const complete = (prefix: string): readonly string[] => {
    const own = acls.filter((entry) => entry.startsWith('default:') === (prefix !== ''));
    if (own.length === 0 && prefix !== '') return [];
    const has = (start: string): boolean => own.some((entry) => entry.startsWith(`${prefix}${start}:`));
    const missing = (['user', 'group', 'other'] as const).filter((kind) => !has(`${kind}:`)).map((kind) => `${prefix}${kind}::${base[kind]}`);
    const needsMask = own.some((entry) => /^(default:)?(user|group):[^:]/.test(entry)) && !has('mask');
    return [...own, ...missing, ...(needsMask ? [`${prefix}mask::${base.group}`] : [])];
  };
  return [...complete(''), ...complete('default:')];
};

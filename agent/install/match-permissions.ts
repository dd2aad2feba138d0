// Which of the objects that this deployment makes a permission rule applies to. Pure; the rules are the original's as
// observed, which differ from its documentation: "**" is any depth, every other pattern one level; only "*" is special; a
// pattern or exception with a slash matches nothing; a folder named as object is never matched itself.

import type { PermissionRule } from '../../hooks/appspec/appspec.ts';

/** Whether `path` (below `object`) is matched by the rule's pattern and not excepted. Paths are normalised. */
export const matchesBelow = (rule: PermissionRule, object: string, path: string): boolean => {
  const base = object === '/' ? '/' : `${object}/`;
  if (!path.startsWith(base) || path === base) return false;
  const rest = path.slice(base.length);
  if (rule.pattern !== '**' && !matchesGlob(rest, rule.pattern)) return false;
  return !rule.except.some((except) => matchesGlob(rest, except));
};

// Greedy with one way back, so that a hostile pattern costs length times length, not more.
const matchesGlob = (name: string, pattern: string): boolean => {
  if (pattern.includes('/') || name.includes('/')) return false;
  let at = 0;
  let star = -1;
  let resume = 0;
  for (let index = 0; index < name.length; ) {
    if (pattern[at] === '*') {
      star = at++;
      resume = index;
    } else if (at < pattern.length && pattern[at] === name[index]) {
      at += 1;
      index += 1;
    } else if (star !== -1) {
      at = star + 1;
      index = ++resume;
    } else {
      return false;
    }
  }
  while (pattern[at] === '*') at += 1;
  return at === pattern.length;
};

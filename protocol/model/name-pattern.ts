// Patterns of names of instances: `*` stands for any characters or none, `?` for exactly one.

import Type from 'typebox';

export const NamePattern = Type.String({
  maxLength: 100,
  pattern: '^[A-Za-z0-9._+=,@?*-]+$',
  description: 'Names of instances: a name in which * stands for any characters and ? for one, such as web-*. Any name when not given.',
});

/** Whether a name is one of those that a pattern means, in time proportional to both. */
export function fitsPattern(pattern: string, name: string): boolean {
  let at = 0;
  let star = -1;
  let afterStar = 0;
  for (let i = 0; i < name.length;) {
    if (at < pattern.length && (pattern[at] === '?' || (pattern[at] === name[i] && pattern[at] !== '*'))) {
      at += 1;
      i += 1;
    } else if (pattern[at] === '*') {
      star = at;
      at += 1;
      afterStar = i;
    } else if (star >= 0) {
      // The last star takes one character more.
      at = star + 1;
      afterStar += 1;
      i = afterStar;
    } else return false;
  }
  return /^\**$/.test(pattern.slice(at));
}

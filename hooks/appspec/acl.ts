// Access control entries, `[default:][user|group|mask|other:]name:perms` in all the short forms the original knows.

export type AclReading = { readonly kind: 'entry'; readonly text: string } | { readonly kind: 'refused'; readonly because: string };

const kinds: ReadonlyMap<string, 'user' | 'group' | 'mask' | 'other'> = new Map([
  ['u', 'user'],
  ['user', 'user'],
  ['g', 'group'],
  ['group', 'group'],
  ['m', 'mask'],
  ['mask', 'mask'],
  ['o', 'other'],
  ['other', 'other'],
]);

/** One entry to its full spelling `[default:]kind:name:rwx`, or why not (a clause that follows the value). */
export function readAclEntry(entry: string): AclReading {
  const parts = entry === '' ? [] : entry.split(':', 5);
  if (parts.length < 2 || parts.length > 4) return refused('needs two to four parts divided by colons, such as "user:deploy:rw-"');
  const permissions = parts.at(-1) ?? '';
  const subject = parts.at(-2) ?? '';
  const prefix = parts.at(-3);

  let isDefault = false;
  if (parts.length === 4) {
    if (!isDefaultWord(parts[0])) return refused('has four parts, so the first must be "default" or "d"');
    isDefault = true;
  }
  let kind: 'user' | 'group' | 'mask' | 'other' | undefined;
  if (prefix !== undefined) {
    if (isDefaultWord(prefix)) {
      if (isDefault) return refused('says "default" twice; say it once');
      isDefault = true;
    } else {
      kind = kinds.get(prefix);
      if (kind === undefined) return refused('has an unknown kind; use user, group, mask or other (u, g, m, o)');
    }
  }

  // As in the original: a subject called "m" or "o" is a kind when none was given, and else the name "mask" or "other".
  const subjectKind = kinds.get(subject);
  let name = subject;
  if (subjectKind === 'mask' || subjectKind === 'other') {
    name = kind === undefined ? '' : subjectKind;
    kind ??= subjectKind;
  }
  kind ??= 'user';
  if ((kind === 'mask' || kind === 'other') && name !== '') return refused(`gives a name to ${kind}, which takes none`);
  if (!isDefault && kind !== 'mask' && name === '') return refused('is a base entry without a name; set those bits with "mode" instead');
  if (/[,\p{Cc}\p{Zl}\p{Zp}]/u.test(name)) return refused('has a comma or control character in its name, which would add entries of its own; remove it');

  const letters = readPermissions(permissions);
  if (letters === null) return refused('has wrong permissions; use one digit 0 to 7, or the letters r, w, x and -');
  return { kind: 'entry', text: `${isDefault ? 'default:' : ''}${kind}:${name}:${letters}` };
}

function isDefaultWord(word: string | undefined): boolean {
  return word === 'd' || word === 'default';
}

function readPermissions(text: string): string | null {
  const bits = /^[0-7]$/.test(text) ? Number(text) : null;
  if (bits === null && !/^[rwx-]*$/.test(text)) return null;
  const has = (letter: string, bit: number): boolean => (bits === null ? text.includes(letter) : (bits & bit) !== 0);
  return `${has('r', 4) ? 'r' : '-'}${has('w', 2) ? 'w' : '-'}${has('x', 1) ? 'x' : '-'}`;
}

function refused(because: string): AclReading {
  return { kind: 'refused', because };
}

// File modes as the original reads them: one to four octal digits, padded to three. Its traps are kept and warned of.

/** The mode as digits, or why not (a clause that follows the value). */
export type ModeReading = { readonly kind: 'mode'; readonly digits: string } | { readonly kind: 'refused'; readonly because: string };

/** `text` is the value made a string: an unquoted 0644 arrives here as "420", since YAML 1.1 reads it as octal. */
export function readMode(text: string): ModeReading {
  const length = [...text.slice(0, 10)].length;
  if (length > 4) return { kind: 'refused', because: 'is longer than four characters; give one to four octal digits in quotes, such as "0644"' };
  const digits = text.padStart(3, '0');
  const stranger = [...digits].find((character) => !/^[0-7]$/.test(character));
  if (stranger === undefined) return { kind: 'mode', digits };
  return { kind: 'refused', because: 'has a character that is no octal digit; give one to four octal digits in quotes, such as "0644"' };
}

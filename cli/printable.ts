// Text that others chose (names, script output, the server's words), made safe for a terminal: nothing in it can move a
// cursor, change a colour or reorder what is read.

const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/** One line: controls, direction marks and line breaks become \u{…}. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? '0'}}`);
}

/** A name or path inside a sentence: in quotes, cut in the middle when long. */
export function showPrintable(text: string): string {
  const safe = printable(text);
  return `"${safe.length <= 160 ? safe : `${safe.slice(0, 80)}…${safe.slice(-70)}`}"`;
}

/** The lines of a longer text; tabs become spaces, carriage returns end lines, trailing empty lines go. */
export function printableLines(text: string): readonly string[] {
  const lines = text.replaceAll('\t', '  ').split(/\r\n|\r|\n/).map((line) => printable(line).trimEnd());
  while (lines.at(-1) === '') lines.pop();
  return lines;
}

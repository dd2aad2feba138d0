// The record of what an Install put on the host: one path a line, in the order of making, or `semanage` NUL path. Pure.
// The original strips its lines, so it never cleans names with line breaks or blanks at their ends; here such a path is
// written as a JSON string (a path begins with "/", so the two cannot be confused) and nothing is stripped.

export interface CleanupRecord {
  readonly kind: 'path' | 'semanage';
  readonly path: string;
}

/** The text of a cleanup file. */
export const renderCleanup = (records: readonly CleanupRecord[]): string =>
  records.map(({ kind, path }) => `${kind === 'semanage' ? 'semanage\0' : ''}${needsQuotes(path) ? JSON.stringify(path) : path}\n`).join('');

const needsQuotes = (path: string): boolean => /[\n\r]/.test(path) || path !== path.trim();

/** Reads a cleanup file. A last line without its end was torn by a crash, before the act it announced, and is dropped. */
export const parseCleanup = (text: string): readonly CleanupRecord[] =>
  text.split('\n').slice(0, -1).flatMap((line) => {
    const kind = line.startsWith('semanage\0') ? 'semanage' : 'path';
    const rest = kind === 'semanage' ? line.slice('semanage\0'.length) : line;
    const path = rest.startsWith('"') ? unquote(rest) : rest;
    return path.startsWith('/') ? [{ kind, path } as const] : [];
  });

const unquote = (text: string): string => {
  try {
    return String(JSON.parse(text));
  } catch {
    return '';
  }
};

// Whether what this process prints goes to systemd's journal, which many may read for long.

import { fstatSync } from 'node:fs';

/** Of standard output (1) or standard error (2): systemd names the stream that it has connected. */
export function isJournal(descriptor: 1 | 2, environment: Readonly<Record<string, string | undefined>>): boolean {
  const named = environment['JOURNAL_STREAM'];
  if (named === undefined) return false;
  const { dev, ino } = fstatSync(descriptor);
  return named === `${dev}:${ino}`;
}

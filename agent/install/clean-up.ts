// What cleaning up after the previous revision would remove. Pure: nothing is removed here, the answer is part of the plan.
// Backwards through the record, as the original does: files and links go, folders go if nothing else is left in them.

import path from 'node:path';
import type { CleanupRecord } from './cleanup-file.ts';
import type { Survey } from './survey.ts';

export interface CleanUp {
  /** Places of files and links to remove. */
  readonly files: ReadonlySet<string>;
  /** Places of folders that end up empty, inner ones first. */
  readonly folders: ReadonlySet<string>;
  /** Paths whose SELinux rule is to be deleted. */
  readonly contexts: readonly string[];
}

/** Plans the clean-up. */
export const planCleanUp = (records: readonly CleanupRecord[], survey: Survey): CleanUp => {
  const files = new Set<string>();
  const folders = new Set<string>();
  const contexts: string[] = [];
  for (const record of [...records].reverse()) {
    if (record.kind === 'semanage') {
      contexts.push(record.path);
      continue;
    }
    const place = survey.place(record.path);
    const found = survey.look(place);
    if (found === null) continue;
    if (found.kind !== 'folder') files.add(place);
    else if (survey.names(place).every((name) => files.has(path.join(place, name)) || folders.has(path.join(place, name)))) folders.add(place);
  }
  return { files, folders, contexts };
};

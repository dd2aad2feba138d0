// Finds and parses the AppSpec of an unpacked bundle. The same names for every event: the original looks for
// appspec.yaml at Install but not for hooks, so that such a bundle fails halfway.

import { join } from 'node:path';
import type { AppSpec, Complaint } from '../../hooks/appspec/appspec.ts';
import { parseAppSpecBytes } from '../../hooks/appspec/parse.ts';
import type { Files } from '../../world/files.ts';

const names = ['appspec.yml', 'appspec.yaml', 'appspec.json'];
const mostBytes = 1024 * 1024;

export type AppSpecReading =
  | { readonly kind: 'read'; readonly appSpec: AppSpec; readonly warnings: readonly string[] }
  /** None there, or one that cannot be used: a sentence with name, line and remedy. */
  | { readonly kind: 'unusable'; readonly sentence: string };

/** Reads the AppSpec at the top of an unpacked bundle. */
export async function readAppSpec(files: Files, archiveFolder: string): Promise<AppSpecReading> {
  for (const name of names) {
    const bytes = await files.readRange(join(archiveFolder, name), 0, mostBytes + 1);
    if (bytes === null) continue;
    const verdict = parseAppSpecBytes(bytes, { maxBytes: mostBytes });
    if (verdict.kind === 'accepted') return { kind: 'read', appSpec: verdict.appSpec, warnings: verdict.warnings.map((warning) => say(name, warning)) };
    const more = verdict.complaints.length > 5 ? ` (and ${verdict.complaints.length - 5} more)` : '';
    return { kind: 'unusable', sentence: `${verdict.complaints.slice(0, 5).map((complaint) => say(name, complaint)).join(' ')}${more}` };
  }
  return { kind: 'unusable', sentence: `The bundle has no AppSpec: none of ${names.join(', ')} is at its top. Put one there, beside what it installs.` };
}

function say(name: string, complaint: Complaint): string {
  const line = complaint.line === null ? '' : ` line ${complaint.line}`;
  const key = complaint.key === '' ? '' : `, ${complaint.key}`;
  return `${name}${line}${key}: ${complaint.sentence}`;
}

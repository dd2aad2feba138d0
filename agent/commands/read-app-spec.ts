// Finds and parses the AppSpec of an unpacked bundle. The same names for every event: the original looks for
// appspec.yaml at Install but not for hooks, so that such a bundle fails halfway. A name of one's own comes first; where
// it is absent the usual names serve, as they do in the original's Install, and a warning says so.

import { join, posix } from 'node:path';
import type { AppSpec, Complaint } from '../../hooks/appspec/appspec.ts';
import { parseAppSpecBytes } from '../../hooks/appspec/parse.ts';
import { defaultLimits } from '../limits.ts';
import type { AppSpecLimits } from '../limits.ts';
import type { Files } from '../../world/files.ts';

const names = ['appspec.yml', 'appspec.yaml', 'appspec.json'];

export type AppSpecReading =
  | { readonly kind: 'read'; readonly appSpec: AppSpec; readonly warnings: readonly string[] }
  /** None there, or one that cannot be used: a sentence with name, line and remedy. */
  | { readonly kind: 'unusable'; readonly sentence: string };

/** Reads the AppSpec of an unpacked bundle: `wantedName` within it if given, else one of the usual names at its top. */
export async function readAppSpec(files: Files, archiveFolder: string, wantedName: string | null = null, limits: AppSpecLimits = defaultLimits.appSpec): Promise<AppSpecReading> {
  const wanted = wantedName === null ? null : posix.normalize(wantedName.replace(/^\/+/, ''));
  if (wanted !== null && (wanted === '..' || wanted.startsWith('../') || wanted.includes('\0'))) {
    return { kind: 'unusable', sentence: `The AppSpec's name ${JSON.stringify(wanted.slice(0, 80))} leaves the bundle. Name a file within it.` };
  }
  const inTurn = wanted === null ? names : [...new Set([wanted, 'appspec.yaml', ...names])];
  for (const name of inTurn) {
    const bytes = await readIfFile(files, join(archiveFolder, name), limits.maxBytes);
    if (bytes === null) continue;
    const verdict = parseAppSpecBytes(bytes, limits);
    if (verdict.kind === 'accepted') {
      const elsewhere = wanted === null || name === wanted ? [] : [`${wanted} is not in the bundle; ${name} is its AppSpec.`];
      return { kind: 'read', appSpec: verdict.appSpec, warnings: [...elsewhere, ...verdict.warnings.map((warning) => say(name, warning))] };
    }
    const more = verdict.complaints.length > 5 ? ` (and ${verdict.complaints.length - 5} more)` : '';
    return { kind: 'unusable', sentence: `${verdict.complaints.slice(0, 5).map((complaint) => say(name, complaint)).join(' ')}${more}` };
  }
  return { kind: 'unusable', sentence: `The bundle has no AppSpec: none of ${inTurn.join(', ')} is at its top. Put one there, beside what it installs.` };
}

/** The first bytes of a file; null for what is absent or a folder. */
async function readIfFile(files: Files, path: string, mostBytes: number): Promise<Uint8Array | null> {
  try {
    return await files.readRange(path, 0, mostBytes + 1);
  } catch (error) {
    if (['EISDIR', 'ENOTDIR', 'ELOOP'].includes((error as { readonly code?: string }).code ?? '')) return null;
    throw error;
  }
}

function say(name: string, complaint: Complaint): string {
  const line = complaint.line === null ? '' : ` line ${complaint.line}`;
  const key = complaint.key === '' ? '' : `, ${complaint.key}`;
  return `${name}${line}${key}: ${complaint.sentence}`;
}

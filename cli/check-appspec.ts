// The AppSpec before anything is sent: found, read, judged; each complaint a line that editors can jump to.

import path from 'node:path';
import { printable, showPrintable } from './printable.ts';
import { Refusal } from './refusal.ts';
import type { Rooms, Surroundings } from './surroundings.ts';
import type { Complaint } from '../hooks/appspec/appspec.ts';

/** What it takes of the surroundings to judge an AppSpec. */
export interface AppSpecSurroundings extends Pick<Surroundings, 'readFile'> {
  readonly rooms: Pick<Rooms, 'checkAppSpec'>;
}

/** An AppSpec's bytes. Throws a Refusal when there is no such file or it cannot be read. */
export async function readAppSpecFile(file: string, around: AppSpecSurroundings): Promise<Uint8Array> {
  const bytes = await readIfThere(file, around);
  if (bytes === null) throw new Refusal(`There is no file ${showPrintable(file)}.`);
  return bytes;
}

async function readIfThere(file: string, around: AppSpecSurroundings): Promise<Uint8Array | null> {
  try {
    return await around.readFile(file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOTDIR') return null;
    throw new Refusal(`${showPrintable(file)} cannot be read: ${code === 'EISDIR' ? 'it is a folder' : (code ?? String(error))}.`);
  }
}

/** `FILE:LINE: KEY: SENTENCE`, without what does not apply. */
export function complaintLine(file: string, complaint: Complaint, prefix = ''): string {
  const where = complaint.line === null ? file : `${file}:${complaint.line}`;
  const key = complaint.key === '' ? '' : `${complaint.key}: `;
  return printable(`${where}: ${prefix}${key}${complaint.sentence}`);
}

/** The warnings about a folder's AppSpec, as lines. Throws a Refusal that names each line at fault, or that there is none. */
export async function checkFolder(folder: string, around: AppSpecSurroundings): Promise<readonly string[]> {
  for (const name of ['appspec.yml', 'appspec.yaml']) {
    const file = path.join(folder, name);
    const bytes = await readIfThere(file, around);
    if (bytes === null) continue;
    const verdict = await around.rooms.checkAppSpec(bytes);
    if (verdict.kind === 'accepted') return verdict.warnings.map((warning) => complaintLine(file, warning, 'warning: '));
    const [first = '', ...others] = verdict.complaints.map((complaint) => complaintLine(file, complaint));
    throw new Refusal(first, { advice: [...others, 'The AppSpec is not valid; nothing was sent.'] });
  }
  throw new Refusal(`There is no appspec.yml in ${showPrintable(folder)}, so it is no bundle; nothing was sent.`, {
    advice: ['The least there can be is two lines: "version: 0.0" and "os: linux".'],
  });
}

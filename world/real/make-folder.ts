// Makes a program's own folder, step by step: mkdir's recursive mode never comes back from /proc, and what it says
// elsewhere does not name the step that is in the way.

import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes `path` and what is missing above it. Throws an Error that says what is in the way, and what to do. `what` as in "the data folder". */
export async function makeOwnFolder(path: string, what: string, mode: number): Promise<void> {
  const missing: string[] = [];
  for (let at = path; !(await isThere(at, path, what)); at = dirname(at)) missing.unshift(at);
  for (const step of missing) {
    await mkdir(step, { mode }).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw refusal(what, path, step, error);
    });
  }
}

async function isThere(step: string, path: string, what: string): Promise<boolean> {
  try {
    if ((await stat(step)).isDirectory()) return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return false;
    if (code !== 'ENOTDIR') throw refusal(what, path, step, error as NodeJS.ErrnoException);
    return false;
  }
  throw new Error(`${capital(what)} ${path} cannot be made: ${step} is a file. Name another folder, or move the file away.`);
}

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there',
  EPERM: 'it is not permitted there',
  EROFS: 'the disk is mounted read-only',
  ENOSPC: 'the disk is full',
  ENOENT: 'no folder can be made there',
  ENAMETOOLONG: 'the name is too long',
};

function refusal(what: string, path: string, step: string, { code, message }: NodeJS.ErrnoException): Error {
  return new Error(`${capital(what)} ${path} cannot be made: ${reasons[code ?? ''] ?? message} (${code ?? 'no code'} at ${step}). Name a folder that this user may write to, or make it and give it to this user.`);
}

function capital(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

// What a backup says of itself: a folder with the database, the keys and the bundles, and this list of them with digests.
// It is written last, so that a folder without one is no backup.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';

export const Manifest = Type.Object({
  format: Type.Literal(1),
  /** Of the Fairlead that made it. */
  version: Type.String(),
  createdAt: Type.String(),
  files: Type.Array(Type.Object({ path: Type.String({ pattern: '^[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*$' }), size: Type.Integer({ minimum: 0 }), sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }) })),
});
export type Manifest = Static<typeof Manifest>;

export const manifestName = 'backup.json';
/** In the backup as in the data folder. */
export const databaseName = 'fairlead.db';

/** Throws an Error with a sentence when the folder holds no backup that this program can read. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, manifestName);
  const text = await readFile(path, 'utf8').catch(({ code }: NodeJS.ErrnoException) => {
    throw new Error(`${folder} holds no backup: ${path} ${code === 'ENOENT' ? 'is not there' : `cannot be read (${code})`}.`);
  });
  try {
    const value: unknown = JSON.parse(text);
    if (Value.Check(Manifest, value) && value.files.every(({ path: file }) => !file.split('/').includes('..'))) return value;
  } catch {
    // told below
  }
  throw new Error(`${path} cannot be understood. It may be of a newer Fairlead; restore with that version.`);
}

export async function digestOf(path: string): Promise<{ readonly size: number; readonly sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const piece of createReadStream(path) as AsyncIterable<Buffer>) {
    size += piece.length;
    hash.update(piece);
  }
  return { size, sha256: hash.digest('hex') };
}

/** Whether a file of the data folder is the lock of whoever runs on it, or that lock's own journal. */
export function isLock(name: string): boolean {
  return /\.lock(-|$)/.test(name);
}

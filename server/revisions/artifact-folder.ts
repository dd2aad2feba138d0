// How bytes get into the artifact folder: whole, hashed and on the disk before they have a name, and with a name only as
// long as the database speaks of them.

import { createHash } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../protocol/errors.ts';
import type { Database, Store } from '../store/store.ts';
import type { UploadsTable } from '../store/tables.ts';
import { isUploaded, recordUpload } from '../store/uploads.ts';

/** What was written; `md5` is what S3 calls an object by. */
export interface Written {
  readonly sha256: string;
  readonly md5: string;
  readonly size: number;
}

/** Gives a whole and inspected bundle its name, then writes it down; a name without a row does not stay. Returns the record, which may be an older one. */
export async function keepBundle(store: Store, folder: string, temporary: string, row: UploadsTable, check?: (tx: Database) => Promise<void>): Promise<UploadsTable> {
  const path = join(folder, row.sha256);
  await rename(temporary, path);
  try {
    await syncFolder(folder);
    return await store.transaction(async (tx) => {
      await check?.(tx);
      return recordUpload(tx, row);
    });
  } catch (error) {
    if (!(await isUploaded(store.db, row.sha256).catch(() => true))) await rm(path, { force: true });
    throw error;
  }
}

/** Streams the body to a new file and onto the disk; refuses it as soon as it grows too large. */
export async function writeWhole(
  path: string,
  body: AsyncIterable<Uint8Array>,
  largestBytes: number,
): Promise<Written> {
  const sha256 = createHash('sha256');
  const md5 = createHash('md5');
  let size = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const piece of body) {
      size += piece.byteLength;
      if (size > largestBytes) {
        throw new Failure('RequestEntityTooLargeException', `The bundle is larger than ${largestBytes} bytes, the most this controller takes.`);
      }
      sha256.update(piece);
      md5.update(piece);
      await writeAll(file, piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: sha256.digest('hex'), md5: md5.digest('hex'), size };
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.byteLength; ) {
    const { bytesWritten } = await file.write(piece, at, piece.byteLength - at);
    at += bytesWritten;
  }
}

/** The new name must survive a power cut before the database speaks of it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

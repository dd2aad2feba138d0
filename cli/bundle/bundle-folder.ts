// A folder as a bundle: the same folder gives the same bytes, at any size in constant memory. Times of files are kept (web
// servers make ETags of them); SOURCE_DATE_EPOCH, the convention of reproducible builds, replaces them all by one.
// With ./list-folder.ts this is the one place of the CLI that walks a disk.

import { open } from 'node:fs/promises';
import path from 'node:path';
import { Readable, pipeline } from 'node:stream';
import { createGzip } from 'node:zlib';
import { listFolder } from './list-folder.ts';
import type { FolderEntry } from './list-folder.ts';
import { writeTar } from './tar-writer.ts';
import { writeZip } from './zip-writer.ts';
import { showPrintable } from '../printable.ts';
import { Refusal } from '../refusal.ts';

export const bundleTypes = ['tgz', 'zip', 'tar'] as const;
export type BundleType = (typeof bundleTypes)[number];

export interface FolderBundle {
  readonly entries: number;
  /** Of the files, before packing. */
  readonly bytes: number;
  /** Reads the folder and packs it. Throws a Refusal when a file changes meanwhile. */
  readonly stream: () => AsyncIterable<Uint8Array>;
}

/**
 * Lists a folder now (refusing what a bundle cannot carry) and packs it when streamed. `sourceDateEpoch`, in whole
 * seconds, becomes the time of every entry.
 */
export function bundleFolder(folder: string, type: BundleType, sourceDateEpoch: number | null = null): FolderBundle {
  const listed = listFolder(folder);
  const entries = sourceDateEpoch === null ? listed : listed.map((entry) => ({ ...entry, modifiedAtSeconds: sourceDateEpoch }));
  const read = (entry: FolderEntry): AsyncIterable<Uint8Array> => readExactly(folder, entry);
  return {
    entries: entries.length,
    bytes: entries.reduce((sum, entry) => sum + entry.size, 0),
    stream: () => {
      switch (type) {
        case 'zip':
          return writeZip(entries, read);
        case 'tar':
          return writeTar(entries, read);
        case 'tgz':
          return gzip(writeTar(entries, read));
      }
    },
  };
}

function gzip(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const packed = createGzip();
  // An error of the source destroys `packed` and so surfaces where that is read.
  pipeline(Readable.from(source), packed, () => {});
  return packed;
}

/** The file's content, which must be as long as when it was listed: the header before it has said so already. */
async function* readExactly(folder: string, entry: FolderEntry): AsyncGenerator<Uint8Array> {
  const file = await open(path.join(folder, entry.name), 'r').catch((error: NodeJS.ErrnoException) => {
    throw new Refusal(`${showPrintable(entry.name)} cannot be read: ${error.code ?? error.message}.`);
  });
  try {
    let left = entry.size;
    const chunkBytes = 256 * 1024;
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(chunkBytes), 0, chunkBytes, null);
      left -= bytesRead;
      if (bytesRead === 0 || left < 0) break;
      yield buffer.subarray(0, bytesRead);
    }
    if (left !== 0) throw new Refusal(`${showPrintable(entry.name)} changed while it was being bundled. Try again when nothing writes to the folder.`);
  } finally {
    await file.close();
  }
}

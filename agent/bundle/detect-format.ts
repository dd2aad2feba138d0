// What a bundle file is, by its first bytes: names and declared types are often wrong.

import * as disk from './disk.ts';
import { checksumFits } from './tar-header.ts';

export const bundleFormats = ['zip', 'tar', 'tgz'] as const;
export type BundleFormat = (typeof bundleFormats)[number];

/** The format that the file's first bytes show, or null. */
export const detectFormat = (file: string): BundleFormat | null => {
  const descriptor = disk.openSync(file, 'r');
  try {
    const head = disk.readAt(descriptor, 0, 512);
    if (head.length >= 4 && [0x04034b50, 0x06054b50].includes(head.readUInt32LE(0))) return 'zip';
    if (head.length >= 3 && head[0] === 0x1f && head[1] === 0x8b && head[2] === 8) return 'tgz';
    // An empty archive is all NULs.
    if (head.length === 512 && (checksumFits(head) || head.every((byte) => byte === 0))) return 'tar';
    return null;
  } finally {
    disk.closeSync(descriptor);
  }
};

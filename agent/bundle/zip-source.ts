// The bytes of a zip archive by their place: a small one is read once and kept, since each of its members is looked at three
// times; a large one is read where it is asked for.

import * as disk from './disk.ts';

export interface ZipSource {
  readonly size: number;
  /** Exactly `length` bytes, or fewer where the file ends. Not to be written to. */
  readAt(offset: number, length: number): Buffer;
  close(): void;
}

export const openSource = (file: string, mostHeldBytes: number): ZipSource => {
  const descriptor = disk.openSync(file, 'r');
  const close = (): void => disk.closeSync(descriptor);
  try {
    const { size } = disk.fstatSync(descriptor);
    if (size > mostHeldBytes) return { size, close, readAt: (offset, length) => disk.readAt(descriptor, offset, length) };
    const whole = disk.readAt(descriptor, 0, size);
    return { size, close, readAt: (offset, length) => whole.subarray(offset, offset + length) };
  } catch (error) {
    close();
    throw error;
  }
};

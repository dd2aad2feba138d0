// A disk in memory that tells synced from unsynced: a crash keeps what was synced, and of an unsynced tail some prefix,
// sometimes followed by NULs, as after a real power cut.

import type { Appender, Files } from '../../world/files.ts';
import type { SimRandom } from './sim-random.ts';

interface SimFile {
  bytes: Uint8Array;
  syncedLength: number;
}

export class SimDisk {
  readonly #files = new Map<string, SimFile>();

  /** All that is on it. */
  get bytes(): number {
    return [...this.#files.values()].reduce((sum, file) => sum + file.bytes.length, 0);
  }

  /** The files door of one process on this host; dies with it. */
  door(isAlive: () => boolean): Files {
    const files = this.#files;
    const orNever = <T>(act: () => T): Promise<T> => (isAlive() ? Promise.resolve().then(act) : new Promise<T>(() => {}));
    return {
      read: (path) => orNever(() => files.get(path)?.bytes.slice() ?? null),
      readRange: (path, offset, length) => orNever(() => files.get(path)?.bytes.slice(offset, offset + length) ?? null),
      size: (path) => orNever(() => files.get(path)?.bytes.length ?? null),
      writeAtomically: (path, bytes) => orNever(() => void files.set(path, { bytes: bytes.slice(), syncedLength: bytes.length })),
      createExclusively: (path, bytes) =>
        orNever(() => {
          if (files.has(path)) return false;
          files.set(path, { bytes: bytes.slice(), syncedLength: bytes.length });
          return true;
        }),
      freeRange: (path, offset, length) =>
        orNever(() => {
          files.get(path)?.bytes.fill(0, offset, offset + length);
          return true;
        }),
      openAppend: (path) => orNever(() => this.#appender(path, orNever)),
      list: (folder) =>
        orNever(() => {
          const prefix = folder.endsWith('/') ? folder : `${folder}/`;
          const names = [...files.keys()].filter((path) => path.startsWith(prefix)).map((path) => path.slice(prefix.length).split('/')[0]!);
          return [...new Set(names)].sort();
        }),
      makeFolder: () => orNever(() => undefined),
      remove: (path) =>
        orNever(() => {
          for (const name of [...files.keys()]) if (name === path || name.startsWith(`${path}/`)) files.delete(name);
        }),
    };
  }

  #appender(path: string, orNever: <T>(act: () => T) => Promise<T>): Appender {
    const file = this.#files.get(path) ?? { bytes: new Uint8Array(), syncedLength: 0 };
    this.#files.set(path, file);
    return {
      append: (bytes) => orNever(() => void (file.bytes = concat(file.bytes, bytes))),
      sync: () => orNever(() => void (file.syncedLength = file.bytes.length)),
      truncate: (length) =>
        orNever(() => {
          file.bytes = file.bytes.slice(0, length);
          file.syncedLength = Math.min(file.syncedLength, length);
        }),
      close: () => orNever(() => undefined),
    };
  }

  /** The host loses power: unsynced tails are cut somewhere, and may end in NULs. */
  cutPower(random: SimRandom): void {
    for (const file of this.#files.values()) {
      const unsynced = file.bytes.length - file.syncedLength;
      if (unsynced === 0) continue;
      const kept = file.syncedLength + random.below(unsynced + 1);
      const nuls = random.chance(0.5) ? file.bytes.length - kept : 0;
      file.bytes = concat(file.bytes.slice(0, kept), new Uint8Array(nuls));
      file.syncedLength = file.bytes.length;
    }
  }
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

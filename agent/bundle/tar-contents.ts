// What the files of a tar hold, from when it passes to when it is known where it belongs: a tar tells its names one by one, and
// no name is used before all are known. A bundle that is in memory anyway is referred to; else small contents are kept in
// memory, up to a limit in all, and the others go to numbered files.

import path from 'node:path';
import { Buffer } from 'node:buffer';
import * as disk from './disk.ts';

/** Largest content kept in memory. */
const keptEach = 64 * 1024;

/** Where the content that is passing goes. */
type Passing =
  | { readonly kind: 'referred' }
  | { readonly kind: 'kept'; readonly buffer: Buffer; filled: number }
  | { readonly kind: 'spooled'; readonly descriptor: number };

export class TarContents {
  readonly #spool: string;
  readonly #isWhole: boolean;
  readonly #keptInAll: number;
  readonly #kept = new Map<number, Buffer>();
  #keptBytes = 0;
  #count = 0;
  #passing: Passing | null = null;

  /** `isWhole`: pieces stay what they are, and each content comes in one. */
  constructor(spool: string, isWhole: boolean, keptInAll: number) {
    this.#spool = spool;
    this.#isWhole = isWhole;
    this.#keptInAll = keptInAll;
  }

  /** The number that the next content will have. */
  get next(): number {
    return this.#count;
  }

  begin(size: number): void {
    if (this.#isWhole && size > 0) this.#passing = { kind: 'referred' };
    else if (size <= keptEach && this.#keptBytes + size <= this.#keptInAll) {
      const buffer = Buffer.allocUnsafe(size);
      this.#keptBytes += size;
      this.#kept.set(this.#count, buffer);
      this.#passing = { kind: 'kept', buffer, filled: 0 };
    } else this.#passing = { kind: 'spooled', descriptor: disk.createFile(this.#fileOf(this.#count)) };
    this.#count += 1;
  }

  take(piece: Buffer): void {
    const passing = this.#passing!;
    if (passing.kind === 'referred') this.#kept.set(this.#count - 1, piece);
    else if (passing.kind === 'kept') passing.filled += piece.copy(passing.buffer, passing.filled);
    else disk.writeAll(passing.descriptor, piece);
  }

  /** The content is complete, or will not be. */
  end(): void {
    const passing = this.#passing;
    this.#passing = null;
    if (passing?.kind === 'spooled') disk.closeSync(passing.descriptor);
  }

  /** Brings a content to its place, with mode and time. */
  place(content: number, target: string, mode: number, modifiedAt: number): void {
    const kept = this.#kept.get(content);
    if (kept === undefined) {
      disk.renameSync(this.#fileOf(content), target);
      disk.chmodSync(target, mode);
      disk.utimesSync(target, modifiedAt, modifiedAt);
      return;
    }
    const descriptor = disk.createFile(target);
    try {
      disk.writeAll(descriptor, kept);
      disk.setAttributes(descriptor, mode, modifiedAt);
    } finally {
      disk.closeSync(descriptor);
    }
  }

  #fileOf(content: number): string {
    return path.join(this.#spool, String(content));
  }
}

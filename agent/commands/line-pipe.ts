// The helper's standard input and output, line by line, each line waited for in the call itself. Where Node has made them
// non-blocking, as it does once anything has looked at process.stdin (an import of node:process in the sources does), what is
// not to be had yet is asked for again after a moment.

import { Buffer } from 'node:buffer';
import * as disk from '../bundle/disk.ts';

const newline = 0x0a;
const momentMs = 3;

export class LinePipe {
  readonly #piece = Buffer.allocUnsafe(64 * 1024);
  #rest = Buffer.alloc(0);

  /** The next line; null at the end, which is also where whoever writes it was killed. */
  next(): string | null {
    for (;;) {
      const end = this.#rest.indexOf(newline);
      if (end >= 0) {
        const line = this.#rest.toString('utf8', 0, end);
        this.#rest = this.#rest.subarray(end + 1);
        return line;
      }
      const count = patiently(() => disk.readSync(0, this.#piece)) ?? 0;
      if (count === 0) return null;
      this.#rest = Buffer.concat([this.#rest, this.#piece.subarray(0, count)]);
    }
  }

  /** Whether somebody was there to take the line. */
  say(line: string): boolean {
    const bytes = Buffer.from(`${line}\n`);
    for (let done = 0; done < bytes.length; ) {
      const count = patiently(() => disk.writeSync(1, bytes, done));
      if (count === null) return false;
      done += count;
    }
    return true;
  }
}

/** What the call returns once it need not wait any more; null when it fails for another reason. */
function patiently(call: () => number): number | null {
  for (;;) {
    try {
      return call();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return null;
      Atomics.wait(momentary, 0, 0, momentMs);
    }
  }
}

const momentary = new Int32Array(new SharedArrayBuffer(4));

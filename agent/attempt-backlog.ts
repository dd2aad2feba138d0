// Output of one attempt that the server does not have yet. Of each script the first part goes into the spool as it comes.
// Beyond that lines go into a ring that keeps the newest; the ring is released when the script ends, and about once a
// second while the server keeps up.

import type { OutputLine } from '../hooks/script-output.ts';
import type { LogChunk } from '../protocol/session/frames.ts';
import type { Clock } from '../world/clock.ts';
import type { Log } from '../world/log.ts';
import { LogPiece } from './log-piece.ts';
import { streamKey } from './log-spool.ts';
import type { LogSpool } from './log-spool.ts';

export interface LogLimits {
  /** Of each script's beginning. */
  readonly headBytes: number;
  /** Of what came last, in memory. */
  readonly ringBytes: number;
  /** On disk, for one attempt. */
  readonly attemptBytes: number;
  /** On disk, for all attempts. */
  readonly totalBytes: number;
}

export const defaultLogLimits: LogLimits = { headBytes: 1_048_576, ringBytes: 65_536, attemptBytes: 8 * 1_048_576, totalBytes: 64 * 1_048_576 };

/** Longest text of a chunk, but for one line that is longer alone. */
const chunkChars = 49_152;
const releaseEveryMs = 1_000;

export interface BacklogParts {
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly log: Log;
}

/** What all attempts share. */
export interface LogBudget {
  readonly limits: LogLimits;
  spooledBytes(): number;
}

export class AttemptBacklog {
  readonly #parts: BacklogParts;
  readonly #budget: LogBudget;
  readonly #attemptId: string;
  readonly #more: () => void;
  #spool: LogSpool | null = null;
  /** All that is done with the file, one after the other. */
  #work: Promise<void>;
  #undone = 0;
  #pending: LogPiece[] = [];
  /** Of what is pending or being written. */
  #unwrittenChars = 0;
  #writingChars = 0;
  #isFlushing = false;
  #ends = new Map<string, number>();
  /** The script whose lines come now, and how much of it is in the spool. */
  #script = '';
  #scriptBytes = 0;
  #ring: LogPiece[] = [];
  #ringBytes = 0;
  #releasedAt = -Infinity;
  #state: 'open' | 'ended' | 'unwanted' = 'open';

  constructor(parts: BacklogParts, budget: LogBudget, attemptId: string, spool: Promise<LogSpool>, more: () => void) {
    this.#parts = parts;
    this.#budget = budget;
    this.#attemptId = attemptId;
    this.#more = more;
    this.#work = spool.then(
      (opened) => {
        this.#spool = opened;
      },
      (error: unknown) => this.#fail(error),
    );
  }

  get spooledBytes(): number {
    return this.#spool?.bytes ?? 0;
  }

  /** Nothing more will come of it, and nothing of it is left. */
  get isOver(): boolean {
    return this.#state !== 'open' && this.#undone === 0 && (this.#spool === null || this.#spool.isDrained);
  }

  add(line: OutputLine): void {
    if (this.#state !== 'open') return;
    const key = streamKey(line);
    if (line.offset < Math.max(this.#ends.get(key) ?? 0, this.#spool?.ends.get(key) ?? 0)) return;
    this.#ends.set(key, line.offset + line.length);
    const script = `${line.index}.${line.restart}`;
    if (script !== this.#script) {
      this.#release();
      [this.#script, this.#scriptBytes] = [script, 0];
    }
    const at = this.#parts.clock.now();
    if (this.#hasRoom(line.length)) this.#put(line, at);
    else this.#keepNewest(line, at);
  }

  async end(): Promise<void> {
    if (this.#state === 'open') {
      this.#release();
      this.#state = 'ended';
      this.#flush();
      this.#do(async (spool) => {
        // What said nothing needs no end either.
        if (!spool.hasEnd && spool.ends.size > 0) await spool.append([null]);
        await spool.close();
        this.#more();
      });
    }
    await this.#work;
  }

  async first(): Promise<{ readonly number: number; readonly chunk: LogChunk | null } | null> {
    await this.#work;
    return this.#spool === null ? null : this.#spool.first();
  }

  forget(number: number, has: number): void {
    this.#spool?.forget(number, has);
    // A quiet moment: what came last may go now.
    if (this.#spool?.isDrained === true && this.#ring.length > 0) this.#releaseInTime();
  }

  /** The server does not want it. */
  giveUp(): void {
    this.#state = 'unwanted';
    [this.#pending, this.#ring] = [[], []];
    this.#do((spool) => spool.remove());
  }

  async remove(): Promise<void> {
    this.#do((spool) => spool.remove());
    await this.#work;
  }

  #hasRoom(bytes: number): boolean {
    const { headBytes, attemptBytes, totalBytes } = this.#budget.limits;
    if (this.#ring.length > 0 || this.#scriptBytes + bytes > headBytes || this.#unwrittenChars > headBytes) return false;
    return this.spooledBytes + this.#unwrittenChars < attemptBytes && this.#budget.spooledBytes() + this.#unwrittenChars < totalBytes;
  }

  #put(line: OutputLine, at: number): void {
    this.#scriptBytes += line.length;
    this.#unwrittenChars += line.text.length;
    const last = this.#pending.at(-1);
    if (last?.fits(line, at, chunkChars) === true) last.add(line);
    else this.#pending.push(new LogPiece(line, at));
    this.#flushSoon();
  }

  #keepNewest(line: OutputLine, at: number): void {
    const { ringBytes } = this.#budget.limits;
    const last = this.#ring.at(-1);
    if (last?.fits(line, at, ringBytes / 16) === true) last.add(line);
    else this.#ring.push(new LogPiece(line, at));
    this.#ringBytes += line.text.length + 1;
    while (this.#ringBytes > ringBytes && this.#ring.length > 1) this.#ringBytes -= this.#ring.shift()!.chars;
    if (this.#spool?.isDrained === true && this.#unwrittenChars === 0) this.#releaseInTime();
  }

  #releaseInTime(): void {
    const now = this.#parts.clock.monotonic();
    if (now - this.#releasedAt < releaseEveryMs) return;
    this.#releasedAt = now;
    this.#release();
  }

  /** What came last joins the rest, even above the attempt's share: it is little. */
  #release(): void {
    if (this.spooledBytes < 2 * this.#budget.limits.attemptBytes) {
      this.#pending.push(...this.#ring);
      this.#unwrittenChars += this.#ring.reduce((sum, { chars }) => sum + chars, 0);
    }
    [this.#ring, this.#ringBytes] = [[], 0];
    this.#flushSoon();
  }

  /** Once for all lines that are told in one go. */
  #flushSoon(): void {
    if (this.#isFlushing || this.#pending.length === 0) return;
    this.#isFlushing = true;
    void Promise.resolve().then(() => this.#flush());
  }

  #flush(): void {
    this.#isFlushing = false;
    const pieces = this.#pending;
    const chars = this.#unwrittenChars - this.#writingChars;
    this.#pending = [];
    if (pieces.length === 0) return;
    this.#writingChars += chars;
    this.#do(async (spool) => {
      try {
        await spool.append(pieces.map((piece) => piece.chunk()));
      } finally {
        this.#unwrittenChars -= chars;
        this.#writingChars -= chars;
      }
      this.#more();
    });
  }

  #do(act: (spool: LogSpool) => Promise<void>): void {
    this.#undone += 1;
    this.#work = this.#work
      .then(() => (this.#spool === null ? undefined : act(this.#spool)))
      .catch((error: unknown) => this.#fail(error))
      .finally(() => (this.#undone -= 1));
  }

  /** Output is worth less than the attempt it belongs to: that goes on. */
  #fail(error: unknown): void {
    this.#parts.log.warn({ attemptId: this.#attemptId, reason: (error as Error).message }, 'Output of a hook cannot be kept to be sent to the controller; scripts.log has it. Check the disk.');
  }
}


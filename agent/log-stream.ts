// All output of hooks on its way to the server, attempt by attempt. Scripts never wait for it: what comes faster than it
// goes is kept in files up to a bound, and beyond that only the end of it; the server sees from the offsets how much is
// missing. One chunk is under way at a time, so that reports never queue behind output.
//
// Of each script the first part goes into the spool as it comes. Beyond that lines go into a ring that keeps the newest;
// the ring is released when the script ends, and about once a second while the server keeps up.

import { join } from 'node:path';
import type { OutputLine } from '../hooks/script-output.ts';
import type { LogAcknowledge, LogChunk, LogFrame } from '../protocol/session/frames.ts';
import type { Clock } from '../world/clock.ts';
import type { Files } from '../world/files.ts';
import type { Log } from '../world/log.ts';
import { LogSpool, streamKey } from './log-spool.ts';

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

/** Where the lines of one attempt go. */
export interface AttemptLog {
  /** Takes a line; one that came before is passed over. Never throws, never waits. */
  add(line: OutputLine): void;
  /** All lines have come. Resolves when what is to be sent is in the file. Never rejects. */
  end(): Promise<void>;
}

export interface LogStream {
  attempt(attemptId: string): AttemptLog;
  /** After a restart: no more lines will come for attempts that are not open. */
  recover(openAttempts: ReadonlySet<string>): void;
  /** The next frame to send, fairly among attempts; null when there is none now. */
  next(): Promise<LogFrame | null>;
  acknowledge(acknowledged: LogAcknowledge): void;
  /** Calls `listener` whenever there may be something to send. One listener; null to let go. */
  onMore(listener: (() => void) | null): void;
}

export interface LogStreamParts {
  readonly files: Files;
  readonly clock: Pick<Clock, 'now' | 'monotonic'>;
  readonly log: Log;
  /** For these files alone. */
  readonly folder: string;
  readonly limits?: LogLimits;
}

/** Opens the stream with what an earlier life of the agent could not send. */
export async function openLogStream(parts: LogStreamParts): Promise<LogStream> {
  const { files, folder, log } = parts;
  const attempts = new Map<string, Attempt>();
  let listen: (() => void) | null = null;
  const budget: Budget = {
    limits: parts.limits ?? defaultLogLimits,
    spooledBytes: () => [...attempts.values()].reduce((sum, attempt) => sum + attempt.spooledBytes, 0),
  };

  /** Ends an attempt's log; one with nothing left to send is forgotten at once. */
  async function end(attemptId: string, attempt: Attempt): Promise<void> {
    await attempt.end();
    if (attempt.isOver && attempts.get(attemptId) === attempt) attempts.delete(attemptId);
    if (attempt.isOver) await attempt.remove();
  }

  function hold(attemptId: string, spool: Promise<LogSpool>): Attempt {
    const attempt = new Attempt(parts, budget, attemptId, spool, () => listen?.());
    attempts.set(attemptId, attempt);
    return attempt;
  }

  await files.makeFolder(folder);
  for (const name of await files.list(folder)) {
    const attemptId = /^([A-Za-z0-9-]{1,64})\.log$/.exec(name)?.[1];
    if (attemptId === undefined) continue;
    const spool = await LogSpool.open(files, join(folder, name));
    hold(attemptId, Promise.resolve(spool));
  }

  return {
    attempt(attemptId) {
      const attempt = attempts.get(attemptId) ?? hold(attemptId, LogSpool.open(files, join(folder, `${attemptId}.log`)));
      return { add: (line) => attempt.add(line), end: () => end(attemptId, attempt) };
    },
    recover(openAttempts) {
      for (const [attemptId, attempt] of attempts) if (!openAttempts.has(attemptId)) void end(attemptId, attempt);
    },
    async next() {
      for (const [attemptId, attempt] of attempts) {
        try {
          const first = await attempt.first();
          if (first !== null) return { kind: 'logChunk', attemptId, ...first };
        } catch (error) {
          log.warn({ attemptId, reason: (error as Error).message }, 'Output of a hook that waited to be sent cannot be read, and is given up.');
          attempts.delete(attemptId);
        }
      }
      return null;
    },
    acknowledge({ attemptId, number, has, isWanted }) {
      const attempt = attempts.get(attemptId);
      if (attempt === undefined) return;
      attempts.delete(attemptId);
      // Put behind the others: each gets its turn.
      if (!isWanted) return attempt.giveUp();
      attempt.forget(number, has);
      if (attempt.isOver) void attempt.remove();
      else attempts.set(attemptId, attempt);
    },
    onMore(listener) {
      listen = listener;
    },
  };
}

interface Budget {
  readonly limits: LogLimits;
  spooledBytes(): number;
}

class Attempt {
  readonly #parts: LogStreamParts;
  readonly #budget: Budget;
  readonly #attemptId: string;
  readonly #more: () => void;
  #spool: LogSpool | null = null;
  /** All that is done with the file, one after the other. */
  #work: Promise<void>;
  #undone = 0;
  #pending: Piece[] = [];
  /** Of what is pending or being written. */
  #unwrittenChars = 0;
  #writingChars = 0;
  #isFlushing = false;
  #ends = new Map<string, number>();
  /** The script whose lines come now, and how much of it is in the spool. */
  #script = '';
  #scriptBytes = 0;
  #ring: Piece[] = [];
  #ringBytes = 0;
  #releasedAt = -Infinity;
  #state: 'open' | 'ended' | 'unwanted' = 'open';

  constructor(parts: LogStreamParts, budget: Budget, attemptId: string, spool: Promise<LogSpool>, more: () => void) {
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
    else this.#pending.push(new Piece(line, at));
    this.#flushSoon();
  }

  #keepNewest(line: OutputLine, at: number): void {
    const { ringBytes } = this.#budget.limits;
    const last = this.#ring.at(-1);
    if (last?.fits(line, at, ringBytes / 16) === true) last.add(line);
    else this.#ring.push(new Piece(line, at));
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

/** Lines that follow each other, to become one chunk. */
class Piece {
  readonly #first: OutputLine;
  readonly #at: number;
  readonly #lengths: number[] = [];
  readonly #texts: string[] = [];
  #end: number;
  #chars = 0;

  constructor(first: OutputLine, at: number) {
    this.#first = first;
    this.#at = at;
    this.#end = first.offset;
    this.add(first);
  }

  /** Of its text, line ends included. */
  get chars(): number {
    return this.#chars;
  }

  fits(line: OutputLine, at: number, mostChars: number): boolean {
    return streamKey(line) === streamKey(this.#first) && line.offset === this.#end && at === this.#at && this.#chars + line.text.length < mostChars;
  }

  add({ length, text }: OutputLine): void {
    this.#lengths.push(length);
    this.#texts.push(text);
    this.#end += length;
    this.#chars += text.length + 1;
  }

  chunk(): LogChunk {
    const { index, restart, stream, offset } = this.#first;
    return { index, restart, stream, offset, lengths: this.#lengths, at: this.#at, text: this.#texts.join('\n') };
  }
}

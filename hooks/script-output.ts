// Follows the two files a script writes its output to, from whatever end of the agent's life: lines go to the log and to
// the listener. The script is never held up; what it writes faster than we care to keep is skipped.

import { Buffer } from 'node:buffer';
import { join } from 'node:path';
import type { Files } from '../world/files.ts';
import { LineReader } from './readable-lines.ts';
import type { Line } from './readable-lines.ts';
import { Redactor } from './redaction/redactor.ts';
import type { Redaction } from './redaction/redaction.ts';
import type { ScriptLog } from './script-log.ts';
import { fileNames } from './supervisor-files.ts';

export type Stream = 'stdout' | 'stderr';

/**
 * One line of a script. `offset` is where it begins in that stream, `length` how much of it it takes, in bytes: after a
 * restart lines come again with the same offsets. Where the next offset is further on, something was skipped.
 */
export interface OutputLine {
  readonly index: number;
  /** 0, or which time the script was started again: offsets begin anew. */
  readonly restart: number;
  readonly stream: Stream;
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/** At the end of a line that was cut because it is too long; the next line goes on with it. */
export const cutMark = ' [line cut at 64 KiB]';

const pieceBytes = 262_144;
/** How much before the end reading goes on when the middle is skipped. */
const resumeBytes = 65_536;
/** A file that takes more room than this gives some back, once its beginning is in the log. */
const mostFileBytes = 67_108_864;
/** Beyond what the log keeps of the beginning: an agent that comes back reads that again, in whole pieces. */
const marginBytes = 4 * pieceBytes;

export class ScriptOutput {
  readonly #files: Files;
  readonly #folder: string;
  readonly #log: ScriptLog;
  readonly #tell: (line: Omit<OutputLine, 'index' | 'restart'>) => void;
  readonly #readers: Readonly<Record<Stream, LineReader>> = { stdout: new LineReader(), stderr: new LineReader() };
  readonly #redactors: Readonly<Record<Stream, Redactor>>;
  readonly #isRedacting: boolean;
  /** Where reading went on in the middle of a line: the rest of that line may be the rest of a secret, and is not shown. */
  readonly #tornAt: Record<Stream, number | null> = { stdout: null, stderr: null };
  /** Bytes that were in each file before it was emptied; null before it is known. */
  #emptied: Record<Stream, number> | null = null;
  /** Up to where the room of each file was given back. */
  readonly #freed: Record<Stream, number>;
  #skippedBytes = 0;

  constructor(files: Files, folder: string, log: ScriptLog, redaction: Redaction, tell: (line: Omit<OutputLine, 'index' | 'restart'>) => void) {
    this.#files = files;
    this.#folder = folder;
    this.#log = log;
    this.#redactors = { stdout: new Redactor(redaction), stderr: new Redactor(redaction) };
    this.#isRedacting = !redaction.isEmpty;
    this.#tell = tell;
    const beginning = log.keptBytesPerScript + marginBytes;
    this.#freed = { stdout: beginning, stderr: beginning };
  }

  /** Reads what is new. */
  async follow(): Promise<void> {
    this.#emptied ??= await this.#readEmptied();
    for (const stream of ['stdout', 'stderr'] as const) await this.#read(stream);
  }

  /** Reads the rest, once the script has ended. */
  async finish(): Promise<void> {
    await this.follow();
    for (const stream of ['stdout', 'stderr'] as const) {
      await this.#keep(stream, this.#redactors[stream].finish(this.#readers[stream].finish()));
    }
    await this.#log.endScript(this.#skippedBytes);
  }

  async #read(stream: Stream): Promise<void> {
    const path = join(this.#folder, stream);
    const reader = this.#readers[stream];
    const size = (await this.#files.size(path)) ?? 0;
    if (size < reader.position) await this.#skipTo(stream, 0); // emptied before
    // Up to the size seen now: a script that writes without end must not keep us here.
    while (reader.position < size) {
      if (this.#log.isFull && size - reader.position > 2 * resumeBytes) {
        this.#skippedBytes += size - resumeBytes - reader.position;
        await this.#skipTo(stream, size - resumeBytes);
      }
      const piece = await this.#files.readRange(path, reader.position, Math.min(pieceBytes, size - reader.position));
      if (piece === null || piece.length === 0) break;
      await this.#keep(stream, this.#redactors[stream].take(reader.take(piece)));
    }
    if (size - this.#freed[stream] > mostFileBytes && this.#log.isFull) await this.#giveRoomBack(stream, path, reader.position);
  }

  async #skipTo(stream: Stream, offset: number): Promise<void> {
    await this.#keep(stream, this.#redactors[stream].finish());
    this.#readers[stream].skipTo(offset);
    if (this.#isRedacting) this.#tornAt[stream] = offset;
  }

  async #keep(stream: Stream, safe: readonly Line[]): Promise<void> {
    const lines = safe.filter(({ offset }) => offset !== this.#tornAt[stream]);
    if (lines.length < safe.length) this.#tornAt[stream] = null;
    if (lines.length === 0) return;
    const before = this.#emptied?.[stream] ?? 0;
    const told = lines.map(({ offset, length, text, isCut }) => ({ stream, offset: before + offset, length, text: isCut ? text + cutMark : text }));
    await this.#log.add(told.map((line) => `[${stream}]${line.text}`));
    for (const line of told) this.#tell(line);
  }

  /** What was read, without the beginning. The script may write meanwhile, and nothing of that is lost. */
  async #giveRoomBack(stream: Stream, path: string, position: number): Promise<void> {
    const from = this.#freed[stream];
    if (!(await this.#files.freeRange(path, from, position - from))) return this.#empty(stream, path);
    this.#freed[stream] = position;
  }

  /**
   * Where room cannot be given back. The script appends, so that an emptied file simply begins anew; offsets go on from
   * where they were. What it writes between the look at the size and the cut is lost.
   */
  async #empty(stream: Stream, path: string): Promise<void> {
    await this.#keep(stream, this.#redactors[stream].finish()); // while its offsets are what they were
    const size = (await this.#files.size(path)) ?? 0;
    this.#emptied![stream] += size;
    await this.#files.createExclusively(join(this.#folder, fileNames.cut), new Uint8Array(0));
    await this.#files.writeAtomically(join(this.#folder, emptiedName(stream)), Buffer.from(String(this.#emptied![stream])));
    const appender = await this.#files.openAppend(path);
    try {
      await appender.truncate(0);
    } finally {
      await appender.close();
    }
    await this.#skipTo(stream, 0);
  }

  async #readEmptied(): Promise<Record<Stream, number>> {
    if ((await this.#files.size(join(this.#folder, fileNames.cut))) === null) return { stdout: 0, stderr: 0 };
    const read = async (stream: Stream): Promise<number> => Number(Buffer.from((await this.#files.read(join(this.#folder, emptiedName(stream)))) ?? []).toString('latin1')) || 0;
    return { stdout: await read('stdout'), stderr: await read('stderr') };
  }
}

function emptiedName(stream: Stream): string {
  return `${fileNames.cut}-${stream}`;
}

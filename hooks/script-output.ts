// Follows the two files a script writes its output to, from whatever end of the agent's life: lines go to the log and to
// the listener. The script is never held up; what it writes faster than we care to keep is skipped.

import { join } from 'node:path';
import type { Files } from '../world/files.ts';
import { LineReader } from './readable-lines.ts';
import type { ScriptLog } from './script-log.ts';
import { fileNames } from './supervisor-files.ts';

export type Stream = 'stdout' | 'stderr';

/** One line of a script. `offset` is where it begins in that stream, in bytes: after a restart lines come again with the same offsets. */
export interface OutputLine {
  readonly index: number;
  readonly stream: Stream;
  readonly offset: number;
  readonly text: string;
}

const pieceBytes = 262_144;
/** How much before the end reading goes on when the middle is skipped. */
const resumeBytes = 65_536;
/** A file grown beyond this is emptied, once its beginning is in the log. */
const mostFileBytes = 67_108_864;

export class ScriptOutput {
  readonly #files: Files;
  readonly #folder: string;
  readonly #log: ScriptLog;
  readonly #tell: (stream: Stream, offset: number, text: string) => void;
  readonly #readers: Readonly<Record<Stream, LineReader>> = { stdout: new LineReader(), stderr: new LineReader() };
  #skippedBytes = 0;

  constructor(files: Files, folder: string, log: ScriptLog, tell: (stream: Stream, offset: number, text: string) => void) {
    this.#files = files;
    this.#folder = folder;
    this.#log = log;
    this.#tell = tell;
  }

  /** Reads what is new. */
  async follow(): Promise<void> {
    for (const stream of ['stdout', 'stderr'] as const) await this.#read(stream);
  }

  /** Reads the rest, once the script has ended. */
  async finish(): Promise<void> {
    await this.follow();
    for (const stream of ['stdout', 'stderr'] as const) await this.#keep(stream, this.#readers[stream].finish());
    await this.#log.endScript(this.#skippedBytes);
  }

  async #read(stream: Stream): Promise<void> {
    const path = join(this.#folder, stream);
    const reader = this.#readers[stream];
    const size = (await this.#files.size(path)) ?? 0;
    if (size < reader.position) reader.skipTo(0); // emptied before
    // Up to the size seen now: a script that writes without end must not keep us here.
    while (reader.position < size) {
      if (this.#log.isFull && size - reader.position > 2 * resumeBytes) {
        this.#skippedBytes += size - resumeBytes - reader.position;
        reader.skipTo(size - resumeBytes);
      }
      const piece = await this.#files.readRange(path, reader.position, Math.min(pieceBytes, size - reader.position));
      if (piece === null || piece.length === 0) break;
      await this.#keep(stream, reader.take(piece));
    }
    if (size > mostFileBytes && this.#log.isFull) await this.#empty(path, reader);
  }

  async #keep(stream: Stream, lines: readonly { readonly offset: number; readonly text: string }[]): Promise<void> {
    if (lines.length === 0) return;
    const wasFull = this.#log.isFull;
    await this.#log.add(lines.map((line) => `[${stream}]${line.text}`));
    if (!wasFull) for (const line of lines) this.#tell(stream, line.offset, line.text);
  }

  /** The script appends, so that an emptied file simply begins anew. */
  async #empty(path: string, reader: LineReader): Promise<void> {
    await this.#files.createExclusively(join(this.#folder, fileNames.cut), new Uint8Array(0));
    const appender = await this.#files.openAppend(path);
    try {
      await appender.truncate(0);
    } finally {
      await appender.close();
    }
    reader.skipTo(0);
  }
}

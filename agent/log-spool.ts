// The output of one attempt on its way to the server: chunks in a file of their own, one JSON line each, in order; what
// the server has is forgotten. A file, because output must outlive the agent and may have to wait for a connection; not
// synced, because losing the end of it with the power loses nothing but output. Read again after a restart: a torn last
// line is cut off, and the engine tells those lines once more.

import { Buffer } from 'node:buffer';
import type { LogChunk } from '../protocol/session/frames.ts';
import { endOfChunk, isLogChunk } from '../protocol/session/frames.ts';
import type { Appender, Files } from '../world/files.ts';

/** One script's stream, as a key. */
export const streamKey = ({ index, restart, stream }: Pick<LogChunk, 'index' | 'restart' | 'stream'>): string => `${index}.${restart}.${stream}`;

/** A chunk in the file; `chunk` null is the end of the attempt's output. */
interface Entry {
  readonly number: number;
  readonly position: number;
  readonly bytes: number;
  readonly key: string | null;
  readonly end: number;
}

export interface SpooledChunk {
  readonly number: number;
  /** Null says that there is no more. */
  readonly chunk: LogChunk | null;
}

/** A file emptied of what was sent is cut once it has grown to this. */
const cutAboveBytes = 1_048_576;

export class LogSpool {
  readonly #files: Files;
  readonly #path: string;
  #entries: Entry[] = [];
  #ends = new Map<string, number>();
  #appender: Appender | null = null;
  #number = 0;
  #bytes = 0;
  #hasEnd = false;
  /** May there be a file? Most hooks say nothing. */
  #isThere = false;
  /** Did writing fail on the way, so that the file may be longer than we know? */
  #isTorn = false;

  private constructor(files: Files, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /** With what an earlier life of the agent left in the file. */
  static async open(files: Files, path: string): Promise<LogSpool> {
    const spool = new LogSpool(files, path);
    await spool.#load();
    return spool;
  }

  /** Nothing is waiting to be sent. */
  get isDrained(): boolean {
    return this.#entries.length === 0;
  }

  /** Was the end of the output put in? */
  get hasEnd(): boolean {
    return this.#hasEnd;
  }

  /** Bytes in the file. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Where each stream has got to. */
  get ends(): ReadonlyMap<string, number> {
    return this.#ends;
  }

  async append(chunks: readonly (LogChunk | null)[]): Promise<void> {
    if (this.isDrained && this.#bytes > cutAboveBytes) await this.#cut(0);
    else if (this.#isTorn) await this.#cut(this.#bytes);
    const lines = chunks.map((chunk) => Buffer.from(`${JSON.stringify(chunk)}\n`));
    this.#isThere = true;
    this.#appender ??= await this.#files.openAppend(this.#path);
    this.#isTorn = true;
    await this.#appender.append(Buffer.concat(lines));
    this.#isTorn = false;
    for (const [index, line] of lines.entries()) this.#note(chunks[index]!, line.length);
  }

  /** The chunk to be sent next; null when none is waiting. One that cannot be read any more is given up. */
  async first(): Promise<SpooledChunk | null> {
    for (let [entry] = this.#entries; entry !== undefined; [entry] = this.#entries) {
      const bytes = await this.#files.readRange(this.#path, entry.position, entry.bytes);
      const chunk = parse(Buffer.from(bytes ?? []).toString('utf8'));
      if (chunk !== undefined) return { number: entry.number, chunk };
      this.#entries.shift();
    }
    return null;
  }

  /** The server has the chunk of this number, and all of its stream up to `has`. */
  forget(number: number, has: number): void {
    const sent = this.#entries.find((entry) => entry.number === number);
    if (sent === undefined) return;
    this.#entries = this.#entries.filter((entry) => entry !== sent && !(entry.key !== null && entry.key === sent.key && entry.end <= has));
  }

  async close(): Promise<void> {
    await this.#appender?.close();
    this.#appender = null;
  }

  async remove(): Promise<void> {
    const isThere = this.#isThere;
    this.#entries = [];
    this.#bytes = 0;
    this.#isThere = false;
    await this.close();
    if (isThere) await this.#files.remove(this.#path);
  }

  async #load(): Promise<void> {
    const found = await this.#files.read(this.#path);
    this.#isThere = found !== null;
    const file = Buffer.from(found ?? []);
    while (this.#bytes < file.length) {
      const end = file.indexOf(0x0a, this.#bytes) + 1;
      const chunk = end === 0 ? undefined : parse(file.subarray(this.#bytes, end).toString('utf8'));
      if (chunk === undefined) break;
      this.#note(chunk, end - this.#bytes);
    }
    if (this.#bytes < file.length) await this.#cut(this.#bytes);
  }

  #note(chunk: LogChunk | null, bytes: number): void {
    const end = chunk === null ? 0 : endOfChunk(chunk);
    const key = chunk === null ? null : streamKey(chunk);
    this.#number += 1;
    this.#entries.push({ number: this.#number, position: this.#bytes, bytes, key, end });
    this.#bytes += bytes;
    if (key === null) this.#hasEnd = true;
    else this.#ends.set(key, end);
  }

  async #cut(length: number): Promise<void> {
    this.#appender ??= await this.#files.openAppend(this.#path);
    await this.#appender.truncate(length);
    this.#bytes = length;
    this.#isTorn = false;
  }
}

/** Undefined for anything that is neither a chunk nor the end. */
function parse(line: string): LogChunk | null | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return value === null || isLogChunk(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

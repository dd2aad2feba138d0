// scripts.log and the diagnostics tail of one lifecycle event. Lines go to both; the log keeps, of each script, the first
// part and the last lines, so that a hook that floods its output fills neither disk nor memory.

import { Buffer } from 'node:buffer';
import { dirname } from 'node:path';
import type { World } from '../world/world.ts';
import type { Appender } from '../world/files.ts';
import { LogTail } from './log-tail.ts';

/** How much of the end of a script's output is kept once the beginning has filled its share. */
const lastBytes = 16_384;

export class ScriptLog {
  readonly #world: World;
  readonly #path: string;
  /** How much of the beginning of a script's output is kept. */
  readonly keptBytesPerScript: number;
  readonly #tail = new LogTail();
  #appender: Appender | null = null;
  #kept = 0;
  #last: string[] = [];
  #lastSize = 0;
  #dropped = 0;
  /** scripts.log is for people: when it cannot be written, the event goes on without it. */
  #isBroken = false;

  constructor(world: World, path: string, keptBytesPerScript: number) {
    this.#world = world;
    this.#path = path;
    this.keptBytesPerScript = keptBytesPerScript;
  }

  get tail(): string {
    return this.#tail.text();
  }

  /** Is the script's share used up, so that only its last lines will be kept? */
  get isFull(): boolean {
    return this.#kept >= this.keptBytesPerScript;
  }

  async size(): Promise<number> {
    return (await this.#world.files.size(this.#path)) ?? 0;
  }

  /** Takes back what an earlier life of the agent wrote after `length`; it is written again from the script's files. */
  async cutTo(length: number): Promise<void> {
    if ((await this.size()) > length) await (await this.#open()).truncate(length);
  }

  /** A line of the engine's own, such as `Script - a.sh`. */
  async note(line: string): Promise<void> {
    this.#tail.add(line);
    await this.#write([line]);
  }

  /** As `note`, but for the tail only: the log has it already. */
  remember(line: string): void {
    this.#tail.add(line);
  }

  beginScript(): void {
    this.#kept = 0;
  }

  /** Lines of a script, label included. */
  async add(lines: readonly string[]): Promise<void> {
    const now: string[] = [];
    for (const line of lines) {
      this.#tail.add(line);
      if (this.isFull) this.#keepForLater(line);
      else {
        now.push(line);
        this.#kept += Buffer.byteLength(line) + 1;
      }
    }
    if (now.length > 0) await this.#write(now);
  }

  /** Writes the last lines of a script that wrote too much. `skippedBytes` were not even read. */
  async endScript(skippedBytes: number): Promise<void> {
    if (this.#dropped > 0 || skippedBytes > 0) {
      await this.#write([`[fairlead]only the first ${this.keptBytesPerScript} bytes of this script's output and its last lines are kept`]);
    }
    if (this.#last.length > 0) await this.#write(this.#last);
    this.#last = [];
    this.#lastSize = 0;
    this.#dropped = 0;
  }

  async close(): Promise<void> {
    await this.#appender?.close();
    this.#appender = null;
  }

  #keepForLater(line: string): void {
    this.#last.push(line);
    this.#lastSize += line.length;
    while (this.#lastSize > lastBytes) {
      this.#lastSize -= this.#last.shift()?.length ?? 0;
      this.#dropped += 1;
    }
  }

  async #open(): Promise<Appender> {
    if (this.#appender === null) {
      await this.#world.files.makeFolder(dirname(this.#path));
      this.#appender = await this.#world.files.openAppend(this.#path);
    }
    return this.#appender;
  }

  async #write(lines: readonly string[]): Promise<void> {
    const stamp = new Date(this.#world.clock.now()).toISOString().slice(0, 19).replace('T', ' ');
    if (this.#isBroken) return;
    try {
      const appender = await this.#open();
      await appender.append(Buffer.from(lines.map((line) => `${stamp} ${line}\n`).join('')));
    } catch (error) {
      this.#isBroken = true;
      this.#world.log.warn({ path: this.#path, error: String(error) }, 'The log of hook scripts cannot be written; the event goes on without it. Check the disk.');
    }
  }
}

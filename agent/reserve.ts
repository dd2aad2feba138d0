// Room on the data folder's disk that nobody else gets: a file of 8 MiB. When the disk is full it is removed, and what the
// agent has to write down in order to go on, and to report why an event has failed, fits again. Made anew when there is
// room. Without it a full disk would end the agent in silence, since it must not act on what it cannot remember.

import type { Clock } from '../world/clock.ts';
import type { Appender, Files } from '../world/files.ts';
import type { Log } from '../world/log.ts';
import type { Random } from '../world/random.ts';

export interface Reserve {
  /** Gives the room back to the disk. False when there was none. */
  release(): Promise<boolean>;
}

export interface ReserveParts {
  readonly files: Files;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly path: string;
  readonly bytes?: number;
}

const defaultBytes = 8 * 1_048_576;
const pieces = 8;
/** How long after it was released, or could not be made, it is tried again. */
const restMs = 60_000;

export class ReserveFile implements Reserve {
  readonly #parts: ReserveParts;
  readonly #bytes: number;
  #making: Promise<unknown> | null = null;
  #isWanted = true;
  #released = Promise.withResolvers<void>();

  constructor(parts: ReserveParts) {
    this.#parts = parts;
    this.#bytes = parts.bytes ?? defaultBytes;
  }

  /** Makes the reserve, and makes it anew after it was released, until `stopping`. Never rejects. */
  async keep(stopping: AbortSignal): Promise<void> {
    const { clock, log, path } = this.#parts;
    const stopped = new Promise<void>((resolve) => stopping.addEventListener('abort', () => resolve(), { once: true }));
    for (let tries = 0; !stopping.aborted; tries += 1) {
      this.#isWanted = true;
      const making = this.#make().catch((error: Error) => {
        if (tries === 0) log.warn({ reason: error.message }, `There is no room for the reserve of ${this.#bytes / 1_048_576} MiB in ${path}. When the disk is full, the agent will have to stop.`);
        return false;
      });
      this.#making = making;
      const isThere = await making;
      this.#making = null;
      if (isThere && tries > 0) log.info({}, 'The disk has room again.');
      if (isThere) await Promise.race([this.#released.promise, stopped]);
      await clock.sleep(restMs, stopping).catch(() => undefined);
    }
  }

  async release(): Promise<boolean> {
    const { files, log, path } = this.#parts;
    this.#isWanted = false;
    // What is being made takes room, too.
    const wasMaking = this.#making !== null;
    await this.#making;
    if (!wasMaking && ((await files.size(path)) ?? 0) === 0) return false;
    await files.remove(path);
    this.#released.resolve();
    this.#released = Promise.withResolvers<void>();
    log.error({}, `The disk of ${path} is full. The agent gives up its reserve there, so that it can go on writing down and reporting what happens. Free some space.`);
    return true;
  }

  /** True when it is there in full, on the disk; rejects when there is no room. Leaves nothing behind unless it is true. */
  async #make(): Promise<boolean> {
    const { files, random, path } = this.#parts;
    if ((await files.size(path)) === this.#bytes) return true;
    await files.remove(path);
    const appender = await files.openAppend(path);
    try {
      await this.#fill(appender, random.bytes(this.#bytes / pieces));
    } catch (error) {
      await appender.close();
      await files.remove(path);
      throw error;
    }
    await appender.close();
    if (this.#isWanted) return true;
    await files.remove(path);
    return false;
  }

  /** With chance, which no file system stores in less room than it takes. */
  async #fill(appender: Appender, piece: Uint8Array): Promise<void> {
    for (let count = 0; count < pieces && this.#isWanted; count += 1) await appender.append(piece);
    if (this.#isWanted) await appender.sync();
  }
}

/** Is this what a disk says that has no room left, or a quota? Errors from a thread have lost their code. */
export function isDiskFull(error: unknown): boolean {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT' || /^(ENOSPC|EDQUOT):/.test(String(message));
}

/** The files door, which tries once more with the room of the reserve when the disk is full. Not what is appended. */
export function withReserve(files: Files, reserve: Reserve): Files {
  const twice = async <Value>(write: () => Promise<Value>): Promise<Value> => {
    try {
      return await write();
    } catch (error) {
      if (isDiskFull(error) && (await reserve.release())) return write();
      throw error;
    }
  };
  return {
    ...files,
    writeAtomically: (path, bytes, mode) => twice(() => files.writeAtomically(path, bytes, mode)),
    createExclusively: (path, bytes) => twice(() => files.createExclusively(path, bytes)),
    openAppend: (path) => twice(() => files.openAppend(path)),
    makeFolder: (folder, mode) => twice(() => files.makeFolder(folder, mode)),
  };
}

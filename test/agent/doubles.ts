// Small stand-ins for the doors, for the agent's tests: files that forget what was not synced, a clock moved by hand, a
// network whose other end is the test.

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Clock, Timer } from '../../world/clock.ts';
import type { Appender, Files } from '../../world/files.ts';
import { silentLog } from '../../world/log.ts';
import type { Connection, Network } from '../../world/network.ts';
import type { Processes } from '../../world/processes.ts';
import type { Random } from '../../world/random.ts';
import type { World } from '../../world/world.ts';

/** What is left of a file's unsynced tail after a power cut. */
export type TailFate = 'lost' | 'torn' | 'zeroed' | 'whole';

interface StoredFile {
  synced: Buffer;
  unsynced: Buffer;
}

/** Files in memory. After `failAt` more steps the next one throws, as a disk that is gone does. */
export class MemoryFiles implements Files {
  readonly stored = new Map<string, StoredFile>();
  /** Steps until the disk fails; null for never. */
  failAt: number | null = null;
  steps = 0;

  /** A new disk with what survives of this one. */
  afterPowerCut(fate: TailFate): MemoryFiles {
    const next = new MemoryFiles();
    for (const [path, { synced, unsynced }] of this.stored) {
      next.stored.set(path, { synced: Buffer.concat([synced, tailLeft(unsynced, fate)]), unsynced: Buffer.alloc(0) });
    }
    return next;
  }

  bytes(path: string): Buffer {
    const file = this.stored.get(path);
    return file === undefined ? Buffer.alloc(0) : Buffer.concat([file.synced, file.unsynced]);
  }

  put(path: string, bytes: Uint8Array): void {
    this.stored.set(path, { synced: Buffer.from(bytes), unsynced: Buffer.alloc(0) });
  }

  async read(path: string): Promise<Uint8Array | null> {
    return this.stored.has(path) ? this.bytes(path) : null;
  }

  async readRange(path: string, offset: number, length: number): Promise<Uint8Array | null> {
    return this.stored.has(path) ? this.bytes(path).subarray(offset, offset + length) : null;
  }

  async freeRange(path: string, offset: number, length: number): Promise<boolean> {
    if (!this.stored.has(path)) return false;
    this.put(path, this.bytes(path).fill(0, offset, offset + length));
    return true;
  }

  async size(path: string): Promise<number | null> {
    return this.stored.has(path) ? this.bytes(path).length : null;
  }

  async writeAtomically(path: string, bytes: Uint8Array): Promise<void> {
    this.#step();
    this.put(path, bytes);
    this.#step();
  }

  async createExclusively(path: string, bytes: Uint8Array): Promise<boolean> {
    if (this.stored.has(path)) return false;
    this.put(path, bytes);
    return true;
  }

  async openAppend(path: string): Promise<Appender> {
    this.#step();
    if (!this.stored.has(path)) this.put(path, Buffer.alloc(0));
    const file = (): StoredFile => this.stored.get(path)!;
    return {
      append: async (bytes) => {
        // Half of it gets there before a disk fails.
        const half = Buffer.from(bytes).subarray(0, Math.floor(bytes.length / 2));
        const before = file().unsynced;
        file().unsynced = Buffer.concat([before, half]);
        this.#step();
        file().unsynced = Buffer.concat([before, bytes]);
        await null;
      },
      sync: async () => {
        this.#step();
        const { synced, unsynced } = file();
        this.stored.set(path, { synced: Buffer.concat([synced, unsynced]), unsynced: Buffer.alloc(0) });
        await null;
        this.#step();
      },
      truncate: async (length) => {
        this.#step();
        const all = this.bytes(path).subarray(0, length);
        this.stored.set(path, { synced: all, unsynced: Buffer.alloc(0) });
      },
      close: async () => undefined,
    };
  }

  async list(folder: string): Promise<readonly string[]> {
    const names = [...this.stored.keys()].filter((path) => path.startsWith(`${folder}/`)).map((path) => path.slice(folder.length + 1).split('/')[0]!);
    return [...new Set(names)].sort();
  }

  async makeFolder(): Promise<void> {
    // Folders come with their files.
  }

  async remove(path: string): Promise<void> {
    for (const one of [...this.stored.keys()]) if (one === path || one.startsWith(`${path}/`)) this.stored.delete(one);
  }

  #step(): void {
    if (this.failAt !== null && this.steps >= this.failAt) throw new Error('ENOSPC: the disk failed');
    this.steps += 1;
  }
}

function tailLeft(unsynced: Buffer, fate: TailFate): Buffer {
  switch (fate) {
    case 'lost':
      return Buffer.alloc(0);
    case 'torn':
      return unsynced.subarray(0, Math.ceil(unsynced.length / 3));
    case 'zeroed':
      return Buffer.alloc(unsynced.length + 512);
    case 'whole':
      return unsynced;
    default:
      return fate satisfies never;
  }
}

/** A clock that stands still until it is moved. */
export class HandClock implements Clock {
  #now = 0;
  #timers: { at: number; act: () => void }[] = [];

  now(): number {
    return 1_700_000_000_000 + this.#now;
  }

  monotonic(): number {
    return this.#now;
  }

  after(ms: number, act: () => void): Timer {
    const timer = { at: this.#now + ms, act };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((one) => one !== timer)) };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(signal.reason as Error);
      const abort = () => {
        timer.cancel();
        reject(signal!.reason as Error);
      };
      const timer = this.after(ms, () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      });
      signal?.addEventListener('abort', abort, { once: true });
    });
  }

  /** Lets `ms` pass, timer by timer, each with what follows from it. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      await settle();
      const [next] = this.#timers.filter(({ at }) => at <= until).sort((left, right) => left.at - right.at);
      if (next === undefined) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#now = Math.max(this.#now, next.at);
      next.act();
    }
    this.#now = until;
    await settle();
  }
}

/** Waits until all that follows from what has happened so far has happened, too. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** One connection as the far end sees it. */
export interface FarEnd {
  /** What the agent has sent and has not been looked at yet, parsed. */
  take(): readonly Record<string, unknown>[];
  say(frame: unknown): void;
  sayText(text: string): void;
  /** Breaks the connection. */
  hangUp(code?: number, reason?: string): void;
  /** How the agent closed it; null while it has not. */
  readonly closed: { readonly code: number; readonly reason: string } | null;
}

/** A network whose other end is the test: every dial is noted, and answered unless `refuses`. */
export class TestNetwork implements Network {
  readonly dials: string[] = [];
  readonly ends: FarEnd[] = [];
  refuses: string | null = null;

  async connect(url: string): Promise<Connection> {
    this.dials.push(url);
    if (this.refuses !== null) throw new Error(this.refuses);
    const { near, far } = connectionPair();
    this.ends.push(far);
    return near;
  }

  exchange(): Promise<string> {
    return Promise.reject(new Error('no sockets here'));
  }

  get last(): FarEnd {
    const end = this.ends.at(-1);
    if (end === undefined) throw new Error('nobody has dialled');
    return end;
  }
}

function connectionPair(): { readonly near: Connection; readonly far: FarEnd } {
  let sent: string[] = [];
  let hear: (frame: string) => void = () => undefined;
  let hearClose: (code: number, reason: string) => void = () => undefined;
  let closed: FarEnd['closed'] = null;
  let isOver = false;
  const near: Connection = {
    remote: 'test',
    bufferedBytes: 0,
    pause() {},
    resume() {},
    send: (frame) => void (isOver || sent.push(frame)),
    close: (code, reason) => {
      closed ??= { code, reason };
      isOver = true;
    },
    onFrame: (listener) => void (hear = listener),
    onClose: (listener) => void (hearClose = listener),
  };
  const far: FarEnd = {
    take() {
      const taken = sent.map((frame) => JSON.parse(frame) as Record<string, unknown>);
      sent = [];
      return taken;
    },
    say: (frame) => hear(JSON.stringify(frame)),
    sayText: (text) => hear(text),
    hangUp(code = 1006, reason = '') {
      isOver = true;
      hearClose(code, reason);
    },
    get closed() {
      return closed;
    },
  };
  return { near, far };
}

/** Chance from a seed. */
export function seededRandom(seed: string): Random {
  let count = 0;
  const draw = (): Buffer => createHash('sha256').update(`${seed}/${(count += 1)}`).digest();
  return {
    bytes: (length) => Buffer.concat(Array.from({ length: Math.ceil(length / 32) }, draw)).subarray(0, length),
    below: (n) => draw().readUInt32BE(0) % n,
    fork: (name) => seededRandom(`${seed}/${name}`),
  };
}

const noProbes: World['probes'] = {
  http: () => Promise.reject(new Error('nothing to look at here')),
  tcp: () => Promise.reject(new Error('nothing to look at here')),
};

const noProcesses: Processes = {
  startDetached: () => Promise.reject(new Error('no processes here')),
  run: () => Promise.reject(new Error('no processes here')),
  isAlive: () => Promise.resolve(false),
  endGroup: () => Promise.resolve(),
  startHelper: () => Promise.reject(new Error('no processes here')),
  endHelpers: () => Promise.resolve(),
  bootId: () => Promise.resolve('boot-1'),
};

export interface TestWorld extends World {
  readonly clock: HandClock;
  readonly files: MemoryFiles;
  readonly network: TestNetwork;
}

export function testWorld(files = new MemoryFiles()): TestWorld {
  return { clock: new HandClock(), random: seededRandom('test'), network: new TestNetwork(), probes: noProbes, processes: noProcesses, files, log: silentLog };
}

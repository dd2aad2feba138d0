// The agent's memory across crashes: an append-only file, read first at every start. What `append` has resolved for is
// on the disk; entries appended in the same turn share one record, and so stand or fall together. A write or sync that
// fails breaks the journal for good: the page cache may then show what the disk has not, so the agent must start anew. Only
// a write for which the disk had no room is tried once more, where there is a reserve to be given up; a sync never is.

import { Buffer } from 'node:buffer';
import { dirname } from 'node:path';
import type { Appender, Files } from '../world/files.ts';
import { encodeRecord, maxPayloadBytes, readRecords } from './journal-record.ts';
import type { JournalEntry, JournalState } from './journal-state.ts';
import { emptyState, fold, restate } from './journal-state.ts';
import { isDiskFull } from './reserve.ts';
import type { Reserve } from './reserve.ts';

export interface Journal {
  /** The sum of all entries, those still being written included. */
  readonly state: JournalState;
  /**
   * Appends entries, all or none of which survive a crash, and resolves when they are durable. Rejects with
   * JournalBroken when the disk failed, now or earlier. Throws when they do not fit in one record.
   */
  append(...entries: readonly JournalEntry[]): Promise<void>;
  /** An entry whose loss costs no more than a repetition: it becomes durable with the next append, or at the close. */
  mention(entry: JournalEntry): void;
  /** Resolves with the error that broke the journal, should that happen. */
  readonly broken: Promise<JournalBroken>;
  /** Waits for what is being written, then closes the file. */
  close(): Promise<void>;
}

/** The journal on the disk is damaged where it had been synced. The agent must run nothing: it could run it twice. */
export class StateCorrupt extends Error {
  override readonly name = 'StateCorrupt';
}

/** The disk failed a write or a sync of the journal. */
export class JournalBroken extends Error {
  override readonly name = 'JournalBroken';
}

export interface JournalOptions {
  /** Size at which the file is replaced by a restatement. */
  readonly rotateAtBytes: number;
  /** Given up when the disk is full. */
  readonly reserve?: Reserve;
}

interface Pending {
  readonly payload: string;
  readonly settle: (error: JournalBroken | null) => void;
  /** Somebody waits for it to be durable. */
  readonly isAwaited: boolean;
}

/** Opens the journal, cutting off an unfinished tail. Throws StateCorrupt when more than that is wrong. */
export async function openJournal(files: Files, path: string, options: JournalOptions = { rotateAtBytes: 1024 * 1024 }): Promise<Journal> {
  await files.makeFolder(dirname(path));
  const bytes = (await files.read(path)) ?? new Uint8Array();
  const reading = readRecords(bytes);
  if (reading.kind === 'corrupt') throw corrupt(path, `its record at byte ${reading.at} is damaged`);
  const writer = new JournalWriter(files, path, options, replay(path, reading.payloads), reading.lastSequence, reading.goodBytes);
  await writer.open(bytes.length);
  return writer;
}

function replay(path: string, payloads: readonly Uint8Array[]): JournalState {
  let state = emptyState;
  for (const payload of payloads) {
    try {
      for (const entry of JSON.parse(Buffer.from(payload).toString('utf8')) as readonly JournalEntry[]) state = fold(state, entry);
    } catch (error) {
      throw corrupt(path, `it holds something this version does not know (${error instanceof Error ? error.message : String(error)}), perhaps written by a newer one`);
    }
  }
  return state;
}

function corrupt(path: string, what: string): StateCorrupt {
  return new StateCorrupt(
    `state_corrupt: The agent's journal ${path} cannot be trusted: ${what}. No command is run, since it might run a second time. ` +
      'Check the disk and restore the file; or, once you know that no deployment to this host is under way, move it aside and start the agent again.',
  );
}

class JournalWriter implements Journal {
  state: JournalState;
  readonly broken: Promise<JournalBroken>;
  readonly #files: Files;
  readonly #path: string;
  readonly #leastRotateAtBytes: number;
  readonly #reserve: Reserve | null;
  readonly #tellBroken: (error: JournalBroken) => void;
  #rotateAtBytes: number;
  #sequence: number;
  #bytes: number;
  #file: Appender | null = null;
  #error: JournalBroken | null = null;
  #pending: Pending[] = [];
  #writing: Promise<void> | null = null;

  constructor(files: Files, path: string, options: JournalOptions, state: JournalState, sequence: number, bytes: number) {
    this.#files = files;
    this.#path = path;
    this.#leastRotateAtBytes = options.rotateAtBytes;
    this.#rotateAtBytes = options.rotateAtBytes;
    this.#reserve = options.reserve ?? null;
    this.state = state;
    this.#sequence = sequence;
    this.#bytes = bytes;
    const { promise, resolve } = Promise.withResolvers<JournalBroken>();
    this.broken = promise;
    this.#tellBroken = resolve;
  }

  /** Whatever the reader could not use of the `foundBytes` is cut off, durably, before anything is appended. */
  async open(foundBytes: number): Promise<void> {
    this.#file = await this.#files.openAppend(this.#path);
    if (foundBytes > this.#bytes) {
      await this.#file.truncate(this.#bytes);
      await this.#file.sync();
    }
    if (this.#bytes === 0) await this.append(...restate(this.state));
  }

  append(...entries: readonly JournalEntry[]): Promise<void> {
    if (this.#error !== null) return Promise.reject(this.#error);
    const payload = entries.map((entry) => JSON.stringify(entry)).join(',');
    if (Buffer.byteLength(payload) + 2 > maxPayloadBytes) throw new Error(`journal entries of ${payload.length} characters do not fit in one record`);
    this.state = entries.reduce(fold, this.state);
    return new Promise((resolve, reject) => {
      this.#pending.push({ payload, settle: (error) => (error === null ? resolve() : reject(error)), isAwaited: true });
      this.#writing ??= this.#writeAll();
    });
  }

  mention(entry: JournalEntry): void {
    if (this.#error !== null) return;
    this.state = fold(this.state, entry);
    this.#pending.push({ payload: JSON.stringify(entry), settle: () => undefined, isAwaited: false });
  }

  async close(): Promise<void> {
    await this.#writing;
    if (this.#error === null) await (this.#writing = this.#writeAll(() => this.#pending.length > 0));
    this.#error ??= new JournalBroken('The journal is closed.');
    await this.#file?.close();
    this.#file = null;
  }

  async #writeAll(isMore = () => this.#pending.some(({ isAwaited }) => isAwaited)): Promise<void> {
    await null; // lets everything appended in this turn join
    let underway: readonly Pending[] = [];
    try {
      while (isMore()) {
        if (this.#bytes >= this.#rotateAtBytes) {
          underway = this.#pending.splice(0);
          await this.#rotate();
        } else {
          underway = this.#takeRecordful();
          await this.#writeRecord(underway);
        }
        for (const one of underway) one.settle(null);
        underway = [];
      }
    } catch (error) {
      this.#break(error, underway);
    } finally {
      this.#writing = null;
    }
  }

  /** As many appends as fit in one record, in order. */
  #takeRecordful(): readonly Pending[] {
    let bytes = 2;
    const end = this.#pending.findIndex((one) => (bytes += Buffer.byteLength(one.payload) + 1) - 1 > maxPayloadBytes);
    return this.#pending.splice(0, end === -1 ? this.#pending.length : end);
  }

  async #writeRecord(batch: readonly Pending[]): Promise<void> {
    const record = encodeRecord(this.#sequence + 1, Buffer.from(`[${batch.map((one) => one.payload).join(',')}]`));
    await this.#appendOrGiveUpReserve(record);
    await this.#file!.sync();
    this.#sequence += 1;
    this.#bytes += record.length;
  }

  async #appendOrGiveUpReserve(record: Uint8Array): Promise<void> {
    try {
      await this.#file!.append(record);
    } catch (error) {
      if (!isDiskFull(error) || this.#reserve === null || !(await this.#reserve.release())) throw error;
      await this.#file!.truncate(this.#bytes);
      await this.#file!.append(record);
    }
  }

  /** Replaces the file by a restatement. `state` has the entries waiting to be written, so this writes them, too. */
  async #rotate(): Promise<void> {
    const records = packed(restate(this.state)).map((payload) => encodeRecord((this.#sequence += 1), Buffer.from(payload)));
    const bytes = Buffer.concat(records);
    await this.#file!.close();
    await this.#files.writeAtomically(this.#path, bytes);
    this.#file = await this.#files.openAppend(this.#path);
    this.#bytes = bytes.length;
    this.#rotateAtBytes = Math.max(this.#leastRotateAtBytes, 2 * bytes.length);
  }

  #break(error: unknown, underway: readonly Pending[]): void {
    const reason = error instanceof Error ? error.message : String(error);
    const broken = new JournalBroken(
      `The agent's journal ${this.#path} could not be written (${reason}). The agent stops, because it must not act on what it cannot remember. ` +
        'Check the disk for space and faults, then start the agent again: it continues from the last good record.',
      { cause: error },
    );
    this.#error = broken;
    for (const one of [...underway, ...this.#pending.splice(0)]) one.settle(broken);
    this.#tellBroken(broken);
  }
}

/** Entries as JSON arrays, each within one record. */
function packed(entries: readonly JournalEntry[]): readonly string[] {
  const payloads: string[] = [];
  let current: string[] = [];
  let bytes = 2;
  for (const entry of entries) {
    const text = JSON.stringify(entry);
    const size = Buffer.byteLength(text) + 1;
    if (bytes + size > maxPayloadBytes && current.length > 0) {
      payloads.push(`[${current.join(',')}]`);
      current = [];
      bytes = 2;
    }
    current.push(text);
    bytes += size;
  }
  payloads.push(`[${current.join(',')}]`);
  return payloads;
}

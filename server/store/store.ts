// The store: one open database and the way to change it. Queries live beside this file, one file per noun, as
// functions over `Database`, so that they run inside or outside a transaction alike.

import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** A database, or a transaction on it. */
export type Database = Kysely<Tables>;

export interface Store {
  readonly db: Database;
  /**
   * Runs `work` in one transaction: all of it or nothing. Durable when the promise resolves. Never nest. `work` may be
   * run again when its transaction lost against another: it changes nothing but rows. Throws Failure(ServiceUnavailable)
   * when the database cannot be reached.
   */
  transaction<Result>(work: (tx: Database) => Promise<Result>): Promise<Result>;
  /** For who only reads: what is committed, and no wait for what is being written. */
  readonly reads: Database;
  /** Runs `work`, which only reads, over one picture of what is committed. No wait for what is being written. */
  picture<Result>(work: (tx: Database) => Promise<Result>): Promise<Result>;
  /** Grows each time another controller comes to hold the database; 0 where only one can. */
  readonly epoch: number;
  /** Aborted, with an Error that says so, when another controller has taken the database over: every write is refused from then on. */
  readonly deposed: AbortSignal;
  /** The database's own clock, epoch milliseconds; absent where that is this machine's. */
  readonly now?: () => Promise<number>;
  close(): Promise<void>;
}

/** The same store for a part that only reads. */
export function readingFrom(store: Store): Store {
  return Object.assign(Object.create(store) as Store, { db: store.reads, transaction: store.picture });
}

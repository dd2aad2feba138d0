// The store: one open database and the way to change it. Queries live beside this file, one file per noun, as
// functions over `Database`, so that they run inside or outside a transaction alike.

import type { Kysely } from 'kysely';
import type { Tables } from './tables.ts';

/** A database, or a transaction on it. */
export type Database = Kysely<Tables>;

export interface Store {
  readonly db: Database;
  /** Runs `work` in one transaction: all of it or nothing. Durable when the promise resolves. Never nest. */
  transaction<Result>(work: (tx: Database) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

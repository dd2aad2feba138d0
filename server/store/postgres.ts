// PostgreSQL through pg, which is loaded here and only when a database is opened. With sqlite.ts the only file that may
// know which database this is. What SQLite gives for nothing is made here:
// - Transactions are serializable, and one that lost against another is run again: `work` reads and decides anew. They
//   go one after the other within this process, as on SQLite, because ours meet in few rows (a deployment's version);
//   serializable is what keeps them right beside lone statements and beside another process.
// - A controller holds the database (hold.ts). A transaction that wrote anything is kept only if the hold's epoch still
//   stands, checked under a lock that a successor has to wait for; a lone write is such a transaction too.
// - Text compares by code point, as in SQLite, whatever the database's language.
// - Lost connections are made anew; for a few seconds nobody notices, then calls are refused with ServiceUnavailable.

import { Kysely, PostgresDialect, sql, type PostgresPool, type PostgresPoolClient, type PostgresQueryResult } from 'kysely';
import type { Pool, PoolClient, PoolConfig } from 'pg';
import { Failure } from '../../protocol/errors.ts';
import type { World } from '../../world/world.ts';
import { bindable } from './bindable.ts';
import { isAway, isConflict, isDuplicate, whyNotOpened } from './database-errors.ts';
import { takeHold, type Hold } from './hold.ts';
import { databaseNow, makeLeaseTable, type LeaseDoor } from './lease.ts';
import { migrate } from './migrate.ts';
import type { Store } from './store.ts';
import type { Tables } from './tables.ts';
import { makeTurns } from './turns.ts';

export interface PostgresOptions {
  /** Says to a person which controller this is. */
  readonly holder: string;
  readonly world: Pick<World, 'clock' | 'random' | 'log'>;
  /** A hold that is not renewed ends after this time. */
  readonly leaseMs?: number;
  /** How long a lost database is waited for before calls are refused. */
  readonly patienceMs?: number;
}

const connections = 10;
/** A transaction that lost this often against others is given up. */
const attemptsAtMost = 20;
/** Only the lock that keeps two from making the first tables at once; who holds the database is told by its lease. */
const bootstrapLock = 4_710_4710;

/** Opens the database at `url` and brings its tables up to date. Throws an Error with a sentence that never shows the password. */
export async function openPostgresStore(url: string, options: PostgresOptions): Promise<Store> {
  const { world, holder, leaseMs = 5_000, patienceMs = 5_000 } = options;
  const database = describeDatabase(url);
  const { default: pg } = await import('pg');
  const log = world.log.child({ room: 'store', database });
  const makePool = (config: PoolConfig): Pool => {
    const pool = new pg.Pool({
      connectionString: url,
      application_name: 'fairlead',
      connectionTimeoutMillis: 5_000,
      keepAlive: true,
      // One that was paused in the middle must not keep its successor waiting.
      idle_in_transaction_session_timeout: leaseMs,
      // An operator may have made commits faster than they are safe: not ours.
      options: '-c synchronous_commit=on',
      types: { getTypeParser: (oid: number, format?: 'text' | 'binary') => (oid === int8 || oid === numeric ? wholeNumber : pg.types.getTypeParser(oid, format as 'text')) },
      ...config,
    });
    // An idle connection that breaks is dropped by the pool; one in use tells by its query.
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
    return pool;
  };

  const doorPool = makePool({ max: 2, statement_timeout: leaseMs, query_timeout: leaseMs });
  const door: LeaseDoor = {
    db: new Kysely<Tables>({ dialect: new PostgresDialect({ pool: doorPool as unknown as PostgresPool }) }),
    now: sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`,
  };
  let hold: Hold;
  try {
    await checkDatabase(door.db, database);
    await door.db.transaction().execute(async (tx) => {
      await sql`select pg_advisory_xact_lock(${bootstrapLock})`.execute(tx);
      await makeLeaseTable(tx);
    });
    hold = await takeHold(door, { holder, leaseMs, database, world });
  } catch (error) {
    await door.db.destroy();
    throw whyNotOpened(error, database);
  }

  const fenced = (pool: Pool): Kysely<Tables> => new Kysely<Tables>({ dialect: new PostgresDialect({ pool: fence(pool, hold, patienceMs, database, { ...world, log }) }) });
  try {
    // A migration may take its time.
    const patient = fenced(makePool({ max: 1, idle_in_transaction_session_timeout: 0 }));
    try {
      await migrate(patient);
      await compareByCodePoint(patient);
    } finally {
      await patient.destroy();
    }
  } catch (error) {
    await hold.release();
    await door.db.destroy();
    throw whyNotOpened(error, database);
  }

  const db = fenced(makePool({ max: connections, statement_timeout: 30_000, query_timeout: 35_000 }));
  const transactions = makeTurns(1);
  return {
    db,
    epoch: hold.epoch,
    deposed: hold.lost,
    reads: db,
    picture: (work) => db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(work),
    now: () => databaseNow(door),
    transaction: (work) =>
      transactions.take(async () => {
        const start = world.clock.monotonic();
        let wasDuplicate = false;
        for (let attempt = 1; ; attempt += 1) {
          try {
            return await db.transaction().setIsolationLevel('serializable').execute(work);
          } catch (error) {
            // Two that saw no row and made the same one: the second run sees it.
            const isAgain = isConflict(error) || (isDuplicate(error) && !wasDuplicate);
            wasDuplicate ||= isDuplicate(error);
            const isPatient = error instanceof LostBeforeCommit && world.clock.monotonic() - start < patienceMs;
            if (!(isAgain || isPatient)) throw error;
            if (attempt >= attemptsAtMost) throw new LostBeforeCommit(error, 'Too much was changed at once for this to be kept; try again.');
            await world.clock.sleep(1 + world.random.below(10 * attempt));
          }
        }
      }),
    async close() {
      await hold.release();
      await db.destroy();
      await door.db.destroy();
    },
  };
}

const int8 = 20;
/** Sums of bigints. */
const numeric = 1700;

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`The database holds ${text}, which no number here can be.`);
  return value;
}

/** Nothing of the transaction was kept, mostly since its connection went, and it may be run again. */
class LostBeforeCommit extends Failure {
  constructor(cause: unknown, sentence = 'The database does not answer now; try again.') {
    super('ServiceUnavailable', sentence);
    this.cause = cause;
  }
}

/** The pool as Kysely knows it, whose clients keep nothing that the hold does not cover. */
function fence(pool: Pool, hold: Hold, patienceMs: number, database: string, world: PostgresOptions['world']): PostgresPool {
  const turns = makeTurns(pool.options.max);
  let isDown = false;

  async function connect(): Promise<PoolClient> {
    const start = world.clock.monotonic();
    for (let attempt = 1; ; attempt += 1) {
      try {
        const client = await pool.connect();
        if (isDown) world.log.info({}, 'the database answers again');
        isDown = false;
        return client;
      } catch (error) {
        if (!isAway(error)) throw error;
        if (!isDown) world.log.error({ error: whyNotOpened(error, database).message }, 'the database does not answer');
        isDown = true;
        if (world.clock.monotonic() - start >= patienceMs) throw new LostBeforeCommit(error);
        await world.clock.sleep(50 + world.random.below(100));
      }
    }
  }

  return {
    options: pool.options,
    end: () => pool.end(),
    async connect() {
      // The pool's own queue counts waiting for a turn as not being able to connect.
      const endTurn = await turns.begin();
      try {
        return fencedClient(await connect(), hold, endTurn);
      } catch (error) {
        endTurn();
        throw error;
      }
    },
  };
}

function fencedClient(client: PoolClient, hold: Hold, endTurn: () => void): PostgresPoolClient {
  let isBroken = false;
  let isInTransaction = false;
  let hasWritten = false;

  async function ask<R>(text: string, parameters: readonly unknown[] = []): Promise<PostgresQueryResult<R>> {
    try {
      return (await client.query(text, parameters.map(bindable))) as unknown as PostgresQueryResult<R>;
    } catch (error) {
      if (!isAway(error)) throw error;
      isBroken = true;
      throw new LostBeforeCommit(error);
    }
  }

  /** Locks the epoch until the end of the transaction: who wants to follow us waits for it. */
  async function stand(): Promise<void> {
    const { rows } = await ask('select epoch from leases where name = $1 and epoch = $2 for key share', ['controller', hold.epoch]);
    if (rows.length === 0) throw new Failure('ServiceUnavailable', (await hold.lose()).message);
  }

  async function commit<R>(): Promise<PostgresQueryResult<R>> {
    if (hasWritten) await stand();
    try {
      return await ask<R>('commit');
    } catch (error) {
      if (!(error instanceof LostBeforeCommit) || !hasWritten) throw error;
      const failure = new Failure('ServiceUnavailable', 'The database broke off while it kept this change, which may or may not have been made: look before you try again.');
      failure.cause = error.cause;
      throw failure;
    }
  }

  async function query<R>(text: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>> {
    if (text === 'begin' || text.startsWith('start transaction')) {
      isInTransaction = true;
      hasWritten = false;
      return ask<R>(text);
    }
    if (text === 'commit') return commit<R>();
    // Nothing to take back on a connection that is gone; its own error is what counts.
    if (text === 'rollback') return isBroken ? { command: 'ROLLBACK', rowCount: 0, rows: [] } : ask<R>(text);
    if (text.startsWith('select ')) return ask<R>(text, parameters);
    hasWritten = true;
    if (isInTransaction) return ask<R>(text, parameters);
    await ask('begin');
    try {
      const result = await ask<R>(text, parameters);
      await commit();
      return result;
    } catch (error) {
      if (!isBroken) await ask('rollback');
      throw error;
    }
  }

  return {
    // Of the two shapes pg knows, Kysely uses the other for cursors only, which need a package we do not have.
    query: query as PostgresPoolClient['query'],
    release(isDiscarded) {
      client.release(isBroken || isDiscarded === true);
      endTurn();
    },
  };
}

async function checkDatabase(db: Kysely<Tables>, database: string): Promise<void> {
  const { rows } = await sql<{ encoding: string; version: number; isReadOnly: boolean }>`
    select current_setting('server_encoding') as encoding, cast(current_setting('server_version_num') as integer) as version,
      pg_is_in_recovery() or current_setting('default_transaction_read_only') = 'on' as "isReadOnly"`.execute(db);
  const { encoding, version, isReadOnly } = rows[0]!;
  if (encoding !== 'UTF8') throw new Error(`The ${database} keeps text as ${encoding}. Make one with: create database … encoding 'UTF8' template template0.`);
  if (version < 130_000) throw new Error(`The ${database} is on PostgreSQL ${Math.floor(version / 10_000)}; Fairlead needs 13 or newer.`);
  if (isReadOnly) throw new Error(`The ${database} can only be read: is it a standby? Name the primary.`);
}

/** Gives every text column that a migration has just made the collation in which SQLite compares. Indexes follow. */
async function compareByCodePoint(db: Kysely<Tables>): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ table: string; column: string }>`
      select columns.table_name as "table", columns.column_name as "column" from information_schema.columns
      join information_schema.tables using (table_schema, table_name)
      where table_schema = current_schema() and table_type = 'BASE TABLE' and data_type = 'text' and collation_name is distinct from 'C'`.execute(tx);
    for (const { table, column } of rows) await sql`alter table ${sql.table(table)} alter column ${sql.ref(column)} type text collate "C"`.execute(tx);
  });
}

/** The database in words, without user and password. Throws an Error that repeats neither. */
function describeDatabase(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed === null || !['postgres:', 'postgresql:'].includes(parsed.protocol)) {
    throw new Error('--database wants a URL such as postgres://user:password@host:5432/fairlead; special characters in the password are written as %XX.');
  }
  const { hostname, port, pathname } = parsed;
  const at = hostname === '' ? '' : ` at ${hostname}:${port === '' ? 5432 : port}`;
  return `database ${decodeURIComponent(pathname.slice(1)) || '(of the user’s name)'}${at}`;
}

// What SQLite gives for nothing and PostgreSQL has to be made to give: writers that do not lose each other's changes, one
// controller at a time, and a server that may come and go.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, beforeEach, describe, it } from 'mocha';
import pg from 'pg';
import { Failure } from '../../protocol/errors.ts';
import { findSetting, writeSetting } from '../../server/store/settings.ts';
import { openPostgresStore, type PostgresOptions } from '../../server/store/postgres.ts';
import type { Database, Store } from '../../server/store/store.ts';
import { databaseServer, password, type DatabaseServer } from './database-server.ts';
import { storeOptions } from './stores.ts';

const isUnavailable = (sentence: RegExp) => (error: unknown) => error instanceof Failure && error.code === 'ServiceUnavailable' && sentence.test(error.message);

describe('the store on PostgreSQL', function () {
  this.timeout(60_000);
  let server: DatabaseServer;
  let url: string;
  let database: string;
  const opened: Store[] = [];

  before(async () => {
    server = await databaseServer();
  });
  beforeEach(async () => {
    url = await server.newDatabase();
    database = new URL(url).pathname.slice(1);
  });
  afterEach(async () => {
    for (const store of opened.splice(0)) await store.close();
  });

  async function open(over: Partial<PostgresOptions> = {}, at = url): Promise<Store> {
    const store = await openPostgresStore(at, { ...storeOptions, ...over });
    opened.push(store);
    return store;
  }

  /** Adds one to a setting, in the manner of our handlers: read, decide, write. */
  async function count(tx: Database): Promise<number> {
    const next = Number(await findSetting(tx, 'count')) + 1;
    await writeSetting(tx, 'count', String(next));
    return next;
  }

  describe('with several writers', () => {
    it('loses no change of transactions that begin at once', async () => {
      const store = await open();
      const answers = await Promise.all(Array.from({ length: 60 }, () => store.transaction(count)));
      assert.deepEqual(answers.sort((a, b) => a - b), Array.from({ length: 60 }, (_, index) => index + 1));
      assert.equal(await findSetting(store.db, 'count'), '60');
    });

    it('runs a transaction again that lost against another process, from its first read', async () => {
      const store = await open();
      await writeSetting(store.db, 'count', '10');
      let runs = 0;
      const answer = await store.transaction(async (tx) => {
        runs += 1;
        await findSetting(tx, 'count');
        if (runs === 1) await server.query(`update settings set value = '20' where name = 'count'`, database);
        return count(tx);
      });
      assert.deepEqual([answer, runs, await findSetting(store.db, 'count')], [21, 2, '21']);
    });

    it('lets a transaction that found no row, and made it second, find it', async () => {
      const store = await open();
      let runs = 0;
      const found = await store.transaction(async (tx) => {
        runs += 1;
        const there = await tx.selectFrom('applications').select('application_id').where('name', '=', 'web').executeTakeFirst();
        if (there !== undefined) return there.application_id;
        await server.query(`insert into applications (application_id, name, created_at) values ('theirs', 'web', 1)`, database);
        await tx.insertInto('applications').values({ application_id: 'ours', name: 'web', created_at: 1, tags: '[]' }).execute();
        return 'ours';
      });
      assert.deepEqual([found, runs], ['theirs', 2]);
    });

    it('keeps a rule over several rows that each of two transactions alone would keep', async () => {
      const store = await open();
      await store.transaction(async (tx) => {
        await writeSetting(tx, 'a', 'healthy');
        await writeSetting(tx, 'b', 'healthy');
      });
      const other = new pg.Client({ connectionString: url });
      await other.connect();
      try {
        await other.query('begin isolation level serializable');
        const { rows } = await other.query<{ value: string }>(`select value from settings where name in ('a', 'b')`);
        assert.deepEqual(rows.map((row) => row.value), ['healthy', 'healthy']);
        await store.transaction(async (tx) => {
          if ((await findSetting(tx, 'b')) === 'healthy') await writeSetting(tx, 'a', 'away');
        });
        await assert.rejects(other.query(`update settings set value = 'away' where name = 'b'`).then(() => other.query('commit')), { code: '40001' });
      } finally {
        await other.end();
      }
      assert.deepEqual([await findSetting(store.db, 'a'), await findSetting(store.db, 'b')], ['away', 'healthy']);
    });

    it('gives up and throws what a transaction itself throws, at once', async () => {
      const store = await open();
      let runs = 0;
      await assert.rejects(
        store.transaction(async (tx) => {
          runs += 1;
          await count(tx);
          throw new Error('not this');
        }),
        /not this/,
      );
      assert.deepEqual([runs, await findSetting(store.db, 'count')], [1, null]);
    });
  });

  describe('with several controllers', () => {
    /** In one go: between the two, ours would find that it is nobody's. */
    const theirs = `delete from leases; insert into leases values ('controller', 'host-2, process 7', 41, cast(extract(epoch from clock_timestamp()) * 1000 as bigint) + `;

    it('refuses the second while the first lives, and names the first', async () => {
      await open({ holder: 'host-1, process 5', leaseMs: 800 });
      await assert.rejects(open({ holder: 'host-2', leaseMs: 800 }), /Another controller holds database fairlead_\d+ at 127\.0\.0\.1:\d+: host-1, process 5\. Stop it first/);
    });

    it('lets one in when two start at once on an empty database, and every table is there', async () => {
      const outcomes = await Promise.allSettled([open({ leaseMs: 800 }), open({ leaseMs: 800 })]);
      assert.deepEqual(outcomes.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
      assert.equal(await opened[0]!.transaction(count), 1);
    });

    it('lets the next in as soon as the first has closed', async () => {
      const first = await open();
      await opened.pop()!.close();
      const second = await open();
      assert.equal(second.epoch, first.epoch + 1);
    });

    it('lets the next in when the lease of one that died has ended, and not before', async () => {
      await (await openPostgresStore(url, storeOptions)).close();
      await server.query(`${theirs}1000)`, database);
      const begun = performance.now();
      const store = await open();
      assert.equal(store.epoch, 42);
      assert.ok(performance.now() - begun >= 950, `it came after ${performance.now() - begun} ms`);
    });

    it('refuses every write of one that was taken over, and tells it who did', async () => {
      const store = await open();
      await writeSetting(store.db, 'count', '1');
      await server.query(`${theirs}60000)`, database);
      await assert.rejects(store.transaction(count), isUnavailable(/has taken database fairlead_\d+ at \S+ over: host-2, process 7/));
      await assert.rejects(writeSetting(store.db, 'count', '3'), isUnavailable(/has taken/));
      assert.equal(await findSetting(store.db, 'count'), '1');
      assert.equal(store.deposed.aborted, true);
      assert.match((store.deposed.reason as Error).message, /host-2, process 7\. This one can write nothing any more/);
    });

    it('tells one that writes nothing within its lease', async () => {
      const store = await open({ leaseMs: 400 });
      const deposed = new Promise((resolve) => store.deposed.addEventListener('abort', resolve));
      await server.query(`${theirs}60000)`, database);
      await deposed;
    });

    it('keeps nothing of a transaction in whose midst another took over', async () => {
      const store = await open();
      await assert.rejects(
        store.transaction(async (tx) => {
          await count(tx);
          await server.query('update leases set expires_at = 0', database);
          await open({ holder: 'host-2' });
        }),
        isUnavailable(/taken .* over: host-2/),
      );
      assert.equal(await findSetting(opened[1]!.db, 'count'), null);
    });

    it('lets who takes over wait for a transaction that is just being kept', async () => {
      await open();
      const other = new pg.Client({ connectionString: url });
      await other.connect();
      await other.query('begin');
      // What our commits do.
      await other.query(`select epoch from leases where name = 'controller' and epoch = 1 for key share`);
      await server.query('update leases set expires_at = 0', database);
      let isOpen = false;
      const next = open({ holder: 'host-2' }).then(() => (isOpen = true));
      for (let waiting = 0; waiting === 0; ) waiting = (await server.query(`select 1 from pg_stat_activity where datname = '${database}' and wait_event_type = 'Lock'`)).length;
      assert.equal(isOpen, false);
      await other.query('commit');
      await next;
      await other.end();
    });
  });

  describe('with a server that comes and goes', () => {
    afterEach(async () => {
      if (!server.isRunning) await server.start();
    });

    it('goes on after a restart as if nothing had been, also in the middle of a transaction', async () => {
      const store = await open({ patienceMs: 20_000 });
      assert.equal(await store.transaction(count), 1);
      let runs = 0;
      const answer = store.transaction(async (tx) => {
        runs += 1;
        const next = await count(tx);
        if (runs === 1) {
          await server.stop();
          void server.start();
        }
        return next;
      });
      assert.equal(await answer, 2);
      assert.ok(runs >= 2);
      assert.equal(await findSetting(store.db, 'count'), '2');
      assert.equal(store.deposed.aborted, false);
    });

    it('refuses with ServiceUnavailable while it is away, and not any more when it is back', async () => {
      const store = await open({ patienceMs: 200 });
      await server.stop();
      await assert.rejects(store.transaction(count), isUnavailable(/does not answer now; try again/));
      await assert.rejects(findSetting(store.db, 'count'), isUnavailable(/does not answer now/));
      await server.start();
      assert.equal(await store.transaction(count), 1);
    });

    it('says that it does not know when the connection breaks during the commit, and does not try again', async () => {
      const proxy = await aBreakingProxy(server.port);
      try {
        const at = new URL(url);
        at.port = String(proxy.port);
        const store = await open({}, at.href);
        proxy.breakAt('commit\0');
        let runs = 0;
        await assert.rejects(
          store.transaction((tx) => {
            runs += 1;
            return count(tx);
          }),
          isUnavailable(/may or may not have been made/),
        );
        assert.equal(runs, 1);
        assert.equal(await store.transaction(count), 1);
      } finally {
        await opened.pop()?.close();
        proxy.close();
      }
    });
  });

  describe('that cannot be opened', () => {
    after(() => assert.ok(server.isRunning));

    const cases: readonly (readonly [string, () => string, RegExp])[] = [
      ['a wrong password', () => url.replace(encodeURIComponent(password), 'another-secret'), /The password for database fairlead_\d+ at 127\.0\.0\.1:\d+ was refused/],
      ['no such database', () => server.url('nowhere'), /There is no database nowhere at 127\.0\.0\.1:\d+\. Make it first/],
      ['nobody listening', () => url.replace(`:${server.port}/`, ':1/'), /Nothing listens where database fairlead_\d+ at 127\.0\.0\.1:1 should be/],
      ['an unknown host', () => url.replace('127.0.0.1', 'no-such-host.invalid'), /host of database|does not answer/],
      ['a URL of something else', () => url.replace('postgres:', 'mysql:'), /--database wants a URL such as postgres:/],
      ['a URL that is none', () => 'postgres://user:another-secret@host:port/x', /--database wants a URL/],
    ];
    for (const [what, makeUrl, sentence] of cases) {
      it(`for ${what} says so and shows no password`, async () => {
        const error = await openPostgresStore(makeUrl(), storeOptions).then(() => assert.fail('it was opened'), (thrown: unknown) => thrown as Error);
        assert.match(error.message, sentence);
        for (const secret of [password, encodeURIComponent(password), 'another-secret']) assert.ok(!`${error.message}${error.stack}${JSON.stringify(error)}${String(error.cause)}`.includes(secret));
      });
    }

    it('for text that is not UTF-8 says so', async () => {
      await server.query(`create database latin encoding 'LATIN1' locale_provider libc locale 'C' template template0`);
      await assert.rejects(openPostgresStore(server.url('latin'), storeOptions), /keeps text as LATIN1/);
    });

    it('for a database that may only be read says so', async () => {
      await server.query(`alter database ${database} set default_transaction_read_only = on`);
      await assert.rejects(openPostgresStore(url, storeOptions), /can only be read/);
    });
  });

  it('loads its library only when it is opened', () => {
    const home = join(import.meta.dirname, '../..');
    const program = `
      import { createRequire } from 'node:module';
      await import('./server/main.ts');
      const { openSqliteStore } = await import('./server/store/sqlite.ts');
      await (await openSqliteStore(':memory:')).close();
      await import('./server/store/postgres.ts');
      console.log(Object.keys(createRequire(import.meta.url).cache).filter((file) => file.includes('/node_modules/pg/')).length);`;
    assert.equal(execFileSync(process.execPath, ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', program], { cwd: home, encoding: 'utf8' }).trim(), '0');
  });
});

/** Passes everything on until the client sends a message with these words: then it breaks off, once, and passes nothing on. */
async function aBreakingProxy(port: number): Promise<{ readonly port: number; breakAt(words: string): void; close(): void }> {
  let words: string | null = null;
  const sockets = new Set<Socket>();
  const proxy = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        near.destroy();
        far.destroy();
      });
    }
    near.on('data', (chunk: Buffer) => {
      if (words === null || !chunk.includes(words)) return void far.write(chunk);
      words = null;
      near.destroy();
    });
    far.on('data', (chunk) => near.write(chunk));
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    breakAt: (text) => void (words = text),
    close() {
      proxy.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

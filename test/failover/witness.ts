// Sees in the database itself who wrote what under which epoch, and when that was committed: a write of a controller is
// stale when it was committed after another one had taken the lease. The controllers know nothing of it.

import { realClock } from '../../world/real/clock.ts';
import type { DatabaseServer } from '../store/database-server.ts';

const watched = ['applications', 'deployments', 'targets', 'commands', 'instances', 'deployment_groups', 'effects', 'audit_records', 'settings'];

export interface Sighting {
  readonly writes: number;
  readonly epochs: number;
  /** As text, for whoever has to find out. */
  readonly stale: readonly string[];
}

/** To be called once the tables are there. */
export async function watchWrites(server: DatabaseServer, database: string): Promise<void> {
  await server.query(
    `create table writes_seen (id bigserial primary key, xid xid8 not null, writer text not null, what text not null);
     create table epochs_seen (epoch bigint not null, xid xid8 not null, writer text not null);
     create function see_write() returns trigger language plpgsql as $$ begin
       insert into writes_seen (xid, writer, what) values (pg_current_xact_id(), current_setting('application_name'), tg_table_name); return null; end $$;
     create function see_epoch() returns trigger language plpgsql as $$ begin
       if new.epoch <> old.epoch then insert into epochs_seen values (new.epoch, pg_current_xact_id(), current_setting('application_name')); end if; return null; end $$;
     create trigger see_epoch after update on leases for each row execute function see_epoch();
     ${watched.map((table) => `create trigger see_write after insert or update or delete on ${table} for each statement execute function see_write();`).join('\n')}
     insert into epochs_seen select epoch, pg_current_xact_id(), 'first' from leases;`,
    database,
  );
}

export async function judgeWrites(server: DatabaseServer, database: string): Promise<Sighting> {
  const stale = await server.query<{ writer: string; what: string; late: string }>(
    `with terms as (
       select writer, epoch, pg_xact_commit_timestamp(xid::xid) as since, lead(pg_xact_commit_timestamp(xid::xid)) over (order by epoch) as until from epochs_seen
     )
     select w.writer, w.what, (pg_xact_commit_timestamp(w.xid::xid) - t.until)::text as late
     from writes_seen w join terms t on t.writer = w.writer where t.until is not null and pg_xact_commit_timestamp(w.xid::xid) > t.until`,
    database,
  );
  const [{ writes, epochs } = { writes: 0, epochs: 0 }] = await server.query<{ writes: number; epochs: number }>(
    'select (select count(*) from writes_seen)::int as writes, (select count(*) from epochs_seen)::int as epochs',
    database,
  );
  return { writes, epochs, stale: stale.map(({ writer, what, late }) => `${writer} wrote to ${what} ${late} after it was deposed`) };
}

/** The witness itself must see a stale write when there is one. */
export async function plantStaleWrite(server: DatabaseServer, database: string): Promise<void> {
  await server.query(
    `insert into epochs_seen select 1000000, pg_current_xact_id(), 'deposed'; `,
    database,
  );
  await server.query(`insert into epochs_seen select 1000001, pg_current_xact_id(), 'successor'`, database);
  await realClock.sleep(5);
  await server.query(`set application_name = 'deposed'; insert into settings (name, value) values ('stale', '1')`, database);
}

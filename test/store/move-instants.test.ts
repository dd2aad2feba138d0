// Every instant in the rows either is moved with the wall clock or is known to be a date. Whoever adds one meets this.

import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { describe, it } from 'mocha';
import type { TSchema } from 'typebox';
import { writeSetting } from '../../server/store/settings.ts';
import { insertDeployment } from '../../server/store/deployments.ts';
import { DeploymentDocument, StoredEvent } from '../../server/store/documents.ts';
import { measuredColumns, measuredEventMembers, measuredMembers, measuredPromotionMembers, moveInstants } from '../../server/store/move-instants.ts';
import { PromotionDocument } from '../../server/store/promotion-documents.ts';
import { openSqliteStore } from '../../server/store/sqlite.ts';
import { insertTargets } from '../../server/store/targets.ts';
import { aDeployment, aDeploymentDocument, aTarget } from './rows.ts';
import { stores } from './stores.ts';

/** Dates, from which nothing is counted. */
const datedColumns = new Set([
  'access_keys.created_at', 'access_keys.last_used_at', 'access_keys.revoked_at',
  'alarms.created_at', 'alarms.updated_at',
  'applications.created_at',
  'audit_records.at',
  'deployment_configs.created_at',
  'deployment_groups.created_at',
  'deployments.completed_at',
  'enrollment_tokens.created_at', 'enrollment_tokens.revoked_at',
  'fleet_providers.created_at', 'fleet_providers.updated_at', 'fleet_requests.asked_at',
  'freezes.created_at',
  'group_secrets.updated_at',
  'instances.registered_at', 'instances.deregistered_at', 'instances.enrolled_at',
  // By the agent's clock.
  'output_pieces.seen_at',
  'promotion_paths.created_at',
  'promotions.completed_at',
  'router_findings.observed_at',
  'revisions.registered_at', 'revisions.first_used_at', 'revisions.last_used_at',
  'traffic_routers.created_at', 'traffic_routers.updated_at',
  // Each later than the one before under its key, whatever the clock says.
  'uploads.created_at',
]);
/** Bytes of a stream. */
const noInstants = new Set(['output_streams.ends_at', 'output_pieces.starts_at', 'output_pieces.ends_at']);
/** A schedule is a date, and so is somebody's word. */
const datedMembers = new Set(['scheduledAt', 'calendarOverride.at']);

describe('instants in the rows', () => {
  it('are moved with the wall clock, or are known to be dates: columns', async () => {
    const store = await openSqliteStore(':memory:');
    const { rows } = await sql<{ name: string }>`select m.name || '.' || c.name as name from sqlite_master m join pragma_table_info(m.name) c where m.type = 'table' and (c.name like '%\\_at' escape '\\' or c.name like '%\\_until' escape '\\' or c.name in ('at', 'since', 'until'))`.execute(store.db);
    await store.close();
    const measured = new Set(measuredColumns.flatMap(({ table, columns }) => columns.map((column) => `${table}.${column}`)));
    const unknown = rows.map(({ name }) => name).filter((name) => !measured.has(name) && !datedColumns.has(name) && !noInstants.has(name));
    assert.deepEqual(unknown, [], 'name these in server/store/move-instants.ts, or here');
    assert.ok(rows.length > 30);
  });

  it('are moved with the wall clock, or are known to be dates: members of documents', () => {
    const members = [...instantsIn(DeploymentDocument)];
    assert.deepEqual(members.filter((member) => !(measuredMembers as readonly string[]).includes(member) && !datedMembers.has(member)), []);
    assert.deepEqual(measuredMembers.filter((member) => !members.includes(member)), [], 'these are not there any more');
    assert.deepEqual([...instantsIn(PromotionDocument)].toSorted(), measuredPromotionMembers.toSorted());
    assert.deepEqual([...instantsIn(StoredEvent)].toSorted(), measuredEventMembers.toSorted());
  });

  for (const { name, open } of stores) {
    it(`are moved in deployments under way and their targets alone, which are planned anew (${name})`, async () => {
      const store = await open();
      try {
        const event = { name: 'Install', status: 'InProgress', attemptId: 'a', commandedAt: 100, startedAt: 200, endedAt: null, diagnostics: null, warnings: [] };
        const document = aDeploymentDocument({ pace: { stages: [], mayFail: null, open: 0, baking: { since: 300, until: 400 } }, scheduledAt: 50, alarmBakeUntil: 600 });
        const row = { started_at: 90, created_at: 80, document };
        for (const [id, status] of [['d-live', 'InProgress'], ['d-over', 'Succeeded']] as const) {
          await insertDeployment(store.db, aDeployment(id, { ...row, status, completed_at: status === 'Succeeded' ? 999 : null }));
          await insertTargets(store.db, [aTarget('web-1', { deployment_id: id, events: JSON.stringify([event]), last_updated_at: 200 })]);
        }
        await writeSetting(store.db, 'untouched', '1');
        await store.transaction((tx) => moveInstants(tx, 1_000));
        const read = async (id: string) => {
          const deployment = await store.db.selectFrom('deployments').selectAll().where('deployment_id', '=', id).executeTakeFirstOrThrow();
          const target = await store.db.selectFrom('targets').selectAll().where('deployment_id', '=', id).executeTakeFirstOrThrow();
          const { pace, scheduledAt, alarmBakeUntil } = JSON.parse(deployment.document) as DeploymentDocument;
          const [{ commandedAt, startedAt, endedAt }] = JSON.parse(target.events) as [typeof event];
          return { columns: [deployment.created_at, deployment.started_at, deployment.completed_at, deployment.version, target.last_updated_at], baking: pace?.baking, scheduledAt, alarmBakeUntil, event: [commandedAt, startedAt, endedAt] };
        };
        assert.deepEqual(await read('d-live'), { columns: [1_080, 1_090, null, 1, 1_200], baking: { since: 1_300, until: 1_400 }, scheduledAt: 50, alarmBakeUntil: 1_600, event: [1_100, 1_200, null] });
        assert.deepEqual(await read('d-over'), { columns: [80, 90, 999, 0, 200], baking: { since: 300, until: 400 }, scheduledAt: 50, alarmBakeUntil: 600, event: [100, 200, null] });
      } finally {
        await store.close();
      }
    });
  }
});

/** Dotted names of number members that are called as instants are. */
function* instantsIn(schema: TSchema, path: readonly string[] = []): Generator<string> {
  const { properties, anyOf, items, type } = schema as { readonly properties?: Readonly<Record<string, TSchema>>; readonly anyOf?: readonly TSchema[]; readonly items?: TSchema; readonly type?: string };
  for (const branch of anyOf ?? []) yield* instantsIn(branch, path);
  for (const [name, member] of Object.entries(properties ?? {})) yield* instantsIn(member, [...path, name]);
  if (items !== undefined) yield* instantsIn(items, path);
  if (type === 'number' && /(At|Until)$|^(at|since|until)$/.test(path.at(-1) ?? '')) yield path.join('.');
}

// Many agents report at once: what they say is stored together, and each hears only of its own.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Failure } from '../../protocol/errors.ts';
import type { Report } from '../../protocol/session/frames.ts';
import { makeReportIntake, type ReportIntake } from '../../server/fleet/report-intake.ts';
import { storeReports, type Reported } from '../../server/fleet/reports.ts';
import { insertCommands, type NewCommand } from '../../server/store/commands.ts';
import { insertDeployment } from '../../server/store/deployments.ts';
import { StoredEvents, readDocument } from '../../server/store/documents.ts';
import { insertInstance } from '../../server/store/instances.ts';
import type { Store } from '../../server/store/store.ts';
import { insertTargets } from '../../server/store/targets.ts';
import { realClock } from '../../world/real/clock.ts';
import { aDeployment, aDeploymentDocument, anInstance, aTarget } from '../store/rows.ts';
import { stores } from '../store/stores.ts';

const deploymentId = 'd-AAAAAAAAA';
const hosts = Array.from({ length: 300 }, (_, number) => `web-${number}`);
const clock = { now: () => 7_000 };

const accepted = (host: string): Report => ({ kind: 'Accepted', attemptId: `attempt-of-${host}`, at: 1 });
const ended = (host: string): Report => ({
  kind: 'Ended',
  attemptId: `attempt-of-${host}`,
  outcome: 'Succeeded',
  diagnostics: { errorCode: 'Success', scriptName: '', message: 'Succeeded', logTail: '' },
  warnings: [],
  startedAt: 1,
  at: 1,
});
const heard = (host: string, ...reports: readonly Report[]) => ({ instanceId: `id-of-${host}`, reports: reports.map((report, index) => ({ number: index + 1, report })), isLive: () => true });

for (const { name, open } of stores) {
  describe(`reports of many agents over ${name}`, () => {
    let store: Store;
    let told: Reported[];
    let transactions: number;
    /** Says why a transaction is to fail before it begins; null when it is not. */
    let trouble: () => Error | null;
    let intake: ReportIntake;

    beforeEach(async () => {
      store = await open();
      await insertDeployment(store.db, aDeployment(deploymentId, { status: 'InProgress', document: aDeploymentDocument() }));
      for (const host of hosts) await insertInstance(store.db, anInstance(host));
      const event = (host: string) => ({ name: 'BeforeInstall', status: 'InProgress', attemptId: `attempt-of-${host}`, commandedAt: 5, startedAt: null, endedAt: null, diagnostics: null, warnings: [] });
      await insertTargets(store.db, hosts.map((host) => aTarget(host, { status: 'InProgress', generation: 1, events: JSON.stringify([event(host)]) })));
      const commandOf = (host: string): NewCommand => {
        const attemptId = `attempt-of-${host}`;
        return { instanceId: `id-of-${host}`, attemptId, deploymentId, targetId: host, event: 'BeforeInstall', generation: 1, command: { kind: 'Cancel', attemptId, deploymentId, reason: '' } };
      };
      await store.transaction((tx) => insertCommands(tx, hosts.map(commandOf), 5));
      told = [];
      transactions = 0;
      trouble = () => null;
      const watched: Store = {
        ...store,
        transaction(work) {
          transactions += 1;
          const error = trouble();
          return error === null ? store.transaction(work) : Promise.reject(error);
        },
      };
      intake = makeReportIntake(watched, { clock: { ...realClock, now: clock.now } }, (change) => void told.push(change));
    });

    afterEach(async () => {
      await intake.close();
      await store.close();
    });

    const eventOf = async (host: string) => {
      const row = await store.db.selectFrom('targets').selectAll().where('target_id', '=', host).executeTakeFirstOrThrow();
      return readDocument(StoredEvents, row.events, host)[0]!;
    };
    const lastReportOf = async (host: string) => (await store.db.selectFrom('instances').select('last_report').where('name', '=', host).executeTakeFirstOrThrow()).last_report;
    const versionOf = async () => (await store.db.selectFrom('deployments').select('version').executeTakeFirstOrThrow()).version;

    it('are one transaction, in which each keeps its own number and event', async () => {
      await Promise.all(hosts.map((host) => intake.store(heard(host, accepted(host), ended(host)))));
      assert.equal(transactions, 1);
      for (const host of ['web-0', 'web-255', 'web-256', 'web-299']) {
        assert.equal(await lastReportOf(host), 2);
        assert.deepEqual([(await eventOf(host)).status, (await eventOf(host)).startedAt, (await eventOf(host)).endedAt], ['Succeeded', 7_000, 7_000]);
      }
      const commands = await store.db.selectFrom('commands').select(['accepted_at', 'ended_at']).execute();
      assert.deepEqual(new Set(commands.map((row) => `${row.accepted_at} ${row.ended_at}`)), new Set(['7000 7000']));
      const rows = await store.db.selectFrom('targets').select(['status', 'generation', 'last_updated_at']).execute();
      assert.deepEqual(new Set(rows.map((row) => `${row.status} ${row.generation} ${row.last_updated_at}`)), new Set(['InProgress 1 7000']));
      assert.deepEqual(told, [{ deploymentId, hasEnds: true }]);
      assert.equal(await versionOf(), 1);
    });

    it('tell apart that something ended and that commands were only accepted', async () => {
      await intake.store(heard('web-1', accepted('web-1')));
      assert.deepEqual(told, [{ deploymentId, hasEnds: false }]);
      assert.equal((await eventOf('web-1')).status, 'InProgress');
    });

    it('change nothing of an attempt that another instance was given', async () => {
      await intake.store(heard('web-2', ended('web-3')));
      assert.deepEqual([(await eventOf('web-3')).status, await lastReportOf('web-2'), told, await versionOf()], ['InProgress', 1, [], 0]);
    });

    it('change an event that has ended no more, not even within one transaction', async () => {
      await intake.store(heard('web-4', ended('web-4'), { ...ended('web-4'), outcome: 'Failed' } as Report));
      assert.equal((await eventOf('web-4')).status, 'Succeeded');
      await storeReports(store, [{ instanceId: 'id-of-web-4', reports: [{ number: 3, report: { ...ended('web-4'), outcome: 'Failed' } as Report }] }], { now: () => 9_000 });
      assert.deepEqual([(await eventOf('web-4')).status, (await eventOf('web-4')).endedAt, await lastReportOf('web-4')], ['Succeeded', 7_000, 3]);
    });

    it('are stored one agent at a time when they cannot be together, and only who cannot be heard is told so', async () => {
      let left = 2;
      trouble = () => (left-- > 0 ? new Error('cannot be stored') : null);
      const outcomes = await Promise.allSettled(['web-5', 'web-6', 'web-7'].map((host) => intake.store(heard(host, ended(host)))));
      // Together they failed, then the first alone.
      assert.deepEqual(outcomes.map(({ status }) => status), ['rejected', 'fulfilled', 'fulfilled']);
      assert.deepEqual([(await eventOf('web-5')).status, (await eventOf('web-6')).status, (await eventOf('web-7')).status], ['InProgress', 'Succeeded', 'Succeeded']);
      assert.equal(transactions, 4);
    });

    it('are not stored while one before them of the same agent is not, though that could be', async () => {
      let isLive = true;
      const of = (number: number, report: Report) => ({ instanceId: 'id-of-web-10', reports: [{ number, report }], isLive: () => isLive });
      let left = 2;
      trouble = () => (left-- > 0 ? new Error('cannot be stored') : null);
      // The first two are one round; the third comes while it is under way.
      const early = [intake.store(of(1, accepted('web-10'))), intake.store(of(2, ended('web-10'))), intake.store(heard('web-11', ended('web-11')))];
      const outcomes = await Promise.allSettled(early.map((one) => one.catch((error: unknown) => { isLive = false; throw error; })));
      await intake.store(of(3, ended('web-10')));
      assert.deepEqual(outcomes.map(({ status }) => status), ['rejected', 'rejected', 'fulfilled']);
      assert.deepEqual([await lastReportOf('web-10'), (await eventOf('web-10')).status, (await eventOf('web-11')).status], [0, 'InProgress', 'Succeeded']);
    });

    it('are refused together, at once, when the database cannot be reached', async () => {
      trouble = () => new Failure('ServiceUnavailable', 'The database cannot be reached.');
      const outcomes = await Promise.allSettled(['web-8', 'web-9'].map((host) => intake.store(heard(host, ended(host)))));
      assert.deepEqual(outcomes.map(({ status }) => status), ['rejected', 'rejected']);
      assert.equal(transactions, 1);
      trouble = () => null;
      await intake.store(heard('web-8', ended('web-8')));
      assert.equal((await eventOf('web-8')).status, 'Succeeded');
    });
  });
}

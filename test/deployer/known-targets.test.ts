import assert from 'node:assert/strict';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { KnownTargets } from '../../server/deployer/known-targets.ts';
import { findDeployment, insertDeployment, touchDeployment } from '../../server/store/deployments.ts';
import type { Store } from '../../server/store/store.ts';
import { insertTargets, listTargets, replaceEvents, replaceTargets } from '../../server/store/targets.ts';
import { aDeployment, aDeploymentDocument, aTarget } from '../store/rows.ts';
import { stores } from '../store/stores.ts';

const deploymentId = 'd-AAAAAAAAA';
const eventsOf = (status: string) => JSON.stringify([{ name: 'Install', status, attemptId: null, commandedAt: null, startedAt: null, endedAt: null, diagnostics: null, warnings: [] }]);

for (const { name, open } of stores) {
  describe(`the targets of a deployment as they were last read, over ${name}`, () => {
    let store: Store;
    let known: KnownTargets;

    beforeEach(async () => {
      store = await open();
      known = new KnownTargets();
      await insertDeployment(store.db, aDeployment(deploymentId, { status: 'InProgress', document: aDeploymentDocument() }));
    });
    afterEach(() => store.close());

    const read = () => store.transaction(async (tx) => known.read(tx, (await findDeployment(tx, deploymentId))!));
    const write = (host: string, status: string) =>
      store.transaction(async (tx) => {
        const version = await touchDeployment(tx, deploymentId);
        await replaceEvents(tx, aTarget(host), { events: eventsOf(status), version, now: 7 });
      });

    it('are the same objects while nothing of them has changed, though their deployment has', async () => {
      await insertTargets(store.db, [aTarget('web-1', { events: eventsOf('Pending') })]);
      const before = (await read()).get('web-1');
      await store.transaction((tx) => touchDeployment(tx, deploymentId));
      assert.equal((await read()).get('web-1'), before);
    });

    it('are read as soon as somebody has written them, and only those', async () => {
      await insertTargets(store.db, [aTarget('web-1', { events: eventsOf('Pending') }), aTarget('web-2', { events: eventsOf('Pending') })]);
      const before = new Map(await read());
      await write('web-2', 'Failed');
      const after = await read();
      assert.deepEqual([after.get('web-1') === before.get('web-1'), after.get('web-2')!.events[0]!.status], [true, 'Failed']);
    });

    it('stay in the order of their names when some come later', async () => {
      await insertTargets(store.db, [aTarget('web-2')]);
      await read();
      await store.transaction(async (tx) => insertTargets(tx, [aTarget('web-1', { version: await touchDeployment(tx, deploymentId) })]));
      assert.deepEqual([...(await read()).keys()], ['web-1', 'web-2']);
    });

    it('are all read anew once they were forgotten', async () => {
      await insertTargets(store.db, [aTarget('web-1', { events: eventsOf('Pending') })]);
      const before = (await read()).get('web-1');
      known.forget();
      const after = (await read()).get('web-1');
      assert.notEqual(after, before);
      assert.deepEqual(after, before);
    });

    it('whose events do not fit are refused each time', async () => {
      await insertTargets(store.db, [aTarget('web-1', { events: '[{}]' })]);
      for (const _ of [1, 2]) await assert.rejects(read(), /does not fit/);
    });

    it('are what the table holds, whoever wrote in whatever order', async () => {
      const hosts = ['web-1', 'web-2', 'web-3', 'web-4'];
      const anAct = fc.oneof(
        fc.record({ act: fc.constant('report' as const), host: fc.constantFrom(...hosts), status: fc.constantFrom('InProgress', 'Succeeded', 'Failed') }),
        fc.record({ act: fc.constant('plan' as const), host: fc.constantFrom(...hosts), status: fc.constantFrom('InProgress', 'Succeeded', 'Failed') }),
        fc.record({ act: fc.constant('come' as const), host: fc.constantFrom('web-0', 'web-5', 'web-25'), status: fc.constant('') }),
        fc.record({ act: fc.constantFrom('touch' as const, 'look' as const, 'forget' as const), host: fc.constant(''), status: fc.constant('') }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(anAct, { maxLength: 30 }), async (acts) => {
          known.forget();
          await store.db.deleteFrom('targets').execute();
          await insertTargets(store.db, hosts.map((host) => aTarget(host, { events: eventsOf('Pending') })));
          for (const { act, host, status } of acts) {
            if (act === 'report') await write(host, status);
            if (act === 'touch') await store.transaction((tx) => touchDeployment(tx, deploymentId));
            if (act === 'forget') known.forget();
            if (act === 'come' && (await listTargets(store.db, deploymentId)).every((row) => row.target_id !== host)) {
              await store.transaction(async (tx) => insertTargets(tx, [aTarget(host, { version: await touchDeployment(tx, deploymentId) })]));
            }
            if (act === 'plan') {
              const [target, version] = await store.transaction(async (tx) => {
                const before = (await known.read(tx, (await findDeployment(tx, deploymentId))!)).get(host)!;
                const next = await touchDeployment(tx, deploymentId);
                const row = { ...before.row, events: eventsOf(status), version: next };
                await replaceTargets(tx, [row]);
                return [{ row, events: JSON.parse(row.events) as typeof before.events }, next] as const;
              });
              known.wrote([target], version);
            }
            if (act === 'look') await read();
          }
          const plain = (rows: Iterable<object>) => [...rows].map((row) => ({ ...row }));
          assert.deepEqual(plain([...(await read()).values()].map((target) => target.row)), plain(await listTargets(store.db, deploymentId)));
        }),
        { numRuns: name === 'SQLite' ? 100 : 10 },
      );
    });
  });
}

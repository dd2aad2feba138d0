import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { Store } from '../../server/store/store.ts';
import type { InstancesTable } from '../../server/store/tables.ts';
import { claimRoutes, forgetRoutes, insertRoutes, listRoutes, listWatchedRoutes, noteNews, noteRoute, watchedRouters, wishForRoutes } from '../../server/store/traffic-routes.ts';
import { aDeployment, anInstance } from './rows.ts';
import { stores } from './stores.ts';

for (const { name, open } of stores) {
  describe(`routes in ${name}`, () => {
    let store: Store;
    const of = { groupId: 'g', deploymentId: 'd-1' };
    const instances: InstancesTable[] = [anInstance('a', { instance_id: '1' }), anInstance('b', { instance_id: '2' })];
    const routers = [
      { name: 'web', list: 'elbInfoList' },
      { name: 'api', list: 'targetGroupInfoList' },
    ];
    beforeEach(async () => {
      store = await open();
      await store.transaction(async (tx) => {
        await tx.insertInto('instances').values(instances).execute();
        await tx.insertInto('deployments').values([aDeployment('d-1', { group_id: 'g', status: 'InProgress', started_at: 50 }), aDeployment('d-2', { group_id: 'g', status: 'Succeeded' })]).execute();
        await insertRoutes(tx, of, instances, routers);
      });
    });
    afterEach(() => store.close());

    const routes = async () => (await listRoutes(store.db, 'g', ['1', '2'])).map((row) => ({ ...row, asked_at: row.asked_at === null ? null : Number(row.asked_at) }));
    const wish = (instanceId: string, what: Parameters<typeof wishForRoutes>[3], now: number) => store.transaction((tx) => wishForRoutes(tx, of, instanceId, what, now));

    it('are there once for each instance and router, and stay as they are when they are made again', async () => {
      await wish('1', { wanted: 'Blocked', isForced: true }, 100);
      await store.transaction((tx) => insertRoutes(tx, { groupId: 'g', deploymentId: 'd-2' }, instances, routers));
      assert.deepEqual(
        (await routes()).map((row) => [row.router, row.instance_id, row.wanted, row.is_forced, row.asked_at, row.deployment_id]).toSorted(),
        [
          ['api', '1', 'Blocked', 1, 100, 'd-1'],
          ['api', '2', null, 0, null, 'd-1'],
          ['web', '1', 'Blocked', 1, 100, 'd-1'],
          ['web', '2', null, 0, null, 'd-1'],
        ],
      );
    });

    it('take a new wish with nothing known of how it goes, and one that is kept out is not asked for again', async () => {
      await wish('1', { wanted: 'Blocked', isForced: false }, 100);
      const [row] = await routes();
      await store.transaction((tx) => noteRoute(tx, row!, { taken_at: 110, trouble: 'none' }));
      await wish('1', { wanted: 'Blocked', isKeptOut: true }, 200);
      const kept = (await routes())[0]!;
      assert.deepEqual([kept.asked_at, Number(kept.taken_at), kept.is_kept_out], [100, 110, 1]);
      await wish('1', { wanted: 'Allowed' }, 300);
      const allowed = (await routes())[0]!;
      assert.deepEqual([allowed.asked_at, allowed.taken_at, allowed.is_kept_out, allowed.trouble], [300, null, 0, null]);
      await wish('1', { wanted: 'Blocked', isKeptOut: true }, 400);
      assert.deepEqual([(await routes())[0]!.asked_at, (await routes())[0]!.is_kept_out], [400, 1]);
    });

    it('are written to only while they are wanted as the writer thinks', async () => {
      const [before] = await routes();
      assert.equal(await store.transaction((tx) => noteRoute(tx, before!, { state: 'InService' })), true);
      await wish('1', { wanted: 'Blocked', isForced: false }, 100);
      assert.equal(await store.transaction((tx) => noteRoute(tx, before!, { taken_at: 120 })), false);
      assert.equal((await routes())[0]!.taken_at, null);
    });

    it('are not settled by one that had not heard of the deployment that goes by them now', async () => {
      const [before] = await routes();
      await store.transaction((tx) => claimRoutes(tx, { groupId: 'g', deploymentId: 'd-2' }, ['1', '2']));
      assert.equal(await store.transaction((tx) => noteRoute(tx, before!, { is_settled: 1 })), false);
    });

    it('are watched until they are settled, and say whether a deployment goes by them', async () => {
      assert.deepEqual(await watchedRouters(store.db), [{ name: 'api', list: 'targetGroupInfoList' }, { name: 'web', list: 'elbInfoList' }]);
      await store.transaction((tx) => claimRoutes(tx, { groupId: 'g', deploymentId: 'd-2' }, ['2']));
      const watched = await listWatchedRoutes(store.db, 'web');
      assert.deepEqual(watched.map((route) => [route.target_id, route.isIdle, route.startedAt]), [['a', false, 50], ['b', true, 0]]);
      for (const route of watched) await store.transaction((tx) => noteRoute(tx, route, { is_settled: 1 }));
      assert.deepEqual(await listWatchedRoutes(store.db, 'web'), []);
      assert.deepEqual(await watchedRouters(store.db), [{ name: 'api', list: 'targetGroupInfoList' }]);
    });

    it('make plans be made again for deployments that are not over', async () => {
      await store.transaction((tx) => noteNews(tx, ['d-1', 'd-2']));
      const rows = await store.db.selectFrom('deployments').select(['deployment_id', 'version']).orderBy('deployment_id').execute();
      assert.deepEqual(rows.map((row) => Number(row.version)), [1, 0]);
    });

    it('go when their group does not go by the router any more', async () => {
      await store.transaction((tx) => forgetRoutes(tx, 'g', ['api']));
      assert.deepEqual((await routes()).map((row) => row.router), ['api', 'api']);
    });
  });
}

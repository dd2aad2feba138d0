import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { loadReleases } from '../../server/deployer/load-releases.ts';
import { noteArrivals } from '../../server/deployer/note-arrivals.ts';
import { endAsked, listHostsAbout, listHostsOf, listLeaving, listNoMembers, noteAsked, noteCome, noteLeaving, noteMade, noteMembers, noteNoMembers } from '../../server/store/fleet-hosts.ts';
import { endProvision, insertFleetRequest, lastTroublesOf, listProvisioning } from '../../server/store/fleet-requests.ts';
import type { Store } from '../../server/store/store.ts';
import { stores } from './stores.ts';

const of = { deployment_id: 'd-1', provider: 'asg', group_id: 'g' };

for (const { name, open } of stores) {
  describe(`hosts that come and go (${name})`, function () {
    this.timeout(60_000);
    let store: Store;
    beforeEach(async () => {
      store = await open();
    });
    afterEach(() => store.close());
    const states = async () => (await listHostsAbout(store.db, ['d-1', 'd-2'])).map((row) => `${row.name} ${row.state} ${row.instance_id ?? '-'} ${row.released_by ?? '-'}`);

    it('are noted once, however often they are named, and come once', async () => {
      await noteMade(store.db, of, ['web-7', 'web-8', 'web-7']);
      await noteMade(store.db, of, ['web-8']);
      await noteCome(store.db, 'd-1', 'web-7', 'i-7');
      await noteCome(store.db, 'd-1', 'web-7', 'another');
      assert.deepEqual((await listHostsOf(store.db, 'd-1')).map((row) => [row.name, row.instance_id]), [['web-7', 'i-7'], ['web-8', null]]);
    });

    it('are members while they are the group, and none of any group once they are asked for', async () => {
      await noteMade(store.db, of, ['web-7']);
      await noteCome(store.db, 'd-1', 'web-7', 'i-7');
      assert.deepEqual([[...(await listNoMembers(store.db, 'g'))], [...(await listNoMembers(store.db, 'other'))]], [['i-7'], []]);
      await noteMembers(store.db, 'g', ['i-7']);
      assert.deepEqual([...(await listNoMembers(store.db, 'g'))], []);
      await noteNoMembers(store.db, 'g', ['i-7']);
      assert.equal(await noteAsked(store.db, [{ deployment_id: 'd-1', name: 'web-7' }], 'r-1'), true);
      assert.deepEqual([...(await listNoMembers(store.db, 'other'))], ['i-7']);
    });

    it('leave by the deployment that lets them go, whoever made them, and are asked for once', async () => {
      await noteMade(store.db, of, ['web-7']);
      await noteCome(store.db, 'd-1', 'web-7', 'i-7');
      await noteMembers(store.db, 'g', ['i-7']);
      await noteLeaving(store.db, of, 'd-2', [{ instanceId: 'i-7', name: 'web-7' }, { instanceId: 'i-1', name: 'web-1' }]);
      assert.deepEqual(await states(), ['web-1 Leaving i-1 d-2', 'web-7 Leaving i-7 d-2']);
      const leaving = await listLeaving(store.db);
      assert.equal(await noteAsked(store.db, leaving, 'r-1'), true);
      assert.equal(await noteAsked(store.db, leaving, 'r-2'), false);
      await noteLeaving(store.db, of, 'd-2', [{ instanceId: 'i-1', name: 'web-1' }]);
      assert.deepEqual((await endAsked(store.db, 'r-1', 'Released')).map((row) => row.name), ['web-1', 'web-7']);
      assert.deepEqual(await endAsked(store.db, 'r-1', 'Unanswered'), []);
      assert.deepEqual(await states(), ['web-1 Released i-1 d-2', 'web-7 Released i-7 d-2']);
    });

    it('are looked at with all that they may be needed for', async () => {
      assert.equal(await loadReleases(store.db, 1_000, 0), null);
      await insertFleetRequest(store.db, { request_id: 'r', kind: 'Provision', provider: 'asg', group_id: 'g', deployment_id: 'd-1', state: 'Asked', detail: '', asked_at: 1, ended_at: null });
      assert.deepEqual(await listProvisioning(store.db), ['d-1']);
      await noteMade(store.db, of, ['web-7']);
      await noteArrivals(store.db);
      await endProvision(store.db, 'd-1', 5);
      assert.deepEqual([await listProvisioning(store.db), [...(await lastTroublesOf(store.db, ['r']))]], [[], []]);
      const { hosts } = (await loadReleases(store.db, 1_000, 0))!.snapshot;
      assert.deepEqual(hosts.map(({ name: host, instanceId, isAnother, memberOf, routes }) => [host, instanceId, isAnother, memberOf, routes]), [['web-7', null, false, null, []]]);
    });
  });
}

// A signed write that is played again at another controller over the same database, or at the same one after a restart.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Failure } from '../../protocol/errors.ts';
import { registry } from '../../protocol/operations/registry.ts';
import { rememberSignatures, signatureLedger, type Replays } from '../../server/faces/replays.ts';
import { moveInstants } from '../../server/store/move-instants.ts';
import { writeSetting } from '../../server/store/settings.ts';
import type { Store } from '../../server/store/store.ts';
import type { Clock } from '../../world/clock.ts';
import { administratorKey, aWholeServer } from '../access/a-whole-server.ts';
import { stores } from '../store/stores.ts';
import { send } from './open-door.ts';
import { basicTime, sign } from './sign.ts';

for (const { name, open } of stores) {
  describe(`signed writes over ${name}`, () => {
    let store: Store;
    let time: number;
    const clock = { monotonic: () => time, now: () => 1_700_000_000_000 + time } as Clock;
    const aController = (): Replays => rememberSignatures(clock, signatureLedger(store, clock));
    const isReplay = (error: unknown): boolean => error instanceof Failure && error.code === 'InvalidSignatureException' && /carried out, or refused, before/.test(error.message);
    let made: number;
    const make = async (): Promise<number> => (made += 1);
    beforeEach(async () => {
      store = await open();
      time = 0;
      made = 0;
    });
    afterEach(() => store.close());

    it('do nothing at the next controller, under whatever invocation id', async () => {
      assert.equal(await aController().once('s', 'one', make), 1);
      for (const id of ['one', 'two', null]) await assert.rejects(aController().once('s', id, make), isReplay);
      assert.equal(made, 1);
      assert.equal(await aController().once('another', 'one', make), 2);
      // Nor at once after one another at the same one, as two honest calls of one second come.
      const next = aController();
      for (const id of ['three', 'four', null]) await assert.rejects(next.once('s', id, make), isReplay);
      assert.equal(made, 2);
    });

    it('are kept in the transaction of what they write: both, or neither', async () => {
      const broken = new Error('the process ends here');
      await assert.rejects(
        aController().once('s', null, (keep) => store.transaction(async (tx) => {
          await writeSetting(tx, 'made', '1');
          await keep(tx);
          throw broken;
        })),
        broken,
      );
      const settings = (): Promise<unknown[]> => store.db.selectFrom('settings').selectAll().where('name', '=', 'made').execute();
      assert.deepEqual([(await settings()).length, (await store.db.selectFrom('signed_writes').selectAll().execute()).length], [0, 0]);
      // Nothing was done, so it may be done now, and then no more.
      await aController().once('s', null, (keep) => store.transaction(async (tx) => {
        await writeSetting(tx, 'made', '1');
        await keep(tx);
      }));
      await assert.rejects(aController().once('s', null, make), isReplay);
      assert.deepEqual([(await settings()).length, made], [1, 0]);
    });

    it('that were refused stay refused, though what they asked for has become possible', async () => {
      await assert.rejects(aController().once('s', null, () => Promise.reject(new Failure('ApplicationDoesNotExistException'))), /does not exist|Application/);
      await assert.rejects(aController().once('s', null, make), isReplay);
      assert.equal(made, 0);
    });

    it('that met a defect or a throttle may be tried again', async () => {
      await assert.rejects(aController().once('s', null, () => Promise.reject(new Failure('ServiceUnavailable'))));
      assert.equal(await aController().once('s', null, make), 1);
    });

    it('whose answer was lost with the connection to the database, after all was kept there, are not done again', async () => {
      const controller = aController();
      await assert.rejects(
        controller.once('s', 'one', async (keep) => {
          await store.transaction(async (tx) => keep(tx));
          await make();
          throw new Failure('ServiceUnavailable');
        }),
        (error: unknown) => error instanceof Failure && error.code === 'ServiceUnavailable',
      );
      for (const id of ['one', 'two']) await assert.rejects(controller.once('s', id, make), isReplay);
      assert.equal(made, 1);
    });

    it('are done anew when their client signs them anew: that is how clients ask again', async () => {
      const controller = aController();
      assert.equal(await controller.once('s', 'one', make), 1);
      assert.equal(await controller.once('s', 'one', make), 1);
      assert.equal(await controller.once('signed a second later', 'one', make), 2);
      assert.equal(await aController().once('signed at the next controller', 'one', make), 3);
    });

    it('of one client that are alike within one second are both done, and neither again', async () => {
      const first = aController();
      assert.deepEqual([await first.once('s', 'one', make), await first.once('s', 'two', make)], [1, 2]);
      await assert.rejects(aController().once('s', 'two', make), isReplay);
    });

    it('are forgotten when their signatures have long expired, and not because the wall clock was put ahead', async () => {
      await aController().once('s', null, make);
      await store.transaction((tx) => moveInstants(tx, 1_000));
      time = 14 * 60_000;
      const later = aController();
      await later.once('t', null, make);
      await assert.rejects(aController().once('s', null, make), isReplay);
      time = 20 * 60_000;
      await aController().once('u', null, make);
      const rows = await store.db.selectFrom('signed_writes').select('signature').orderBy('signature').execute();
      assert.deepEqual(rows.map((row) => row.signature), ['t', 'u']);
    });
  });
}

describe('a recorded request', function () {
  this.timeout(60_000);

  it('does nothing when it is played after a restart of the controller', async () => {
    const first = await aWholeServer();
    const at = basicTime(Date.now());
    const signedFor = (target: string, body: string): [string, string][] => {
      const headers: [string, string][] = [['host', 'x'], ['x-amz-date', at], ['x-amz-target', `CodeDeploy_20141006.${target}`]];
      const { authorization } = sign({ method: 'POST', path: '/', headers, body, timestamp: at, keyId: administratorKey.accessKeyId, secret: administratorKey.secretAccessKey });
      return [...headers, ['authorization', authorization]];
    };
    const body = '{"applicationName":"web"}';
    const created = signedFor('CreateApplication', body);
    const deleted = signedFor('DeleteApplication', body);
    assert.equal((await send(first.port, 'POST', '/', created, body)).status, 200);
    assert.equal((await send(first.port, 'POST', '/', deleted, body)).status, 200);
    await first.stop();

    const second = await aWholeServer(null, first);
    try {
      const replayed = await send(second.port, 'POST', '/', created, body);
      assert.deepEqual([replayed.status, replayed.json['__type']], [400, 'InvalidSignatureException']);
      assert.deepEqual((await second.administrator.call(registry.listApplications, {})).applications, []);
      await second.administrator.call(registry.createApplication, { applicationName: 'web' });
      assert.equal((await send(second.port, 'POST', '/', deleted, body)).status, 400);
      assert.deepEqual((await second.administrator.call(registry.listApplications, {})).applications, ['web']);
    } finally {
      await second[Symbol.asyncDispose]();
    }
  });
});

// A database takes its time, and an agent goes on reporting meanwhile: only what was stored may be acknowledged, or the
// agent forgets what nobody else knows.

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { describe, it } from 'mocha';
import { signedText, type FromServer } from '../../protocol/session/frames.ts';
import { protocolVersions } from '../../protocol/session/version.ts';
import { makeFleet } from '../../server/fleet/fleet.ts';
import { storeReports } from '../../server/fleet/reports.ts';
import { insertInstance } from '../../server/store/instances.ts';
import { openSqliteStore } from '../../server/store/sqlite.ts';
import { silentLog } from '../../world/log.ts';
import type { Connection } from '../../world/network.ts';
import { realClock } from '../../world/real/clock.ts';
import { realRandom } from '../../world/real/random.ts';
import type { World } from '../../world/world.ts';
import { anInstance } from '../store/rows.ts';

/** One end of a connection: what the controller sent, and a way to wait for and answer it. */
function aConnection() {
  let take: (frame: string) => void = () => {};
  const sent: FromServer[] = [];
  const waiting: (() => void)[] = [];
  const connection: Connection = {
    remote: 'test',
    bufferedBytes: 0,
    send(frame) {
      sent.push(JSON.parse(frame) as FromServer);
      for (const wake of waiting.splice(0)) wake();
    },
    close() {},
    pause() {},
    resume() {},
    onFrame: (listener) => void (take = listener),
    onClose() {},
  };
  const next = async <Kind extends FromServer['kind']>(kind: Kind): Promise<Extract<FromServer, { kind: Kind }>> => {
    for (;;) {
      const at = sent.findIndex((frame) => frame.kind === kind);
      if (at >= 0) return sent.splice(at, 1)[0] as Extract<FromServer, { kind: Kind }>;
      await new Promise<void>((resolve) => waiting.push(resolve));
    }
  };
  return { connection, next, say: (frame: object) => take(JSON.stringify(frame)) };
}

const report = (number: number) => ({ kind: 'report' as const, number, report: { kind: 'Accepted' as const, attemptId: `a${number}`, at: 1 } });

describe('reports that come while others are being stored', () => {
  it('are acknowledged only once they are stored themselves', async () => {
    const store = await openSqliteStore(':memory:');
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('base64');
    await insertInstance(store.db, anInstance('web-1', { instance_id: 'host', public_key: raw }));
    let gate = Promise.resolve();
    let begun: () => void = () => {};
    const { connection, next, say } = aConnection();
    const fleet = makeFleet({
      store: { ...store, transaction: (work) => (begun(), gate.then(() => store.transaction(work))) },
      world: { clock: realClock, random: realRandom, log: silentLog } as unknown as World,
      controllerId: 'c',
      pingEveryMs: 60_000,
      bundleUrl: (sha256) => sha256,
      openSecret: () => null,
      reported() {},
      presenceChanged() {},
    });
    fleet.accept(connection);
    const { nonce } = await next('challenge');
    const signature = sign(null, Buffer.from(signedText('c', 'host', nonce)), privateKey).toString('base64');
    say({ kind: 'hello', instanceId: 'host', protocolVersions: [...protocolVersions], signature, agentVersion: '1', bootId: 'b', tags: [], lastCommand: 0 });
    await next('welcome');
    /** The next transaction has begun; it goes on when it is let. */
    const held = async (): Promise<() => void> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      gate = promise;
      await new Promise<void>((started) => (begun = started));
      return resolve;
    };
    const first = held();
    say(report(1));
    const letFirst = await first;
    say(report(2));
    say(report(3));
    const second = held();
    letFirst();
    assert.equal((await next('acknowledge')).upTo, 1);
    (await second)();
    assert.equal((await next('acknowledge')).upTo, 3);
    const row = await store.db.selectFrom('instances').select('last_report').where('instance_id', '=', 'host').executeTakeFirstOrThrow();
    assert.equal(row.last_report, 3);
    await fleet.close();
    await store.close();
  });

  it('never set the number back when a session that was replaced comes last', async () => {
    const store = await openSqliteStore(':memory:');
    await insertInstance(store.db, anInstance('web-1', { instance_id: 'host' }));
    await storeReports(store, [{ instanceId: 'host', reports: [report(1), report(2), report(3)] }], { now: () => 5 });
    await storeReports(store, [{ instanceId: 'host', reports: [report(1), report(2)] }], { now: () => 6 });
    const row = await store.db.selectFrom('instances').select('last_report').where('instance_id', '=', 'host').executeTakeFirstOrThrow();
    assert.equal(row.last_report, 3);
    await store.close();
  });
});

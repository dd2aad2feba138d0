// A controller asks a balancer beside an agent over the session: the real fleet at one end, and a hand at the other.

import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { BalancerAnswer } from '../../protocol/session/balancer-frames.ts';
import { signedText, type FromServer } from '../../protocol/session/frames.ts';
import { protocolVersions } from '../../protocol/session/version.ts';
import { makeFleet, type Fleet } from '../../server/fleet/fleet.ts';
import { insertInstance } from '../../server/store/instances.ts';
import { openSqliteStore } from '../../server/store/sqlite.ts';
import type { Store } from '../../server/store/store.ts';
import { RouterTrouble } from '../../server/traffic/traffic-router.ts';
import { silentLog } from '../../world/log.ts';
import type { Connection } from '../../world/network.ts';
import { realRandom } from '../../world/real/random.ts';
import type { World } from '../../world/world.ts';
import { HandClock } from '../agent/doubles.ts';
import { anInstance } from '../store/rows.ts';

/** For so long it is gathered who came, before it is stored. */
const gatherMs = 1;

type AskFrame = Extract<FromServer, { kind: 'ask' }>;

describe('asking the balancer beside an agent', () => {
  let store: Store;
  let fleet: Fleet;
  let clock: HandClock;
  const keys = generateKeyPairSync('ed25519');
  const never = new AbortController().signal;
  const look = { balancer: { kind: 'haproxy' as const, name: 'main' }, timeoutMs: 10_000, haproxy: { verb: 'look' as const, backends: ['web'] } };
  const said: BalancerAnswer = { outcome: 'HaproxySaid', text: 'Pid: 1', olderProcesses: 0 };

  beforeEach(async () => {
    store = await openSqliteStore(':memory:');
    clock = new HandClock();
    const publicKey = Buffer.from(keys.publicKey.export({ format: 'jwk' }).x!, 'base64url').toString('base64');
    await insertInstance(store.db, anInstance('lb-1', { instance_id: 'host', public_key: publicKey }));
    fleet = makeFleet({ store, world: { clock, random: realRandom, log: silentLog } as unknown as World, controllerId: 'c', pingEveryMs: 3_600_000, bundleUrl: (sha256) => sha256, openSecret: () => null, reported() {}, presenceChanged() {} });
  });
  afterEach(async () => {
    await Promise.all([fleet.close(), clock.pass(gatherMs)]);
    await store.close();
  });

  /** An agent that is live, with these balancers. */
  async function live(balancers: object | null = [{ kind: 'haproxy', name: 'main' }], remote = '::ffff:10.0.0.7') {
    let take: (frame: string) => void = () => {};
    let hangUp: (code: number, reason: string) => void = () => {};
    const sent: FromServer[] = [];
    const waiting: (() => void)[] = [];
    const connection: Connection = {
      remote,
      bufferedBytes: 0,
      pause() {},
      resume() {},
      send(frame) {
        sent.push(JSON.parse(frame) as FromServer);
        for (const wake of waiting.splice(0)) wake();
      },
      close: (code) => hangUp(code, ''),
      onFrame: (listener) => void (take = listener),
      onClose: (listener) => void (hangUp = listener),
    };
    const next = async <Kind extends FromServer['kind']>(kind: Kind): Promise<Extract<FromServer, { kind: Kind }>> => {
      for (;;) {
        const at = sent.findIndex((frame) => frame.kind === kind);
        if (at >= 0) return sent.splice(at, 1)[0] as Extract<FromServer, { kind: Kind }>;
        await new Promise<void>((resolve) => waiting.push(resolve));
      }
    };
    fleet.accept(connection);
    const { nonce } = await next('challenge');
    const signature = sign(null, Buffer.from(signedText('c', 'host', nonce)), keys.privateKey).toString('base64');
    take(JSON.stringify({ kind: 'hello', instanceId: 'host', protocolVersions: [...protocolVersions], signature, agentVersion: '1', bootId: 'b', tags: [], lastCommand: 0, ...(balancers === null ? {} : { balancers }) }));
    await Promise.all([next('welcome'), clock.pass(gatherMs)]);
    return { next, answer: ({ id }: AskFrame, answer: BalancerAnswer) => take(JSON.stringify({ kind: 'answer', id, answer })), hangUp: () => hangUp(1006, '') };
  }
  const troubled = (sentence: RegExp, isPassing: boolean) => (error: unknown) => {
    assert.ok(error instanceof RouterTrouble, String(error));
    assert.match(error.message, sentence);
    return error.isPassing === isPassing;
  };

  it('is answered by that agent, each ask by its own answer', async () => {
    const agent = await live();
    const [first, second] = [fleet.ask('lb-1', look, never), fleet.ask('lb-1', look, never)];
    const [one, other] = [await agent.next('ask'), await agent.next('ask')];
    assert.deepEqual(one.haproxy, look.haproxy);
    agent.answer(other, { outcome: 'Refused', sentence: 'No.', isPassing: true });
    agent.answer(one, said);
    assert.deepEqual(await first, said);
    assert.equal((await second).outcome, 'Refused');
  });

  it('needs an instance of that name, whose agent is connected and offers it', async () => {
    await assert.rejects(fleet.ask('lb-9', look, never), troubled(/There is no instance lb-9/, false));
    await assert.rejects(fleet.ask('lb-1', look, never), troubled(/is not connected/, true));
    await live();
    await assert.rejects(fleet.ask('lb-1', { ...look, balancer: { kind: 'nginx', name: 'web' } }, never), troubled(/offers no nginx web \(but haproxy main\).*section balancer/, false));
  });

  it('sends nothing to an agent that says nothing of balancers: an older one would hang up', async () => {
    const agent = await live(null);
    await assert.rejects(fleet.ask('lb-1', look, never), troubled(/offers no haproxy main/, false));
    fleet.send([]);
    assert.equal((await Promise.race([agent.next('ask').then(() => 'asked'), Promise.resolve('silent')])), 'silent');
  });

  it('is given up when nobody answers in time, when the agent leaves, and when the asker does', async () => {
    const agent = await live();
    const slow = fleet.ask('lb-1', look, never);
    const late = await agent.next('ask');
    const expired = assert.rejects(slow, troubled(/did not answer within 10 s/, true));
    await clock.pass(12_001);
    await expired;
    agent.answer(late, said);
    const leaving = new AbortController();
    const left = fleet.ask('lb-1', look, leaving.signal);
    await agent.next('ask');
    leaving.abort();
    await assert.rejects(left, troubled(/not waited for/, true));
    await assert.rejects(fleet.ask('lb-1', look, leaving.signal), troubled(/not waited for/, true));
    const broken = fleet.ask('lb-1', look, never);
    await agent.next('ask');
    agent.hangUp();
    await assert.rejects(broken, troubled(/left before it had answered/, true));
  });

  it('is bounded', async () => {
    const agent = await live();
    const many = Array.from({ length: 64 }, () => fleet.ask('lb-1', look, never).catch((error: unknown) => error));
    for (let count = 0; count < 64; count += 1) await agent.next('ask');
    await assert.rejects(fleet.ask('lb-1', look, never), troubled(/has 64 questions to answer already/, true));
    agent.hangUp();
    assert.ok((await Promise.all(many)).every((error) => error instanceof RouterTrouble));
  });

  it('knows from where the agent connects, as others would write it', async () => {
    await live();
    const row = await store.db.selectFrom('instances').select('address').where('instance_id', '=', 'host').executeTakeFirstOrThrow();
    assert.equal(row.address, '10.0.0.7');
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import Value from 'typebox/value';
import { openBalancers } from '../../../agent/balancer/balancers.ts';
import { readBalancers, type Balancer } from '../../../agent/balancer/read-balancers.ts';
import { AnswerFrame, type AskFrame } from '../../../protocol/session/balancer-frames.ts';
import { maxFrameBytes, parseFromServer } from '../../../protocol/session/frames.ts';
import { realFiles } from '../../../world/real/files.ts';
import { testWorld } from '../doubles.ts';

const haproxy = { socket: '/run/haproxy/admin.sock', backends: ['web'] };
const frame = (over: Partial<AskFrame> = {}): AskFrame => ({ kind: 'ask', id: 'a1', balancer: { kind: 'haproxy', name: 'main' }, timeoutMs: 1_000, haproxy: { verb: 'look', backends: ['web'] }, ...over });

describe('the section balancer', () => {
  const read = (value: unknown): readonly Balancer[] => {
    const reading = readBalancers(value);
    return reading.kind === 'read' ? reading.balancers : assert.fail(reading.sentence);
  };

  it('names what a controller may ask, with defaults as Debian has them', () => {
    assert.deepEqual(read({ haproxy: { main: haproxy }, nginx: { shop: { members_file: '/etc/nginx/shop.members' } } }), [
      { kind: 'haproxy', name: 'main', socket: '/run/haproxy/admin.sock', backends: ['web'] },
      { kind: 'nginx', name: 'shop', membersFile: '/etc/nginx/shop.members', program: '/usr/sbin/nginx', pidFile: '/run/nginx.pid', configFile: null, prefix: null, allowedAddresses: null, allowedPorts: null },
    ]);
    assert.deepEqual(read({}), []);
  });

  const wrong: [unknown, RegExp][] = [
    ['haproxy', /balancer must be a mapping/],
    [{ apache: {} }, /has no key "apache"; the keys are haproxy, nginx/],
    [{ haproxy: { main: { ...haproxy, socket: 'admin.sock' } } }, /haproxy\.main\.socket must be an absolute path/],
    [{ haproxy: { main: { ...haproxy, socket: '/run/../etc' } } }, /without "\.\."/],
    [{ haproxy: { main: { socket: '/a' } } }, /backends must list/],
    [{ haproxy: { main: { ...haproxy, backends: ['web; show acl'] } } }, /no name of a backend/],
    [{ haproxy: { main: { ...haproxy, bakends: [] } } }, /has no key "bakends"/],
    [{ haproxy: { '../x': haproxy } }, /a name has up to 64 letters/],
    [{ nginx: { shop: {} } }, /members_file must be/],
    [{ nginx: { shop: { members_file: '/a', allowed_ports: ['8080'] } } }, /allowed_ports must be a list of ports/],
    [{ nginx: { shop: { members_file: '/a', allowed_addresses: '10.0.0.0/8' } } }, /allowed_addresses must be a list/],
  ];
  for (const [value, sentence] of wrong) {
    it(`is refused: ${JSON.stringify(value)}`, () => {
      const reading = readBalancers(value);
      assert.match(reading.kind === 'refused' ? reading.sentence : 'read', sentence);
    });
  }
});

describe('an agent with balancers', () => {
  const said: string[] = [];
  const opened = (exchange: (text: string) => Promise<string>, world = testWorld()) =>
    openBalancers([{ kind: 'haproxy', name: 'main', socket: '/s', backends: ['web'] }], '/data/balancer', { ...world, network: { ...world.network, connect: () => Promise.reject(new Error('no')), exchange: (_address, text) => exchange(text) } });

  it('offers them by kind and name', () => {
    assert.deepEqual(opened(async () => '').offered, [{ kind: 'haproxy', name: 'main' }]);
  });

  it('answers each ask by its id', async () => {
    assert.deepEqual(await opened(async () => 'Pid: 1').answer(frame()), { kind: 'answer', id: 'a1', answer: { outcome: 'HaproxySaid', text: 'Pid: 1', olderProcesses: null } });
  });

  it('refuses what it does not offer, and asks of another kind than the balancer', async () => {
    const balancers = opened(() => assert.fail('nothing may be asked'));
    const { haproxy: _, ...empty } = frame();
    for (const one of [frame({ balancer: { kind: 'haproxy', name: 'other' } }), frame({ balancer: { kind: 'nginx', name: 'main' } }), { ...empty, nginx: { verb: 'look' as const } }, empty]) {
      const { answer } = await balancers.answer(one);
      assert.ok(answer.outcome === 'Refused' && !answer.isPassing, JSON.stringify(answer));
    }
  });

  it('asks a balancer one thing at a time, and nothing that its asker no longer waits for', async () => {
    const world = testWorld();
    const gates: (() => void)[] = [];
    const balancers = opened((text) => (said.push(text), new Promise((resolve) => gates.push(() => resolve('Pid: 1')))), world);
    const first = balancers.answer(frame());
    const second = balancers.answer(frame({ id: 'a2', timeoutMs: 50 }));
    while (gates.length === 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal(said.length, 1);
    await world.clock.pass(60);
    gates[0]!();
    await first;
    const { answer } = await second;
    assert.ok(answer.outcome === 'Refused' && answer.isPassing);
    assert.match(answer.sentence, /busy for longer than the asker waits/);
    assert.equal(said.length, 1);
  });

  it('sends no answer that does not fit into a frame', async () => {
    const given = await opened(async () => '\n'.repeat(600_000)).answer(frame());
    assert.ok(given.answer.outcome === 'Refused');
    assert.match(given.answer.sentence, /more than fits/);
    assert.ok(JSON.stringify(given).length < maxFrameBytes);
  });

  it('answers a defect of its own with a refusal, and goes on', async () => {
    const balancers = openBalancers([{ kind: 'nginx', name: 'main', membersFile: '/m', program: '/n', pidFile: '/p', configFile: null, prefix: null, allowedAddresses: null, allowedPorts: null }], '/data/balancer', {
      ...testWorld(),
      files: { ...realFiles(), makeFolder: () => Promise.resolve(), read: () => Promise.reject(new Error('the disk is on fire')) },
    });
    for (let time = 0; time < 2; time += 1) {
      const given = await balancers.answer(frame({ balancer: { kind: 'nginx', name: 'main' }, nginx: { verb: 'look' } }));
      assert.ok(given.answer.outcome === 'Refused' && given.answer.isPassing);
      assert.match(given.answer.sentence, /the disk is on fire/);
      assert.ok(Value.Check(AnswerFrame, given));
    }
  });
});

describe('an ask', () => {
  const parse = (haproxyAsk: unknown) => parseFromServer(JSON.stringify({ ...frame(), haproxy: haproxyAsk }));
  const change = (over: object) => ({ verb: 'change', changes: [{ backend: 'web', server: 'web-1', to: 'drain', ...over }] });

  it('that is one is taken for one', () => assert.notEqual(parse(change({})), null));

  for (const evil of [change({ server: 'web-1;show env' }), change({ backend: 'web\nshow env' }), change({ to: 'state ready; set ssl cert' }), change({ weight: 257 }), { verb: 'show env' }, { verb: 'look', backends: ['web;show env'] }]) {
    it(`that would say more to HAProxy is no frame: ${JSON.stringify(evil)}`, () => assert.equal(parse(evil), null));
  }
});

// The router of HAProxy against a stand-in on a real socket, whose answers have the form that 2.6.12 was heard to give. Real ones
// are under test/cutover.

import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { openHaproxy } from '../../../server/traffic/haproxy/open.ts';
import type { HaproxyRouter } from '../../../protocol/model/traffic-router.ts';
import { RouterTrouble, type RoutedTarget, type TrafficRouter } from '../../../server/traffic/traffic-router.ts';
import { realNetwork } from '../../../world/real/network.ts';
import { agentsInProcess } from '../ask-in-process.ts';
import { keepsTheContract, until } from '../contract.ts';
import { aServer, standIn, type StandIn } from './stand-in.ts';

const target = (targetId: string, tags: RoutedTarget['tags'] = []): RoutedTarget => ({ targetId, instanceId: `id of ${targetId}`, tags, address: null });
const network = realNetwork();
const noAgent = () => Promise.reject(new Error('there is no agent'));
const never = new AbortController().signal;
const gently = { isForced: false };
const two = (over = {}) => [aServer('web-1', over), aServer('web-2', over)];

function settingsFor(nodes: readonly StandIn[]): HaproxyRouter {
  return { kind: 'haproxy', nodes: nodes.map(({ path }) => ({ address: `unix:${path}` })), backends: ['web'], reloadGraceSeconds: 0 };
}

function routerOf(nodes: readonly StandIn[], over: Partial<HaproxyRouter> = {}): TrafficRouter {
  return openHaproxy({ ...settingsFor(nodes), ...over }, network, noAgent);
}

for (const [count, way] of [[1, 'by its socket'], [2, 'by their sockets'], [2, 'by the agents beside them']] as const) {
  keepsTheContract(`HAProxy with ${count} node${count === 1 ? '' : 's'}, ${way}`, {
    isCutByForce: true,
    hands: ['hold', 'setHealthy', 'forget', 'vanish'],
    hasWeights: true,
    async open() {
      const nodes = await Promise.all(Array.from({ length: count }, () => standIn({ web: two(), api: two() })));
      const last = nodes.at(-1)!;
      // Its checks run whenever somebody looks.
      const agents = agentsInProcess(Object.fromEntries(nodes.map(({ path }, index) => [`lb-${index}`, { balancers: [{ kind: 'haproxy', name: 'haproxy', socket: path, backends: ['web', 'api'] }], folder: '/nowhere' }])));
      const byAgents = { nodes: nodes.map((_, index) => ({ address: `agent:lb-${index}` })) };
      const reopen = (): TrafficRouter => {
        const router = openHaproxy({ ...settingsFor(nodes), backends: ['web', 'api'], ...(way === 'by the agents beside them' ? byAgents : {}) }, network, agents.ask);
        return { ...router, observe: (targets, signal) => (nodes.forEach((node) => node.check()), router.observe(targets, signal)) };
      };
      return {
        router: reopen(),
        reopen,
        targets: [target('web-1'), target('web-2')],
        async hold(name) {
          last.server('api', name).inFlight += 1;
          return async () => {
            last.server('api', name).inFlight = 0;
          };
        },
        async setHealthy(name, isHealthy) {
          last.server('api', name).isHealthy = isHealthy;
        },
        forget: async () => last.reload(),
        vanish: () => last.stop(),
        close: async () => void (await Promise.all(nodes.map((node) => node.stop()))),
      };
    },
  });
}

describe('the router of HAProxy', () => {
  const nodes: StandIn[] = [];
  afterEach(async () => {
    for (const node of nodes.splice(0)) await node.stop();
  });
  const aNode = async (servers = two(), name = 'web'): Promise<StandIn> => {
    const node = await standIn({ [name]: servers });
    nodes.push(node);
    return node;
  };
  const changes = (node: StandIn): string[] => node.heard.splice(0).filter((line) => !line.startsWith('show'));
  const seenOf = async (router: TrafficRouter, name = 'web-1') => (await router.observe([target(name)], never)).get(name)!;
  const troubled = (sentence: RegExp, isPassing: boolean) => (error: unknown) => {
    assert.ok(error instanceof RouterTrouble, String(error));
    assert.match(error.message, sentence);
    assert.equal(error.isPassing, isPassing);
    return true;
  };

  it('drains, and when nothing is under way puts the member into maintenance: until then sticky clients may come', async () => {
    const node = await aNode();
    const router = routerOf([node]);
    node.server('web', 'web-1').inFlight = 1;
    await router.block([target('web-1')], gently, never);
    assert.deepEqual(changes(node), ['set server web/web-1 state drain']);
    await router.block([target('web-1')], gently, never);
    assert.deepEqual(changes(node), []);
    node.server('web', 'web-1').inFlight = 0;
    const seen = await seenOf(router);
    assert.deepEqual([seen.state, seen.inFlight], ['Draining', 0]);
    await router.block([target('web-1')], gently, never);
    assert.deepEqual(changes(node), ['set server web/web-1 state maint']);
    assert.equal((await seenOf(router)).state, 'OutOfService');
  });

  it('blocks an idle member in one go', async () => {
    const node = await aNode();
    await routerOf([node]).block([target('web-1')], gently, never);
    assert.deepEqual(changes(node), ['set server web/web-1 state drain', 'set server web/web-1 state maint']);
  });

  it('sends clients that stick to a draining member away when they have had their time, and never lets them back in by draining again', async () => {
    const node = await aNode(two({ cookie: 's' }));
    const router = routerOf([node], { stickySeconds: 10 });
    const server = node.server('web', 'web-1');
    server.inFlight = 3;
    await router.block([target('web-1')], gently, never);
    server.sinceSeconds = 9;
    await router.block([target('web-1')], gently, never);
    assert.deepEqual(changes(node), ['set server web/web-1 state drain']);
    server.sinceSeconds = 10;
    await router.block([target('web-1')], gently, never);
    assert.deepEqual(changes(node), ['set server web/web-1 state maint']);
    await router.block([target('web-1')], gently, never);
    assert.deepEqual(changes(node), []);
    assert.deepEqual([(await seenOf(router)).state, (await seenOf(router)).inFlight], ['Draining', 3]);
  });

  it('without sticky clients waits for what is under way, however long it takes', async () => {
    const node = await aNode();
    const router = routerOf([node], { stickySeconds: 0 });
    node.server('web', 'web-1').inFlight = 1;
    await router.block([target('web-1')], gently, never);
    node.server('web', 'web-1').sinceSeconds = 10_000;
    await router.block([target('web-1')], gently, never);
    assert.deepEqual(changes(node), ['set server web/web-1 state drain']);
  });

  it('cuts long connections when they have had the time that the settings give them', async () => {
    const node = await aNode();
    const router = routerOf([node], { cutAfterSeconds: 60 });
    const server = node.server('web', 'web-1');
    server.inFlight = 2;
    await router.block([target('web-1')], gently, never);
    server.sinceSeconds = 59;
    await router.block([target('web-1')], gently, never);
    changes(node);
    server.sinceSeconds = 60;
    await router.block([target('web-1')], gently, never);
    assert.deepEqual(changes(node), ['set server web/web-1 state maint;shutdown sessions server web/web-1']);
    assert.equal((await seenOf(router)).state, 'OutOfService');
  });

  it('marks a member down in the same line that lets it in, so that what its check said before does not count', async () => {
    const node = await aNode();
    const router = routerOf([node]);
    await router.block([target('web-1')], gently, never);
    changes(node);
    await router.allow([target('web-1')], never);
    assert.deepEqual(changes(node), ['set server web/web-1 state ready;set server web/web-1 health down']);
    assert.equal((await seenOf(router)).state, 'Unhealthy');
    await router.allow([target('web-1')], never);
    assert.deepEqual(changes(node), [], 'asked again it must not be marked down again');
    node.check();
    assert.equal((await seenOf(router)).state, 'InService');
  });

  it('lets a member without a health check in at once: nothing would bring it up', async () => {
    const node = await aNode(two({ checks: null }));
    const router = routerOf([node]);
    await router.block([target('web-1')], gently, never);
    changes(node);
    await router.allow([target('web-1')], never);
    assert.deepEqual(changes(node), ['set server web/web-1 state ready']);
    assert.equal((await seenOf(router)).state, 'InService');
  });

  it('does not take "UP 1/2" for up', async () => {
    const node = await aNode(two({ checks: 'stale' }));
    const seen = await seenOf(routerOf([node]));
    assert.equal(seen.state, 'Unhealthy');
    assert.match(seen.detail, /UP 1\/2/);
  });

  it('finds members by a tag where the settings name one, and by their own name where they lack it', async () => {
    const node = await aNode([aServer('blue-7'), aServer('web-2')]);
    const router = routerOf([node], { memberTagKey: 'haproxy' });
    await router.block([target('web-1', [{ Key: 'haproxy', Value: 'blue-7' }]), target('web-2')], gently, never);
    assert.deepEqual([node.server('web', 'blue-7').admin, node.server('web', 'web-2').admin], [1, 1]);
  });

  it('blocks at every node, and says which one could not be told; those that could stay blocked', async () => {
    const [one, other] = [await aNode(), await aNode()];
    const router = routerOf([one, other]);
    await other.stop();
    await assert.rejects(router.block([target('web-1')], gently, never), troubled(new RegExp(`HAProxy ${other.path} is not there`), true));
    assert.equal(one.server('web', 'web-1').admin, 1);
    const seen = await seenOf(router);
    assert.equal(seen.state, 'Unknown');
    assert.match(seen.detail, /MAINT.*is not there/);
  });

  it('believes nothing that it has not read back', async () => {
    const node = await aNode();
    node.isDeaf = true;
    await assert.rejects(routerOf([node]).block([target('web-1')], gently, never), troubled(/told to set web\/web-1 to drain, and it is still as before/, true));
  });

  it('takes any word of a change for a refusal, and says what to do about a socket that may not change anything', async () => {
    const node = await aNode();
    const router = openHaproxy({ kind: 'haproxy', nodes: [{ address: `unix:${node.path}` }], backends: ['web'] }, {
      ...network,
      exchange: (address, text, options) => (text.startsWith('show') ? network.exchange(address, text, options) : Promise.resolve('Permission denied\n\n')),
    }, noAgent);
    await assert.rejects(router.block([target('web-1')], gently, never), troubled(/refuses: "Permission denied" Give the socket "level admin"/, false));
  });

  it('takes half an answer for none: what was not counted must not pass for nothing', async () => {
    const node = await aNode();
    const router = routerOf([node]);
    const whole = await network.exchange({ path: node.path }, 'show info;show stat web 4 -1;show servers state web\n', { timeoutMs: 1_000, mostBytes: 100_000 });
    const withoutStat = whole.replace(/^web,web-1.*$/m, '');
    const withoutCount = whole.replace(/^(web,web-1,0,0),0/m, '$1,');
    assert.notEqual(withoutCount, whole);
    for (const answer of ['', 'garbage\n', withoutStat, withoutCount]) {
      node.answer = answer;
      await assert.rejects(router.block([target('web-1')], gently, never), troubled(/did not answer as HAProxy does/, true));
      assert.equal((await seenOf(router)).state, 'Unknown');
    }
  });

  it('refuses a backend that is not there, by name, for good', async () => {
    const node = await aNode();
    await assert.rejects(routerOf([node], { backends: ['shop'] }).block([target('web-1')], gently, never), troubled(/has no backend shop/, false));
  });

  describe('after a reload', () => {
    it('gives a process of before its time: what that one has under way cannot be counted', async () => {
      const node = await aNode();
      const router = routerOf([node], { reloadGraceSeconds: 30 });
      node.reload();
      node.process.uptimeSeconds = 29;
      await router.block([target('web-1')], gently, never);
      const seen = await seenOf(router);
      assert.equal(seen.state, 'Draining');
      assert.match(seen.detail, /reloaded 29 s ago.*30 s are given/);
      node.process.uptimeSeconds = 30;
      assert.equal((await seenOf(router)).state, 'OutOfService');
    });

    it('asks no process that is stopping', async () => {
      const node = await aNode();
      node.process.isStopping = true;
      await assert.rejects(routerOf([node]).block([target('web-1')], gently, never), troubled(/is stopping/, true));
    });
  });

  describe('with shares', () => {
    it('sets them as parts of the configured weight, all nodes and members', async () => {
      const [one, other] = [await aNode([aServer('web-1', { baseWeight: 200, weight: 200 }), aServer('web-2')]), await aNode()];
      await routerOf([one, other]).setWeights(new Map([['web-1', 10], ['web-2', 90]]), [target('web-1'), target('web-2')], never);
      assert.deepEqual([one, other].map((node) => node.backends.get('web')!.map(({ weight }) => weight)), [[20, 90], [10, 90]]);
    });

    it('refuses one that a small weight cannot express, and takes what it can', async () => {
      const node = await aNode(two({ weight: 1, baseWeight: 1 }));
      const router = routerOf([node]);
      await assert.rejects(router.setWeights(new Map([['web-1', 10]]), [target('web-1')], never), troubled(/weight 1.*10 % cannot be set.*"weight 100"/, false));
      await router.setWeights(new Map([['web-1', 0]]), [target('web-1')], never);
      assert.equal(node.server('web', 'web-1').weight, 0);
      await router.setWeights(new Map([['web-1', 100]]), [target('web-1')], never);
      assert.equal(node.server('web', 'web-1').weight, 1);
    });

    it('leaves a member of weight 0 in service', async () => {
      const node = await aNode();
      const router = routerOf([node]);
      await router.setWeights(new Map([['web-1', 0]]), [target('web-1')], never);
      const seen = await seenOf(router);
      assert.deepEqual([seen.state, seen.weight], ['InService', 0]);
    });
  });

  it('tells hundreds of members in lines that HAProxy can take', async () => {
    const names = Array.from({ length: 300 }, (_, index) => `web-${index}`);
    const node = await aNode(names.map((name) => aServer(name)));
    await routerOf([node]).block(names.map((name) => target(name)), gently, never);
    const lines = changes(node);
    assert.ok(lines.length < 20 && lines.every((line) => line.length < 5_000), `${lines.length} lines`);
    assert.equal(node.backends.get('web')!.filter(({ admin }) => admin === 1).length, 300);
  });

  it('finds what a running HAProxy shows of its settings', async () => {
    const node = await aNode([aServer('web-1', { checks: null, baseWeight: 1, weight: 1 }), aServer('web-2', { cookie: 'c' }), aServer('other', { baseWeight: 1 })]);
    const found = await routerOf([node]).preflight([target('web-1'), target('web-2'), target('web-9')], never);
    assert.deepEqual(found.map(({ severity, rule }) => `${severity} ${rule}`), ['error member-absent', 'error health-check-missing', 'warning weight-base', 'warning sticky-drain']);
    assert.match(found[2]!.sentence, /\(web-1\)/);
  });

  it('lets a member in that was only draining', async () => {
    const node = await aNode();
    const router = routerOf([node]);
    node.server('web', 'web-1').inFlight = 1;
    await router.block([target('web-1')], gently, never);
    await router.allow([target('web-1')], never);
    node.check();
    await until(router, target('web-1'), 'InService');
  });
});

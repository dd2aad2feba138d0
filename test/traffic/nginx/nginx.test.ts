// The router of nginx, through the agent's own room, against a stand-in of nginx with real processes. Real ones are under
// test/cutover.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { NginxBalancer } from '../../../agent/balancer/read-balancers.ts';
import type { NginxRouter } from '../../../protocol/model/traffic-router.ts';
import type { NginxAsk } from '../../../protocol/session/nginx.ts';
import { openNginx } from '../../../server/traffic/nginx/open.ts';
import { RouterTrouble, type RoutedTarget, type TrafficRouter } from '../../../server/traffic/traffic-router.ts';
import { realClock } from '../../../world/real/clock.ts';
import { NginxStandIn } from '../../agent/balancer/nginx-stand-in.ts';
import { agentsInProcess, type AgentsInProcess } from '../ask-in-process.ts';
import { keepsTheContract, until } from '../contract.ts';

const never = new AbortController().signal;
const gently = { isForced: false };
const target = (targetId: string, over: Partial<RoutedTarget> = {}): RoutedTarget => ({ targetId, instanceId: targetId, tags: [], address: '127.0.0.1', ...over });
const place = (port: number): Partial<RoutedTarget> => ({ tags: [{ Key: 'port', Value: String(port) }] });
const one = target('web-1', place(8081));
const two = target('web-2', place(8082));

const balancerOf = (nginx: NginxStandIn): NginxBalancer => ({ kind: 'nginx', name: 'nginx', membersFile: nginx.membersFile, program: nginx.program, pidFile: nginx.path('pid'), configFile: null, prefix: null, allowedAddresses: null, allowedPorts: null });

function routerTo(agents: AgentsInProcess, hosts: readonly string[], over: Partial<NginxRouter> = {}): TrafficRouter {
  return openNginx({ kind: 'nginx', nodes: hosts.map((host) => ({ address: `agent:${host}` })), portTagKey: 'port', ...over }, { sleep: (ms, signal) => realClock.sleep(Math.min(ms, 5), signal) }, agents.ask);
}

for (const count of [1, 2]) {
  keepsTheContract(`nginx on ${count} host${count === 1 ? '' : 's'}`, {
    timeoutMs: 60_000,
    takesNewMembers: true,
    hands: ['hold', 'vanish'],
    hasWeights: true,
    async open() {
      const all = await Promise.all(Array.from({ length: count }, () => NginxStandIn.start()));
      const hosts = all.map((_, index) => `lb-${index + 1}`);
      const agents = agentsInProcess(Object.fromEntries(all.map((nginx, index) => [hosts[index]!, { balancers: [balancerOf(nginx)], folder: nginx.path('notes') }])));
      const reopen = (): TrafficRouter => routerTo(agents, hosts);
      return {
        router: reopen(),
        reopen,
        targets: [one, two],
        hold: () => all.at(-1)!.hold(),
        vanish: async () => agents.leave(),
        close: async () => void (await Promise.all(all.map((nginx) => nginx[Symbol.asyncDispose]()))),
      };
    },
  });
}

describe('the router of nginx', function () {
  this.timeout(60_000);
  let nginx: NginxStandIn;
  let agents: AgentsInProcess;
  let router: TrafficRouter;
  beforeEach(async () => {
    nginx = await NginxStandIn.start();
    agents = agentsInProcess({ lb: { balancers: [balancerOf(nginx)], folder: nginx.path('notes') } });
    router = routerTo(agents, ['lb']);
  });
  afterEach(() => nginx[Symbol.asyncDispose]());

  const seenOf = async (one: RoutedTarget) => (await router.observe([one], never)).get(one.targetId)!;

  it('makes one reload of what is asked for at the same time', async () => {
    await Promise.all([router.block([one], gently, never), router.block([two], gently, never), router.allow([target('web-3', place(8083))], never)]);
    assert.equal(await nginx.reloads(), 2);
    assert.deepEqual((await nginx.members()).match(/# web-.*$/gm), ['# web-1 blocked', '# web-2 blocked', '# web-3']);
  });

  it('waits with the next reload until the workers of the last one have ended, and gathers what is asked for meanwhile', async () => {
    const letGo = await nginx.hold();
    await router.block([one], gently, never);
    const seen = await seenOf(one);
    assert.equal(seen.state, 'Draining');
    assert.match(seen.detail, /2 workers of before still run/);
    const later = Promise.all([router.block([two], gently, never), router.allow([target('web-3', place(8083))], never)]);
    // It has looked, and looked again.
    for (let looks = 0; looks < 10; looks += 1) await seenOf(two);
    assert.equal(await nginx.reloads(), 2);
    assert.equal((await seenOf(two)).state, 'InService');
    await letGo();
    await later;
    assert.equal(await nginx.reloads(), 3);
  });

  it('does not hold a member back for workers that did not know it either', async () => {
    await router.block([one], gently, never);
    await until(router, one, 'OutOfService');
    const letGo = await nginx.hold();
    await router.block([two], gently, never);
    assert.deepEqual([(await seenOf(one)).state, (await seenOf(two)).state], ['OutOfService', 'Draining']);
    await letGo();
  });

  it('that is told to leave off leaves the others their change', async () => {
    const letGo = await nginx.hold();
    await router.block([one], gently, never);
    const leaving = new AbortController();
    const left = router.block([two], gently, leaving.signal);
    const other = router.allow([target('web-3', place(8083))], never);
    leaving.abort();
    await assert.rejects(left, (error: unknown) => error instanceof RouterTrouble && /not waited for/.test(error.message));
    await letGo();
    await other;
    assert.deepEqual((await nginx.members()).match(/# web-.*$/gm), ['# web-1 blocked', '# web-2', '# web-3']);
  });

  it('takes a new member in where its agent connects from, or where its tags say', async () => {
    await router.allow([target('web-3', { ...place(8083), address: '10.0.0.3' })], never);
    const tagged = routerTo(agents, ['lb'], { port: 9000, portTagKey: 'p', addressTagKey: 'a', memberTagKey: 'n' });
    await tagged.allow([target('web-4', { address: '10.0.0.4', tags: [{ Key: 'a', Value: 'web-4.example' }, { Key: 'n', Value: 'four' }] })], never);
    assert.deepEqual((await nginx.members()).match(/^server .*# (?:web-3|four)$/gm), ['server 10.0.0.3:8083 weight=100; # web-3', 'server web-4.example:9000 weight=100; # four']);
  });

  it('moves a member whose address has changed when it is allowed again', async () => {
    await router.block([one], gently, never);
    await until(router, one, 'OutOfService');
    await router.allow([{ ...one, address: '10.0.0.9' }], never);
    assert.match(await nginx.members(), /^server 10\.0\.0\.9:8081 weight=100; # web-1$/m);
  });

  it('refuses members of which nobody can tell where they are, before anything is changed', async () => {
    for (const [lost, sentence] of [
      [target('web-9', { ...place(1), address: null }), /address of web-9 is not known: its agent was never connected/],
      [target('web-9'), /port of web-9 is not known: it has no tag port, and the traffic router has no port/],
      [target('web-9', { tags: [{ Key: 'port', Value: 'http' }] }), /its tag port is "http"/],
    ] as const) {
      await assert.rejects(router.allow([one, lost], never), (error: unknown) => error instanceof RouterTrouble && !error.isPassing && sentence.test(error.message));
    }
    assert.equal(await nginx.reloads(), 1);
  });

  it('gives a share to a member that is not there yet without letting it in', async () => {
    const fresh = target('web-3', place(8083));
    await router.setWeights(new Map([['web-3', 10], ['web-1', 90]]), [one, fresh], never);
    assert.equal((await seenOf(fresh)).state, 'OutOfService');
    await router.allow([fresh], never);
    assert.match(await nginx.members(), /weight=90; # web-1\n.*\n.*weight=10; # web-3$/m);
  });

  it('passes on what nginx -t says of a file that it refuses', async () => {
    await writeFile(nginx.path('refuses'), '');
    await assert.rejects(router.block([one], gently, never), (error: unknown) => error instanceof RouterTrouble && !error.isPassing && /lb: nginx -t refuses.*host not found/.test(error.message));
    assert.equal((await seenOf(one)).state, 'InService');
  });

  it('looks again when somebody else was quicker', async () => {
    let races = 1;
    const raced = openNginx({ kind: 'nginx', nodes: [{ address: 'agent:lb' }], portTagKey: 'port' }, { sleep: () => Promise.resolve() }, async (instance, ask, signal) => {
      const asked: NginxAsk | undefined = ask.nginx;
      if (asked?.verb === 'apply' && races-- > 0) await router.block([two], gently, never);
      return agents.ask(instance, ask, signal);
    });
    await raced.block([one], gently, never);
    assert.deepEqual((await nginx.members()).match(/# web-.*$/gm), ['# web-1 blocked', '# web-2 blocked']);
  });

  it('finds what makes a reload lose requests', async () => {
    const found = await router.preflight([one], never);
    assert.deepEqual(found.map(({ rule }) => rule), ['nginx-too-old', 'worker-shutdown-timeout', 'max-fails']);
    await writeFile(nginx.path('dump'), 'http {\n  keepalive_timeout 0;\n}\nworker_shutdown_timeout 60s;\n');
    const again = await routerTo(agents, ['lb'], { maxFails: 0 }).preflight([one], never);
    assert.deepEqual(again.map(({ severity, rule }) => `${severity} ${rule}`), ['error members-file-not-included']);
  });
});

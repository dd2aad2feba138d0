// The agent beside an nginx, with real processes and files; nginx is a stand-in of the same manners.

import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { askNginx } from '../../../agent/balancer/nginx.ts';
import type { NginxBalancer } from '../../../agent/balancer/read-balancers.ts';
import type { BalancerAnswer } from '../../../protocol/session/balancer-frames.ts';
import type { NginxAsk, NginxMember, NginxSight } from '../../../protocol/session/nginx.ts';
import { silentLog } from '../../../world/log.ts';
import { realClock } from '../../../world/real/clock.ts';
import { realFiles } from '../../../world/real/files.ts';
import { realProcesses } from '../../../world/real/processes.ts';
import { NginxStandIn } from './nginx-stand-in.ts';

describe('the nginx beside an agent', function () {
  this.timeout(30_000);
  let nginx: NginxStandIn;
  let balancer: NginxBalancer;
  const doors = { files: realFiles(), processes: realProcesses(), clock: realClock, log: silentLog };
  beforeEach(async () => {
    nginx = await NginxStandIn.start();
    balancer = { kind: 'nginx', name: 'web', membersFile: nginx.membersFile, program: nginx.program, pidFile: nginx.path('pid'), configFile: null, prefix: null, allowedAddresses: null, allowedPorts: null };
  });
  afterEach(() => nginx[Symbol.asyncDispose]());

  const ask = (asked: NginxAsk, over: Partial<typeof doors> = {}): Promise<BalancerAnswer> => askNginx(balancer, nginx.path('notes/web.json'), asked, { ...doors, ...over });
  const look = async (): Promise<NginxSight> => {
    const answer = await ask({ verb: 'look' });
    assert.ok(answer.outcome === 'NginxSeen', JSON.stringify(answer));
    return answer.sight;
  };
  const blocking = (members: readonly NginxMember[], name: string): NginxMember[] => members.map((member) => ({ ...member, isBlocked: member.name === name }));
  const apply = async (members: NginxMember[], over: Partial<typeof doors> = {}): Promise<BalancerAnswer> => ask({ verb: 'apply', basedOn: (await look()).digest, members, limits: {} }, over);
  const refusedBy = (answer: BalancerAnswer, sentence: RegExp, isPassing: boolean, reason?: string): void => {
    assert.ok(answer.outcome === 'Refused', JSON.stringify(answer));
    assert.match(answer.sentence, sentence);
    assert.deepEqual([answer.isPassing, answer.reason], [isPassing, reason]);
  };

  it('is seen with its members, and no worker of before', async () => {
    const sight = await look();
    assert.deepEqual([sight.isRunning, sight.oldWorkers, sight.oldConnections, sight.formerMembers], [true, 0, 0, null]);
    assert.deepEqual(sight.members.map(({ name, address, port, share, isBlocked }) => [name, address, port, share, isBlocked]), [['web-1', '127.0.0.1', 8081, 100, false], ['web-2', '127.0.0.1', 8082, 100, false]]);
  });

  it('gets new members by a file that is whole at any time, and new workers', async () => {
    const answer = await apply(blocking((await look()).members, 'web-1'));
    assert.ok(answer.outcome === 'NginxSeen', JSON.stringify(answer));
    assert.match(await nginx.members(), /^server 127\.0\.0\.1:8081 weight=100 down; # web-1 blocked$/m);
    assert.equal(await nginx.reloads(), 2);
    assert.deepEqual(answer.sight.formerMembers!.map(({ isBlocked }) => isBlocked), [false, false]);
    assert.deepEqual(await nginx.leftovers(), []);
  });

  it('is not reloaded when nothing changes', async () => {
    await apply(blocking((await look()).members, 'web-1'));
    await apply((await look()).members);
    assert.equal(await nginx.reloads(), 2);
  });

  it('keeps its file as it was when nginx finds a fault with the new one, and is not reloaded', async () => {
    const before = await nginx.members();
    await writeFile(nginx.path('refuses'), '');
    refusedBy(await apply(blocking((await look()).members, 'web-1')), /nginx -t refuses the members.*put back as it was: nginx: \[emerg\] host not found/, false);
    assert.equal(await nginx.members(), before);
    assert.equal(await nginx.reloads(), 1);
    assert.match(await readFile(nginx.path('tests'), 'utf8'), /web-1 blocked/);
    await rm(nginx.path('refuses'));
    assert.equal((await apply(blocking((await look()).members, 'web-1'))).outcome, 'NginxSeen');
  });

  it('is not reloaded again before the workers of the last reload have ended', async () => {
    const letGo = await nginx.hold();
    await apply(blocking((await look()).members, 'web-1'));
    const sight = await look();
    assert.equal(sight.oldWorkers, 2);
    refusedBy(await apply(blocking(sight.members, 'web-2')), /2 workers of before still run/, true, 'busy');
    assert.equal(await nginx.reloads(), 2);
    await letGo();
    while ((await look()).oldWorkers > 0) await new Promise((resolve) => setImmediate(resolve));
    assert.equal((await apply(blocking((await look()).members, 'web-2'))).outcome, 'NginxSeen');
  });

  it('takes no change that was made for another file', async () => {
    const { members, digest } = await look();
    await apply(blocking(members, 'web-1'));
    refusedBy(await ask({ verb: 'apply', basedOn: digest, members: blocking(members, 'web-2'), limits: {} }), /not as it was when it was looked at/, true, 'stale');
  });

  it('is finished with after a crash between the new file and the reload', async () => {
    const died = { ...doors.processes, run: (command: Parameters<typeof doors.processes.run>[0], timeoutMs: number) => (command.args.includes('reload') ? Promise.reject(new Error('the agent died')) : doors.processes.run(command, timeoutMs)) };
    refusedBy(await apply(blocking((await look()).members, 'web-1'), { processes: died }), /could not be told to reload: the agent died/, true);
    assert.equal(await nginx.reloads(), 1);
    const sight = await look();
    assert.equal(await nginx.reloads(), 2);
    assert.deepEqual(sight.members.map(({ isBlocked }) => isBlocked), [true, false]);
    assert.deepEqual(sight.formerMembers!.map(({ isBlocked }) => isBlocked), [false, false]);
  });

  it('gets its file back after a crash between a bad file and its test', async () => {
    const before = await nginx.members();
    const { members } = await look();
    await writeFile(nginx.path('refuses'), '');
    const files = { ...doors.files, writeAtomically: async (path: string, bytes: Uint8Array, mode?: number) => {
      await doors.files.writeAtomically(path, bytes, mode);
      if (path === nginx.membersFile) throw new Error('the agent died');
    } };
    await assert.rejects(apply(blocking(members, 'web-1'), { files }), /the agent died/);
    assert.notEqual(await nginx.members(), before);
    refusedBy(await ask({ verb: 'look' }), /cut short.*put back/, true);
    assert.equal(await nginx.members(), before);
    assert.equal((await look()).isRunning, true);
    assert.equal(await nginx.reloads(), 1);
  });

  it('that takes no new configuration although -t passes is told so, and reloaded when it can be', async () => {
    await writeFile(nginx.path('deaf'), '');
    let now = 0;
    const clock = { ...realClock, monotonic: () => (now += 1_000), sleep: () => Promise.resolve() };
    refusedBy(await apply(blocking((await look()).members, 'web-1'), { clock }), /took no new configuration within 10 s.*error log/, true);
    await rm(nginx.path('deaf'));
    assert.deepEqual((await look()).members.map(({ isBlocked }) => isBlocked), [true, false]);
    assert.equal(await nginx.reloads(), 2);
  });

  it('that does not run gets no change, and says so', async () => {
    await nginx.stop();
    assert.equal((await look()).isRunning, false);
    refusedBy(await apply(blocking((await look()).members, 'web-1')), /does not run/, true);
  });

  it('has a file that somebody else has written to refused, and left alone', async () => {
    const written = 'server 127.0.0.1:8081; # web-1\nreturn 444;\n';
    await writeFile(nginx.membersFile, written);
    refusedBy(await ask({ verb: 'look' }), /changed by somebody else: line 2/, false);
    assert.equal(await nginx.members(), written);
    await rm(nginx.membersFile);
    refusedBy(await ask({ verb: 'look' }), /There is no .*members\.conf/, false);
  });

  it('gets only members where its host\'s owner lets them be', async () => {
    balancer = { ...balancer, allowedAddresses: ['127.0.0.0/8'], allowedPorts: [8081, 8082] };
    const { members } = await look();
    refusedBy(await apply([...members, { name: 'evil', address: '203.0.113.9', port: 8081, share: 100, isBlocked: false }]), /allows members of nginx web at 127\.0\.0\.0\/8, and evil is at 203\.0\.113\.9/, false);
    refusedBy(await apply([...members, { name: 'evil', address: '127.0.0.9', port: 22, share: 100, isBlocked: false }]), /ports 8081, 8082, and evil is at 22/, false);
    assert.equal(await nginx.reloads(), 1);
  });

  it('shows its version and the directives that matter, and none else', async () => {
    await writeFile(nginx.path('dump'), `http {\n  keepalive_timeout  65 60;\n  ssl_certificate_key /etc/secret;\n\tproxy_next_upstream error non_idempotent;\n}\n# configuration file ${nginx.membersFile}:\n`);
    assert.deepEqual(await ask({ verb: 'inspect' }), {
      outcome: 'NginxInspected',
      inspection: { version: '1.22.1', isIncluded: true, directives: [{ name: 'keepalive_timeout', value: '65 60' }, { name: 'proxy_next_upstream', value: 'error non_idempotent' }] },
    });
  });
});

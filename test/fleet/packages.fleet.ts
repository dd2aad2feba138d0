// The packages on real hosts with systemd and apt: installed, enrolled, deployed to, upgraded under a running hook, removed,
// purged. Needs root and systemd-nspawn: `npm run test:fleet`. Prints how long an installation takes, and how much memory
// an agent has under systemd.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { bundleFolder } from '../system/real-fleet.ts';
import { Container } from './container.ts';
import { architecture, Packages } from './packages.ts';
import { findRootFolder } from './root-folder.ts';

const [first, second] = ['0.1.0', '0.2.0'];
const example = join(import.meta.dirname, '../../examples/hello-web');
const figures: string[] = [];
const figure = (what: string, value: string): void => void figures.push(`      ${what}: ${value}`);

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe('a fleet installed from packages', function () {
  this.timeout(300_000);
  const packages = new Packages();
  const hosts: Container[] = [];
  let controller: Container;
  let [one, two]: readonly Container[] = [];
  let url: string;
  let key: { readonly accessKeyId: string; readonly secretAccessKey: string };

  const boot = async (): Promise<Container> => {
    const host = new Container(findRootFolder(), [`${packages.folder}:/packages`, `${example}:/examples/hello-web`]);
    hosts.push(host);
    await host.boot();
    return host;
  };
  const apt = (host: Container, ...args: readonly string[]): Promise<string> => host.run('env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C', 'apt-get', '--yes', '--quiet', ...args);
  const deb = (name: string, version: string): string => `/packages/${version}/${name}_${version}-1_${architecture}.deb`;
  const fairlead = (...args: readonly string[]): Promise<string> =>
    controller.run('env', `FAIRLEAD_URL=${url}`, `FAIRLEAD_ACCESS_KEY_ID=${key.accessKeyId}`, `FAIRLEAD_SECRET_ACCESS_KEY=${key.secretAccessKey}`, 'fairlead', ...args);
  const shown = async (host: Container, unit: string, property: string): Promise<string> => (await host.try('systemctl', 'show', '--value', `--property=${property}`, unit)).trim();
  const isConnected = async (host: Container): Promise<boolean> => (await shown(host, 'fairlead-agent', 'StatusText')).includes('is connected');

  before(async () => {
    await packages.make(first, ['deb', 'tar.gz']);
    await packages.make(second);
    [controller, one, two] = await Promise.all([boot(), boot(), boot()]) as [Container, Container, Container];
    url = `http://127.0.0.1:${await freePort()}`;
  });
  after(async () => {
    for (const host of hosts) await host[Symbol.asyncDispose]();
    packages[Symbol.dispose]();
    process.stdout.write(`${figures.join('\n')}\n`);
  });

  it('begins with a controller that apt installs: its own user, a key for its administrator, ready when systemd says so', async () => {
    controller.write('/etc/fairlead/server.env', `FAIRLEAD_LISTEN=${new URL(url).host}\n`);
    const before = performance.now();
    await apt(controller, 'install', deb('fairlead-server', first));
    figure('apt install of the controller', `${((performance.now() - before) / 1000).toFixed(1)} s`);
    await controller.until(async () => (await shown(controller, 'fairlead-server', 'ActiveState')) === 'active', 'the controller');
    assert.match(await shown(controller, 'fairlead-server', 'StatusText'), /^listening on http:\/\/127\.0\.0\.1:\d+; 0 agents connected, 0 deployments under way$/);
    assert.equal((await controller.run('stat', '--format=%U:%G %a', '/var/lib/fairlead-server')).trim(), 'fairlead-server:fairlead-server 700');
    assert.equal((await controller.run('stat', '--format=%U:%G %a', '/etc/fairlead/server.yml')).trim(), 'root:fairlead-server 640');
    key = JSON.parse(controller.read('/var/lib/fairlead-server/administrator-access-key.json')) as typeof key;
    assert.doesNotMatch(await controller.run('journalctl', '--no-pager', '--output=cat'), new RegExp(key.secretAccessKey.replaceAll(/[+/]/g, '\\$&')));
    assert.match(await fairlead('application', 'create', 'hello'), /hello/);
  });

  it('installs an agent whose controller nobody has named yet: nothing starts, nothing fails', async () => {
    await apt(one!, 'install', deb('fairlead-agent', first));
    assert.deepEqual([await shown(one!, 'fairlead-agent', 'ActiveState'), await shown(one!, 'fairlead-agent', 'UnitFileState')], ['inactive', 'enabled']);
    assert.equal(await one!.run('systemctl', 'list-units', '--failed', '--plain', '--no-legend', 'fairlead*'), '');
    assert.equal((await one!.run('stat', '--format=%U %a', '/etc/fairlead/agent.yml')).trim(), 'root 600');
  });

  it('enrols agents with a join token from a file that was there before the package', async () => {
    const token = (await fairlead('token', 'create', '--max-uses', '2', '--quiet')).trim();
    const settings = (name: string): string => `FAIRLEAD_CONTROLLER=${url}\nFAIRLEAD_JOIN_TOKEN=${token}\nFAIRLEAD_NAME=${name}\nFAIRLEAD_TAGS=role=web\n`;
    one!.write('/etc/fairlead/agent.env', settings('web-1'), 0o600);
    await one!.run('systemctl', 'restart', 'fairlead-agent');
    two!.write('/etc/fairlead/agent.env', settings('web-2'), 0o600);
    const before = performance.now();
    await apt(two!, 'install', deb('fairlead-agent', first));
    figure('apt install of an agent', `${((performance.now() - before) / 1000).toFixed(1)} s`);
    await two!.until(() => isConnected(two!), 'the agent to be connected');
    figure('from apt install to connected', `${((performance.now() - before) / 1000).toFixed(1)} s`);
    await one!.until(() => isConnected(one!), 'the first agent to be connected');
    assert.match(await shown(two!, 'fairlead-agent', 'StatusText'), /^web-2 \([0-9a-f-]{36}\) is connected to http:\/\/127\.0\.0\.1:\d+; idle$/);
  });

  it('rolls the example through its hosts', async () => {
    for (const [index, host] of [one!, two!].entries()) {
      host.write('/etc/hello-web/node', '/usr/lib/fairlead-agent/node\n');
      host.write('/etc/hello-web/port', `${await freePort()}\n`);
      assert.notEqual(host.read('/etc/hello-web/port'), '', String(index));
    }
    await fairlead('deployment-group', 'create', 'web', '--application', 'hello', '--tag', 'role=web', '--config', 'CodeDeployDefault.OneAtATime');
    await fairlead('deploy', '--application', 'hello', '--deployment-group', 'web', '--directory', '/examples/hello-web');
    for (const host of [one!, two!]) {
      const port = host.read('/etc/hello-web/port').trim();
      const answer = await (await fetch(`http://127.0.0.1:${port}/`)).text();
      assert.match(answer, /hello/i);
    }
  });

  it('says how each host is: asked itself, and by a doctor that finds nothing but a clock that nobody keeps', async () => {
    const { state, instance, isConnected, groups, hooksRunIn } = JSON.parse(await one!.run('fairlead', 'agent', 'status', '--json')) as { state: string; instance: { instanceName: string }; isConnected: boolean; groups: { applicationName: string }[]; hooksRunIn: string };
    assert.deepEqual([state, instance.instanceName, isConnected, groups.map(({ applicationName }) => applicationName), hooksRunIn], ['running', 'web-1', true, ['hello'], 'units']);
    for (const [host, looked] of [[one!, ['agent', 'permissions', 'permissions', 'disk', 'controller', 'clock', 'unit', 'hooks']], [controller, ['controller', 'permissions', 'permissions', 'disk', 'database', 'TLS', 'clock', 'unit']]] as const) {
      const { findings } = JSON.parse(await host.run('fairlead', 'doctor', '--json')) as { findings: { check: string; verdict: string; sentence: string }[] };
      assert.deepEqual(findings.map(({ check }) => check), looked);
      assert.deepEqual(findings.filter(({ verdict, check }) => verdict !== 'well' && check !== 'clock'), []);
    }
  });

  it('backs its controller up while it runs, and can put that back', async () => {
    await controller.run('fairlead', 'server', 'backup', '--to', '/backup');
    await controller.run('systemctl', 'stop', 'fairlead-server');
    await controller.run('fairlead', 'server', 'restore', '--from', '/backup', '--replace');
    await controller.run('systemctl', 'start', 'fairlead-server');
    assert.equal((await controller.run('stat', '--format=%U', '/var/lib/fairlead-server/fairlead.db')).trim(), 'fairlead-server');
    for (const host of [one!, two!]) await host.until(() => isConnected(host), 'the agents to be back');
    assert.match(await fairlead('application', 'list'), /hello/);
    await controller.run('rm', '-r', '/backup');
  });

  it('keeps an agent small', async () => {
    const charged = await two!.memoryChargedTo(async () => {
      await two!.run('systemctl', 'restart', 'fairlead-agent');
      await two!.until(() => isConnected(two!), 'the agent');
    });
    const pid = await shown(two!, 'fairlead-agent', 'MainPID');
    const resident = Number(/VmRSS:\s+(\d+)/.exec(await two!.run('cat', `/proc/${pid}/status`))?.[1]) / 1024;
    figure('memory of an agent', `control group ${charged.toFixed(0)} MiB, resident ${resident.toFixed(0)} MiB (Node's own program text included)`);
    assert.ok(charged < 100 && resident < 130, `the agent has ${charged} MiB, resident ${resident} MiB`);
  });

  it('upgrades one agent and kills another in the middle of a hook: the hooks go on, each ran once, and the application that it started lives', async () => {
    const bundle = await bundleFolder(join(packages.folder, 'patient'), {
      'appspec.yml': 'version: 0.0\nos: linux\nhooks:\n  ApplicationStart:\n    - location: hook.sh\n      timeout: 120\n',
      'hook.sh': '#!/bin/sh\necho "$DEPLOYMENT_ID" >> /starts\nsetsid -f sh -c "echo \\$\\$ > /application; exec sleep 1000"\nwhile [ ! -e /go ]; do sleep 0.1; done\necho done\n',
    });
    assert.notEqual(bundle, '');
    await fairlead('application', 'create', 'patient');
    await fairlead('deployment-group', 'create', 'web', '--application', 'patient', '--tag', 'role=web', '--config', 'CodeDeployDefault.AllAtOnce');
    const deployed = fairlead('deploy', '--application', 'patient', '--deployment-group', 'web', '--directory', '/packages/patient');
    await two!.until(() => two!.read('/starts') !== '' && one!.read('/starts') !== '', 'the hooks');
    const before = await shown(two!, 'fairlead-agent', 'MainPID');
    await one!.run('systemctl', 'kill', '--signal=KILL', '--kill-who=main', 'fairlead-agent');
    await apt(two!, 'install', deb('fairlead-agent', second));
    await two!.until(() => isConnected(two!), 'the new agent');
    assert.notEqual(await shown(two!, 'fairlead-agent', 'MainPID'), before);
    assert.equal((await two!.run('fairlead', '--version')).trim(), second);
    assert.match(await shown(two!, 'fairlead-agent', 'StatusText'), /running ApplicationStart of patient/);
    for (const host of [one!, two!]) host.write('/go', '');
    await deployed;
    for (const host of [one!, two!]) assert.equal(host.read('/starts').trim().split('\n').length, 1);
    assert.equal((await two!.run('cat', `/proc/${two!.read('/application').trim()}/comm`)).trim(), 'sleep');
  });

  it('replaces an agent that hangs, by its watchdog', async () => {
    one!.write('/etc/systemd/system/fairlead-agent.service.d/watchdog.conf', '[Service]\nWatchdogSec=3\n');
    await one!.run('systemctl', 'daemon-reload');
    await one!.run('systemctl', 'restart', 'fairlead-agent');
    await one!.until(() => isConnected(one!), 'the agent');
    const hung = await shown(one!, 'fairlead-agent', 'MainPID');
    await one!.run('kill', '-STOP', hung);
    await one!.until(async () => !['0', hung].includes(await shown(one!, 'fairlead-agent', 'MainPID')) && (await isConnected(one!)), 'another agent');
    assert.match(await one!.run('journalctl', '--no-pager', '-u', 'fairlead-agent'), /Watchdog timeout/);
  });

  it('keeps what an administrator changed in a configuration, over upgrades and removal', async () => {
    two!.write('/etc/fairlead/agent.yml', '# mine\nmax_revisions: 3\n', 0o600);
    await apt(two!, 'install', '--reinstall', '-o', 'Dpkg::Options::=--force-confold', deb('fairlead-agent', second));
    assert.match(two!.read('/etc/fairlead/agent.yml'), /^# mine/);
    await apt(two!, 'remove', 'fairlead-agent');
    assert.match(two!.read('/etc/fairlead/agent.yml'), /^# mine/);
    assert.notEqual(two!.read('/var/lib/fairlead-agent/identity.json'), '');
    assert.equal(await two!.try('sh', '-c', 'command -v fairlead'), '');
    assert.equal((await two!.run('cat', `/proc/${two!.read('/application').trim()}/comm`)).trim(), 'sleep');
  });

  it('comes back as the same instance when it is installed again', async () => {
    const { instanceId } = (JSON.parse(two!.read('/var/lib/fairlead-agent/identity.json')) as { enrolled: { instanceId: string } }).enrolled;
    await apt(two!, 'install', '-o', 'Dpkg::Options::=--force-confold', deb('fairlead-agent', second));
    await two!.until(() => isConnected(two!), 'the agent');
    assert.match(await shown(two!, 'fairlead-agent', 'StatusText'), new RegExp(instanceId));
    assert.match(two!.read('/etc/fairlead/agent.yml'), /^# mine/);
  });

  it('upgrades its controller: the agents are back by themselves, and it knows what it knew', async () => {
    await apt(controller, 'install', deb('fairlead-server', second));
    assert.equal((await controller.run('fairlead', '--version')).trim(), second);
    for (const host of [one!, two!]) await host.until(() => isConnected(host), 'the agents to be back');
    assert.match(await fairlead('application', 'list'), /hello/);
  });

  const left = async (host: Container): Promise<string> => host.run('sh', '-c', "find / -xdev \\( -path /proc -o -path /sys -o -path /packages -o -path /var/log/journal -o -path /var/cache -o -path /var/lib/dpkg -o -path /tmp \\) -prune -o -name '*fairlead*' -print");

  it('leaves nothing of an agent that is purged, nor of one that came from a tarball', async () => {
    await apt(two!, 'purge', 'fairlead-agent');
    assert.equal(await left(two!), '');
    const folder = `/opt/fairlead-agent-${first}-linux-${architecture}`;
    await two!.run('tar', '-xzf', `/packages/${first}/fairlead-agent-${first}-linux-${architecture}.tar.gz`, '-C', '/opt');
    const token = (await fairlead('token', 'create', '--quiet')).trim();
    two!.write('/etc/fairlead/agent.env', `FAIRLEAD_CONTROLLER=${url}\nFAIRLEAD_JOIN_TOKEN=${token}\nFAIRLEAD_NAME=web-3\n`, 0o600);
    await two!.run(`${folder}/install.sh`);
    await two!.until(() => isConnected(two!), 'the agent');
    assert.equal(await shown(two!, 'fairlead-agent', 'UnitFileState'), 'enabled');
    await two!.run(`${folder}/install.sh`, '--purge');
    await two!.run('rm', '-r', folder);
    assert.equal(await left(two!), '');
  });

  it('leaves nothing of its controller, its user included', async () => {
    await apt(controller, 'purge', 'fairlead-server');
    assert.equal(await left(controller), '');
    assert.equal(await controller.try('getent', 'passwd', 'fairlead-server'), '');
    assert.equal(await controller.run('systemctl', 'list-units', '--all', '--plain', '--no-legend', 'fairlead*'), '');
  });
});

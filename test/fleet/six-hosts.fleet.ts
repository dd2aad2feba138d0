// A fleet as people have it: a controller, a balancer with HAProxy and four application hosts in two zones, each with an
// init, a disk and an address of its own, joined by a bridge; installed from packages, enrolled by one line each, and then
// treated badly. Needs root and systemd-nspawn: `npm run test:fleet`.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { bundleFolder } from '../system/real-fleet.ts';
import { Bridge } from './bridge.ts';
import { Container } from './container.ts';
import { architecture, Packages } from './packages.ts';
import { findRootFolder } from './root-folder.ts';

const [first, second, third, broken] = ['0.1.0', '0.2.0', '0.3.0', '0.4.0'];
const example = join(import.meta.dirname, '../../examples/hello-web');
const figures: string[] = [];
const figure = (what: string, value: string): void => void figures.push(`      ${what}: ${value}`);
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(1)} s`;
/** Application hosts: two roles, two zones. */
const plan = [
  { name: 'web-1', role: 'web', zone: 'north' },
  { name: 'web-2', role: 'web', zone: 'south' },
  { name: 'api-1', role: 'api', zone: 'north' },
  { name: 'api-2', role: 'api', zone: 'south' },
] as const;

/** A request every 20 ms, none waiting for another, until `signal` is aborted. */
async function askSteadily(url: string, signal: AbortSignal): Promise<{ readonly sent: number; readonly failures: readonly string[]; readonly answers: ReadonlyMap<string, number> }> {
  const failures: string[] = [];
  const answers = new Map<string, number>();
  const all: Promise<void>[] = [];
  const ask = async (): Promise<void> => {
    try {
      const answer = await fetch(url);
      const text = (await answer.text()).trim();
      if (answer.status === 200) answers.set(text, (answers.get(text) ?? 0) + 1);
      else failures.push(`HTTP ${answer.status}`);
    } catch (error) {
      failures.push(String((error as Error).cause ?? error));
    }
  };
  while (!signal.aborted) {
    all.push(ask());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await Promise.all(all);
  return { sent: all.length, failures, answers };
}

/** Makes the agent in a package end as soon as it is started. */
function breakPackage(file: string): void {
  const folder = `${file}.d`;
  execFileSync('dpkg-deb', ['--raw-extract', file, folder]);
  writeFileSync(join(folder, 'usr/lib/fairlead-agent/fairlead-agent.mjs'), 'process.exit(1);\n');
  execFileSync('dpkg-deb', ['-Znone', '--root-owner-group', '--build', folder, file], { stdio: 'ignore' });
}

interface Ended { readonly status: number; readonly out: string }

describe('six hosts on a network of their own', function () {
  this.timeout(300_000);
  const packages = new Packages();
  let bridge: Bridge;
  const hosts: Container[] = [];
  const applicationHosts: Container[] = [];
  let controller: Container;
  let balancer: Container;
  let url: string;

  const apt = (host: Container, file: string): Promise<string> => host.run('env', 'DEBIAN_FRONTEND=noninteractive', 'LC_ALL=C', 'apt-get', '--yes', '--quiet', 'install', file);
  const deb = (name: string, version: string): string => `/packages/${version}/${name}_${version}-1_${architecture}.deb`;
  const type = async (...args: readonly string[]): Promise<Ended> =>
    controller.run('env', `FAIRLEAD_URL=${url}`, 'FAIRLEAD_CA_FILE=/var/lib/fairlead-server/tls-ca.pem', 'fairlead', ...args, '--credentials', '/var/lib/fairlead-server/administrator-access-key.json').then(
      (out) => ({ status: 0, out }),
      (error: { readonly code?: number; readonly stdout?: string; readonly stderr?: string; readonly message: string }) => ({ status: error.code ?? -1, out: `${error.stdout ?? ''}${error.stderr ?? error.message}` }),
    );
  const done = async (...args: readonly string[]): Promise<string> => {
    const { status, out } = await type(...args);
    assert.equal(status, 0, `fairlead ${args.join(' ')}: ${out}`);
    return out;
  };
  const shown = async (host: Container, property: string): Promise<string> => (await host.try('systemctl', 'show', '--value', `--property=${property}`, 'fairlead-agent')).trim();
  const isConnected = async (host: Container): Promise<boolean> => (await shown(host, 'StatusText')).includes('is connected');
  const allConnected = async (): Promise<void> => {
    for (const host of applicationHosts) await host.until(() => isConnected(host), `${host.machine} to be connected`, 120_000);
  };
  /** A revision of hello-web that says which it is, listening where the balancer reaches it. */
  const helloWeb = (version: string): string => {
    const folder = join(packages.folder, `hello-${version}`);
    cpSync(example, folder, { recursive: true });
    writeFileSync(join(folder, 'config/hello-web.conf'), 'port=8080\naddress=0.0.0.0\n');
    writeFileSync(join(folder, 'app/version'), `${version}\n`);
    return `/packages/hello-${version}`;
  };
  /** A revision whose every hook notes that it ran, and where `waitIn` is given waits there until a file says go. */
  const noting = async (name: string, { waitIn = '', files = {} }: { readonly waitIn?: string; readonly files?: Readonly<Record<string, string>> } = {}): Promise<string> => {
    const events = ['BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService'];
    const hook = `#!/bin/sh\necho "$DEPLOYMENT_ID $LIFECYCLE_EVENT" >> /var/starts\nsync /var/starts\nif [ "$LIFECYCLE_EVENT" = "$(cat /etc/wait-in 2>/dev/null || echo '${waitIn}')" ]; then while [ ! -e /run/go ]; do sleep 0.1; done; fi\n`;
    const appSpec = `version: 0.0\nos: linux\nfiles:\n  - source: tree\n    destination: /srv/app\nfile_exists_behavior: OVERWRITE\nhooks:\n${events.map((event) => `  ${event}:\n    - location: hook.sh\n      timeout: 240\n`).join('')}`;
    await bundleFolder(join(packages.folder, name), { 'appspec.yml': appSpec, 'hook.sh': hook, 'tree/name': name, ...files });
    return `/packages/${name}`;
  };
  const starts = (host: Container): readonly string[] => host.read('/var/starts').trim().split('\n').filter((line) => line !== '');
  const eachOnce = (host: Container): void => {
    const lines = starts(host);
    assert.deepEqual(lines, [...new Set(lines)], `${host.machine} started a hook twice`);
  };
  const name = (host: Container): string => plan[applicationHosts.indexOf(host)]!.name;
  const reset = (): void => {
    for (const host of applicationHosts) for (const file of ['/var/starts', '/etc/wait-in']) host.write(file, '');
  };
  const go = async (host: Container): Promise<void> => void (await host.run('touch', '/run/go'));
  const deploy = (application: string, folder: string, ...more: readonly string[]): Promise<Ended> => type('deploy', '--application', application, '--deployment-group', 'all', '--directory', folder, ...more);

  before(async () => {
    const root = findRootFolder();
    await packages.make(first, ['deb']);
    for (const version of [second, third, broken]) await packages.make(version, ['deb'], ['fairlead-agent']);
    breakPackage(join(packages.folder, broken, `fairlead-agent_${broken}-1_${architecture}.deb`));
    bridge = new Bridge();
    const made = (number: number, hostname: string): Container => {
      const host = new Container(root, [`${packages.folder}:/packages`], { wiring: { bridge, number, hostname }, diskMebibytes: 2048 });
      hosts.push(host);
      return host;
    };
    controller = made(2, 'controller');
    balancer = made(3, 'balancer');
    applicationHosts.push(...plan.map(({ name: hostname }, i) => made(10 + i, hostname)));
    await balancer.prepare('sh', '-c', 'apt-get -qq update && apt-get -qq --yes --no-install-recommends install haproxy');
    await applicationHosts[3]!.prepare('sh', '-c', 'apt-get -qq update && apt-get -qq --yes --no-install-recommends install libfaketime');
    await Promise.all(hosts.map((host) => host.boot()));
    url = `https://${bridge.address(2)}:4710`;
  });
  after(async () => {
    for (const host of hosts) await host[Symbol.asyncDispose]();
    bridge?.[Symbol.dispose]();
    packages[Symbol.dispose]();
    process.stdout.write(`${figures.join('\n')}\n`);
  });

  it('begin with a controller that listens to all of them by TLS, with a certificate of its own', async () => {
    controller.write('/etc/fairlead/server.env', 'FAIRLEAD_LISTEN=0.0.0.0:4710\n');
    const since = performance.now();
    await apt(controller, deb('fairlead-server', first));
    await controller.until(async () => (await controller.try('systemctl', 'is-active', 'fairlead-server')).trim() === 'active', 'the controller');
    figure('apt install of the controller until it is ready', seconds(since));
    await done('application', 'create', 'hello');
  });

  it('are enrolled by one line each, which knows the controller by its token, and bring their tags and zones', async () => {
    const token = (await done('token', 'create', '--quiet', '--max-uses', '5', '--tag', 'stage=test')).trim();
    await Promise.all([...applicationHosts, balancer].map(async (host, i) => {
      const member = plan[i];
      const since = performance.now();
      if (member === undefined) host.write('/etc/fairlead/agent.yml', 'balancer:\n  haproxy:\n    main:\n      socket: /run/haproxy/admin.sock\n      backends: [web]\n');
      else host.write('/etc/fairlead/agent.yml', `zone: ${member.zone}\n`);
      await host.run('env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '--yes', '--quiet', '-o', 'Dpkg::Options::=--force-confold', 'install', deb('fairlead-agent', first));
      await host.run('fairlead', 'agent', 'enroll', '--controller', url, '--join-token', token, ...(member === undefined ? [] : ['--tag', `role=${member.role}`]), '--start');
      await host.until(() => isConnected(host), 'the agent to be connected', 120_000);
      if (i === 0) figure('from apt install to connected, six hosts at once', seconds(since));
    }));
    const { instances } = JSON.parse(await done('instance', 'list', '--json')) as { readonly instances: readonly { readonly instanceName: string; readonly tags: readonly { readonly Key: string; readonly Value: string; readonly setBy: string }[] }[] };
    assert.deepEqual(instances.map(({ instanceName, tags }) => `${instanceName}: ${tags.map(({ Key, Value, setBy }) => `${Key}=${Value} (${setBy})`).join(' ')}`), [
      'api-1: role=api (agent) stage=test (api)',
      'api-2: role=api (agent) stage=test (api)',
      'balancer: stage=test (api)',
      'web-1: role=web (agent) stage=test (api)',
      'web-2: role=web (agent) stage=test (api)',
    ]);
  });

  it('roll hello-web behind HAProxy, one host at a time and zone by zone, and lose no request', async () => {
    const servers = plan.map(({ name: server }, i) => `  server ${server} ${bridge.address(10 + i)}:8080\n`).join('');
    balancer.write('/etc/haproxy/haproxy.cfg', `global\n  stats socket /run/haproxy/admin.sock mode 660 level admin expose-fd listeners\n  server-state-file /var/lib/haproxy/server-state\ndefaults\n  mode http\n  timeout connect 5s\n  timeout client 30s\n  timeout server 30s\n  option idle-close-on-response\n  load-server-state-from-file global\nfrontend front\n  bind :80\n  default_backend web\nbackend web\n  option httpchk GET /version\n  default-server check inter 500ms fall 2 rise 2 weight 100\n${servers}`);
    await balancer.run('systemctl', 'restart', 'haproxy');
    await done('traffic-router', 'put', 'front', '--haproxy', 'agent:balancer/main', '--backend', 'web');
    for (const host of applicationHosts) host.write('/etc/hello-web/node', '/usr/lib/fairlead-agent/node\n');
    await done('deployment-group', 'create', 'all', '--application', 'hello', '--tag', 'role', '--config', 'CodeDeployDefault.AllAtOnce', '--auto-rollback', 'on-failure');
    assert.equal((await deploy('hello', helloWeb('1'))).status, 0);
    await done('deployment-group', 'update', 'all', '--application', 'hello', '--config', 'CodeDeployDefault.OneAtATime', '--router', 'front', '--drain', '30s', '--serve', '60s');
    const front = `http://${bridge.address(3)}`;
    await balancer.until(async () => (await fetch(`${front}/version`).then((answer) => answer.text(), () => '')).trim() === '1', 'the balancer to serve');
    const asking = new AbortController();
    const load = askSteadily(`${front}/version`, asking.signal);
    const { status, out } = await deploy('hello', helloWeb('2'));
    asking.abort();
    assert.equal(status, 0, out);
    const { sent, failures, answers } = await load;
    assert.deepEqual(failures, []);
    assert.deepEqual([...answers.keys()].sort(), ['1', '2']);
    figure('requests while hello-web rolled through four hosts', `${sent}, none failed`);
    for (const [i] of plan.entries()) assert.equal((await (await fetch(`http://${bridge.address(10 + i)}:8080/version`)).text()).trim(), '2');
  });

  it('give hello-web over from two of them to the other two, and lose no request', async () => {
    await done('deployment-group', 'create', 'fleets', '--application', 'hello', '--tag', 'role=web', '--config', 'CodeDeployDefault.AllAtOnce', '--router', 'front', '--blue-green', '--when-ready', 'continue', '--originals', 'keep');
    const front = `http://${bridge.address(3)}`;
    // Another group has started them there, and what it started only it would stop.
    for (const host of applicationHosts.slice(2)) await host.run('pkill', '-f', 'hello-web/app/service.mjs');
    await balancer.until(async () => (await Promise.all(Array.from({ length: 20 }, () => fetch(`${front}/version`).then(({ status: answered }) => answered === 200, () => false)))).every(Boolean), 'two hosts to serve alone');
    const asking = new AbortController();
    const load = askSteadily(`${front}/version`, asking.signal);
    const { status, out } = await type('deploy', '--application', 'hello', '--deployment-group', 'fleets', '--directory', helloWeb('3'), '--file-exists-behavior', 'OVERWRITE', '--replacement-tag', 'role=api');
    asking.abort();
    assert.equal(status, 0, out);
    const { sent, failures, answers } = await load;
    assert.deepEqual(failures, []);
    assert.deepEqual([...answers.keys()].sort(), ['2', '3']);
    const after = await Promise.all(Array.from({ length: 20 }, async () => (await (await fetch(`${front}/version`)).text()).trim()));
    assert.deepEqual([...new Set(after)], ['3']);
    figure('requests while the traffic moved from two hosts to the other two', `${sent}, none failed`);
  });

  it('that reboot in the middle of a hook say that it was interrupted; it is not run again, and the deployment ends as its config says', async () => {
    await done('application', 'create', 'noting');
    await done('deployment-group', 'create', 'all', '--application', 'noting', '--tag', 'role', '--config', 'CodeDeployDefault.AllAtOnce');
    reset();
    const [host] = applicationHosts as [Container];
    host.write('/etc/wait-in', 'ApplicationStart');
    const deployed = deploy('noting', await noting('rebooted'));
    await host.until(() => starts(host).some((line) => line.endsWith('ApplicationStart')), 'the hook');
    await host.reboot('orderly');
    const { status, out } = await deployed;
    // Three of four succeeded: as AllAtOnce asks for.
    assert.equal(status, 0, out);
    const target = await done('deployment', 'show', starts(host)[0]!.split(' ')[0]!);
    assert.match(target, /web-1.*(?:interrupted|Interrupted|cut short)/s);
    for (const one of applicationHosts) eachOnce(one);
  });

  it('lose their power in the middle of an installation, and have the old revision or the new one, whole', async () => {
    const files = (word: string): Record<string, string> => Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`tree/part-${i}`, `${word} ${i}\n`]));
    reset();
    assert.equal((await deploy('noting', await noting('old', { files: files('old') }))).status, 0);
    const [, host] = applicationHosts as [Container, Container];
    reset();
    const deployed = deploy('noting', await noting('new', { files: files('new') }));
    await host.until(() => starts(host).some((line) => line.endsWith('BeforeInstall')), 'the installation');
    await host.cutPower();
    await host.powerOn();
    const { out } = await deployed;
    await allConnected();
    eachOnce(host);
    const words = new Set((await host.run('sh', '-c', "cd /srv/app && cat part-* | cut -d ' ' -f 1")).trim().split('\n'));
    assert.equal(words.size, 1, `${out}: ${[...words].join(' and ')}`);
    assert.equal((await host.run('sh', '-c', 'ls /srv/app | wc -l')).trim(), '2001');
    figure('after the power cut in an installation', `all files are ${[...words][0]}`);
  });

  it('that are cut off for a minute, each in another phase, go on where they were: nothing is run twice and the deployment succeeds', async () => {
    reset();
    const phases = ['BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService'];
    for (const [i, host] of applicationHosts.entries()) {
      host.write('/etc/wait-in', phases[i]!);
      await host.run('rm', '-f', '/run/go');
    }
    const deployed = deploy('noting', await noting('cut'));
    await Promise.all(applicationHosts.map(async (host, i) => {
      await host.until(() => starts(host).some((line) => line.endsWith(phases[i]!)), `${name(host)} in ${phases[i]}`, 120_000);
      bridge.cut(host.machine);
      // The hook ends while nobody can be told.
      await go(host);
    }));
    const cutAt = performance.now();
    await applicationHosts[0]!.until(async () => {
      const { instances } = JSON.parse(await done('instance', 'list', '--json')) as { readonly instances: readonly { readonly instanceName: string; readonly isConnected: boolean }[] };
      return instances.filter(({ instanceName, isConnected: isThere }) => instanceName !== 'balancer' && isThere).length === 0;
    }, 'the controller to notice', 60_000);
    figure('until the controller has noticed that all four are gone', seconds(cutAt));
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, 60_000 - (performance.now() - cutAt))));
    for (const host of applicationHosts) bridge.mend(host.machine);
    const { status, out } = await deployed;
    assert.equal(status, 0, out);
    for (const host of applicationHosts) {
      eachOnce(host);
      assert.equal(starts(host).length, 4);
      assert.equal(host.read('/srv/app/name'), 'cut');
    }
  });

  it('whose disk is full in the middle of an installation say so, keep what they had, and take the next revision', async () => {
    const [host] = applicationHosts as [Container];
    const file = join(packages.folder, 'small.img');
    execFileSync('truncate', ['-s', '16M', file]);
    // Few inodes: bytes are counted before an installation begins, so it is these that run out in its middle.
    execFileSync('mkfs.ext4', ['-q', '-F', '-N', '128', file]);
    const device = execFileSync('losetup', ['--find', '--show', file], { encoding: 'utf8' }).trim();
    try {
      // Inside there are no loop devices: this one is named there, and mounted from outside.
      await host.run('mknod', '/dev/small-disk', 'b', '7', device.replace('/dev/loop', ''));
      await host.run('mkdir', '-p', '/mnt/small');
      await host.run('mount', '/dev/small-disk', '/mnt/small');
      await done('application', 'create', 'small');
      await done('instance', 'tag', 'web-1', 'disk=small');
      await done('deployment-group', 'create', 'all', '--application', 'small', '--tag', 'disk=small', '--config', 'CodeDeployDefault.AllAtOnce');
      const revision = async (version: string, mebibytes: number, files = 0): Promise<string> => {
        const small = Object.fromEntries(Array.from({ length: files }, (_, i) => [`tree/part-${i}`, `${i}`]));
        await bundleFolder(join(packages.folder, `small-${version}`), { 'appspec.yml': 'version: 0.0\nos: linux\nfiles:\n  - source: tree\n    destination: /mnt/small/app\nfile_exists_behavior: OVERWRITE\n', 'tree/version': version, 'tree/data': randomBytes(mebibytes * 512 * 1024).toString('hex'), ...small });
        return `/packages/small-${version}`;
      };
      assert.equal((await deploy('small', await revision('1', 2))).status, 0);
      for (const [folder, words] of [[await revision('2', 20), /Install Failed .*the revision needs \d+ bytes on the file system of \/mnt\/small\/app, which has \d+ left/], [await revision('2-many', 1, 300), /Install Failed .*(?:no space left|ENOSPC|full)/i]] as const) {
        const full = await deploy('small', folder);
        assert.equal(full.status, 1, full.out);
        assert.match(full.out, words);
        assert.equal((await host.run('cat', '/mnt/small/app/version')).trim(), '1');
        assert.equal((await host.run('sh', '-c', 'ls -A /mnt/small/app | wc -l')).trim(), '2');
      }
      assert.equal((await deploy('small', await revision('3', 3))).status, 0);
      assert.equal((await host.run('cat', '/mnt/small/app/version')).trim(), '3');
    } finally {
      await host.try('umount', '/mnt/small');
      execFileSync('losetup', ['--detach', device]);
    }
  });

  it('are upgraded and killed in the middle of a hook, which goes on and runs once', async () => {
    reset();
    const [one, two] = applicationHosts as [Container, Container];
    for (const host of applicationHosts) await host.run('rm', '-f', '/run/go');
    for (const host of [one, two]) host.write('/etc/wait-in', 'ApplicationStart');
    const deployed = deploy('noting', await noting('upgraded'));
    for (const host of [one, two]) await host.until(() => starts(host).some((line) => line.endsWith('ApplicationStart')), 'the hook');
    await one.run('systemctl', 'kill', '--signal=KILL', '--kill-who=main', 'fairlead-agent');
    await apt(two, deb('fairlead-agent', second));
    for (const host of [one, two]) await host.until(() => isConnected(host), 'the agent to be back');
    for (const host of [one, two]) await go(host);
    const { status, out } = await deployed;
    assert.equal(status, 0, out);
    for (const host of applicationHosts) {
      eachOnce(host);
      assert.equal(starts(host).length, 4);
    }
  });

  it('go on when the controller’s host loses its power and comes back: what was promised is kept', async () => {
    reset();
    const [one] = applicationHosts as [Container];
    await one.run('rm', '-f', '/run/go');
    one.write('/etc/wait-in', 'ApplicationStart');
    const deploymentId = /d-[A-Z0-9]{9}/.exec(await done('deploy', '--application', 'noting', '--deployment-group', 'all', '--directory', await noting('lasting'), '--detach'))![0];
    await one.until(() => starts(one).some((line) => line.endsWith('ApplicationStart')), 'the hook');
    await controller.cutPower();
    await go(one);
    await controller.powerOn();
    await allConnected();
    const status = async (): Promise<string> => (JSON.parse(await done('deployment', 'show', deploymentId, '--json')) as { readonly deploymentInfo: { readonly status: string } }).deploymentInfo.status;
    await controller.until(async () => ['Succeeded', 'Failed', 'Stopped'].includes(await status()), 'the deployment to end', 120_000);
    assert.equal(await status(), 'Succeeded');
    for (const host of applicationHosts) {
      eachOnce(host);
      assert.equal(host.read('/srv/app/name'), 'lasting');
    }
  });

  it('deploy with a clock an hour off, and a doctor says by how much', async () => {
    reset();
    const host = applicationHosts[3]!;
    host.write('/etc/systemd/system/fairlead-agent.service.d/clock.conf', `[Service]\nEnvironment=LD_PRELOAD=/usr/lib/${architecture === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu/faketime/libfaketimeMT.so.1 FAKETIME=-1h FAKETIME_DONT_FAKE_MONOTONIC=1\n`);
    await host.run('systemctl', 'daemon-reload');
    await host.run('systemctl', 'restart', 'fairlead-agent');
    await host.until(() => isConnected(host), 'the agent');
    const { status, out } = await deploy('noting', await noting('behind'));
    assert.equal(status, 0, out);
    eachOnce(host);
    const preload = host.read('/etc/systemd/system/fairlead-agent.service.d/clock.conf').split('Environment=')[1]!.trim().split(' ');
    const { findings } = JSON.parse(await host.try('env', ...preload, 'fairlead', 'doctor', '--json')) as { readonly findings: readonly { readonly check: string; readonly verdict: string; readonly sentence: string }[] };
    assert.match(findings.find(({ check, verdict }) => check === 'clock' && verdict !== 'well')?.sentence ?? '', / 36\d\d s behind/);
  });

  it('have their agents upgraded by a deployment: one after the other, and never during another hook', async () => {
    reset();
    const [one] = applicationHosts as [Container];
    await one.run('rm', '-f', '/run/go');
    one.write('/etc/wait-in', 'ApplicationStart');
    const held = deploy('noting', await noting('held'));
    await one.until(() => starts(one).some((line) => line.endsWith('ApplicationStart')), 'the hook');
    await controller.run('fairlead', 'agent', 'upgrade-bundle', deb('fairlead-agent', third), '--to', '/root/agent-new');
    await done('application', 'create', 'fairlead-agent');
    await done('deployment-group', 'create', 'all', '--application', 'fairlead-agent', '--tag', 'role', '--config', 'CodeDeployDefault.OneAtATime', '--order', 'role=web,api', '--parameter', 'UPGRADE_PATIENCE_SECONDS=20');
    const upgraded = deploy('fairlead-agent', '/root/agent-new');
    const log = async (): Promise<string> => (await type('deployment', 'list', '--application', 'fairlead-agent', '--json')).out;
    await one.until(async () => (await one.run('fairlead', 'agent', 'status')).includes('ApplicationStart of fairlead-agent') && (await log()) !== '', 'the upgrade to begin', 120_000);
    // It waits: the agent is still the one before while the other hook runs.
    assert.notEqual((await one.run('fairlead', '--version')).trim(), third);
    await go(one);
    assert.equal((await held).status, 0);
    const { status, out } = await upgraded;
    assert.equal(status, 0, out);
    for (const host of applicationHosts) {
      assert.equal((await host.run('fairlead', '--version')).trim(), third);
      assert.match(await host.run('fairlead', 'agent', 'status'), new RegExp(`version ${third.replaceAll('.', '\\.')},`));
      assert.match(host.read('/var/lib/fairlead-agent/previous/program/fairlead-agent.mjs').slice(0, 100), /\S/);
    }
  });

  it('keep the agent that they have when the new one is not well: the first host says so, and no other is touched', async () => {
    await controller.run('fairlead', 'agent', 'upgrade-bundle', deb('fairlead-agent', broken), '--to', '/root/agent-broken');
    const { status, out } = await deploy('fairlead-agent', '/root/agent-broken');
    assert.equal(status, 1, out);
    assert.match(out, /The agent 0\.4\.0 was not well within 20 s/);
    await allConnected();
    for (const host of applicationHosts) assert.match(await host.run('fairlead', 'agent', 'status'), new RegExp(`version ${third.replaceAll('.', '\\.')},`));
    assert.equal((await deploy('noting', await noting('after'))).status, 0);
  });

  it('keep their agents small', async () => {
    const host = applicationHosts[0]!;
    const charged = await host.memoryChargedTo(async () => {
      await host.run('systemctl', 'restart', 'fairlead-agent');
      await host.until(() => isConnected(host), 'the agent');
    });
    figure('memory of an agent', `control group ${charged.toFixed(0)} MiB`);
    assert.ok(charged < 100, `the agent has ${charged} MiB`);
  });
});

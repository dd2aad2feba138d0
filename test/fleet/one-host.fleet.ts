// Two slots at one socket on a host with systemd: the units and scripts of examples/steady-web/one-host as they are, handed over
// under load. Needs root and systemd-nspawn: `npm run test:fleet`.

import assert from 'node:assert/strict';
import { cpSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { Load } from '../../examples/traffic/load.ts';
import { stablePorts } from '../../examples/traffic/stable-ports.ts';
import { Container } from './container.ts';
import { findRootFolder } from './root-folder.ts';

const steadyWeb = join(import.meta.dirname, '../../examples/steady-web');

describe('two slots at one socket, on a host with systemd,', function () {
  this.timeout(180_000);
  let host: Container;
  let port = 0;
  before(async () => {
    host = new Container(findRootFolder(), [`${realpathSync(process.execPath)}:/usr/local/bin/node`]);
    [port = 0] = await stablePorts(1);
    await host.boot();
    host.write('/etc/systemd/system/steady-web.socket.d/port.conf', `[Socket]\nListenStream=\nListenStream=127.0.0.1:${port}\n`);
    host.write('/etc/steady-web/slots.env', 'STEADY_WARM_MS=500\n');
  });
  after(() => host[Symbol.asyncDispose]());

  /** What the agent does with the bundle, without the agent. */
  const deploy = async (version: string): Promise<void> => {
    const bundle = join(host.root, 'bundle');
    cpSync(steadyWeb, bundle, { recursive: true });
    cpSync(join(steadyWeb, 'one-host'), bundle, { recursive: true });
    writeFileSync(join(bundle, 'app/version'), `${version}\n`);
    const release = `/opt/steady-web/releases/${version}`;
    mkdirSync(join(host.root, release), { recursive: true });
    cpSync(join(bundle, 'app'), join(host.root, release, 'app'), { recursive: true });
    cpSync(join(bundle, 'units'), join(host.root, 'etc/systemd/system'), { recursive: true });
    cpSync(join(bundle, 'config'), join(host.root, 'etc/steady-web'), { recursive: true });
    await host.run('ln', '-sfn', release, '/opt/steady-web/current');
    await host.run('/bundle/scripts/start-slot.sh');
    await host.run('/bundle/scripts/hand-over.sh');
  };
  const whoServes = async (): Promise<{ readonly name: string; readonly version: string }> => (await fetch(`http://127.0.0.1:${port}/who`, { headers: { connection: 'close' } })).json() as Promise<{ name: string; version: string }>;

  it('hand over under load six times, and lose no request', async () => {
    await deploy('1');
    await using load = new Load({ url: `http://127.0.0.1:${port}/`, ratePerSecond: 200 });
    for (const version of ['2', '3', '4', '5', '6', '7']) await deploy(version);
    const report = await load.stop();
    assert.deepEqual(report.failures, []);
    assert.deepEqual([report.failed, report.succeeded], [0, report.sent]);
    assert.deepEqual(Object.keys(report.versions), ['1', '2', '3', '4', '5', '6', '7']);
    const active = await Promise.all(['blue', 'green'].map((slot) => host.try('systemctl', 'is-active', `steady-web@${slot}.service`)));
    assert.deepEqual(active.map((word) => word.trim()), ['active', 'inactive']);
  });

  it('leave the socket open and the other slot alone: nothing starts the one that was ended', async () => {
    await deploy('8');
    assert.equal((await whoServes()).name, 'green');
    for (let time = 0; time < 20; time += 1) assert.equal((await whoServes()).version, '8');
    assert.equal((await host.try('systemctl', 'is-active', 'steady-web@blue.service')).trim(), 'inactive');
  });

  it('come back after a reboot with the one that served', async () => {
    await host.reboot('orderly');
    await host.until(async () => (await whoServes().catch(() => null))?.version === '8', 'the service');
    assert.equal((await whoServes()).name, 'green');
    assert.equal((await host.try('systemctl', 'is-active', 'steady-web@blue.service')).trim(), 'inactive');
  });
});

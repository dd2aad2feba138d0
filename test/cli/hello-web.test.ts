import { describe, it, beforeEach, afterEach } from 'mocha';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePorts } from '../../examples/demo/free-ports.ts';
import { endProcessesBelow } from '../../examples/demo/processes-below.ts';
import { makeReleases } from '../../examples/demo/releases.ts';
import { parseAppSpecBytes } from '../../hooks/appspec/parse.ts';
import { scriptableEvents } from '../../protocol/model/lifecycle-order.ts';

const helloWeb = path.resolve(import.meta.dirname, '../../examples/hello-web');

describe('examples/hello-web', () => {
  let folder = '';
  let root = '';
  let port = 0;
  beforeEach(async () => {
    folder = mkdtempSync(path.join(tmpdir(), 'fairlead-hello-'));
    root = path.join(folder, 'root');
    [port = 0] = await freePorts(1);
    mkdirSync(path.join(root, 'etc/hello-web'), { recursive: true });
    writeFileSync(path.join(root, 'etc/hello-web/port'), `${port}\n`);
  });
  afterEach(async () => {
    assert.deepEqual(await endProcessesBelow(folder), []);
    rmSync(folder, { recursive: true, force: true });
  });

  const appSpec = () => {
    const verdict = parseAppSpecBytes(readFileSync(path.join(helloWeb, 'appspec.yml')));
    assert.equal(verdict.kind, 'accepted');
    assert.deepEqual(verdict.warnings, []);
    return verdict.appSpec;
  };

  /** What Install does with this AppSpec, in two lines. */
  const install = (bundle: string): void => {
    rmSync(path.join(root, 'opt/hello-web/app'), { recursive: true, force: true });
    cpSync(path.join(bundle, 'app'), path.join(root, 'opt/hello-web/app'), { recursive: true });
    cpSync(path.join(bundle, 'config/hello-web.conf'), path.join(root, 'etc/hello-web/hello-web.conf'));
    chmodSync(path.join(root, 'opt/hello-web/app/service.mjs'), 0o755);
  };

  /** Runs the scripts of one event as an agent does: no standard input, a bounded time, an environment of its own. */
  const runEvent = (bundle: string, name: string, more: Readonly<Record<string, string>> = {}) => {
    const output = path.join(folder, `${name}.out`);
    for (const script of appSpec().hooks[name] ?? []) {
      const env = { PATH: '/usr/bin:/bin', FAIRLEAD_ROOT: root, FAIRLEAD_HELLO_NODE: process.execPath, LIFECYCLE_EVENT: name, DEPLOYMENT_ID: 'd-ABCDEFGHI', ...more };
      const { status, error, stdout, stderr } = spawnSync(path.join(bundle, script.location), [], { cwd: bundle, encoding: 'utf8', timeout: 20_000, env });
      assert.equal(error, undefined, `${name} holds its output: ${String(error)}`);
      writeFileSync(output, stdout + stderr);
      if (status !== 0) return { status, said: stdout + stderr };
    }
    return { status: 0, said: existsSync(output) ? readFileSync(output, 'utf8') : '' };
  };

  const deploy = (bundle: string, leaving: string | null): number | null => {
    if (leaving !== null) assert.equal(runEvent(leaving, 'ApplicationStop').status, 0);
    assert.equal(runEvent(bundle, 'BeforeInstall').status, 0);
    install(bundle);
    assert.equal(runEvent(bundle, 'AfterInstall').status, 0);
    const started = runEvent(bundle, 'ApplicationStart');
    assert.equal(started.status, 0, started.said);
    return runEvent(bundle, 'ValidateService').status;
  };

  const ask = async (what: string): Promise<string> => (await (await fetch(`http://127.0.0.1:${port}${what}`, { headers: { connection: 'close' } })).text()).trim();

  it('has an executable script for every event that takes one, and an AppSpec without a complaint', () => {
    const { hooks, files, permissions } = appSpec();
    assert.deepEqual(Object.keys(hooks).sort(), [...scriptableEvents].sort());
    for (const { location } of Object.values(hooks).flat()) assert.equal(statSync(path.join(helloWeb, location)).mode & 0o111, 0o111, location);
    assert.ok(files.length > 0 && permissions.length > 0);
  });

  it('its scripts deploy one version after the other, and each serves itself', async () => {
    const { first, second } = await makeReleases(folder);
    assert.equal(deploy(first, null), 0);
    assert.equal(await ask('/version'), '1.0.0');
    assert.equal(await ask('/'), 'Hello from the first version');
    assert.equal(deploy(second, first), 0);
    assert.equal(await ask('/version'), '2.0.0');
    assert.equal(runEvent(second, 'ApplicationStop').status, 0);
    await assert.rejects(ask('/version'));
  }).timeout(40_000);

  it('the broken release starts, and is caught by its own ValidateService', async () => {
    const { first, broken } = await makeReleases(folder);
    deploy(first, null);
    assert.equal(deploy(broken, first), 1);
    assert.equal(await ask('/version'), '3.0.0');
    assert.match(readFileSync(path.join(folder, 'ValidateService.out'), 'utf8'), /answers 500: greeting\.txt cannot be read/);
  }).timeout(40_000);

  it('ValidateService is not content with another program that has the port and would answer rightly', async () => {
    const { first } = await makeReleases(folder);
    assert.equal(deploy(first, null), 0);
    const pidFile = path.join(root, 'run/hello-web/pid');
    const pid = readFileSync(pidFile, 'utf8');
    // As after a start that lost the port to one that runs already.
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', path.join(root, 'opt/hello-web/app/service.mjs')], { stdio: 'ignore' });
    writeFileSync(pidFile, `${other.pid}\n`);
    const { status, said } = runEvent(first, 'ValidateService');
    other.kill('SIGKILL');
    writeFileSync(pidFile, pid);
    assert.deepEqual([status, /is answered by another program, not by process \d+/.test(said)], [1, true], said);
  }).timeout(40_000);

  it('ApplicationStop is content where nothing runs, and does not end a stranger whose pid it finds', () => {
    assert.equal(runEvent(helloWeb, 'ApplicationStop').status, 0);
    mkdirSync(path.join(root, 'run/hello-web'), { recursive: true });
    writeFileSync(path.join(root, 'run/hello-web/pid'), `${process.pid}\n`);
    assert.match(runEvent(helloWeb, 'ApplicationStop').said, /does not run/);
  });

  it('finds node by the host’s settings where it is not in PATH, and says so when there is none', () => {
    const bin = path.join(folder, 'bin');
    mkdirSync(bin);
    for (const tool of ['dirname', 'cat']) symlinkSync(spawnSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim(), path.join(bin, tool));
    const lost = runEvent(helloWeb, 'BeforeInstall', { FAIRLEAD_HELLO_NODE: '', PATH: bin });
    assert.equal(lost.status, 1);
    assert.match(lost.said, /There is no node in PATH/);
    writeFileSync(path.join(root, 'etc/hello-web/node'), `${process.execPath}\n`);
    const found = runEvent(helloWeb, 'BeforeInstall', { FAIRLEAD_HELLO_NODE: '', PATH: bin });
    assert.equal(found.status, 0);
    assert.ok(found.said.includes(process.execPath));
  });

  it('its scripts are plain POSIX sh', () => {
    for (const name of readdirSync(path.join(helloWeb, 'scripts')).filter((one) => one.endsWith('.sh'))) {
      const checked = spawnSync('sh', ['-n', path.join(helloWeb, 'scripts', name)], { encoding: 'utf8' });
      assert.deepEqual([name, checked.status, checked.stderr], [name, 0, '']);
    }
  });
});

// A controller that makes its own certificate, the command line that trusts it by its authority's file, and agents that know
// it by what their join token carries: all of them real processes.

import assert from 'node:assert/strict';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { bundleFolder, until } from './real-fleet.ts';

const executable = join(import.meta.dirname, '../../bin/fairlead');
interface Ran { readonly status: number; readonly out: string; readonly err: string }
interface Program { readonly child: ChildProcess; readonly said: () => string }

describe('a controller with a certificate of its own', function () {
  this.timeout(120_000);
  let folder: string;
  let running: Program[];
  const env = { PATH: process.env['PATH'] ?? '' };

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-own-certificate-'));
    running = [];
  });
  afterEach(async () => {
    for (const { child } of running) {
      if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve).kill('SIGKILL'));
    }
    await rm(folder, { recursive: true, force: true });
  });

  function start(...args: readonly string[]): Program {
    const child = spawn(executable, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString('utf8')));
    const program = { child, said: () => said };
    running.push(program);
    return program;
  }
  async function saying(program: Program, words: RegExp): Promise<RegExpExecArray> {
    await until(`something says ${String(words)}`, () => Promise.resolve(words.test(program.said())));
    return words.exec(program.said())!;
  }
  const controller = async (name: string): Promise<{ readonly url: string; readonly type: (...args: readonly string[]) => Promise<Ran> }> => {
    const program = start('server', '--tls-own', '--listen', '127.0.0.1:0', '--data-dir', join(folder, name));
    const url = (await saying(program, /listens on (https:\/\/\S+)/))[1]!;
    const place = ['--url', url, '--credentials', join(folder, name, 'administrator-access-key.json'), '--ca-file', join(folder, name, 'tls-ca.pem')];
    return { url, type: (...args) => new Promise((resolve) => { const child = execFile(executable, [...args, ...place], { env }, (_, out, err) => resolve({ status: child.exitCode ?? -1, out, err })); }) };
  };

  it('is trusted by clients that have its authority’s file, and by no others', async () => {
    const { url, type } = await controller('server');
    const { status, err } = await type('instance', 'list');
    assert.equal(status, 0, err);
    const stranger = await new Promise<string>((resolve) => execFile(executable, ['instance', 'list', '--url', url, '--credentials', join(folder, 'server/administrator-access-key.json')], { env }, (_, _out, words) => resolve(words)));
    assert.match(stranger, /cannot be reached: its certificate .*\n.*--ca-file or FAIRLEAD_CA_FILE \(on the server itself: DATA_DIR\/tls-ca\.pem\)/);
  });

  it('is known by agents from their first meeting, by the pin in their token, and again after a restart', async () => {
    const { url, type } = await controller('server');
    const token = (await type('token', 'create', '--quiet')).out.trim();
    assert.match(token, /^flt_\w+@sha256:[\w-]{43}$|^flt_.+@sha256:[\w-]{43}$/);
    const agent = ['agent', '--controller', url, '--data-dir', join(folder, 'web-1')];
    const first = start(...agent, '--join-token', token, '--name', 'web-1');
    await saying(first, /web-1 \(.*\) is connected/);
    await new Promise((resolve) => first.child.once('exit', resolve).kill('SIGTERM'));
    await saying(start(...agent, '--root', join(folder, 'root')), /web-1 \(.*\) is connected/);
    // Bundles are fetched from the controller, too.
    await type('application', 'create', 'hello');
    await type('deployment-group', 'create', 'web', '--application', 'hello', '--tag', 'role=web');
    await type('instance', 'tag', 'web-1', 'role=web');
    const bundle = await bundleFolder(join(folder, 'revision'), { 'appspec.yml': 'version: 0.0\nos: linux\nfiles:\n  - source: page\n    destination: /srv\n', page: 'hello' });
    const deployed = await type('deploy', '--application', 'hello', '--deployment-group', 'web', '--directory', bundle);
    assert.equal(deployed.status, 0, deployed.out + deployed.err);
    assert.equal(await readFile(join(folder, 'root/srv/page'), 'utf8'), 'hello');
    const { enrolled } = JSON.parse(await readFile(join(folder, 'web-1/identity.json'), 'utf8')) as { readonly enrolled: { readonly authority: string } };
    assert.equal(enrolled.authority.trim(), (await readFile(join(folder, 'server/tls-ca.pem'), 'utf8')).trim());
  });

  it('gets no token from an agent that was to meet another one', async () => {
    const [mine, other] = [await controller('mine'), await controller('other')];
    const token = (await mine.type('token', 'create', '--quiet')).out.trim();
    const agent = start('agent', '--controller', other.url, '--data-dir', join(folder, 'web-1'), '--join-token', token, '--name', 'web-1');
    await saying(agent, /Nothing was sent to the controller: what answers at \S+ does not show a certificate of the authority that the join token names/);
    await until('it has ended', () => Promise.resolve(agent.child.exitCode !== null));
    assert.notEqual(agent.child.exitCode, 0);
    const plain = start('agent', '--controller', other.url.replace('https', 'http'), '--data-dir', join(folder, 'web-2'), '--join-token', token, '--name', 'web-2');
    await saying(plain, /is reached without TLS; write https:\/\/ instead/);
  });
});

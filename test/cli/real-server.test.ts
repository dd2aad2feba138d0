import { describe, it, before, after } from 'mocha';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startFairlead } from '../../examples/demo/child.ts';
import type { Child } from '../../examples/demo/child.ts';
import { endProcessesBelow } from '../../examples/demo/processes-below.ts';

const fairlead = path.resolve(import.meta.dirname, '../../bin/fairlead');

/** A first evening with fairlead, typed to a real server with one real agent. Each claim stands on those before it. */
describe('fairlead against a real server and agent', function () {
  this.timeout(60_000);
  let scratch = '';
  let url = '';
  let credentials = '';
  const children: Child[] = [];
  /** Begins with the claims, not when this file is loaded: many other files run in between. */
  let patience: AbortSignal;

  const type = (...args: readonly string[]): Promise<{ readonly status: number | null; readonly out: string; readonly err: string }> => {
    const child = spawn(fairlead, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', FAIRLEAD_URL: url } });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number | null; out: string; err: string }>();
    child.once('error', reject);
    child.once('close', (status) => resolve({ status, out, err }));
    return promise;
  };
  const command = (...args: readonly string[]) => type(...args, '--credentials', credentials);

  const gate = (): string => path.join(scratch, 'gate');

  /** A revision whose ValidateService ends with `status`, at once or when the gate is opened; it leaves its name below the root. */
  const revision = (name: string, status: number, isGated = false): string => {
    const folder = path.join(scratch, name);
    mkdirSync(folder);
    writeFileSync(
      path.join(folder, 'appspec.yml'),
      'version: 0.0\nos: linux\nfiles:\n  - source: name\n    destination: /srv\nfile_exists_behavior: OVERWRITE\nhooks:\n  ValidateService:\n    - location: validate.sh\n',
    );
    writeFileSync(path.join(folder, 'name'), name);
    writeFileSync(path.join(folder, 'validate.sh'), `#!/bin/sh\necho validating ${name}\n${isGated ? `until [ -e ${gate()} ]; do sleep 0.05; done\n` : ''}exit ${status}\n`, { mode: 0o755 });
    return folder;
  };
  const deploy = (folder: string, ...more: readonly string[]) => command('deploy', '--application', 'app', '--deployment-group', 'all', '--directory', folder, ...more);
  const installed = () => readFileSync(path.join(scratch, 'root/srv/name'), 'utf8');

  before(async () => {
    patience = AbortSignal.timeout(110_000);
    scratch = realpathSync(mkdtempSync(path.join(tmpdir(), 'fairlead-cli-')));
    credentials = path.join(scratch, 'server/administrator-access-key.json');
    const server = startFairlead('server', ['server', '--data-dir', path.join(scratch, 'server'), '--listen', '127.0.0.1:0'], path.join(scratch, 'server.log'));
    children.push(server);
    url = await server.says(/listens on (http:\/\/\S+)/, patience);
  });
  after(async () => {
    for (const child of children.toReversed()) await child.end();
    assert.deepEqual(await endProcessesBelow(scratch), []);
    rmSync(scratch, { recursive: true, force: true });
  });

  it('a token typed to an agent brings the instance', async () => {
    mkdirSync(path.join(scratch, 'root'));
    const { out: token } = await command('token', 'create', '--quiet');
    const agent = startFairlead(
      'agent',
      ['agent', '--controller', url, '--join-token', token.trim(), '--name', 'host-1', '--tag', 'role=web', '--data-dir', path.join(scratch, 'agent'), '--root', path.join(scratch, 'root')],
      path.join(scratch, 'agent.log'),
    );
    children.push(agent);
    let listed = '';
    while (!/host-1 +on-premises +connected .*role=web\n/.test(listed)) {
      patience.throwIfAborted();
      assert.equal(agent.hasEnded(), false);
      listed = (await command('instance', 'list')).out;
    }
    assert.match((await command('token', 'list')).out, /used up +1\/1/);
  });

  it('a push makes the application, and the command it prints deploys what was pushed', async () => {
    const pushed = await command('push', revision('one', 0), '--application', 'app', '--create-application');
    assert.equal(pushed.status, 0, pushed.err);
    assert.equal((await command('deployment-group', 'create', 'all', '--application', 'app', '--tag', 'role=web', '--auto-rollback', 'on-failure', '--config', 'CodeDeployDefault.AllAtOnce')).status, 0);
    const words = /fairlead (deploy .*)\n/.exec(pushed.out)?.[1]?.replace('GROUP', 'all').split(' ') ?? [];
    const deployed = await command(...words);
    assert.equal(deployed.status, 0, deployed.out + deployed.err);
    assert.match(deployed.out, /host-1 ValidateService Succeeded .*\n[\s\S]*Succeeded \(1 Succeeded\)\n.* succeeded\.\n$/);
    assert.doesNotMatch(deployed.out, /\x1b/);
    assert.equal(installed(), 'one');
  });

  it('a revision that fails ends with status 1, its own words, and the rollback to the one before', async () => {
    const failed = await deploy(revision('two', 1));
    assert.equal(failed.status, 1, failed.out + failed.err);
    assert.match(failed.out, /ValidateService Failed ScriptFailed: .*\n[\s\S]*\| .*validating two\n/);
    assert.match(failed.out, /failed and was rolled back by d-\w{9}\.\n$/);
    assert.equal(installed(), 'one');
  });

  it('a deployment is watched as JSON lines, stopped, and ends with status 3', async () => {
    const { out } = await deploy(revision('three', 0, true), '--detach');
    const id = out.trim();
    const watched = command('deployment', 'watch', id, '--json');
    assert.equal((await command('deployment', 'stop', id)).status, 0);
    writeFileSync(gate(), '');
    const { status, out: lines } = await watched;
    assert.equal(status, 3, lines);
    const pictures = lines.trimEnd().split('\n').map((line) => JSON.parse(line) as { deployment: { status: string; deploymentId: string; createTime: string } });
    assert.equal(pictures.at(-1)?.deployment.status, 'Stopped');
    assert.ok(pictures.every((picture) => !Number.isNaN(Date.parse(picture.deployment.createTime))));
  });

  it('list, show and explain agree about what happened', async () => {
    const listed = await command('deployment', 'list', '--application', 'app', '--json');
    assert.equal(listed.status, 0, listed.err);
    const { deploymentsInfo } = JSON.parse(listed.out) as { deploymentsInfo: readonly { deploymentId: string; status: string; creator: string }[] };
    assert.deepEqual(deploymentsInfo.map(({ status, creator }) => `${status} by ${creator}`), ['Stopped by user', 'Succeeded by codeDeployRollback', 'Failed by user', 'Succeeded by user']);
    const failedId = deploymentsInfo[2]?.deploymentId ?? '';
    const shown = await command('deployment', 'show', failedId);
    assert.match(shown.out, /status +Failed\nerror +HEALTH_CONSTRAINTS: [\s\S]*host-1 ValidateService Failed/);
    assert.match((await command('deployment', 'explain', failedId)).out, new RegExp(`^${failedId} has ended: Failed\\.\n[\\s\\S]*host-1 failed in ValidateService`));
  });

  it('what is planned is done exactly so, or not at all once something has changed', async () => {
    const where = ['deploy', '--application', 'app', '--deployment-group', 'all'];
    const before = installed();
    const planned = await command(...where, '--directory', revision('planned', 0), '--plan');
    assert.equal(planned.status, 0, planned.out + planned.err);
    assert.match(planned.out, /^1 target, of which 0 must stay healthy; not connected: 0\nWAVE .*\n1 +- +- +host-1\nIt succeeds if every instance does as it is told\.$/m);
    const [, index = '', key = ''] = /--apply (\S+) instead of --plan, and --revision-key (\S+) instead of --directory/.exec(planned.err) ?? [];
    assert.equal(installed(), before);
    const changed = await command(...where, '--revision-key', key, '--apply', index, '--file-exists-behavior', 'OVERWRITE');
    assert.equal(changed.status, 2);
    assert.match(changed.err, /what the request, the group or the deployment config says\. Nothing was done/);
    const applied = await command(...where, '--revision-key', key, '--apply', index);
    assert.equal(applied.status, 0, applied.out + applied.err);
    assert.equal(installed(), 'planned');
    const again = await command(...where, '--revision-key', key, '--apply', index);
    assert.equal(again.status, 2, again.out);
    assert.match(again.err, /the targets, how they stand/);
  });

  it('what the server refuses ends with status 2 and its sentence', async () => {
    const cases = [
      [['application', 'create', 'app'], /already exists|There is/i],
      [['application', 'show', 'nobody'], /application list/],
      [['deployment', 'show', 'd-000000000'], /deployment list/],
      [['deployment', 'show', 'nonsense'], /nonsense|not valid/],
      [['deployment-config', 'delete', 'CodeDeployDefault.OneAtATime'], /./],
    ] as const;
    for (const [args, says] of cases) {
      const ran = await command(...args);
      assert.deepEqual([args, ran.status, ran.out], [args, 2, '']);
      assert.match(ran.err, says);
    }
    const stranger = await type('application', 'list', '--access-key-id', 'AKNOBODY', '--secret-access-key', 'wrong');
    assert.equal(stranger.status, 2);
    assert.match(stranger.err, /came from --access-key-id/);
  });

  it('groups and configs live and die by their commands', async () => {
    const config = 'keep-none';
    for (const args of [
      ['deployment-config', 'create', config, '--minimum-healthy-hosts', '0'],
      ['deployment-config', 'show', config],
      ['deployment-group', 'update', 'all', '--application', 'app', '--config', config, '--rename', 'everything'],
      ['deployment-group', 'show', 'everything', '--application', 'app'],
      ['instance', 'tag', 'host-1', 'stage=test'],
      ['instance', 'untag', 'host-1', 'stage'],
      ['revision', 'list', '--application', 'app'],
      ['deployment-group', 'delete', 'everything', '--application', 'app'],
      ['deployment-config', 'delete', config],
      ['application', 'rename', 'app', 'other'],
      ['application', 'delete', 'other'],
    ]) {
      const ran = await command(...args);
      assert.deepEqual([args, ran.status, ran.err], [args, 0, '']);
    }
    assert.deepEqual(JSON.parse((await command('application', 'list', '--json')).out), { applications: [] });
  });
});

describe('the demo, interrupted', () => {
  it('ends what it started, removes its folder, and answers 130', async () => {
    const main = path.resolve(import.meta.dirname, '../../examples/demo/main.ts');
    const demo = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main, '--stay'], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    const closed = new Promise<number | null>((resolve) => demo.once('close', resolve));
    await new Promise<void>((resolve, reject) => {
      demo.stdout.on('data', (chunk: Buffer) => {
        out += chunk.toString();
        if (/ BeforeInstall InProgress/.test(out)) resolve();
      });
      void closed.then(() => reject(new Error(out)));
    });
    const folders = await foldersOf(demo.pid ?? 0);
    demo.kill('SIGINT');
    assert.equal(await closed, 130, out);
    assert.match(out, /✓ nothing is left running/);
    assert.ok(folders.length > 0 && folders.every((folder) => !existsSync(folder)));
  }).timeout(60_000);
});

/** The folder that the demo's children carry in their command lines. */
async function foldersOf(parent: number): Promise<readonly string[]> {
  const { execFileSync } = await import('node:child_process');
  const commands = execFileSync('ps', ['-A', '-o', 'ppid=,args='], { encoding: 'utf8' }).split('\n');
  const ours = commands.filter((line) => line.trim().startsWith(`${parent} `));
  return [...new Set(ours.flatMap((line) => /\S*fairlead-demo-\w+/.exec(line)?.[0] ?? []))];
}

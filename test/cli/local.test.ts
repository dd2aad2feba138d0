// `fairlead local` for real: the executable, this disk, real scripts.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { lockDataFolder } from '../../agent/data-lock.ts';
import { loopbackCertificate } from '../faces/loopback-certificate.ts';

const fairlead = path.resolve(import.meta.dirname, '../../bin/fairlead');
const head = 'version: 0.0\nos: linux\n';

interface Outcome {
  readonly deploymentId: string;
  readonly status: string;
  readonly logFile: string;
  readonly events: readonly { readonly event: string; readonly status: string; readonly errorCode: string | null; readonly message: string; readonly log: string; readonly warnings: readonly string[] }[];
}

describe('fairlead local', function () {
  this.timeout(60_000);
  let scratch = '';
  let app = '';

  beforeEach(() => {
    scratch = fs.mkdtempSync(path.join(tmpdir(), 'fairlead-local-'));
    app = path.join(scratch, 'app');
    put('appspec.yml', `${head}files:\n  - source: page\n    destination: /srv\nhooks:\n  ApplicationStop:\n    - location: stop.sh\n  AfterInstall:\n    - location: after.sh\n`);
    put('page', 'one');
    put('stop.sh', `#!/bin/sh\necho one:stop >> ${scratch}/trace\n`);
    put('after.sh', `#!/bin/sh\necho "one:$APPLICATION_NAME:$DEPLOYMENT_GROUP_NAME:$DEPLOYMENT_GROUP_ID" >> ${scratch}/trace\n`);
  });
  afterEach(() => fs.rmSync(scratch, { recursive: true, force: true }));

  const put = (name: string, content: string): void => {
    fs.mkdirSync(path.dirname(path.join(app, name)), { recursive: true });
    fs.writeFileSync(path.join(app, name), content, { mode: name.endsWith('.sh') ? 0o755 : 0o644 });
  };
  const places = (): readonly string[] => ['--data-dir', path.join(scratch, 'data'), '--root', path.join(scratch, 'root')];
  const local = (...args: readonly string[]): { readonly status: number | null; readonly out: string; readonly err: string } => {
    const { status, stdout, stderr } = spawnSync(fairlead, ['local', ...places(), ...args], { encoding: 'utf8', cwd: app, env: { PATH: process.env['PATH'] ?? '' }, timeout: 30_000 });
    return { status, out: stdout, err: stderr };
  };
  const localJson = (...args: readonly string[]): Outcome & { readonly exit: number | null } => {
    const { status, out, err } = local('--json', ...args);
    assert.notEqual(out, '', err);
    return { ...(JSON.parse(out) as Outcome), exit: status };
  };
  const trace = (): readonly string[] => fs.readFileSync(path.join(scratch, 'trace'), 'utf8').trim().split('\n');
  const page = (): string => fs.readFileSync(path.join(scratch, 'root/srv/page'), 'utf8');

  it('deploys the folder it is run in, with the names CodeDeploy gives, and says so', () => {
    const { status, out, err } = local();
    assert.equal(status, 0, err);
    assert.match(out, /^BeforeBlockTraffic +Succeeded\n[^]*Install +Succeeded\n[^]*Successfully deployed bundle locally: d-[A-Z0-9]{9}-local\n/);
    assert.equal(page(), 'one');
    assert.deepEqual(trace(), [`one:${fs.realpathSync(app)}:LocalFleet:default-local-deployment-group`]);
  });

  it('keeps the daemon’s records: the next deployment stops with the last successful revision, and replaces its files', () => {
    local('-a', 'shop', '-d', 'fleet', '-g', 'g-1');
    put('page', 'two');
    put('stop.sh', `#!/bin/sh\necho two:stop >> ${scratch}/trace\n`);
    put('after.sh', '#!/bin/sh\nexit 5\n');
    const failed = localJson('-g', 'g-1');
    assert.deepEqual([failed.exit, failed.status], [1, 'Failed']);
    assert.equal(localJson('-g', 'g-1', '-e', 'ApplicationStop,DownloadBundle,Install').exit, 0);
    assert.deepEqual(trace(), ['one:shop:fleet:g-1', 'one:stop', 'one:stop'], 'a deployment that failed is not the last successful one');
    assert.equal(page(), 'two');
    const instructions = path.join(scratch, 'data/deployment-instructions');
    assert.deepEqual(fs.readdirSync(instructions).filter((name) => name.startsWith('g-1')), ['g-1-cleanup', 'g-1-install.json', 'g-1_last_successful_install', 'g-1_most_recent_install']);
  });

  it('tells why it failed, shows the script’s last lines and where the log is', () => {
    put('after.sh', '#!/bin/sh\necho out of luck >&2\nexit 5\n');
    const { status, out } = local();
    assert.equal(status, 1);
    assert.match(out, /AfterInstall +Failed \(ScriptFailed\): Script at specified location: after\.sh failed with exit code 5\n[^]*\[stderr\]out of luck\n/);
    const log = /output is in (.*)\n/.exec(out)?.[1] ?? '';
    assert.match(fs.readFileSync(log, 'utf8'), /\[stderr\]out of luck/);
    const json = localJson();
    const failed = json.events.find(({ status }) => status === 'Failed');
    assert.deepEqual([failed?.event, failed?.errorCode, json.events.at(-1)?.status, json.events.at(-1)?.errorCode], ['AfterInstall', 'ScriptFailed', 'Skipped', null]);
    assert.match(failed?.log ?? '', /out of luck/);
  });

  for (const type of ['tgz', 'tar', 'zip']) {
    it(`deploys a ${type}`, () => {
      const file = path.join(scratch, `app.${type}`);
      assert.equal(spawnSync(fairlead, ['bundle', 'create', app, file], { env: { PATH: process.env['PATH'] ?? '' } }).status, 0);
      assert.equal(localJson('-l', file, '-t', type).exit, 0);
      assert.equal(page(), 'one');
      assert.ok(fs.existsSync(file), 'the bundle stays where it is');
    });
  }

  it('deploys from an https address, with and without its digest', async () => {
    const file = path.join(scratch, 'app.tgz');
    spawnSync(fairlead, ['bundle', 'create', app, file], { env: { PATH: process.env['PATH'] ?? '' } });
    const server = https.createServer(loopbackCertificate, (request, response) => (request.url === '/app.tgz' ? response.end(fs.readFileSync(file)) : response.writeHead(302, { location: '/app.tgz' }).end()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      fs.writeFileSync(path.join(scratch, 'ca.pem'), loopbackCertificate.cert);
      const deploy = async (address: string): Promise<Outcome> => {
        const child = spawn(fairlead, ['local', ...places(), '--json', '-t', 'tgz', '-l', address], { env: { PATH: process.env['PATH'] ?? '', FAIRLEAD_CA_FILE: path.join(scratch, 'ca.pem') }, stdio: ['ignore', 'pipe', 'inherit'] });
        return JSON.parse(await text(child.stdout)) as Outcome;
      };
      const origin = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
      assert.equal((await deploy(`${origin}/latest`)).status, 'Succeeded');
      const wrong = await deploy(`${origin}/app.tgz#sha256=${'0'.repeat(64)}`);
      assert.match(wrong.events.find(({ status }) => status === 'Failed')?.message ?? '', /SHA-256/);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('deploys an object of S3, asked for as the environment says, and tells its hooks where it came from', async () => {
    const file = path.join(scratch, 'app.tgz');
    put('after.sh', `#!/bin/sh\necho "$BUNDLE_BUCKET $BUNDLE_KEY $BUNDLE_VERSION" >> ${scratch}/trace\n`);
    spawnSync(fairlead, ['bundle', 'create', app, file], { env: { PATH: process.env['PATH'] ?? '' } });
    const asked: string[] = [];
    const server = http.createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(200, { etag: '"tag-1"' }).end(fs.readFileSync(file));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    try {
      const env = {
        PATH: process.env['PATH'] ?? '', AWS_ACCESS_KEY_ID: 'AKID', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-north-1',
        AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      };
      const deploy = async (address: string): Promise<Outcome> => {
        const child = spawn(fairlead, ['local', ...places(), '--json', '-t', 'tgz', '-l', address], { env, stdio: ['ignore', 'pipe', 'inherit'] });
        return JSON.parse(await text(child.stdout)) as Outcome;
      };
      assert.equal((await deploy('s3://bundles/web/app 1.tgz?versionId=v7&etag=tag-1')).status, 'Succeeded');
      assert.deepEqual(trace(), ['bundles web/app 1.tgz v7']);
      const url = new URL(asked[0]!, 'http://s3');
      assert.equal(url.pathname, '/bundles/web/app%201.tgz');
      assert.deepEqual([url.searchParams.get('versionId'), url.searchParams.get('X-Amz-Credential')?.replace(/\d{8}/, 'DAY')], ['v7', 'AKID/DAY/eu-north-1/s3/aws4_request']);
      const changed = await deploy('s3://bundles/web/app.tgz?etag=tag-0');
      assert.match(changed.events.find(({ status }) => status === 'Failed')?.message ?? '', /has the eTag tag-1, not the tag-0/);
    } finally {
      server.close();
      server.closeAllConnections();
    }
  });

  it('hands hooks nothing of what the packaged unit sets for the agent, the allocator’s variables least of all', () => {
    const unit = fs.readFileSync(path.resolve(import.meta.dirname, '../../packaging/systemd/fairlead-agent.service'), 'utf8');
    const ofTheAgent = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, line]) => line!.split(' ')).map((one) => one.split('=') as [string, string]);
    assert.ok(ofTheAgent.some(([name]) => name.startsWith('MALLOC_')));
    put('after.sh', `#!/bin/sh\nenv > ${scratch}/trace\n`);
    const env = { PATH: process.env['PATH'] ?? '', LD_BIND_NOW: '1', NODE_OPTIONS: '--no-warnings', ...Object.fromEntries(ofTheAgent) };
    const { status, stderr } = spawnSync(fairlead, ['local', ...places()], { encoding: 'utf8', cwd: app, env, timeout: 30_000 });
    assert.equal(status, 0, stderr);
    const names = trace().map((line) => line.split('=')[0]!);
    assert.ok(names.includes('LIFECYCLE_EVENT'));
    assert.deepEqual(names.filter((name) => ofTheAgent.some(([one]) => one === name) || /^(MALLOC_|LD_|NODE_)/.test(name)), []);
  });

  it('takes an AppSpec of another name, for files and hooks alike', () => {
    fs.renameSync(path.join(app, 'appspec.yml'), path.join(app, 'deploy.yml'));
    assert.equal(local().status, 1);
    assert.equal(local('-A', 'deploy.yml').status, 0);
    assert.equal(trace().length, 1);
  });

  it('runs events of one’s own, and fails at Install for names that fit nothing', () => {
    put('appspec.yml', `${head}hooks:\n  HealthCheck:\n    - location: after.sh\n`);
    assert.match(localJson().events.find(({ event }) => event === 'Install')?.message ?? '', /hooks for HealthCheck/);
    assert.equal(localJson('-e', 'HealthCheck').exit, 0);
    assert.equal(trace().length, 1);
    assert.match(localJson('-e', 'HealthCheck,Missing').events.find(({ event }) => event === 'Install')?.message ?? '', /Missing/);
  });

  it('lets -b decide where the AppSpec does not', () => {
    fs.mkdirSync(path.join(scratch, 'root/srv'), { recursive: true });
    fs.writeFileSync(path.join(scratch, 'root/srv/page'), 'stranger');
    assert.equal(local().status, 1);
    assert.equal(local('-b', 'RETAIN').status, 0);
    assert.equal(page(), 'stranger');
    assert.equal(local('-b', 'OVERWRITE').status, 0);
    assert.equal(page(), 'one');
  });

  it('refuses with 1 and a sentence, and touches nothing', () => {
    for (const args of [['-t', 'rar'], ['-l', 'http://e.org/a', '-t', 'tgz'], ['-l', 's3://b/', '-t', 'tgz'], ['-l', 'nowhere'], ['-e', 'Install,DownloadBundle']]) {
      const { status, out, err } = local(...args);
      assert.deepEqual([status, out], [1, ''], args.join(' '));
      assert.match(err, /^[A-Z][^\n]*\.\n$/);
    }
    assert.ok(!fs.existsSync(path.join(scratch, 'data')));
  });

  it('leaves a group alone that a running agent deploys to, but runs beside it otherwise', async () => {
    local();
    const data = path.join(scratch, 'data');
    fs.writeFileSync(path.join(data, 'deployment-instructions/fleet_most_recent_install'), path.join(data, 'deployment-root/fleet/d-ABCDEFGHI'));
    const daemon = await lockDataFolder(data);
    try {
      assert.match(local('-g', 'fleet').err, /The agent that runs on .* deploys to the group fleet itself/);
      assert.equal(local().status, 0);
    } finally {
      daemon[Symbol.dispose]();
    }
  });

  it('ends the running script when it is interrupted, and says so', async () => {
    put('after.sh', `#!/bin/sh\necho $$ > ${scratch}/pid\nsleep 60\n`);
    const child = spawn(fairlead, ['local', ...places(), '--json', '-l', app], { env: { PATH: process.env['PATH'] ?? '' }, stdio: ['ignore', 'pipe', 'inherit'] });
    const out = text(child.stdout);
    const deadline = Date.now() + 20_000;
    while (!fs.existsSync(path.join(scratch, 'pid')) || fs.readFileSync(path.join(scratch, 'pid'), 'utf8') === '') {
      assert.ok(Date.now() < deadline);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGINT');
    const [status] = (await once(child, 'exit')) as [number];
    assert.equal(status, 130);
    assert.equal((JSON.parse(await out) as Outcome).status, 'Cancelled');
    const pid = Number(fs.readFileSync(path.join(scratch, 'pid'), 'utf8'));
    assert.throws(() => process.kill(pid, 0));
  });

  it('knows its version and its help', () => {
    assert.match(local('-v').out, /^\d+\.\d+\.\d+\n$/);
    const help = local('-h').out;
    for (const option of ['-l', '-t', '-b', '-g', '-d', '-a', '-e', '-c', '-A', '-h', '-v']) assert.match(help, new RegExp(`^  ${option}, --`, 'm'));
  });
});

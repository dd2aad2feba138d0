// `fairlead server backup` of a controller that runs, and `restore`, all of them real processes.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { listApplications } from '../../protocol/operations/list-applications.ts';
import { bundleFolder, RealFleet } from './real-fleet.ts';

const executable = join(import.meta.dirname, '../../bin/fairlead');

describe('a backup of a controller', function () {
  this.timeout(120_000);
  let fleet: RealFleet;
  let data: string;
  let backup: string;
  const fairlead = (args: readonly string[], env: Record<string, string> = {}): { readonly status: number | null; readonly out: string; readonly err: string } => {
    const { status, stdout, stderr } = spawnSync(executable, [...args], { encoding: 'utf8', env: { PATH: process.env['PATH'] ?? '', ...env } });
    return { status, out: stdout, err: stderr };
  };
  const restore = (from: string, to: string, ...more: readonly string[]) => fairlead(['server', 'restore', '--from', from, '--data-dir', to, ...more]);
  const copyOfBackup = (name: string): string => {
    const copy = join(fleet.folder, name);
    cpSync(backup, copy, { recursive: true });
    return copy;
  };

  before(async () => {
    fleet = await RealFleet.start([]);
    data = join(fleet.folder, 'server');
    backup = join(fleet.folder, 'backup');
    await fleet.client.call(createApplication, { applicationName: 'before' });
    const { accessKeyId, secretAccessKey } = JSON.parse(readFileSync(join(data, 'administrator-access-key.json'), 'utf8')) as { accessKeyId: string; secretAccessKey: string };
    const app = await bundleFolder(join(fleet.folder, 'app'), { 'appspec.yml': 'version: 0.0\nos: linux\n' });
    const pushed = fairlead(['push', app, '--application', 'before'], { FAIRLEAD_URL: fleet.url, FAIRLEAD_ACCESS_KEY_ID: accessKeyId, FAIRLEAD_SECRET_ACCESS_KEY: secretAccessKey });
    assert.equal(pushed.status, 0, pushed.err);
  });
  after(() => fleet[Symbol.asyncDispose]());

  it('is made while it runs: database, keys and bundles, for its owner alone', () => {
    const { status, out, err } = fairlead(['server', 'backup', '--to', backup, '--data-dir', data]);
    assert.equal(status, 0, err);
    assert.match(out, /^The controller's data are in .*backup: database, keys and 1 bundles, \d/);
    assert.deepEqual(readdirSync(backup).sort(), ['administrator-access-key.json', 'artifacts', 'backup.json', 'fairlead.db', 'secrets.key', 'webhook-secret']);
    assert.deepEqual([statSync(backup).mode & 0o777, statSync(join(backup, 'secrets.key')).mode & 0o777], [0o700, 0o600]);
    assert.deepEqual(readdirSync(fleet.folder).filter((name) => name.includes('unfinished')), []);
  });

  it('is never written over another', () => {
    const { status, err } = fairlead(['server', 'backup', '--to', backup, '--data-dir', data]);
    assert.equal(status, 2);
    assert.match(err, /is there already/);
  });

  it('cannot be restored under a controller that runs', () => {
    const { status, err } = restore(backup, data, '--replace');
    assert.equal(status, 2);
    assert.match(err, /Another fairlead server runs on/);
  });

  it('is not put over data without a word, and with it keeps what was there; the controller then is as it was', async () => {
    await fleet.client.call(createApplication, { applicationName: 'after' });
    await fleet.stop('server');
    const refused = restore(backup, data);
    assert.deepEqual([refused.status, /--replace/.test(refused.err)], [2, true]);
    const { status, out, err } = restore(backup, data, '--replace', '--json');
    assert.equal(status, 0, err);
    const { keptIn } = JSON.parse(out) as { keptIn: string };
    assert.ok(existsSync(join(keptIn, 'fairlead.db')));
    await fleet.restart('server');
    assert.deepEqual((await fleet.client.call(listApplications, {})).applications, ['before']);
    await fleet.stop('server');
  });

  it('is refused when a byte of it is another, or a file is missing, and nothing is changed', () => {
    const before = readdirSync(data);
    const changed = copyOfBackup('changed');
    appendFileSync(join(changed, 'secrets.key'), ' ');
    assert.match(restore(changed, data, '--replace').err, /The backup is not whole: secrets\.key is not what it was .* Nothing was changed\./);
    const short = copyOfBackup('short');
    rmSync(join(short, 'artifacts'), { recursive: true });
    assert.match(restore(short, data, '--replace').err, /The backup is not whole: artifacts\/[0-9a-f]{64} is missing\. Nothing was changed\./);
    assert.match(restore(join(fleet.folder, 'app'), data, '--replace').err, /holds no backup/);
    assert.deepEqual(readdirSync(data), before);
  });

  it('of a newer version is refused with a sentence, and so is a start on a newer database', () => {
    const newer = join(fleet.folder, 'newer-data');
    cpSync(data, newer, { recursive: true });
    const database = new DatabaseSync(join(newer, 'fairlead.db'));
    database.exec("insert into migrations (name) values ('9999-of-the-future')");
    database.close();
    const started = fairlead(['server', '--data-dir', newer, '--listen', '127.0.0.1:0']);
    assert.equal(started.status, 2);
    assert.match(started.err, /written by a newer Fairlead \(it has 9999-of-the-future\)\. Install that version, or restore a backup/);
    const made = fairlead(['server', 'backup', '--to', join(fleet.folder, 'newer'), '--data-dir', newer]);
    assert.equal(made.status, 0, made.err);
    const { status, err } = restore(join(fleet.folder, 'newer'), data, '--replace');
    assert.equal(status, 2);
    assert.match(err, /written by a newer Fairlead .* Nothing was changed\./);
  });

  it('of data on a database server is said to be made there', () => {
    const { status, err } = fairlead(['server', 'backup', '--to', join(fleet.folder, 'other'), '--data-dir', data], { FAIRLEAD_DATABASE: 'postgres://fairlead:hidden@127.0.0.1/fairlead' });
    assert.equal(status, 2);
    assert.match(err, /pg_dump --format=custom/);
    assert.doesNotMatch(err, /hidden/);
  });
});

// `fairlead audit` against a whole server: what it shows, and that it finds what somebody did to the database.

import { after, before, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registry } from '../../protocol/operations/registry.ts';
import { runCommand } from '../cli/run-command.ts';
import { bundleTar } from '../revisions/origin.ts';
import { administratorKey, aWholeServer, type WholeServer } from './a-whole-server.ts';

describe('fairlead audit', () => {
  let server: WholeServer;
  let folder: string;
  before(async () => {
    server = await aWholeServer();
    folder = await mkdtemp(join(tmpdir(), 'fairlead-audit-'));
  });
  after(async () => {
    await server[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });
  const type = (...args: readonly string[]) =>
    runCommand(args, { env: { FAIRLEAD_URL: server.url, FAIRLEAD_ACCESS_KEY_ID: administratorKey.accessKeyId, FAIRLEAD_SECRET_ACCESS_KEY: administratorKey.secretAccessKey } });
  let head = '';

  it('lists who did what, from where and why, in any language', async () => {
    const created = await type('application', 'create', 'web', '--reason', 'Größere Änderung, siehe 変更');
    assert.equal(created.status, 0, created.err);
    await server.administrator.upload({ applicationName: 'web', bundleType: 'tar', key: null, body: (async function* () { yield bundleTar(); })() });
    const { out } = await type('audit', 'list', '--json', '--subject', 'application:web');
    const { auditRecords } = JSON.parse(out) as { auditRecords: Record<string, unknown>[] };
    assert.deepEqual(auditRecords.map((one) => one['operation']), ['UploadBundle', 'CreateApplication']);
    const { accessKeyId, remote, reason, actor, description } = auditRecords[1]!;
    assert.deepEqual({ accessKeyId, remote, reason, actor, description }, { accessKeyId: 'ADMIN', remote: '127.0.0.1', reason: 'Größere Änderung, siehe 変更', actor: 'accessKey', description: 'The administrator of the first start' });
    assert.match((await type('audit', 'list', '--operation', 'CreateAccessKey')).out, /controller +- +CreateAccessKey +access-key:ADMIN +Succeeded +Made by the first start/);
  });

  it('shows an upload that was refused', async () => {
    const key = await server.administrator.call(registry.createAccessKey, { role: 'viewer' });
    await assert.rejects(server.clientOf(key).upload({ applicationName: 'web', bundleType: 'tar', key: null, body: (async function* () { yield bundleTar(); })() }));
    const { out } = await type('audit', 'list', '--by', key.accessKeyId);
    assert.match(out, /UploadBundle +application:web +AccessDeniedException/);
  });

  it('refuses a reason of several lines', async () => {
    assert.equal((await type('application', 'create', 'api', '--reason', 'a\nb')).status, 2);
    const response = await fetch(`${server.url}/v1/applications`, { method: 'POST', headers: { authorization: `Bearer ADMIN:${administratorKey.secretAccessKey}`, 'content-type': 'application/json', 'x-fairlead-reason': 'x'.repeat(513) }, body: '{"applicationName":"api"}' });
    assert.deepEqual([response.status, ((await response.json()) as { field: string }).field], [400, 'x-fairlead-reason']);
  });

  it('verifies a whole log of several pages, and an exported one', async () => {
    for (let i = 0; i < 120; i += 1) await server.administrator.call(registry.createApplication, { applicationName: `app-${i}` });
    const { status, out } = await type('audit', 'verify');
    assert.equal(status, 0);
    head = /Head: (\d+:[0-9a-f]{64})/.exec(out)![1]!;
    const exported = await type('audit', 'export');
    await writeFile(join(folder, 'audit.jsonl'), exported.out);
    assert.match((await type('audit', 'verify', '--file', join(folder, 'audit.jsonl'), '--head', head)).out, new RegExp(`Head: ${head}`));
  });

  it('finds what was done to the database, naming the first record, with status 1', async () => {
    await server.store.db.updateTable('audit_records').set({ access_key_id: 'SOMEBODY' }).where('sequence', '=', 10).execute();
    const { status, out } = await type('audit', 'verify');
    assert.deepEqual([status, out], [1, 'The audit log is broken at record 10. Record 10 is not what was written.\n']);
    await server.store.db.updateTable('audit_records').set({ access_key_id: 'ADMIN' }).where('sequence', '=', 10).execute();
    assert.equal((await type('audit', 'verify', '--head', head)).status, 0);
    await server.store.db.deleteFrom('audit_records').where('sequence', '>', 100).execute();
    assert.equal((await type('audit', 'verify')).status, 0);
    const cut = await type('audit', 'verify', '--head', head);
    assert.deepEqual([cut.status, /ends with record 100/.test(cut.out)], [1, true]);
    assert.equal((await type('audit', 'verify', '--head', 'nonsense')).status, 2);
  });
});

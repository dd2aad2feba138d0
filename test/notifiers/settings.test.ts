import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { checkNotifierSections, openNotifiers } from '../../server/notifiers/settings.ts';
import { makeRealWorld } from '../../world/real/real-world.ts';
import { aFarEnd } from '../outgoing/a-far-end.ts';

const world = makeRealWorld({ level: 'error', folder: null, program: 'test' });

describe('the configuration of notifiers', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-notifiers-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('needs nothing: webhooks are signed with a secret made at the first start, kept for its owner alone', async () => {
    await openNotifiers({}, folder, world);
    const file = join(folder, 'webhook-secret');
    const secret = await readFile(file, 'utf8');
    assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=\n$/);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    await openNotifiers({}, folder, world);
    assert.equal(await readFile(file, 'utf8'), secret);
  });

  it('may name the secrets, one a line, and webhooks of its own', async () => {
    await writeFile(join(folder, 'secrets'), 'the newest secret\n\nwhsec_MTIzNDU2Nzg5MDEyMzQ1Ng==\n');
    await using far = await aFarEnd((_, response) => response.end());
    const notifiers = await openNotifiers({ webhooks: { 'secret-file': join(folder, 'secrets'), named: [{ name: 'chat', url: far.url }] } }, folder, world);
    await notifiers.send({ id: '1', target: 'webhook:chat', subject: '', event: 'Test', text: '{}', group: 'test' }, AbortSignal.timeout(5_000));
    assert.equal(String(far.heard[0]?.headers['webhook-signature']).split(' ').length, 2);
  });

  it('is refused at the start where a file is missing or holds no fair secret, by the name of the setting', async () => {
    await assert.rejects(openNotifiers({ webhooks: { 'secret-file': join(folder, 'none') } }, folder, world), /webhooks\.secret-file: there is no file/);
    await writeFile(join(folder, 'short'), 'short\n');
    await assert.rejects(openNotifiers({ webhooks: { 'secret-file': join(folder, 'short') } }, folder, world), /at least 16 bytes/);
    assert.throws(() => checkNotifierSections({ sns: { 'access-key-id': 'A' } }), /both access-key-id and secret-access-key-file/);
    const chat = { name: 'chat', url: 'https://a' };
    assert.throws(() => checkNotifierSections({ webhooks: { named: [chat, chat] } }), /chat twice/);
  });
});

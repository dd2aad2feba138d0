import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openAccessKeys, type AccessKey } from '../../server/access-keys.ts';
import type { AccessKeys } from '../../server/faces/dependencies.ts';
import { realFiles } from '../../world/real/files.ts';
import { SimRandom } from '../simulation/sim-random.ts';
import { findAccessKey, insertAccessKey, revokeAccessKey } from '../../server/store/access-keys.ts';
import { usualStore } from '../store/stores.ts';
import type { Store } from '../../server/store/store.ts';
import type { World } from '../../world/world.ts';

const given: AccessKey = { accessKeyId: 'OPERATOR', secretAccessKey: 'a-secret-of-the-operator' };

describe('access keys', () => {
  let folder: string;
  let store: Store;
  let starts = 0;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fairlead-keys-'));
    store = await usualStore.open();
  });
  afterEach(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });

  const open = (administrator?: AccessKey) => {
    starts += 1;
    const world = { clock: { now: () => 5 }, random: new SimRandom(`start ${starts}`), files: realFiles() } as unknown as World;
    return openAccessKeys({ store, world, dataDir: folder, administrator });
  };
  const file = () => join(folder, 'administrator-access-key.json');
  const secretOf = async (accessKeys: AccessKeys, id: string) => (await accessKeys.find(id))?.secret ?? null;
  const mode = async (path: string) => (await stat(path)).mode & 0o777;

  it('are made at the first start, shown once, and kept for their owner alone', async () => {
    const { accessKeys, created } = await open();
    assert.match(created?.accessKeyId ?? '', /^FLAK[A-Z0-9]{16}$/);
    assert.match(created?.secretAccessKey ?? '', /^[A-Za-z0-9+/]{40}$/);
    assert.equal(await secretOf(accessKeys, created!.accessKeyId), created!.secretAccessKey);
    assert.equal(await secretOf(accessKeys, 'FLAKNOBODY'), null);
    assert.deepEqual(JSON.parse(await readFile(file(), 'utf8')), created);
    assert.deepEqual([await mode(file()), await mode(join(folder, 'secrets.key'))], [0o600, 0o600]);
  });

  it('do not stand in the database in the clear', async () => {
    const { created } = await open();
    assert.equal(JSON.stringify(await store.db.selectFrom('access_keys').selectAll().execute()).includes(created!.secretAccessKey), false);
  });

  it('stay the same at later starts, and so does the key that signs links', async () => {
    const first = await open();
    const second = await open();
    assert.equal(second.created, null);
    assert.equal(await secretOf(second.accessKeys, first.created!.accessKeyId), first.created!.secretAccessKey);
    assert.equal(first.artifactSigningKey.length, 32);
    assert.deepEqual(second.artifactSigningKey, first.artifactSigningKey);
  });

  it('handed in by the operator take the place of the one made here, whose file goes', async () => {
    const made = (await open()).created!;
    const { accessKeys, created } = await open(given);
    assert.equal(created, null);
    assert.equal(await secretOf(accessKeys, 'OPERATOR'), given.secretAccessKey);
    assert.equal(await secretOf(accessKeys, made.accessKeyId), null);
    await assert.rejects(stat(file()), /ENOENT/);
    const other = { ...given, secretAccessKey: 'another-secret-of-his' };
    assert.equal(await secretOf((await open(other)).accessKeys, 'OPERATOR'), other.secretAccessKey);
    assert.equal(await secretOf((await open()).accessKeys, 'OPERATOR'), other.secretAccessKey);
  });

  it('handed in that are too weak or cannot be written in a header are refused', async () => {
    await assert.rejects(open({ ...given, secretAccessKey: 'short' }), /8 characters/);
    await assert.rejects(open({ ...given, accessKeyId: 'a/b' }), /access key id/);
  });

  it('cannot be read without their key file, and the start says what to do; a new administrator key can still be handed in', async () => {
    const made = (await open()).created!;
    await rm(join(folder, 'secrets.key'));
    await assert.rejects(open(), /secrets\.key is missing.*Restore it.*FAIRLEAD_ADMIN_ACCESS_KEY_ID/);
    const { accessKeys } = await open(given);
    assert.equal(await secretOf(accessKeys, 'OPERATOR'), given.secretAccessKey);
    assert.equal(await secretOf(accessKeys, made.accessKeyId), null);
  });

  it('are not read with a key file of something else', async () => {
    await open();
    await writeFile(join(folder, 'secrets.key'), 'nonsense\n');
    await assert.rejects(open(), /does not hold a key of 32 bytes/);
  });

  it('whose sealed secret was moved to another id are no keys', async () => {
    const made = (await open()).created!;
    await store.db.updateTable('access_keys').set({ access_key_id: 'MOVED' }).where('access_key_id', '=', made.accessKeyId).execute();
    assert.equal(await secretOf((await open()).accessKeys, 'MOVED'), null);
  });

  it('that expired or were revoked are no keys, and when they were used is known to the minute', async () => {
    let now = 1000;
    const world = { clock: { now: () => now }, random: new SimRandom('expiry'), files: realFiles() } as unknown as World;
    const { accessKeys, keyRing } = await openAccessKeys({ store, world, dataDir: folder, administrator: given });
    const { key, sealed } = keyRing.make();
    const row = { access_key_id: key.accessKeyId, secret_encrypted: sealed, created_at: 0, revoked_at: null, role: 'viewer', applications: '["web"]', description: 'd', created_by: null, expires_at: 2000, last_used_at: null };
    await insertAccessKey(store.db, row);
    assert.deepEqual(await accessKeys.find(key.accessKeyId), { secret: key.secretAccessKey, description: 'd', access: { role: 'viewer', applications: ['web'] } });
    const lastUsed = async () => (await findAccessKey(store.db, key.accessKeyId))!.last_used_at;
    await accessKeys.used(key.accessKeyId);
    now = 1999;
    await accessKeys.used(key.accessKeyId);
    assert.equal(await lastUsed(), 1000);
    now = 61_000;
    await accessKeys.used(key.accessKeyId);
    assert.equal(await lastUsed(), 61_000);
    assert.equal(await accessKeys.find(key.accessKeyId), null);
    now = 1999;
    await revokeAccessKey(store.db, key.accessKeyId, now);
    assert.equal(await accessKeys.find(key.accessKeyId), null);
  });
});

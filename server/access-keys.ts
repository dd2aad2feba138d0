// Access keys at rest. SigV4 needs the secret itself to verify a signature, so secrets cannot be hashed: they lie in the
// database under AES-256-GCM, and the key for that lies beside it in `secrets.key` (0600). The key that signs artifact
// links is derived from the same file. The first start makes an administrator key, unless the operator hands one in.

import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import { randomWord } from '../protocol/model/names.ts';
import type { Files } from '../world/files.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';
import type { Role } from '../protocol/model/access-key.ts';
import { makeChanges } from './changes.ts';
import type { AccessKeys } from './faces/dependencies.ts';
import { countLiveAccessKeys, findAccessKey, insertAccessKey, replaceSecret, revokeAccessKey, updateAccessKey } from './store/access-keys.ts';
import { auditRecord } from './audit/entry.ts';
import { appendAuditRecord } from './store/audit.ts';
import { findSetting, writeSetting } from './store/settings.ts';
import type { Database, Store } from './store/store.ts';
import type { AccessKeysTable } from './store/tables.ts';

export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface AccessKeyServices {
  readonly store: Store;
  readonly world: Pick<World, 'clock' | 'random' | 'files'>;
  readonly dataDir: string;
  /** Handed in by the operator: takes the place of the administrator key there was. */
  readonly administrator?: AccessKey | undefined;
}

/** What operations on access keys need beside the store. */
export interface KeyRing {
  /** A new key, and its secret as the store keeps it. */
  make(): { readonly key: AccessKey; readonly sealed: string };
  /** What this key may do is different now. Called after the commit. */
  changed(accessKeyId: string): void;
}

export interface OpenedAccessKeys {
  readonly accessKeys: AccessKeys;
  readonly keyRing: KeyRing;
  readonly secrets: SecretBox;
  /** The administrator key made by this start, to be shown once; null when there was one, or it was handed in. */
  readonly created: AccessKey | null;
  /** 32 bytes for signing links to artifacts. */
  readonly artifactSigningKey: Uint8Array;
}

/** How old `lastUsedAt` may be: a write for every request would be too dear. */
const usedWithinMs = 60_000;

const administratorSetting = 'administrator_access_key_id';
const administratorFile = 'administrator-access-key.json';

/** Throws an Error with advice when the key file is missing or not the one the database was written with. */
export async function openAccessKeys({ store, world, dataDir, administrator }: AccessKeyServices): Promise<OpenedAccessKeys> {
  if (administrator !== undefined) checkAccessKey(administrator);
  await world.files.makeFolder(dataDir);
  const vault = makeVault(await openKeyFile(store, world, join(dataDir, 'secrets.key'), administrator !== undefined), world.random);
  const file = join(dataDir, administratorFile);
  let created: AccessKey | null = null;
  if (administrator !== undefined) {
    checkAccessKey(administrator);
    const replaced = await store.transaction((tx) => takeAdministrator(tx, vault, administrator, world.clock.now()));
    if (replaced) await world.files.remove(file);
  } else if ((await countLiveAccessKeys(store.db)) === 0) {
    created = newAccessKey(world.random);
    // The file first: were the database first, a crash between the two would lose the secret for good.
    await world.files.writeAtomically(file, Buffer.from(`${JSON.stringify(created, null, 2)}\n`), 0o600);
    const key = created;
    await store.transaction((tx) => takeAdministrator(tx, vault, key, world.clock.now()));
  }
  const changes = makeChanges();
  return {
    accessKeys: makeAccessKeys(store, world, vault, (accessKeyId, hear) => changes.listen(accessKeyId, hear)),
    keyRing: makeKeyRing(vault, world.random, (accessKeyId) => changes.announce(accessKeyId)),
    created,
    secrets: vault,
    artifactSigningKey: vault.artifactSigningKey,
  };
}

function makeAccessKeys(store: Store, { clock, random }: AccessKeyServices['world'], vault: Vault, listen: AccessKeys['listen']): AccessKeys {
  const nobody = { id: 'nobody', sealed: vault.seal(Buffer.from(random.bytes(30)).toString('base64'), 'nobody') };
  const usedAt = new Map<string, number>();
  return {
    async find(accessKeyId) {
      const row = await findAccessKey(store.reads, accessKeyId);
      const isLive = row !== null && row.revoked_at === null && (row.expires_at === null || clock.now() < Number(row.expires_at));
      // An unknown key costs as much as a known one.
      const secret = isLive ? vault.open(row.secret_encrypted, accessKeyId) : vault.open(nobody.sealed, nobody.id);
      if (!isLive || secret === null) return null;
      return { secret, description: row.description, access: { role: row.role as Role, applications: scopeOf(row) } };
    },
    async used(accessKeyId) {
      const now = clock.now();
      const before = usedAt.get(accessKeyId);
      if (before !== undefined && now - before < usedWithinMs) return;
      usedAt.set(accessKeyId, now);
      await updateAccessKey(store.db, accessKeyId, { last_used_at: now });
    },
    listen,
  };
}

/** The applications a key is for; null for all. */
export function scopeOf({ applications }: Pick<AccessKeysTable, 'applications'>): readonly string[] | null {
  return applications === null ? null : (JSON.parse(applications) as readonly string[]);
}

export function makeKeyRing(vault: Pick<Vault, 'seal'>, random: Random, changed: KeyRing['changed']): KeyRing {
  return {
    make() {
      const key = newAccessKey(random);
      return { key, sealed: vault.seal(key.secretAccessKey, key.accessKeyId) };
    },
    changed,
  };
}

/** Makes `key` the administrator's and revokes the one before; true when there was another. */
async function takeAdministrator(tx: Database, vault: Vault, key: AccessKey, now: number): Promise<boolean> {
  const before = await findSetting(tx, administratorSetting);
  const sealed = vault.seal(key.secretAccessKey, key.accessKeyId);
  if ((await findAccessKey(tx, key.accessKeyId)) === null) {
    await insertAccessKey(tx, {
      access_key_id: key.accessKeyId,
      secret_encrypted: sealed,
      created_at: now,
      revoked_at: null,
      role: 'admin',
      applications: null,
      description: 'The administrator of the first start',
      created_by: null,
      expires_at: null,
      last_used_at: null,
    });
  } else {
    await replaceSecret(tx, key.accessKeyId, sealed);
  }
  await writeSetting(tx, administratorSetting, key.accessKeyId);
  // Every start says so again when the key comes from the environment; only a change is worth a record.
  if (before !== key.accessKeyId) await recordAdministrator(tx, key.accessKeyId, now);
  if (before === null || before === key.accessKeyId) return false;
  await revokeAccessKey(tx, before, now);
  return true;
}

async function recordAdministrator(tx: Database, accessKeyId: string, at: number): Promise<void> {
  const reason = 'Made by the first start, or handed in by whoever started the server.';
  await appendAuditRecord(tx, auditRecord({ actor: 'controller', reason }, { at, operation: 'CreateAccessKey', subjects: [`access-key:${accessKeyId}`], input: { role: 'admin' }, outcome: 'Succeeded' }));
}

/** `FLAK` and 16 capitals or digits; a secret of 40 characters, as AWS's are. */
function newAccessKey(random: Random): AccessKey {
  return {
    accessKeyId: `FLAK${randomWord(16, (n) => random.below(n))}`,
    secretAccessKey: Buffer.from(random.bytes(30)).toString('base64'),
  };
}

function checkAccessKey({ accessKeyId, secretAccessKey }: AccessKey): void {
  // The id stands in Authorization headers between slashes and colons.
  if (!/^[A-Za-z0-9_-]{3,128}$/.test(accessKeyId)) {
    throw new Error('The administrator access key id must be 3 to 128 letters, digits, - or _.');
  }
  if (secretAccessKey.length < 8 || /[\s\p{Cc}]/u.test(secretAccessKey)) {
    throw new Error('The administrator secret access key must have at least 8 characters and no blanks.');
  }
}

async function openKeyFile(store: Store, { files, random }: { readonly files: Files; readonly random: Random }, path: string, isAdministratorGiven: boolean): Promise<Uint8Array> {
  const found = await files.read(path);
  if (found !== null) {
    const key = Buffer.from(Buffer.from(found).toString('latin1').trim(), 'base64');
    if (key.length !== 32) throw new Error(`${path} does not hold a key of 32 bytes in base64. Restore it from the backup made with this database.`);
    return key;
  }
  if (!isAdministratorGiven && (await countLiveAccessKeys(store.db)) > 0) {
    throw new Error(
      `${path} is missing, but the database holds access keys encrypted under it. Restore it from the backup, or set ` +
        'FAIRLEAD_ADMIN_ACCESS_KEY_ID and FAIRLEAD_ADMIN_SECRET_ACCESS_KEY to start with another administrator key.',
    );
  }
  const key = random.bytes(32);
  await files.writeAtomically(path, Buffer.from(`${Buffer.from(key).toString('base64')}\n`), 0o600);
  return key;
}

/** Secrets at rest. What is sealed for an access key is bound to its id; for anything else, to a word with a colon, as no id has one. */
export interface SecretBox {
  seal(secret: string, boundTo: string): string;
  /** Null when it was sealed under another key file, or for something else. */
  open(sealed: string, boundTo: string): string | null;
}

export interface Vault extends SecretBox {
  readonly artifactSigningKey: Uint8Array;
}

/** Nonce (12 bytes), tag (16) and ciphertext, in base64. The id is bound in: a sealed secret fits no other key. */
export function makeVault(key: Uint8Array, random: Random): Vault {
  return {
    seal(secret, accessKeyId) {
      const nonce = random.bytes(12);
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(accessKeyId));
      const text = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([nonce, cipher.getAuthTag(), text]).toString('base64');
    },
    open(sealed, accessKeyId) {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12), { authTagLength: 16 })
        .setAAD(Buffer.from(accessKeyId))
        .setAuthTag(bytes.subarray(12, 28));
      try {
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8');
      } catch {
        // Sealed under a key file that is gone: a key nobody can use is no key.
        return null;
      }
    },
    artifactSigningKey: new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), 'fairlead artifact links', 32)),
  };
}

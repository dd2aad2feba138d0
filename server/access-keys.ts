// Access keys at rest. SigV4 needs the secret itself to verify a signature, so secrets cannot be hashed: they lie in the
// database under AES-256-GCM, and the key for that lies beside it in `secrets.key` (0600). The key that signs artifact
// links is derived from the same file. The first start makes an administrator key, unless the operator hands one in.

import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { join } from 'node:path';
import { randomWord } from '../protocol/model/names.ts';
import type { Files } from '../world/files.ts';
import type { Random } from '../world/random.ts';
import type { World } from '../world/world.ts';
import type { AccessKeys } from './faces/dependencies.ts';
import { countLiveAccessKeys, findAccessKey, insertAccessKey, replaceSecret, revokeAccessKey } from './store/access-keys.ts';
import { findSetting, writeSetting } from './store/settings.ts';
import type { Database, Store } from './store/store.ts';

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

export interface OpenedAccessKeys {
  readonly accessKeys: AccessKeys;
  /** The administrator key made by this start, to be shown once; null when there was one, or it was handed in. */
  readonly created: AccessKey | null;
  /** 32 bytes for signing links to artifacts. */
  readonly artifactSigningKey: Uint8Array;
}

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
  const accessKeys: AccessKeys = {
    async secretOf(accessKeyId) {
      const row = await findAccessKey(store.db, accessKeyId);
      return row === null || row.revoked_at !== null ? null : vault.open(row.secret_encrypted, accessKeyId);
    },
  };
  return { accessKeys, created, artifactSigningKey: vault.artifactSigningKey };
}

/** Makes `key` the administrator's and revokes the one before; true when there was another. */
async function takeAdministrator(tx: Database, vault: Vault, key: AccessKey, now: number): Promise<boolean> {
  const before = await findSetting(tx, administratorSetting);
  const sealed = vault.seal(key.secretAccessKey, key.accessKeyId);
  if ((await findAccessKey(tx, key.accessKeyId)) === null) {
    await insertAccessKey(tx, { access_key_id: key.accessKeyId, secret_encrypted: sealed, created_at: now, revoked_at: null });
  } else {
    await replaceSecret(tx, key.accessKeyId, sealed);
  }
  await writeSetting(tx, administratorSetting, key.accessKeyId);
  if (before === null || before === key.accessKeyId) return false;
  await revokeAccessKey(tx, before, now);
  return true;
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

interface Vault {
  seal(secret: string, accessKeyId: string): string;
  open(sealed: string, accessKeyId: string): string | null;
  readonly artifactSigningKey: Uint8Array;
}

/** Nonce (12 bytes), tag (16) and ciphertext, in base64. The id is bound in: a sealed secret fits no other key. */
function makeVault(key: Uint8Array, random: Random): Vault {
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

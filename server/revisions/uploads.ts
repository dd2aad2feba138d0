// The artifact folder: uploaded bundles, each in a file named by its SHA-256. An upload goes to a temporary file first
// and gets its name only when it is whole, hashed, inspected and on the disk; whatever fails on the way leaves nothing.
// Bulk work: this file uses node:fs itself rather than the files door.

import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../protocol/errors.ts';
import { uuid } from '../../protocol/model/names.ts';
import type { World } from '../../world/world.ts';
import type { Artifacts, StoredUpload, Upload } from '../faces/dependencies.ts';
import { findApplication } from '../store/applications.ts';
import type { Store } from '../store/store.ts';
import { isUploaded, recordUpload } from '../store/uploads.ts';
import { isArtifactUrlGood, signArtifactUrl } from './signed-url.ts';

export const largestBundleBytes = 2 * 1024 ** 3;

export type Inspection =
  | { readonly kind: 'accepted'; readonly warnings: readonly string[] }
  | { readonly kind: 'refused'; readonly reason: string };

export interface ArtifactServices {
  readonly store: Store;
  readonly world: Pick<World, 'clock' | 'random'>;
  readonly dataDir: string;
  /** Name of the controller's own bucket. */
  readonly bucket: string;
  readonly signingKey: Uint8Array;
  /** Says whether a file is a bundle that can be deployed. */
  readonly inspect: (file: string, bundleType: Upload['bundleType']) => Promise<Inspection>;
  /** Largest upload in bytes; 2 GiB when not given. */
  readonly largestBytes?: number;
}

export interface ArtifactStore extends Artifacts {
  /** A link good until `expiresAt` (epoch milliseconds). `baseUrl` without a trailing slash; empty for a relative link. */
  signArtifactUrl(baseUrl: string, sha256: string, expiresAt: number): string;
}

/** Makes the folders and removes what an earlier run left half written. */
export async function openArtifacts(services: ArtifactServices): Promise<ArtifactStore> {
  const folder = join(services.dataDir, 'artifacts');
  const incoming = join(folder, 'incoming');
  await mkdir(incoming, { recursive: true, mode: 0o700 });
  for (const name of await readdir(incoming)) await rm(join(incoming, name), { recursive: true, force: true });
  return {
    receive: (upload) => receive(services, folder, incoming, upload),
    async openSigned(sha256, expires, signature) {
      if (!isArtifactUrlGood(services.signingKey, sha256, expires, signature, services.world.clock.now())) return null;
      const path = join(folder, sha256);
      const found = await stat(path).catch(() => null);
      return found === null || !found.isFile() ? null : { path, size: found.size };
    },
    signArtifactUrl: (baseUrl, sha256, expiresAt) => signArtifactUrl(services.signingKey, baseUrl, sha256, expiresAt),
  };
}

async function receive(services: ArtifactServices, folder: string, incoming: string, upload: Upload): Promise<StoredUpload> {
  const { store, world, bucket } = services;
  checkKey(upload.key);
  await requireApplication(store.db, upload.applicationName);
  const temporary = join(incoming, uuid(world.random.bytes(16)));
  try {
    const { sha256, size } = await writeWhole(temporary, upload.body, services.largestBytes ?? largestBundleBytes);
    if (size === 0) throw new Failure('InvalidBundleException', 'The upload is empty.');
    const inspection = await services.inspect(temporary, upload.bundleType);
    if (inspection.kind === 'refused') throw new Failure('InvalidBundleException', inspection.reason);
    const path = join(folder, sha256);
    const key = upload.key ?? `${upload.applicationName}/${sha256.slice(0, 12)}.${upload.bundleType}`;
    await rename(temporary, path);
    try {
      await syncFolder(folder);
      await store.transaction(async (tx) => {
        await requireApplication(tx, upload.applicationName);
        await recordUpload(tx, {
          bucket,
          key,
          version: uuid(world.random.bytes(16)),
          sha256,
          size,
          bundle_type: upload.bundleType,
          created_at: world.clock.now(),
        });
      });
    } catch (error) {
      if (!(await isUploaded(store.db, sha256).catch(() => true))) await rm(path, { force: true });
      throw error;
    }
    return { bucket, key, bundleType: upload.bundleType, sha256, size, warnings: inspection.warnings };
  } finally {
    await rm(temporary, { force: true });
  }
}

async function requireApplication(db: Store['db'], name: string): Promise<void> {
  if ((await findApplication(db, name)) === null) {
    throw new Failure('ApplicationDoesNotExistException', `No application found for name: ${name}`, 'applicationName');
  }
}

function checkKey(key: string | null): void {
  if (key === null) return;
  if (key === '' || Buffer.byteLength(key) > 1024 || /\p{Cc}/u.test(key)) {
    throw new Failure('ValidationException', 'A key is 1 to 1024 bytes long and has no control characters.', 'key');
  }
}

/** Streams the body to a new file and onto the disk; refuses it as soon as it grows too large. */
async function writeWhole(
  path: string,
  body: AsyncIterable<Uint8Array>,
  largestBytes: number,
): Promise<{ readonly sha256: string; readonly size: number }> {
  const hash = createHash('sha256');
  let size = 0;
  const file = await open(path, 'wx', 0o600);
  try {
    for await (const piece of body) {
      size += piece.byteLength;
      if (size > largestBytes) {
        throw new Failure('RequestEntityTooLargeException', `The bundle is larger than ${largestBytes} bytes, the most this controller takes.`);
      }
      hash.update(piece);
      await writeAll(file, piece);
    }
    await file.sync();
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), size };
}

async function writeAll(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.byteLength; ) {
    const { bytesWritten } = await file.write(piece, at, piece.byteLength - at);
    at += bytesWritten;
  }
}

/** The new name must survive a power cut before the database speaks of it. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

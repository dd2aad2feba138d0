// The artifact folder: bundles uploaded here or fetched from elsewhere, each in a file named by its SHA-256. An upload goes to a temporary file first
// and gets its name only when it is whole, hashed, inspected and on the disk; whatever fails on the way leaves nothing.
// Bulk work: this file uses node:fs itself rather than the files door.

import { createHash } from 'node:crypto';
import { mkdir, open, readdir, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../protocol/errors.ts';
import type { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import { uuid } from '../../protocol/model/names.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import type { World } from '../../world/world.ts';
import type { Artifacts, StoredUpload, Upload } from '../faces/dependencies.ts';
import { findApplication } from '../store/applications.ts';
import type { Database, Store } from '../store/store.ts';
import type { UploadsTable } from '../store/tables.ts';
import { findNewestUpload, isUploaded, recordUpload } from '../store/uploads.ts';
import { describeLocation, locationKey } from './location.ts';
import type { Bundle } from './registry.ts';
import { type RevisionSource, SourceTrouble } from './source.ts';
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

/** How bundles from elsewhere get into the artifact folder. */
export interface Intake {
  /** What was fetched last from a location, by its key; null when nothing was, or its file is gone. */
  find(locationKey: string): Promise<Bundle | null>;
  /** Fetches, checks and keeps a bundle. Throws SourceTrouble, or a Failure when it is too large. */
  takeIn(source: RevisionSource, location: RevisionLocation, signal: AbortSignal): Promise<{ readonly bundle: Bundle; readonly note: string | null }>;
}

export interface ArtifactStore extends Artifacts, Intake {
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
    find: (key) => findFetched(services, folder, key),
    takeIn: (source, location, signal) => takeIn(services, folder, incoming, source, location, signal),
    signArtifactUrl: (baseUrl, sha256, expiresAt) => signArtifactUrl(services.signingKey, baseUrl, sha256, expiresAt),
  };
}

async function receive(services: ArtifactServices, folder: string, incoming: string, upload: Upload): Promise<StoredUpload> {
  const { store, world, bucket } = services;
  const { signature = null } = upload;
  checkKey(upload.key);
  await requireApplication(store.db, upload.applicationName);
  const temporary = join(incoming, uuid(world.random.bytes(16)));
  try {
    const { sha256, size } = await writeWhole(temporary, upload.body, services.largestBytes ?? largestBundleBytes);
    if (size === 0) throw new Failure('InvalidBundleException', 'The upload is empty.');
    if (signature !== null) checkSignature(signature, upload.applicationName, sha256, world.clock.now());
    const inspection = await services.inspect(temporary, upload.bundleType);
    if (inspection.kind === 'refused') throw new Failure('InvalidBundleException', inspection.reason);
    const key = upload.key ?? `${upload.applicationName}/${sha256.slice(0, 12)}.${upload.bundleType}`;
    const row = { bucket, key, version: uuid(world.random.bytes(16)), sha256, size, bundle_type: upload.bundleType, created_at: world.clock.now(), signature: signature === null ? null : JSON.stringify(signature) };
    await keep(services, folder, temporary, row, (tx) => requireApplication(tx, upload.applicationName));
    return { bucket, key, bundleType: upload.bundleType, sha256, size, warnings: inspection.warnings, ...(signature === null ? {} : { signature }) };
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Where the bundles fetched from elsewhere are written down: a name that no bucket can have. */
const fetchedBucket = 'fetched:';

async function findFetched({ store }: ArtifactServices, folder: string, key: string): Promise<Bundle | null> {
  const row = await findNewestUpload(store.db, fetchedBucket, key);
  if (row === null || (await stat(join(folder, row.sha256)).catch(() => null))?.size !== Number(row.size)) return null;
  return { sha256: row.sha256, size: Number(row.size), bundleType: row.bundle_type as Bundle['bundleType'] };
}

async function takeIn(services: ArtifactServices, folder: string, incoming: string, source: RevisionSource, location: RevisionLocation, signal: AbortSignal): Promise<{ readonly bundle: Bundle; readonly note: string | null }> {
  const { world } = services;
  const named = describeLocation(location);
  const temporary = join(incoming, uuid(world.random.bytes(16)));
  const scratch = `${temporary}.scratch`;
  try {
    const found = await source.open(location, { signal, scratch });
    const written = await writeWhole(temporary, found.body, services.largestBytes ?? largestBundleBytes)
      .catch((error: unknown) => {
        const { code, syscall } = error as NodeJS.ErrnoException;
        if (error instanceof Failure || syscall === 'write' || code === 'ENOSPC') throw error;
        throw new SourceTrouble('REVISION_MISSING', `${named} could not be fetched to its end (${code ?? (error as Error).message}).`, true);
      })
      .finally(found.close);
    const { sha256, size } = written;
    if (found.size !== null && size !== found.size) throw new SourceTrouble('REVISION_MISSING', `${named} ended after ${size} of ${found.size} bytes.`, true);
    if (found.sha256 !== null && sha256 !== found.sha256) throw new SourceTrouble('INVALID_REVISION', `${named} has the SHA-256 ${sha256}, but the revision asks for ${found.sha256}.`);
    if (size === 0) throw new SourceTrouble('INVALID_REVISION', `${named} is empty.`);
    const inspection = await services.inspect(temporary, found.bundleType);
    if (inspection.kind === 'refused') throw new SourceTrouble('INVALID_REVISION', `${named} cannot be deployed: ${inspection.reason}`);
    const bundle: Bundle = { sha256, size, bundleType: found.bundleType };
    const row = { bucket: fetchedBucket, key: locationKey(location), version: uuid(world.random.bytes(16)), sha256, size, bundle_type: found.bundleType, created_at: world.clock.now() };
    await keep(services, folder, temporary, row);
    return { bundle, note: found.note };
  } finally {
    await rm(temporary, { force: true });
    await rm(scratch, { recursive: true, force: true });
  }
}

/** Gives a whole and inspected bundle its name, then writes it down; a name without a row does not stay. */
async function keep({ store }: ArtifactServices, folder: string, temporary: string, row: UploadsTable, check?: (tx: Database) => Promise<void>): Promise<void> {
  const path = join(folder, row.sha256);
  await rename(temporary, path);
  try {
    await syncFolder(folder);
    await store.transaction(async (tx) => {
      await check?.(tx);
      await recordUpload(tx, row);
    });
  } catch (error) {
    if (!(await isUploaded(store.db, row.sha256).catch(() => true))) await rm(path, { force: true });
    throw error;
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

/**
 * A signature that no host could accept is refused here, where the one who made it hears of it. Whose it is only the hosts
 * know: they have the keys.
 */
function checkSignature({ statement }: BundleSignature, applicationName: string, sha256: string, now: number): void {
  const { application, sha256: signedSha256, expiresAt } = statement;
  const refuse = (sentence: string): never => {
    throw new Failure('InvalidBundleException', `${sentence} Sign it again with: fairlead push --sign`);
  };
  if (application !== applicationName) refuse(`The signature is for the application ${application}, not for ${applicationName}.`);
  if (signedSha256 !== sha256) refuse(`The signature is for a bundle with the SHA-256 ${signedSha256}; this one has ${sha256}.`);
  if (expiresAt !== undefined && expiresAt <= now) refuse('The signature has expired already.');
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

// The artifact folder: bundles uploaded here or fetched from elsewhere, each in a file named by its SHA-256. An upload goes to a temporary file first
// and gets its name only when it is whole, hashed, inspected and on the disk; whatever fails on the way leaves nothing.
// Bulk work: this file uses node:fs itself rather than the files door.

import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../protocol/errors.ts';
import type { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import { uuid } from '../../protocol/model/names.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import type { StoredBundle } from '../../protocol/model/stored-bundle.ts';
import type { World } from '../../world/world.ts';
import type { Artifacts, Upload } from '../faces/dependencies.ts';
import { findApplication } from '../store/applications.ts';
import { auditRecord } from '../audit/entry.ts';
import { appendAuditRecord } from '../store/audit.ts';
import type { Database, Store } from '../store/store.ts';
import type { UploadsTable } from '../store/tables.ts';
import { findNewestUpload } from '../store/uploads.ts';
import { keepBundle, writeWhole } from './artifact-folder.ts';
import { describeLocation, locationKey } from './location.ts';
import type { Bundle } from './registry.ts';
import { whyUseless } from './signature.ts';
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
  /** What the validity of links is counted by; the wall clock when not given, which may be stepped. */
  readonly elapsed?: () => number;
}

/** How bundles from elsewhere get into the artifact folder. */
export interface Intake {
  /** What was fetched last from a location, by its key; null when nothing was, or its file is gone. */
  find(locationKey: string): Promise<Bundle | null>;
  /** Fetches, checks and keeps a bundle. Throws SourceTrouble, or a Failure when it is too large. */
  takeIn(source: RevisionSource, location: RevisionLocation, signal: AbortSignal): Promise<{ readonly bundle: Bundle; readonly note: string | null }>;
}

export interface ArtifactStore extends Artifacts, Intake {
  /** A link good until `expiresAt` (as `elapsed` counts). `baseUrl` without a trailing slash; empty for a relative link. */
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
      if (!isArtifactUrlGood(services.signingKey, sha256, expires, signature, services.elapsed?.() ?? services.world.clock.now())) return null;
      const path = join(folder, sha256);
      const found = await stat(path).catch(() => null);
      return found === null || !found.isFile() ? null : { path, size: found.size };
    },
    find: (key) => findFetched(services, folder, key),
    takeIn: (source, location, signal) => takeIn(services, folder, incoming, source, location, signal),
    signArtifactUrl: (baseUrl, sha256, expiresAt) => signArtifactUrl(services.signingKey, baseUrl, sha256, expiresAt),
  };
}

async function receive(services: ArtifactServices, folder: string, incoming: string, upload: Upload): Promise<StoredBundle> {
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
    await keepBundle(store, folder, temporary, row, async (tx) => {
      await requireApplication(tx, upload.applicationName);
      await recordReceipt(tx, upload, row);
    });
    return { bucket, key, bundleType: upload.bundleType, sha256, size, warnings: inspection.warnings, ...(signature === null ? {} : { signature }) };
  } finally {
    await rm(temporary, { force: true });
  }
}

async function recordReceipt(tx: Database, { applicationName, origin = { actor: 'controller', reason: 'Stored by the controller itself.' } }: Upload, { key, sha256, size, bundle_type: bundleType, created_at: at }: UploadsTable): Promise<void> {
  const input = { applicationName, key, bundleType, sha256, size };
  const subjects = [`application:${applicationName}`, `upload:${key}`];
  await appendAuditRecord(tx, auditRecord(origin, { at, operation: 'UploadBundle', subjects, input, outcome: 'Succeeded' }));
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
    await keepBundle(services.store, folder, temporary, row);
    return { bundle, note: found.note };
  } finally {
    await rm(temporary, { force: true });
    await rm(scratch, { recursive: true, force: true });
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
function checkSignature(signature: BundleSignature, applicationName: string, sha256: string, now: number): void {
  const signed = signature.statement.sha256;
  const reason = whyUseless(signature, applicationName, now) ?? (signed === sha256 ? null : `The signature is for a bundle with the SHA-256 ${signed}; this one has ${sha256}.`);
  if (reason !== null) throw new Failure('InvalidBundleException', `${reason} Sign it again with: fairlead push --sign`);
}

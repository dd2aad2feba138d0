// The controller's own buckets: bundles under (bucket, key), put there by S3 clients. An object is an upload like any
// other: hashed, inspected, named by its SHA-256 in the artifact folder; it has an ETag besides, because its client was
// told one and repeats it. What kind of bundle it is says its content, since S3 clients say nothing of it.
// Bulk work: this file uses node:fs itself rather than the files door.

import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure } from '../../protocol/errors.ts';
import { uuid } from '../../protocol/model/names.ts';
import type { FoundObject, ObjectName, Objects, StoredObject } from '../faces/dependencies.ts';
import { auditRecord } from '../audit/entry.ts';
import { appendAuditRecord } from '../store/audit.ts';
import type { Database } from '../store/store.ts';
import type { UploadsTable } from '../store/tables.ts';
import { findUpload, listBuckets } from '../store/uploads.ts';
import { keepBundle, writeWhole } from './artifact-folder.ts';
import { isBucketName, type OwnBuckets } from './buckets.ts';
import { makeMultipart } from './multipart.ts';
import { type ArtifactServices, largestBundleBytes } from './uploads.ts';

export type ObjectServices = Pick<ArtifactServices, 'store' | 'world' | 'dataDir' | 'inspect' | 'largestBytes'> & { readonly buckets: OwnBuckets };

/** Over the folders that `openArtifacts` has made. */
export function openObjects(services: ObjectServices): Objects {
  const { store, world, buckets, largestBytes = largestBundleBytes } = services;
  const folder = join(services.dataDir, 'artifacts');
  const incoming = join(folder, 'incoming');
  const newPath = (): string => join(incoming, uuid(world.random.bytes(16)));

  /** Takes over a whole file. `eTag` as its client will be told. */
  async function take(name: ObjectName, temporary: string, written: { readonly sha256: string; readonly size: number }, eTag: string): Promise<StoredObject> {
    if (written.size === 0) throw new Failure('InvalidBundleException', 'The upload is empty.');
    const bundleType = await bundleTypeOf(temporary);
    const inspection = await services.inspect(temporary, bundleType);
    if (inspection.kind === 'refused') throw new Failure('InvalidBundleException', inspection.reason);
    const row = { bucket: name.bucket, key: name.key, version: uuid(world.random.bytes(16)), ...pick(written), bundle_type: bundleType, created_at: world.clock.now(), etag: eTag };
    return asObject(await keepBundle(store, folder, temporary, row, (tx) => recordObject(tx, name, row)));
  }

  const multipart = makeMultipart({ clock: world.clock, random: world.random, incoming, largestBytes, take });
  return {
    isOwn: (bucket) => buckets.isOwn(bucket),
    async list() {
      const held = new Map((await listBuckets(store.db)).filter(({ bucket }) => isBucketName(bucket)).map(({ bucket, createdAt }) => [bucket, createdAt]));
      return [...new Set([...buckets.named, ...held.keys()])].sort().map((name) => ({ name, createdAt: held.get(name) ?? 0 }));
    },
    async put(name, body) {
      const temporary = newPath();
      try {
        const written = await writeWhole(temporary, body, largestBytes);
        return await take(name, temporary, written, written.md5);
      } finally {
        await rm(temporary, { force: true });
      }
    },
    async find({ bucket, key }, version) {
      const row = await findUpload(store.db, bucket, key, version, null);
      return row === null ? null : onDisk(row, join(folder, row.sha256));
    },
    ...multipart,
  };
}

async function recordObject(tx: Database, { bucket, key, origin = { actor: 'controller', reason: 'Stored by the controller itself.' } }: ObjectName, { sha256, size, bundle_type: bundleType, created_at: at }: UploadsTable): Promise<void> {
  const input = { bucket, key, bundleType, sha256, size };
  await appendAuditRecord(tx, auditRecord(origin, { at, operation: 'PutObject', subjects: [`upload:${key}`], input, outcome: 'Succeeded' }));
}

async function onDisk(row: UploadsTable, path: string): Promise<FoundObject | null> {
  const found = await stat(path).catch(() => null);
  return found === null || !found.isFile() || found.size !== Number(row.size) ? null : { ...asObject(row), path, storedAt: Number(row.created_at) };
}

function asObject(row: UploadsTable): StoredObject {
  return { eTag: row.etag ?? row.sha256, version: row.version, size: Number(row.size) };
}

function pick({ sha256, size }: { readonly sha256: string; readonly size: number }): { readonly sha256: string; readonly size: number } {
  return { sha256, size };
}

/** By its first bytes; what is neither zip nor gzip is read as a tar. */
async function bundleTypeOf(path: string): Promise<'tar' | 'tgz' | 'zip'> {
  const file = await open(path, 'r');
  try {
    const { buffer } = await file.read(Buffer.alloc(4), 0, 4, 0);
    if (buffer[0] === 0x50 && buffer[1] === 0x4b) return 'zip';
    return buffer[0] === 0x1f && buffer[1] === 0x8b ? 'tgz' : 'tar';
  } finally {
    await file.close();
  }
}

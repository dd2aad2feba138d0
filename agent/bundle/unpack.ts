// Unpacks a bundle from an untrusted archive into a folder that is complete or not there. Nothing is ever written under a
// name from the archive until the whole archive has been read and its tree validated (tree-plan.ts):
//
//   1. A private staging folder (0700) is made beside the destination.
//   2. A tar's contents are kept in one pass, in memory or spooled in the staging folder, under numbers (tar-contents.ts). A
//      zip's directory is read in place.
//   3. The plan is checked as a whole. Any refusal so far has touched the staging folder only.
//   4. Folders are made, files written or moved to their names (O_EXCL, O_NOFOLLOW), then hard links, then symbolic links,
//      last the folders' modes and times: no write can pass through a link of the archive.
//   5. One sync, then one rename to the destination.
//
// Spooling costs a rename and some lookups for each file, which a thousand small ones would feel; the alternative, unpacking a tgz twice, costs more from a few megabytes on.

import path from 'node:path';
import { readGzip, readPlain } from './byte-reader.ts';
import type { Soon } from './byte-reader.ts';
import { detectFormat } from './detect-format.ts';
import type { BundleFormat } from './detect-format.ts';
import * as disk from './disk.ts';
import type { BundleLimits } from './limits.ts';
import { BundleRefused, oneLine, refuse } from './refusal.ts';
import { TarContents } from './tar-contents.ts';
import { readTar } from './tar-reader.ts';
import { planTree } from './tree-plan.ts';
import type { PlannedTree } from './tree-plan.ts';
import { withStaging } from './staging.ts';
import { openZip } from './zip-reader.ts';

export type UnpackOutcome =
  | { readonly kind: 'unpacked'; readonly entries: number; readonly bytes: number; readonly warnings: readonly string[] }
  /** `reason` is one printable line. Nothing was left on the disk. */
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Unpacks `source.file` to the folder `destination`, which must not exist or be empty. `format` null means: look. A gzip
 * file declared as tar is accepted, as GNU tar does; a tar declared as tgz is not. With `strict`, what would be a warning
 * (setuid bits, extended attributes) is refused. Never throws for a bad bundle; throws when the disk fails.
 */
export const unpackBundle = async (
  source: { readonly file: string; readonly format: BundleFormat | null },
  destination: string,
  limits: BundleLimits,
  options: { readonly strict?: boolean } = {},
): Promise<UnpackOutcome> => {
  try {
    if (!disk.statSync(source.file).isFile()) refuse('the bundle is not a file');
    const format = formatOf(source.file, source.format);
    return await withStaging(destination, async (staging) => {
      const tree = path.join(staging, 'tree');
      disk.mkdirSync(tree, { mode: 0o700 });
      const read = format === 'zip' ? readZipInto : readTarInto;
      const { plan, warnings, place, close } = await read(source.file, format, staging, limits, options.strict ?? false);
      try {
        checkPathLengths(plan, tree, destination);
        await writeTree(plan, tree, place);
      } finally {
        close();
      }
      disk.syncTree(tree, plan.files.length + plan.folders.length);
      const entries = plan.folders.length + plan.files.length + plan.symlinks.length + plan.hardlinks.length;
      return { result: { kind: 'unpacked', entries, bytes: plan.bytes, warnings: [...warnings, ...plan.warnings].map(oneLine) }, tree };
    });
  } catch (error) {
    if (error instanceof BundleRefused) return { kind: 'refused', reason: error.message };
    throw error;
  }
};

const formatOf = (file: string, declared: BundleFormat | null): BundleFormat => {
  const found = detectFormat(file);
  if (declared === null) return found ?? refuse('the bundle is neither zip, tar nor gzip');
  if (declared === 'tgz' && found === 'tar') refuse('the bundle is declared as tgz but is a tar archive without gzip');
  return declared === 'tar' && found === 'tgz' ? 'tgz' : declared;
};

type PlannedFile = PlannedTree['files'][number];

/** A bundle that has been read: its plan, and how to bring one file's content to its place, with mode and time. */
interface ReadBundle {
  readonly plan: PlannedTree;
  readonly warnings: readonly string[];
  readonly place: (file: PlannedFile, target: string) => Soon<void>;
  readonly close: () => void;
}

const readTarInto = async (file: string, format: BundleFormat, staging: string, limits: BundleLimits, strict: boolean): Promise<ReadBundle> => {
  const reader = format === 'tgz' ? readGzip(file, limits) : readPlain(file);
  const planner = planTree(limits, strict);
  const warnings = new Set<string>();
  const spool = path.join(staging, 'spool');
  disk.mkdirSync(spool, { mode: 0o700 });
  const contents = new TarContents(spool, reader.isWhole, limits.maxHeldBytes);
  try {
    await readTar(reader, limits, {
      entry: (entry) => {
        planner.add(entry.kind === 'file' ? { ...entry, content: contents.next } : entry);
        if (entry.kind === 'file') contents.begin(entry.size);
      },
      content: (piece) => contents.take(piece),
      contentEnd: () => contents.end(),
      warn: (warning) => {
        if (strict) refuse(warning);
        if (warnings.size < 20) warnings.add(warning);
      },
    });
  } finally {
    contents.end();
    reader.close();
  }
  const place = ({ content, mode, modifiedAt }: PlannedFile, target: string): void => contents.place(content, target, mode, modifiedAt);
  return { plan: planner.finish(), warnings: [...warnings], place, close: () => undefined };
};

const readZipInto = async (file: string, _format: BundleFormat, _staging: string, limits: BundleLimits, strict: boolean): Promise<ReadBundle> => {
  const zip = await openZip(file, limits);
  try {
    const planner = planTree(limits, strict);
    for (const entry of zip.entries) planner.add(entry);
    const place = (planned: PlannedFile, target: string): Soon<void> => {
      const descriptor = disk.createFile(target);
      const finish = (): void => disk.setAttributes(descriptor, planned.mode, planned.modifiedAt);
      const close = (): void => disk.closeSync(descriptor);
      let later: Promise<void> | null = null;
      try {
        const unpacked = zip.unpack(planned.content, (piece) => disk.writeAll(descriptor, piece));
        if (unpacked instanceof Promise) later = unpacked.then(finish).finally(close);
        else finish();
      } finally {
        if (later === null) close();
      }
      return later ?? undefined;
    };
    return { plan: planner.finish(), warnings: zip.warnings, place, close: zip.close };
  } catch (error) {
    zip.close();
    throw error;
  }
};

const pathMax = 4095;

const checkPathLengths = (plan: PlannedTree, tree: string, destination: string): void => {
  const before = Math.max(Buffer.byteLength(path.resolve(tree)), Buffer.byteLength(path.resolve(destination))) + 1;
  for (const { path: name } of [...plan.folders, ...plan.files, ...plan.symlinks, ...plan.hardlinks]) {
    if (name.length * 3 + before > pathMax && Buffer.byteLength(name) + before > pathMax) refuse(`a name in the bundle is too long for this host below ${destination}`);
  }
};

const writeTree = async (plan: PlannedTree, tree: string, place: ReadBundle['place']): Promise<void> => {
  for (const folder of plan.folders) if (folder.path !== '') disk.mkdirSync(`${tree}/${folder.path}`, { mode: 0o700 });
  for (const file of plan.files) {
    const target = `${tree}/${file.path}`;
    const placed = place(file, target);
    if (placed !== undefined) await placed;
  }
  for (const link of plan.hardlinks) disk.linkSync(`${tree}/${link.target}`, `${tree}/${link.path}`);
  for (const link of plan.symlinks) {
    disk.symlinkSync(link.target, `${tree}/${link.path}`);
    disk.lutimesSync(`${tree}/${link.path}`, link.modifiedAt, link.modifiedAt);
  }
  if (plan.folders[0]?.path !== '') disk.chmodSync(tree, 0o755);
  for (const folder of [...plan.folders].reverse()) {
    const target = folder.path === '' ? tree : `${tree}/${folder.path}`;
    if (folder.modifiedAt !== null) disk.utimesSync(target, folder.modifiedAt, folder.modifiedAt);
    disk.chmodSync(target, folder.mode);
  }
};

// A bundle that is already a folder (`fairlead local` on a source tree) is copied under the same rules as an archive, so
// that what installs from a folder also installs once it is packed.

import path from 'node:path';
import * as disk from './disk.ts';
import type { ArchiveEntry } from './entry.ts';
import type { BundleLimits } from './limits.ts';
import { BundleRefused, oneLine, quoted, refuse } from './refusal.ts';
import { withStaging } from './staging.ts';
import { planTree } from './tree-plan.ts';
import type { UnpackOutcome } from './unpack.ts';

/** Copies the folder `source` to `destination`, which must not exist or be empty and must not lie inside `source`. */
export const copyFolderBundle = async (source: string, destination: string, limits: BundleLimits, options: { readonly strict?: boolean } = {}): Promise<UnpackOutcome> => {
  try {
    const from = path.resolve(source);
    if (!disk.statSync(from).isDirectory()) refuse(`${from} is not a folder`);
    if (`${path.resolve(destination)}/`.startsWith(`${from}/`)) refuse(`the destination ${destination} lies inside the bundle ${from}`);
    const planner = planTree(limits, options.strict ?? false);
    for (const entry of entriesOf(from, '')) planner.add(entry);
    const plan = planner.finish();
    return await withStaging(destination, async (staging) => {
      const tree = path.join(staging, 'tree');
      disk.mkdirSync(tree, { mode: 0o755 });
      for (const folder of plan.folders) disk.mkdirSync(path.join(tree, folder.path), { mode: 0o700 });
      for (const file of plan.files) {
        const target = path.join(tree, file.path);
        disk.copyFileSync(path.join(from, file.path), target);
        disk.chmodSync(target, file.mode);
        disk.utimesSync(target, file.modifiedAt, file.modifiedAt);
      }
      for (const link of plan.symlinks) disk.symlinkSync(link.target, path.join(tree, link.path));
      for (const folder of [...plan.folders].reverse()) disk.chmodSync(path.join(tree, folder.path), folder.mode);
      disk.chmodSync(tree, 0o755);
      disk.syncTree(tree, plan.files.length + plan.folders.length);
      return { result: { kind: 'unpacked', entries: plan.folders.length + plan.files.length + plan.symlinks.length, bytes: plan.bytes, warnings: plan.warnings.map(oneLine) }, tree };
    });
  } catch (error) {
    if (error instanceof BundleRefused) return { kind: 'refused', reason: error.message };
    throw error;
  }
};

const entriesOf = function* (root: string, prefix: string): Generator<ArchiveEntry> {
  for (const name of disk.readdirSync(path.join(root, prefix)).sort()) {
    const relative = prefix + name;
    const full = path.join(root, relative);
    const stat = disk.lstatSync(full);
    const common = { name: relative, mode: stat.mode & 0o7777, modifiedAt: stat.mtimeMs / 1000, size: 0, target: '', content: 0 };
    if (stat.isDirectory()) {
      yield { ...common, kind: 'folder' };
      yield* entriesOf(root, `${relative}/`);
    } else if (stat.isSymbolicLink()) {
      yield { ...common, kind: 'symlink', target: disk.readlinkSync(full) };
    } else if (stat.isFile()) {
      yield { ...common, kind: 'file', size: stat.size };
    } else {
      refuse(`${quoted(relative)} is a device, a named pipe or a socket`);
    }
  }
};

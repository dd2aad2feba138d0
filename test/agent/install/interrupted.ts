// Prepares a host between two revisions, again and again in the same place, and tells its state as one text.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { defaultBundleLimits } from '../../../agent/bundle/limits.ts';
import { unpackBundle } from '../../../agent/bundle/unpack.ts';
import { installRevision } from '../../../agent/install/install.ts';
import type { InstallOutcome } from '../../../agent/install/install.ts';
import type { Disk } from '../../../agent/install/disk.ts';
import { archiveLayout } from '../../../agent/archive-layout.ts';
import { deploy, packRevision, parsed, plant, realTools, treeOf } from './sandbox.ts';
import type { Sandbox } from './sandbox.ts';
import type { Shape } from './shapes.ts';

/** Brings the sandbox to the state before the second Install and keeps a copy of it. */
export const prepare = async (sandbox: Sandbox, shape: Shape): Promise<void> => {
  plant(sandbox.dest, shape.preExisting ?? {});
  if (shape.old !== null) {
    const outcome = await deploy(sandbox, { appSpec: shape.old.appSpec, files: shape.old.files, deploymentId: 'd-old' });
    if (outcome.failedEvent !== null) throw new Error(outcome.why);
  }
  plant(sandbox.dest, shape.runtime ?? {});
  const paths = sandbox.layout.deployment('group-1', 'd-new');
  fs.mkdirSync(paths.folder, { recursive: true });
  fs.writeFileSync(paths.bundle, packRevision({ 'appspec.yml': shape.next.appSpec, ...shape.next.files }));
  const unpacked = await unpackBundle({ file: paths.bundle, format: null }, paths.archive, defaultBundleLimits);
  if (unpacked.kind === 'refused') throw new Error(unpacked.reason);
  execFileSync('cp', ['-a', sandbox.folder, `${sandbox.folder}.kept`]);
};

/** Back to the state before the second Install. */
export const restore = (sandbox: Sandbox): void => {
  fs.rmSync(sandbox.folder, { recursive: true, force: true });
  execFileSync('cp', ['-a', `${sandbox.folder}.kept`, sandbox.folder]);
};

export const forget = (sandbox: Sandbox): void => {
  fs.rmSync(`${sandbox.folder}.kept`, { recursive: true, force: true });
  sandbox.remove();
};

/** Installs the second revision. */
export const installNext = (folder: string, appSpec: string, disk: Disk): Promise<InstallOutcome> =>
  installRevision({ appSpec: parsed(appSpec), layout: archiveLayout(path.join(folder, 'data')), groupId: 'group-1', deploymentId: 'd-new', fileExistsBehavior: null, root: null, processes: realTools, disk });

/** Everything that an Install may change: the destination with times of files, and the group's records. */
export const stateOf = (sandbox: Sandbox): string => {
  const times = Object.entries(treeOf(sandbox.dest)).map(([name, item]) => [name, item, item.content === undefined ? 0 : fs.statSync(path.join(sandbox.dest, name)).mtimeMs]);
  return JSON.stringify({ dest: times, records: Object.entries(treeOf(sandbox.layout.instructionsFolder)).map(([name, { content }]) => [name, content]) }, null, 1);
};

// The Install event: the unpacked revision's files and permissions, put on the host. What it does, and how it survives a
// crash, is told in agent/install/.

import type { Files } from '../../world/files.ts';
import type { ArchiveLayout } from '../archive-layout.ts';
import type { Executor } from '../executors.ts';
import { success, unsuccessful } from '../executors.ts';
import type { HostLimits } from '../limits.ts';
import type { Gate } from '../policy/gate.ts';
import type { DoBulk } from './bulk.ts';
import { readAppSpec } from './read-app-spec.ts';

export interface InstallParts {
  readonly files: Files;
  readonly layout: ArchiveLayout;
  readonly bulk: DoBulk;
  /** Stands for "/" in every destination, or null. */
  readonly root: string | null;
  /** What a bundle may ask of this host; the defaults when not given. */
  readonly limits?: HostLimits;
  /** The host owner's say. */
  readonly gate: Gate;
}

export function makeInstall(parts: InstallParts): Executor {
  const { files, layout, bulk, root, gate } = parts;
  return async (command, { leaving }) => {
    const { deploymentGroupId: groupId, deploymentId, fileExistsBehavior } = command;
    const unusable = await gate.mayUse(command, deploymentId);
    if (unusable !== null) return unsuccessful('Failed', unusable);
    const reading = await readAppSpec(files, layout.deployment(groupId, deploymentId).archive, command.appSpecFilename, parts.limits?.appSpec);
    if (reading.kind === 'unusable') return unsuccessful('Failed', reading.sentence);
    const forbidden = gate.mayInstall(reading.appSpec, reading.warnings);
    if (forbidden !== null) return unsuccessful('Failed', forbidden);
    const outcome = await bulk('install', { dataFolder: layout.dataFolder, groupId, deploymentId, appSpec: reading.appSpec, fileExistsBehavior, root, rules: gate.installRules(root) }, leaving);
    switch (outcome.kind) {
      case 'installed':
        return success('Succeeded', outcome.warnings);
      case 'refused':
        return unsuccessful('Failed', outcome.message);
      case 'failed':
        return unsuccessful('Failed', `${outcome.message}. ${outcome.isRestored ? 'The revision before it stands as it was.' : 'The host is between two revisions; the agent tries to put that right when it starts next.'}`);
      default:
        return outcome satisfies never;
    }
  };
}

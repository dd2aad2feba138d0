// Which revision each deployment group has on this host, and which it had before: for people who ask the host itself. A
// display kept beside the journal, which decides: what could not be written here changes nothing.

import { Buffer } from 'node:buffer';
import { dirname } from 'node:path';
import Type from 'typebox';
import Value from 'typebox/value';
import { HostGroup, HostRevision } from '../protocol/model/agent-status.ts';
import type { FinishCommand, RunEventCommand } from '../protocol/session/frames.ts';
import type { Files } from '../world/files.ts';
import type { Executors } from './executors.ts';

const KeptGroup = Type.Intersect([HostGroup, Type.Object({ underway: Type.Union([HostRevision, Type.Null()]) })]);
type KeptGroup = Type.Static<typeof KeptGroup>;
const KeptFile = Type.Object({ format: Type.Literal(1), groups: Type.Array(KeptGroup) });

export interface HostRevisions {
  readonly groups: readonly HostGroup[];
  /** The bundle of a deployment is on this host. */
  downloaded(command: RunEventCommand, at: number): Promise<void>;
  finished(command: FinishCommand, at: number): Promise<void>;
}

/** A file that cannot be understood is begun anew: it is only a display. */
export async function openHostRevisions(files: Files, path: string): Promise<HostRevisions> {
  const groups = new Map((await readKept(files, path)).map((group) => [group.deploymentGroupId, group]));
  const keep = async (group: KeptGroup): Promise<void> => {
    groups.set(group.deploymentGroupId, group);
    await files.makeFolder(dirname(path));
    await files.writeAtomically(path, Buffer.from(`${JSON.stringify({ format: 1, groups: [...groups.values()] })}\n`), 0o600);
  };
  return {
    get groups() {
      return [...groups.values()].filter(({ current }) => current !== null).map(({ underway: _, ...group }) => group);
    },
    async downloaded({ deploymentGroupId, deploymentGroupName, applicationName, deploymentId, revision }, at) {
      const { current, previous } = groups.get(deploymentGroupId) ?? { current: null, previous: null };
      await keep({ deploymentGroupId, deploymentGroupName, applicationName, current, previous, underway: { deploymentId, revision, at } });
    },
    async finished({ deploymentGroupId, deploymentId, status }, at) {
      const group = groups.get(deploymentGroupId);
      if (status !== 'Succeeded' || group?.underway?.deploymentId !== deploymentId) return;
      await keep({ ...group, current: { ...group.underway, at }, previous: group.current, underway: null });
    },
  };
}

async function readKept(files: Files, path: string): Promise<readonly KeptGroup[]> {
  const bytes = await files.read(path);
  if (bytes === null) return [];
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
    return Value.Check(KeptFile, value) ? value.groups : [];
  } catch {
    return [];
  }
}

/** The same executors, noting what they put on the host. */
export function withHostRevisions(executors: Executors, revisions: HostRevisions, now: () => number): Executors {
  const quietly = (noting: Promise<void>): Promise<void> => noting.catch(() => undefined);
  return {
    ...executors,
    async downloadBundle(command, context) {
      const ending = await executors.downloadBundle(command, context);
      if (ending.outcome === 'Succeeded') await quietly(revisions.downloaded(command, now()));
      return ending;
    },
    async finish(command) {
      await executors.finish(command);
      await quietly(revisions.finished(command, now()));
    },
  };
}

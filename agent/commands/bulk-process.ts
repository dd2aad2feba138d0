// Entry of the helper process that does bulk work on the disk, one piece after the other, with synchronous calls, while the
// agent goes on answering its controller. Reading and writing its lines is synchronous too: streams would take half as long
// to load as Node itself. It ends when the agent does; what is under way then may go on to its end, so that the next agent
// ends it first. See ./bulk.ts for the other side.

import path from 'node:path';
import { exit } from 'node:process';
import type { RunTool } from '../install/stage.ts';
import { archiveLayout } from '../archive-layout.ts';
import * as disk from '../bundle/disk.ts';
import { defaultBundleLimits } from '../bundle/limits.ts';
import { takeKept } from '../bundle/kept.ts';
import { stripTopFolder } from '../bundle/top-folder.ts';
import { unpackBundle } from '../bundle/unpack.ts';
import { installRevision } from '../install/install.ts';
import { interruptedGroups, recoverInstall } from '../install/recover.ts';
import { chooseExpired } from '../retention.ts';
import { LinePipe } from './line-pipe.ts';
import type { BulkKind, BulkRequest, BulkWork, FromBulkProcess, ToBulkProcess } from './bulk-requests.ts';

type Doers = { readonly [Kind in BulkKind]: (request: BulkWork[Kind]['request'], processes: RunTool) => Promise<BulkWork[Kind]['answer']> };

const doers: Doers = {
  async recover({ dataFolder }, processes) {
    const layout = archiveLayout(dataFolder);
    const sentences: string[] = [];
    for (const groupId of interruptedGroups(layout)) {
      const recovery = await recoverInstall({ layout, groupId, processes });
      if (recovery.kind === 'rolled-back') sentences.push(`The interrupted Install of ${recovery.deploymentId} was undone.`);
      if (recovery.kind === 'completed') sentences.push(`The interrupted Install of ${recovery.deploymentId} was finished.`);
    }
    return sentences;
  },

  async prune({ dataFolder, groupId, deploymentId, lastSuccessfulId, maxRevisions }) {
    const { folder } = archiveLayout(dataFolder).group(groupId);
    if (disk.statSync(folder, { throwIfNoEntry: false }) === undefined) return [];
    const kept = disk
      .readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => ({ deploymentId: name, changedAt: disk.statSync(path.join(folder, name)).mtimeMs }));
    const expired = chooseExpired(kept, maxRevisions, deploymentId, lastSuccessfulId);
    for (const id of expired) disk.removeTree(path.join(folder, id));
    return expired;
  },

  async reuse({ dataFolder, groupId, deploymentId, sha256, size }) {
    const layout = archiveLayout(dataFolder);
    const { bundle } = layout.deployment(groupId, deploymentId);
    return takeKept({ groupFolder: layout.group(groupId).folder, bundleName: path.basename(bundle), sha256, size, toFile: bundle });
  },

  async unpack({ bundle, format, archive, strict, limits }) {
    disk.removeTree(archive);
    const outcome = await unpackBundle({ file: bundle, format }, archive, limits ?? defaultBundleLimits, { strict: strict ?? false });
    if (outcome.kind === 'unpacked') stripTopFolder(archive);
    return outcome;
  },

  install({ dataFolder, ...request }, processes) {
    return installRevision({ ...request, layout: archiveLayout(dataFolder), processes });
  },
};

/** Programs are run by the agent, one at a time. */
const remoteProcesses: RunTool = {
  async run(command, timeoutMs) {
    say({ kind: 'run', id: 0, command, timeoutMs });
    const reply = hear() as ToBulkProcess;
    if (reply.kind === 'ran') return reply.outcome;
    throw new Error(reply.message);
  },
};

const lines = new LinePipe();

/** The next line from the agent; without an agent there is nothing left to do. */
function hear(): unknown {
  const line = lines.next();
  return line === null ? exit() : JSON.parse(line);
}

function say(message: FromBulkProcess): void {
  if (!lines.say(JSON.stringify(message))) exit();
}

async function work<Kind extends BulkKind>({ kind, request }: BulkRequest<Kind>): Promise<void> {
  try {
    const doer: Doers[Kind] = doers[kind];
    say({ kind: 'done', answer: await doer(request, remoteProcesses) });
  } catch (error) {
    say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
}

for (;;) await work(hear() as BulkRequest);

// After a crash: bring the host to exactly the old or exactly the new revision, before any command is accepted.

import path from 'node:path';
import type { ArchiveLayout, GroupPaths, TransactionPhase } from '../archive-layout.ts';
import { transactionPhases } from '../archive-layout.ts';
import { currentPhase, dropUnfinished, endTransaction, enterPhase, moveBack, moveForward, removeStaged, tidyUp } from './apply.ts';
import type { Disk } from './disk.ts';
import { realDisk } from './disk.ts';
import type { RunTool } from './stage.ts';
import { parseTransaction } from './transaction.ts';
import type { Transaction } from './transaction.ts';

export type Recovery =
  | { readonly kind: 'nothing-to-do' }
  /** The interrupted Install is undone: the revision before it stands. */
  | { readonly kind: 'rolled-back'; readonly deploymentId: string }
  /** The interrupted Install is finished: its revision stands. */
  | { readonly kind: 'completed'; readonly deploymentId: string };

/**
 * Undoes or finishes the Install of one deployment group that a crash interrupted. May itself be interrupted and called
 * again. Rejects when the disk fails; the transaction then stays for the next try.
 */
export const recoverInstall = async (options: { readonly layout: ArchiveLayout; readonly groupId: string; readonly processes: RunTool; readonly disk?: Disk }): Promise<Recovery> => {
  const disk = options.disk ?? realDisk;
  const group = options.layout.group(options.groupId);
  const phase = currentPhase(group, disk);
  if (phase === null) {
    dropUnfinished(group, disk);
    return { kind: 'nothing-to-do' };
  }
  const transaction = parseTransaction(disk.read(group.transaction[phase]) ?? '');
  if (transaction === null) {
    throw new Error(`${group.transaction[phase]} is damaged, so the interrupted installation of ${options.groupId} can be neither undone nor finished; check the installed files, remove that file and deploy again`);
  }
  return resume(transaction, phase, group, disk, options.processes);
};

/** Groups with an Install that a crash interrupted. */
export const interruptedGroups = (layout: ArchiveLayout, disk: Disk = realDisk): readonly string[] => {
  const endings = transactionPhases.map((phase) => `-transaction-${phase}.json`);
  return [...new Set(disk.list(layout.instructionsFolder).flatMap((name) => endings.filter((ending) => name.endsWith(ending)).map((ending) => path.basename(name).slice(0, -ending.length))))];
};

const resume = async (transaction: Transaction, phase: TransactionPhase, group: GroupPaths, disk: Disk, processes: RunTool): Promise<Recovery> => {
  const { deploymentId } = transaction;
  switch (phase) {
    case 'staging':
    case 'abort':
      await undo(transaction, phase, group, disk, processes);
      return { kind: 'rolled-back', deploymentId };
    case 'commit':
      await moveForward(transaction, disk, processes);
      enterPhase('commit', 'done', group, disk);
      return resume(transaction, 'done', group, disk, processes);
    case 'done':
      await tidyUp(transaction, disk, processes);
      endTransaction('done', group, disk);
      return { kind: 'completed', deploymentId };
  }
};

/** Undoes an Install from the phase it has reached, `done` excepted. */
export const undo = async (transaction: Transaction, phase: 'staging' | 'commit' | 'abort', group: GroupPaths, disk: Disk, processes: RunTool): Promise<void> => {
  if (phase === 'staging') {
    removeStaged(transaction, disk);
    endTransaction('staging', group, disk);
    return;
  }
  if (phase === 'commit') enterPhase('commit', 'abort', group, disk);
  await moveBack(transaction, disk, processes);
  endTransaction('abort', group, disk);
};

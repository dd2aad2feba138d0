// The second half of an Install, and its opposite: doing the moves of a transaction, taking them back, and tidying up. Every
// function here may be called again after a crash in its middle; transaction.ts tells when which one is.

import path from 'node:path';
import type { GroupPaths, TransactionPhase } from '../archive-layout.ts';
import { transactionPhases } from '../archive-layout.ts';
import type { Disk, Found } from './disk.ts';
import { runTool, setAcl, syncAll } from './stage.ts';
import type { RunTool } from './stage.ts';
import type { Attributes, Move, Transaction } from './transaction.ts';

/** Removes a transaction whose writing was interrupted: it has no phase, and nothing was done for it. */
export const dropUnfinished = (group: GroupPaths, disk: Disk): void => {
  if (disk.look(unfinished(group)) !== null) disk.removeFile(unfinished(group));
};

const unfinished = (group: GroupPaths): string => `${group.transaction.staging}.tmp`;

/** Writes a new transaction, durably, in the phase `staging`. */
export const beginTransaction = (transaction: Transaction, group: GroupPaths, disk: Disk): void => {
  const file = group.transaction.staging;
  disk.write(unfinished(group), JSON.stringify(transaction));
  disk.sync(unfinished(group));
  disk.rename(unfinished(group), file);
  disk.sync(path.dirname(file));
  disk.sync(path.dirname(path.dirname(file)));
};

/** Which phase the group's transaction is in, or null when none is under way. */
export const currentPhase = (group: GroupPaths, disk: Disk): TransactionPhase | null => transactionPhases.find((phase) => disk.look(group.transaction[phase]) !== null) ?? null;

/** Goes on to another phase, durably. */
export const enterPhase = (from: TransactionPhase, to: TransactionPhase, group: GroupPaths, disk: Disk): void => {
  disk.rename(group.transaction[from], group.transaction[to]);
  disk.sync(path.dirname(group.transaction[to]));
};

/** Forgets a transaction that is wholly finished or undone. */
export const endTransaction = (phase: TransactionPhase, group: GroupPaths, disk: Disk): void => {
  disk.removeFile(group.transaction[phase]);
  disk.sync(path.dirname(group.transaction[phase]));
};

/** Does all moves and makes them durable: the phase `commit`. */
export const moveForward = async (transaction: Transaction, disk: Disk, processes: RunTool): Promise<void> => {
  for (const move of transaction.moves) moveOne(move, disk);
  for (const { folder, after, acl } of transaction.remade) {
    setAttributes(folder, after, disk);
    if (acl !== null) await setAcl(acl, folder, processes);
  }
  for (const { path: target, args } of transaction.contextsToAdd) {
    try {
      await runTool(processes, 'semanage', ['fcontext', '-a', ...args]);
    } catch {
      // Defined already: by an earlier revision, or by this one before a crash.
      await runTool(processes, 'semanage', ['fcontext', '-m', ...args]);
    }
    await runTool(processes, 'restorecon', ['-vF', target]);
  }
  await syncAll([], [...transaction.moves.map(({ final }) => path.dirname(final)), ...transaction.remade.map(({ folder }) => folder)], disk, processes);
};

const moveOne = ({ final, staged, backup, isFolder }: Move, disk: Disk): void => {
  if (staged !== null && disk.look(staged) === null) return;
  if (backup !== null && disk.look(backup) === null) {
    const there = disk.look(final);
    if (there !== null && (staged === null || isFolder || there.kind === 'folder' || !gotSecondName(final, backup, there.kind, disk))) disk.rename(final, backup);
  }
  if (staged !== null) disk.rename(staged, final);
};

// With a second name for the old file the rename that follows replaces it in one step: readers never find it missing. Some
// file systems have no second names, and some kernels forbid them for other users' files; a link can always be made again.
const gotSecondName = (final: string, backup: string, kind: Found['kind'], disk: Disk): boolean => {
  try {
    disk.addName(final, backup);
    return true;
  } catch {
    if (kind !== 'link') return false;
    disk.makeLink(disk.readLink(final), backup);
    return true;
  }
};

const setAttributes = (folder: string, { mode, uid, gid }: Attributes, disk: Disk): void => {
  const found = disk.look(folder);
  if (found?.kind !== 'folder') return;
  if (found.uid !== uid || found.gid !== gid) disk.setOwner(folder, uid, gid);
  if (found.mode !== mode) disk.setMode(folder, mode);
};

/** Removes what was staged: the phase `staging`, where no final name has been touched. */
export const removeStaged = (transaction: Transaction, disk: Disk): void => {
  for (const { staged } of transaction.moves) if (staged !== null) disk.removeTree(staged);
};

/** Takes all moves back, last first: the phase `abort`. */
export const moveBack = async (transaction: Transaction, disk: Disk, processes: RunTool): Promise<void> => {
  for (const { path: target } of transaction.contextsToAdd) await forgetContext(target, processes);
  for (const { folder, before } of transaction.remade) setAttributes(folder, before, disk);
  for (const move of [...transaction.moves].reverse()) takeBackOne(move, disk);
  await syncAll([], transaction.moves.map(({ final }) => path.dirname(final)), disk, processes);
};

const takeBackOne = ({ final, staged, backup, isFolder }: Move, disk: Disk): void => {
  const wasMoved = staged !== null && disk.look(staged) === null;
  const hasBackup = backup !== null && disk.look(backup) !== null;
  // New things step aside under their temporary name first, where they are removed below: this stays repeatable.
  if (wasMoved && disk.look(final) !== null && (backup === null || (hasBackup && isFolder))) disk.rename(final, staged);
  if (hasBackup) {
    disk.rename(backup, final);
    // Between two names of one file a rename does nothing.
    if (disk.look(backup) !== null) disk.removeFile(backup);
  }
  if (staged !== null) disk.removeTree(staged);
};

/** Removes backups and empty folders: the phase `done`. */
export const tidyUp = async (transaction: Transaction, disk: Disk, processes: RunTool): Promise<void> => {
  for (const { backup, isFolder } of transaction.moves) {
    if (backup === null || disk.look(backup) === null) continue;
    if (isFolder) disk.removeTree(backup);
    else disk.removeFile(backup);
  }
  for (const folder of transaction.foldersToRemove) disk.removeFolder(folder);
  for (const release of transaction.treesToRemove ?? []) disk.removeTree(release);
  for (const target of transaction.contextsToRemove) await forgetContext(target, processes);
};

// The rule may be gone already, and where there is no SELinux there is none.
const forgetContext = async (target: string, processes: RunTool): Promise<void> => {
  try {
    await runTool(processes, 'semanage', ['fcontext', '-d', target]);
  } catch {
    return;
  }
};

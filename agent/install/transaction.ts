// What an Install does to the disk, as data written down before the first change, so that any crash can be undone or finished.
//
// An Install passes through these phases. The transaction is one file, and its name is the phase: going on is a rename, which
// needs no space on a full disk.
//
//   staging   New files and links are made under temporary names in the folders where they will live, new folders as whole
//             trees under a temporary name beside their place. Nothing old is touched.
//             A crash: the temporary names are removed. The old revision stands.
//   commit    Everything staged is durable. Now each move: what is at the final name gets a backup name, what was staged
//             gets the final one. Every move is repeatable.
//             A crash: the moves are done (again) to the end. The new revision stands.
//   abort     A move failed (a file made immutable, say). The moves are taken back, in reverse order.
//             A crash: they are taken back (again) to the end. The old revision stands.
//   done      The new revision is complete. Backups and folders left empty are removed, then the transaction itself.
//             A crash: the removals are done again.
//
// The records (cleanup file, instructions) are moves like the others, so they change with the tree. The last-successful marker
// is none of them: it moves when the deployment has succeeded as a whole (docs/decisions/0003).

import path from 'node:path';
import { crc32 } from 'node:zlib';
import type { GroupPaths } from '../archive-layout.ts';
import { completeAcl } from './acl.ts';
import { renderCleanup } from './cleanup-file.ts';
import type { Disk } from './disk.ts';
import { renderInstructions } from './instructions.ts';
import type { Instruction } from './instructions.ts';
import type { InstallPlan } from './plan.ts';

/** One name that changes hands. Without `staged` it is a removal; without `backup` nothing was there. */
export interface Move {
  readonly final: string;
  readonly staged: string | null;
  readonly backup: string | null;
  /** A folder takes part, so that one rename cannot replace one by the other. */
  readonly isFolder: boolean;
}

/** A folder of the previous revision that is also one of this revision: it stays, but looks as if made anew. */
export interface RemadeFolder {
  readonly folder: string;
  readonly before: Attributes;
  readonly after: Attributes;
  readonly acl: readonly string[] | null;
}
export interface Attributes { readonly mode: number; readonly uid: number; readonly gid: number }

export interface Transaction {
  readonly version: 1;
  readonly deploymentId: string;
  readonly moves: readonly Move[];
  readonly remade: readonly RemadeFolder[];
  /** Arguments of semanage for rules to add, and the paths whose rules go when all is done. */
  readonly contextsToAdd: readonly { readonly path: string; readonly args: readonly string[] }[];
  readonly contextsToRemove: readonly string[];
  readonly foldersToRemove: readonly string[];
  /** Releases that are not kept any more; absent in transactions of older agents. */
  readonly treesToRemove?: readonly string[];
}

/** One act of staging, in order. Paths are the temporary ones. */
export type StagingAct =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'copy'; readonly source: string; readonly path: string; readonly modifiedAt: number; readonly bytes: number }
  | { readonly kind: 'link'; readonly target: string; readonly path: string }
  | { readonly kind: 'mode'; readonly path: string; readonly mode: number }
  | { readonly kind: 'acl'; readonly path: string; readonly acl: readonly string[] }
  | { readonly kind: 'owner'; readonly path: string; readonly uid: number | null; readonly gid: number | null }
  | { readonly kind: 'record'; readonly path: string; readonly text: string };

export interface CompiledInstall {
  readonly transaction: Transaction;
  readonly acts: readonly StagingAct[];
}

/** What becomes of the group's releases: the new text of its record, null for none, and the folders to remove. */
export interface ReleaseChange {
  readonly record: string | null;
  readonly treesToRemove: readonly string[];
}

/** Compiles a plan for the disk as it is now. */
export const compileInstall = (
  plan: Extract<InstallPlan, { kind: 'planned' }>, group: GroupPaths, groupId: string, deploymentId: string, disk: Disk,
  releases: ReleaseChange = { record: null, treesToRemove: [] },
): CompiledInstall => {
  // Only to differ from others in the same folder; the names are in the transaction, so nobody has to make them again.
  const token = [`${groupId}\0${deploymentId}`, `${deploymentId}\0${groupId}`].map((text) => crc32(text).toString(36)).join('');
  let count = 0;
  const temporary = (final: string): { staged: string; backup: string } => {
    const base = path.join(path.dirname(final), `.fairlead-${token}-${count++}`);
    return { staged: `${base}.new`, backup: `${base}.old` };
  };
  const moves: Move[] = [];
  const acts: StagingAct[] = [];
  const stagedAt = new Map<string, string>();
  const newFolders = new Set<string>();
  const replacedFolders = new Set<string>();
  const remade = new Map<string, { before: Attributes; after: Attributes; acl: readonly string[] | null }>();

  const stage = (place: string, isFolder: boolean): string => {
    const parent = path.dirname(place);
    if (newFolders.has(parent)) {
      const inside = path.join(stagedAt.get(parent)!, path.basename(place));
      stagedAt.set(place, inside);
      return inside;
    }
    const there = disk.look(place);
    const { staged, backup } = temporary(place);
    if (there?.kind === 'folder') replacedFolders.add(place);
    moves.push({ final: place, staged, backup: there === null ? null : backup, isFolder: isFolder || there?.kind === 'folder' });
    stagedAt.set(place, staged);
    return staged;
  };

  for (const instruction of plan.instructions) {
    switch (instruction.kind) {
      case 'mkdir': {
        const there = disk.look(instruction.place);
        if (there?.kind === 'folder') {
          const before = { mode: there.mode, uid: there.uid, gid: there.gid };
          remade.set(instruction.place, { before, after: { mode: 0o755, uid: disk.ownUid() ?? there.uid, gid: disk.ownUid() === 0 ? 0 : there.gid }, acl: null });
        } else {
          acts.push({ kind: 'folder', path: stage(instruction.place, true) });
          newFolders.add(instruction.place);
        }
        break;
      }
      case 'copy':
        acts.push({ kind: 'copy', source: instruction.source, path: stage(instruction.place, false), modifiedAt: instruction.modifiedAt, bytes: instruction.bytes });
        break;
      case 'link':
        acts.push({ kind: 'link', target: instruction.target, path: stage(instruction.place, false) });
        break;
      case 'semanage':
        break;
      default:
        changeAttributes(instruction, stagedAt, remade, acts);
    }
  }

  const finals = new Set(moves.map(({ final }) => final));
  const isBelowReplaced = (place: string): boolean => {
    for (let at = path.dirname(place); at !== path.dirname(at); at = path.dirname(at)) if (replacedFolders.has(at)) return true;
    return false;
  };
  for (const place of plan.cleanUp.files) {
    if (finals.has(place) || isBelowReplaced(place)) continue;
    moves.push({ final: place, staged: null, backup: temporary(place).backup, isFolder: false });
  }
  const foldersToRemove = [...plan.cleanUp.folders].filter((place) => !remade.has(place) && !replacedFolders.has(place) && !isBelowReplaced(place));

  const texts = [
    [group.cleanup, renderCleanup(plan.records)],
    [group.instructions, renderInstructions(plan.instructions)],
    ...(releases.record === null ? [] : [[group.releases, releases.record] as const]),
  ] as const;
  for (const [final, text] of texts) {
    moves.push({ final, staged: `${final}.new`, backup: disk.look(final) === null ? null : `${final}.old`, isFolder: false });
    acts.push({ kind: 'record', path: `${final}.new`, text });
  }

  const contexts = plan.instructions.filter((instruction) => instruction.kind === 'semanage');
  return {
    acts,
    transaction: {
      version: 1, deploymentId, moves, foldersToRemove, treesToRemove: releases.treesToRemove,
      remade: [...remade].map(([folder, change]) => ({ folder, ...change })),
      contextsToAdd: contexts.map(({ context, place }) => ({
        path: place,
        args: [...(context.user === null ? [] : ['-s', context.user]), '-t', context.type, ...(context.range === null ? [] : ['-r', context.range]), place],
      })),
      contextsToRemove: plan.cleanUp.contexts.filter((old) => !contexts.some(({ file, place }) => file === old || place === old)),
    },
  };
};

type AttributeInstruction = Extract<Instruction, { kind: 'chmod' | 'setfacl' | 'chown' }>;

// On something staged this is one more act; on a folder that stays it becomes part of the folder's new look.
const changeAttributes = (
  instruction: AttributeInstruction,
  stagedAt: ReadonlyMap<string, string>,
  remade: Map<string, { before: Attributes; after: Attributes; acl: readonly string[] | null }>,
  acts: StagingAct[],
): void => {
  const staged = stagedAt.get(instruction.place);
  const kept = remade.get(instruction.place);
  switch (instruction.kind) {
    case 'chmod': {
      const mode = parseInt(instruction.mode, 8);
      if (staged !== undefined) acts.push({ kind: 'mode', path: staged, mode });
      else if (kept !== undefined) remade.set(instruction.place, { ...kept, after: { ...kept.after, mode } });
      break;
    }
    case 'setfacl':
      if (staged !== undefined) acts.push({ kind: 'acl', path: staged, acl: instruction.acl });
      else if (kept !== undefined) remade.set(instruction.place, { ...kept, acl: completeAcl(instruction.acl, kept.after.mode) });
      break;
    case 'chown':
      if (staged !== undefined) acts.push({ kind: 'owner', path: staged, uid: instruction.uid, gid: instruction.gid });
      else if (kept !== undefined) remade.set(instruction.place, { ...kept, after: { ...kept.after, uid: instruction.uid ?? kept.after.uid, gid: instruction.gid ?? kept.after.gid } });
      break;
  }
};

/** Reads a transaction file; null when it is torn, which can only be before anything was changed. */
export const parseTransaction = (text: string): Transaction | null => {
  try {
    const value = JSON.parse(text) as Transaction;
    return value.version === 1 && Array.isArray(value.moves) ? value : null;
  } catch {
    return null;
  }
};

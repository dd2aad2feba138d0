// The Install event: an unpacked revision becomes what is on the host, whole or not at all.
//
//   recover (an interrupted Install of this group) → list → look up owners → plan → refuse or compile →
//   stage → sync → commit → move → done → tidy up
//
// What each step may leave behind is told in transaction.ts. Long work in one go: run it in a child process.

import path from 'node:path';
import type { AppSpec } from '../../hooks/appspec/appspec.ts';
import type { ArchiveLayout, GroupPaths } from '../archive-layout.ts';
import { checkPlaces, checkPlanWarnings } from '../policy/check-places.ts';
import type { InstallRules } from '../policy/check-places.ts';
import { lookUpAccounts } from './accounts.ts';
import { beginTransaction, currentPhase, dropUnfinished, endTransaction, enterPhase, moveForward, tidyUp } from './apply.ts';
import { parseCleanup } from './cleanup-file.ts';
import type { Disk } from './disk.ts';
import { realDisk } from './disk.ts';
import type { Instruction } from './instructions.ts';
import { listArchive } from './listing.ts';
import { planInstall } from './plan.ts';
import { recoverInstall, undo } from './recover.ts';
import { chooseReleases, findReusable, parseReleases, renderReleases, useRelease } from './releases.ts';
import { InstallRefused, refuseInstall } from './refusal.ts';
import type { InstallRefusalCode } from './refusal.ts';
import { checkRoom, findTool, stageAll, syncAll } from './stage.ts';
import type { RunTool } from './stage.ts';
import { surveyDisk } from './survey.ts';
import { compileInstall } from './transaction.ts';
import type { CompiledInstall, Transaction } from './transaction.ts';

export interface InstallRequest {
  readonly appSpec: AppSpec;
  readonly layout: ArchiveLayout;
  readonly groupId: string;
  readonly deploymentId: string;
  /** The unpacked bundle; the deployment's own archive folder when not given. */
  readonly archiveFolder?: string;
  /** The deployment's value as it came from the controller, or null. */
  readonly fileExistsBehavior: string | null;
  /** A folder that stands for "/" in every destination and permission object, or null. */
  readonly root: string | null;
  /** The host owner's; none when not given. */
  readonly rules?: InstallRules;
  readonly processes: RunTool;
  readonly disk?: Disk;
}

export type InstallOutcome =
  /** `files` counts the files and links put in place. */
  | { readonly kind: 'installed'; readonly files: number; readonly warnings: readonly string[] }
  /** Nothing on the host has changed. */
  | { readonly kind: 'refused'; readonly code: InstallRefusalCode; readonly message: string }
  /** It was begun and could not be finished. `isRestored`: the previous revision stands as before; otherwise the next recovery decides. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly isRestored: boolean };

/** Installs a revision. Never rejects for what a bundle, an AppSpec or a disk can do. */
export const installRevision = async (request: InstallRequest): Promise<InstallOutcome> => {
  const { layout, groupId, deploymentId, processes } = request;
  const disk = request.disk ?? realDisk;
  const group = layout.group(groupId);
  try {
    await recoverInstall({ layout, groupId, processes, disk });
    const prepared = await prepare(request, group, disk);
    const outcome = await carryOut(prepared.compiled, group, disk, processes);
    if (outcome !== null) return outcome;
    return { kind: 'installed', files: prepared.files, warnings: prepared.warnings };
  } catch (error) {
    if (error instanceof InstallRefused) return { kind: 'refused', code: error.code, message: error.message };
    return { ...sentenceFor(error, deploymentId), kind: 'failed', isRestored: currentPhaseOrNull(group, disk) === null };
  }
};

const prepare = async (request: InstallRequest, group: GroupPaths, disk: Disk): Promise<{ compiled: CompiledInstall; files: number; warnings: readonly string[] }> => {
  const { appSpec, layout, groupId, deploymentId, fileExistsBehavior, processes } = request;
  const root = request.root === null || path.resolve(request.root) === '/' ? null : path.resolve(request.root);
  const deployment = layout.deployment(groupId, deploymentId);
  const names = (key: 'owner' | 'group'): readonly string[] => appSpec.permissions.flatMap((rule) => rule[key] ?? []);
  const survey = surveyDisk(disk);
  const kept = parseReleases(disk.read(group.releases));
  const planned = planInstall({
    appSpec,
    listing: listArchive(disk, request.archiveFolder ?? deployment.archive),
    survey,
    accounts: await lookUpAccounts(names('owner'), names('group'), disk, processes),
    previous: parseCleanup(disk.read(group.cleanup) ?? ''),
    fileExistsBehavior,
    root,
    releaseName: deploymentId,
    keptReleases: kept.map(({ place }) => place),
  });
  if (planned.kind === 'refused') return refuseInstall(planned.code, planned.message);
  const { release } = planned;
  const sha256 = disk.read(deployment.bundleDigest)?.trim() ?? null;
  const reused = release === null ? null : findReusable(planned.instructions, release, kept, sha256, disk);
  const plan = release === null || reused === null ? planned : { ...planned, instructions: useRelease(planned.instructions, release, reused) };
  const current = reused ?? (release === null ? null : { place: release.place, deploymentId, sha256 });
  const { stay, go } = chooseReleases(kept, current, release?.keep ?? 0);
  const forbidden = request.rules === undefined ? null : (checkPlaces(request.rules, plan.instructions, survey.place) ?? checkPlanWarnings(request.rules, plan.warnings));
  if (forbidden !== null) return refuseInstall('forbidden_by_policy', forbidden);
  checkTools(plan.instructions, disk);
  const compiled = compileInstall(plan, group, groupId, deploymentId, disk, { record: current === null && kept.length === 0 ? null : renderReleases(stay), treesToRemove: go.map(({ place }) => place) });
  checkRoom(compiled.acts, disk);
  return { compiled, files: plan.instructions.filter(({ kind }) => kind === 'copy' || kind === 'link').length, warnings: plan.warnings };
};

const checkTools = (instructions: readonly Instruction[], disk: Disk): void => {
  const tools = new Set(instructions.flatMap(({ kind }) => (kind === 'setfacl' ? ['setfacl'] : kind === 'semanage' ? ['semanage', 'restorecon'] : [])));
  for (const tool of tools) {
    if (findTool(tool, disk) === null) refuseInstall('missing_tool', `the AppSpec's permissions need ${tool}, which is not installed on this host; install it or remove ${tool === 'setfacl' ? '"acls"' : '"context"'}`);
  }
};

// Null when all went well, else what became of it.
const carryOut = async ({ transaction, acts }: CompiledInstall, group: GroupPaths, disk: Disk, processes: RunTool): Promise<InstallOutcome | null> => {
  try {
    beginTransaction(transaction, group, disk);
    await stageAll(acts, disk, processes);
    const files = acts.flatMap((act) => (act.kind === 'copy' || act.kind === 'record' ? [act.path] : []));
    const folders = acts.flatMap((act) => (act.kind === 'folder' ? [act.path] : []));
    const parents = transaction.moves.flatMap(({ staged, final }) => (staged === null ? [] : [final.slice(0, final.lastIndexOf('/')) || '/']));
    await syncAll(files, [...folders, ...parents], disk, processes);
    enterPhase('staging', 'commit', group, disk);
    await moveForward(transaction, disk, processes);
    enterPhase('commit', 'done', group, disk);
  } catch (error) {
    return giveUp(error, transaction, group, disk, processes);
  }
  try {
    await tidyUp(transaction, disk, processes);
    endTransaction('done', group, disk);
  } catch {
    // The new revision stands; what is left of the old one has names of ours, and the next start removes it.
  }
  return null;
};

const giveUp = async (error: unknown, transaction: Transaction, group: GroupPaths, disk: Disk, processes: RunTool): Promise<InstallOutcome> => {
  let isRestored = false;
  try {
    const phase = currentPhase(group, disk);
    if (phase === 'done') return { ...sentenceFor(error, transaction.deploymentId), kind: 'failed', isRestored };
    if (phase === null) dropUnfinished(group, disk);
    else await undo(transaction, phase, group, disk, processes);
    isRestored = true;
  } catch {
    // The disk fails for undoing, too. The transaction is still there for the next start.
  }
  return { ...sentenceFor(error, transaction.deploymentId), kind: 'failed', isRestored };
};

const sentenceFor = (error: unknown, deploymentId: string): { readonly code: string; readonly message: string } => {
  const { code, message } = error as NodeJS.ErrnoException;
  return { code: code ?? 'install_failed', message: `installing ${deploymentId} failed: ${message}`.replaceAll(/\p{Cc}/gu, ' ') };
};

const currentPhaseOrNull = (group: GroupPaths, disk: Disk): string | null => {
  try {
    return currentPhase(group, disk);
  } catch {
    return 'unknown';
  }
};

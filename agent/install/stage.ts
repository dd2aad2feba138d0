// The first half of an Install: everything new is made beside its place, and made durable, while the old revision stands.

import path from 'node:path';
import type { Processes } from '../../world/processes.ts';
import { toolPath } from './accounts.ts';
import { completeAcl } from './acl.ts';
import type { Disk } from './disk.ts';
import { refuseInstall } from './refusal.ts';
import type { StagingAct } from './transaction.ts';

export type RunTool = Pick<Processes, 'run'>;

/** Performs the acts in order. */
export const stageAll = async (acts: readonly StagingAct[], disk: Disk, processes: RunTool): Promise<void> => {
  for (const act of acts) {
    switch (act.kind) {
      case 'folder':
        disk.makeFolder(act.path);
        break;
      case 'copy':
        disk.copyFile(act.source, act.path);
        disk.setTime(act.path, act.modifiedAt);
        break;
      case 'link':
        disk.makeLink(act.target, act.path);
        break;
      case 'mode':
        disk.setMode(act.path, act.mode);
        break;
      case 'acl':
        await setAcl(completeAcl(act.acl, disk.look(act.path)?.mode ?? 0), act.path, processes);
        break;
      case 'owner': {
        const found = disk.look(act.path)!;
        if ((act.uid ?? found.uid) !== found.uid || (act.gid ?? found.gid) !== found.gid || (found.mode & 0o6000) !== 0) disk.setOwner(act.path, act.uid ?? found.uid, act.gid ?? found.gid);
        break;
      }
      case 'record':
        disk.write(act.path, act.text);
        break;
    }
  }
};

/** Replaces the ACL of one object. */
export const setAcl = async (acl: readonly string[], target: string, processes: RunTool): Promise<void> => runTool(processes, 'setfacl', ['--set', acl.join(','), '--', target]);

/** Runs one of the host's tools, by its arguments, and throws a sentence when it fails. */
export const runTool = async (processes: RunTool, file: string, args: readonly string[]): Promise<void> => {
  const { code, stderr } = await processes.run({ file, args, env: { PATH: toolPath, LC_ALL: 'C' }, cwd: '/' }, 120_000);
  if (code !== 0) throw new Error(`${file} failed${code === null ? '' : ` with exit status ${code}`}: ${stderr.trim().split('\n')[0] ?? ''}`);
};

const eachUpTo = 32;

/**
 * Makes files and folders durable: a few one by one, many with one `sync -f` for each file system, which takes about half
 * as long as a thousand single ones. Anything that fails here must be taken for lost.
 */
export const syncAll = async (files: readonly string[], folders: Iterable<string>, disk: Disk, processes: RunTool): Promise<void> => {
  const parents = [...new Set(folders)];
  if (files.length + parents.length > eachUpTo && (await syncFileSystems(parents, disk, processes))) return;
  try {
    for (const target of [...files, ...parents]) disk.sync(target);
  } catch (error) {
    // What its owner may not read cannot be opened for syncing.
    if ((error as NodeJS.ErrnoException).code !== 'EACCES' || !(await syncFileSystems(parents, disk, processes))) throw error;
  }
};

const syncFileSystems = async (folders: readonly string[], disk: Disk, processes: RunTool): Promise<boolean> => {
  const oneOfEach = new Map(folders.map((folder) => [disk.look(folder)?.device ?? 0, folder]));
  if (findTool('sync', disk) === null) return false;
  await runTool(processes, 'sync', ['-f', ...oneOfEach.values()]);
  return true;
};

/** Where a tool is, or null. */
export const findTool = (name: string, disk: Disk): string | null =>
  toolPath.split(':').map((folder) => path.join(folder, name)).find((file) => disk.realPath(file) !== null) ?? null;

/** Refuses an Install for which the disk has no room, before anything is written. */
export const checkRoom = (acts: readonly StagingAct[], disk: Disk): void => {
  const needs = new Map<number, { bytes: number; folder: string }>();
  const known = new Map<string, { device: number; folder: string }>();
  const deviceOf = (folder: string): { device: number; folder: string } => {
    const before = known.get(folder);
    if (before !== undefined) return before;
    const found = disk.look(folder);
    const answer = found === null ? deviceOf(path.dirname(folder)) : { device: found.device, folder };
    known.set(folder, answer);
    return answer;
  };
  for (const act of acts) {
    if (act.kind !== 'copy') continue;
    const { device, folder } = deviceOf(path.dirname(act.path));
    const sum = needs.get(device);
    needs.set(device, { bytes: (sum?.bytes ?? 0) + act.bytes, folder });
  }
  for (const { bytes, folder } of needs.values()) {
    const free = disk.freeBytes(folder);
    if (free < bytes) refuseInstall('no_space', `the revision needs ${bytes} bytes on the file system of ${folder}, which has ${free} left`);
  }
};

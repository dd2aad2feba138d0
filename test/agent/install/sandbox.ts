// A scratch host: a data folder, a destination, real bundles on disk, and an Install run as the agent runs it.

import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { archiveLayout } from '../../../agent/archive-layout.ts';
import type { ArchiveLayout } from '../../../agent/archive-layout.ts';
import { defaultBundleLimits } from '../../../agent/bundle/limits.ts';
import { stripTopFolder } from '../../../agent/bundle/top-folder.ts';
import { unpackBundle } from '../../../agent/bundle/unpack.ts';
import { installRevision } from '../../../agent/install/install.ts';
import type { InstallOutcome } from '../../../agent/install/install.ts';
import type { Disk } from '../../../agent/install/disk.ts';
import type { RunTool } from '../../../agent/install/stage.ts';
import { parseAppSpec } from '../../../hooks/appspec/parse.ts';
import type { AppSpec } from '../../../hooks/appspec/appspec.ts';
import { tgz } from '../bundle/tar-bytes.ts';
import type { TarRecord } from '../bundle/tar-bytes.ts';

export type FileShape = string | { readonly content?: string; readonly mode?: number; readonly dir?: boolean; readonly link?: string };
export type FileShapes = Readonly<Record<string, FileShape>>;

/** Runs tools for real. */
export const realTools: RunTool = {
  run: (command, timeoutMs) =>
    new Promise((resolve, reject) => {
      execFile(command.file, [...command.args], { env: command.env, cwd: command.cwd, timeout: timeoutMs }, (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') return reject(error);
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    }),
};

export interface Sandbox {
  readonly folder: string;
  readonly dest: string;
  readonly layout: ArchiveLayout;
  remove(): void;
}

/** A new sandbox; with `inMemory` on a memory file system if there is one, where a thousand syncs cost nothing. */
export const makeSandbox = (options: { readonly inMemory?: boolean } = {}): Sandbox => {
  const base = options.inMemory === true && fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir();
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(base, 'fairlead-install-')));
  const dest = path.join(folder, 'dest');
  fs.mkdirSync(dest);
  fs.chmodSync(dest, 0o755);
  return { folder, dest, layout: archiveLayout(path.join(folder, 'data')), remove: () => fs.rmSync(folder, { recursive: true, force: true }) };
};

/** Writes files, folders and links below a folder. */
export const plant = (folder: string, files: FileShapes): void => {
  for (const [name, shape] of Object.entries(files)) {
    const target = path.join(folder, name);
    if (typeof shape !== 'string' && shape.dir === true) {
      fs.mkdirSync(target, { recursive: true });
      continue;
    }
    fs.mkdirSync(path.dirname(target), { recursive: true });
    if (typeof shape !== 'string' && shape.link !== undefined) fs.symlinkSync(shape.link, target);
    else {
      fs.writeFileSync(target, typeof shape === 'string' ? shape : (shape.content ?? ''));
      fs.chmodSync(target, (typeof shape === 'string' ? undefined : shape.mode) ?? 0o644);
    }
  }
};

/** Packs the files as a revision's tgz. */
export const packRevision = (files: FileShapes): Buffer =>
  tgz(...Object.entries(files).map(([name, shape]): TarRecord => {
    if (typeof shape === 'string') return { name, content: shape, mode: name.endsWith('.sh') ? 0o755 : 0o644 };
    if (shape.dir === true) return { name: `${name}/`, type: '5', mode: shape.mode ?? 0o755 };
    if (shape.link !== undefined) return { name, type: '2', target: shape.link };
    return { name, content: shape.content ?? '', mode: shape.mode ?? 0o644 };
  }));

export interface Deployed {
  readonly failedEvent: 'DownloadBundle' | 'AppSpec' | 'Install' | null;
  readonly why: string;
  readonly warnings: readonly string[];
  readonly install: InstallOutcome | null;
}

/** Unpacks, parses and installs one revision. */
export const deploy = async (
  sandbox: Sandbox,
  revision: { readonly appSpec: string; readonly appSpecName?: string | null; readonly files: FileShapes; readonly groupId?: string; readonly deploymentId: string; readonly fileExistsBehavior?: string | null; readonly root?: string | null; readonly disk?: Disk; readonly tools?: RunTool },
): Promise<Deployed> => {
  const groupId = revision.groupId ?? 'group-1';
  const paths = sandbox.layout.deployment(groupId, revision.deploymentId);
  const appSpecName = revision.appSpecName === undefined ? 'appspec.yml' : revision.appSpecName;
  const files = appSpecName === null ? revision.files : { [appSpecName]: revision.appSpec, ...revision.files };
  fs.mkdirSync(paths.folder, { recursive: true });
  fs.writeFileSync(paths.bundle, packRevision(files));
  const unpacked = await unpackBundle({ file: paths.bundle, format: 'tar' }, paths.archive, defaultBundleLimits);
  if (unpacked.kind === 'refused') return { failedEvent: 'DownloadBundle', why: unpacked.reason, warnings: [], install: null };
  stripTopFolder(paths.archive);
  const file = path.join(paths.archive, 'appspec.yml');
  if (!fs.existsSync(file)) return { failedEvent: 'AppSpec', why: 'no AppSpec', warnings: [], install: null };
  const appSpec = parsed(fs.readFileSync(file, 'utf8'));
  const install = await installRevision({ appSpec, layout: sandbox.layout, groupId, deploymentId: revision.deploymentId, fileExistsBehavior: revision.fileExistsBehavior ?? null, root: revision.root ?? null, processes: revision.tools ?? realTools, ...(revision.disk === undefined ? {} : { disk: revision.disk }) });
  return { failedEvent: install.kind === 'installed' ? null : 'Install', why: install.kind === 'installed' ? '' : install.message, warnings: [...unpacked.warnings, ...(install.kind === 'installed' ? install.warnings : [])], install };
};

/** The AppSpec of a text that is known to be good. */
export const parsed = (text: string): AppSpec => {
  const verdict = parseAppSpec(text);
  if (verdict.kind === 'refused') throw new Error(verdict.complaints.map(({ sentence }) => sentence).join('; '));
  return verdict.appSpec;
};

export interface TreeItem { readonly dir?: true; readonly content?: string; readonly link?: string; readonly mode?: string; readonly owner?: string }

/** What is below a folder: kinds, contents, modes, links, and owners that are not ours. */
export const treeOf = (folder: string): Record<string, TreeItem> => {
  const tree: Record<string, TreeItem> = {};
  const visit = (relative: string): void => {
    for (const name of fs.readdirSync(path.join(folder, relative)).sort()) {
      const inner = path.join(relative, name);
      const full = path.join(folder, inner);
      const stat = fs.lstatSync(full);
      const mode = (stat.mode & 0o7777).toString(8);
      const owner = stat.uid === process.getuid!() && stat.gid === process.getgid!() ? {} : { owner: `${stat.uid}:${stat.gid}` };
      if (stat.isSymbolicLink()) tree[inner] = { link: fs.readlinkSync(full), ...owner };
      else if (stat.isDirectory()) {
        tree[inner] = { dir: true, mode, ...owner };
        visit(inner);
      } else tree[inner] = { content: fs.readFileSync(full, 'latin1'), mode, ...owner };
    }
  };
  if (fs.existsSync(folder)) visit('');
  return tree;
};

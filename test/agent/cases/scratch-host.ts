// A host for one case: a data folder, a destination, and the executors of the real agent, fed as the daemon feeds them.
// Bundles are packed for real and fetched over a socket; scripts run under their supervisor. What the daemon keeps in its
// journal (which revision succeeded last, which came last) is kept here in memory.

import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { buffer } from 'node:stream/consumers';
import { Readable } from 'node:stream';
import { realExecutors } from '../../../agent/commands/real-executors.ts';
import { readConfig } from '../../../agent/config.ts';
import type { Ending } from '../../../agent/executors.ts';
import { executorFor } from '../../../agent/executors.ts';
import type { GroupRecord, ScriptStart } from '../../../agent/journal-state.ts';
import { bundleFolder } from '../../../cli/bundle/bundle-folder.ts';
import type { RunEventCommand } from '../../../protocol/session/frames.ts';
import { silentLog } from '../../../world/log.ts';
import { makeRealWorld } from '../../../world/real/real-world.ts';
import type { FileShapes, Observed, Revision, TreeItem } from './agent-case.ts';

export interface ScratchHost {
  readonly dest: string;
  /** Writes files below the destination. */
  plant(files: FileShapes): void;
  /** Carries out one deployment, event by event, until one fails. */
  deploy(revision: Revision): Promise<Deployed>;
  remove(): Promise<void>;
}

export interface Deployed {
  readonly observed: Observed;
  /** The failure's message; empty when all went well. */
  readonly message: string;
  readonly warnings: readonly string[];
}

export const usualEvents = ['ApplicationStop', 'DownloadBundle', 'BeforeInstall', 'Install', 'AfterInstall', 'ApplicationStart', 'ValidateService'];
const errorCodes = { Success: 0, ScriptMissing: 1, ScriptNotExecutable: 2, ScriptTimedOut: 3, ScriptFailed: 4, UnknownError: 5 } as const;
const unknown: GroupRecord = { lastSuccessful: null, mostRecent: null };

/** A new host. */
export async function makeScratchHost(): Promise<ScratchHost> {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'fairlead-case-')));
  fs.chmodSync(folder, 0o755);
  const dest = path.join(folder, 'dest');
  fs.mkdirSync(dest);
  fs.chmodSync(dest, 0o755);
  const world = { ...makeRealWorld(), log: silentLog };
  const { config } = readConfig({ file: null, environment: {}, flags: { dataDir: path.join(folder, 'data') }, hostname: 'scratch', agentVersion: 'test' });
  const executors = realExecutors({ ...config, hookGraceMs: 300 }, world, () => null);
  const groups = new Map<string, GroupRecord>();
  const bundles = await serveBundles();
  let deployments = 0;

  return {
    dest,
    plant: (files) => plant(dest, files),
    async deploy(revision) {
      deployments += 1;
      const deploymentId = `d-CASE${deployments}`;
      const groupId = revision.group ?? 'dg-prod';
      const { AgentActionOverrides, DeploymentCreator, DeploymentType, AppSpecFilename } = revision.spec ?? {};
      const bundle = await bundles.offer(await pack(revision, dest, path.join(folder, deploymentId)));
      fs.rmSync(`${dest}.trace`, { force: true });
      const events: string[] = [];
      const warnings: string[] = [];
      let failure: { readonly event: string; readonly ending: Ending } | null = null;
      for (const event of revision.commands ?? usualEvents) {
        const command: RunEventCommand = {
          kind: 'RunEvent', attemptId: randomUUID(), deploymentId, deploymentGroupId: groupId, deploymentGroupName: 'prod', applicationName: 'app',
          deploymentCreator: DeploymentCreator ?? 'user',
          event, generation: 1, timeoutMs: 3_600_000,
          revision: { revisionType: 'S3', s3Location: { bucket: 'bkt', key: 'app.bundle', bundleType: 'tgz' } },
          // These come as the case says, also where the controller's API would have refused them.
          deploymentType: (DeploymentType ?? 'IN_PLACE') as RunEventCommand['deploymentType'],
          fileExistsBehavior: (AgentActionOverrides?.AgentOverrides.FileExistsBehavior ?? 'DISALLOW') as RunEventCommand['fileExistsBehavior'],
          ...(event === 'DownloadBundle' ? { bundle: { ...bundle, bundleType: (revision.bundle?.declared ?? revision.bundle?.type ?? 'tgz') as 'tgz' } } : {}),
          ...(AppSpecFilename === undefined ? {} : { appSpecFilename: AppSpecFilename }),
        };
        const ending = await run(command);
        warnings.push(...ending.warnings);
        events.push(`${event}:${ending.outcome}`);
        if (ending.outcome !== 'Succeeded') {
          failure = { event, ending };
          break;
        }
        if (event === 'DownloadBundle') groups.set(groupId, { ...(groups.get(groupId) ?? unknown), mostRecent: deploymentId });
      }
      await executors.finish({ kind: 'Finish', deploymentId, deploymentGroupId: groupId, status: failure === null ? 'Succeeded' : 'Failed' });
      if (failure === null) groups.set(groupId, { ...(groups.get(groupId) ?? unknown), lastSuccessful: deploymentId });
      plant(dest, revision.then_write ?? {});
      return { observed: { events, ...failedAs(failure), files_under_DEST: treeOf(dest), hook_trace: traceOf(dest) }, message: failure?.ending.diagnostics.message ?? '', warnings };
    },
    async remove() {
      await bundles.close();
      fs.rmSync(folder, { recursive: true, force: true });
    },
  };

  async function run(command: RunEventCommand): Promise<Ending> {
    const executor = executorFor(executors, command.event);
    if (executor === null) throw new Error(`${command.event} is no event for a host`);
    const starts: ScriptStart[] = [];
    const never = new AbortController().signal;
    const ending = await executor(command, { log: silentLog, group: groups.get(command.deploymentGroupId) ?? unknown, scriptStarts: starts, recordScriptStart: async (start) => void starts.push(start), cancelled: never, leaving: never });
    await executors.ended?.(command);
    return ending;
  }
}

function failedAs(failure: { readonly event: string; readonly ending: Ending } | null): Partial<Observed> {
  if (failure === null) return {};
  const { errorCode, scriptName, logTail } = failure.ending.diagnostics;
  return { failed_event: failure.event, error_code: errorCodes[errorCode], script_name: scriptName, log: logTail, log_length: logTail.length };
}

/** The revision's bundle, packed from a folder as `fairlead push` packs it. Scripts (`*.sh`) are executable. */
async function pack(revision: Revision, dest: string, folder: string): Promise<Buffer> {
  const withDest = (text: string): string => text.replaceAll('${DEST}', dest);
  const name = revision.appspec_name ?? revision.spec?.AppSpecFilename ?? 'appspec.yml';
  const text = revision.appspec_override ?? revision.appspec;
  const appSpec = revision.no_appspec === true ? {} : { [name]: withDest(text) };
  const files = Object.fromEntries(Object.entries(revision.revision_files).map(([file, shape]) => {
    if (typeof shape === 'string') return [file, { content: withDest(shape), mode: file.endsWith('.sh') ? 0o755 : 0o644 }];
    return [file, shape.content === undefined ? shape : { ...shape, content: withDest(shape.content) }];
  }));
  fs.mkdirSync(folder);
  plant(folder, { ...appSpec, ...files });
  return buffer(Readable.from(bundleFolder(folder, revision.bundle?.type ?? 'tgz').stream()));
}

/** Writes files, folders and links below a folder. */
function plant(folder: string, files: FileShapes): void {
  const folderModes: (readonly [string, number])[] = [];
  for (const [name, shape] of Object.entries(files)) {
    const target = path.join(folder, name);
    if (typeof shape !== 'string' && shape.dir === true) {
      fs.mkdirSync(target, { recursive: true });
      folderModes.push([target, shape.mode ?? 0o755]);
      continue;
    }
    fs.mkdirSync(path.dirname(target), { recursive: true });
    if (typeof shape !== 'string' && shape.link !== undefined) {
      fs.symlinkSync(shape.link, target);
      continue;
    }
    fs.writeFileSync(target, typeof shape === 'string' ? shape : (shape.content ?? ''));
    fs.chmodSync(target, (typeof shape === 'string' ? undefined : shape.mode) ?? 0o644);
  }
  for (const [target, mode] of folderModes) fs.chmodSync(target, mode);
}

function treeOf(folder: string): Readonly<Record<string, TreeItem>> {
  const tree: Record<string, TreeItem> = {};
  const visit = (relative: string): void => {
    for (const name of fs.readdirSync(path.join(folder, relative)).sort()) {
      const inner = path.join(relative, name);
      const full = path.join(folder, inner);
      const stat = fs.lstatSync(full);
      const mode = (stat.mode & 0o7777).toString(8);
      const isOurs = stat.uid === process.getuid!() && stat.gid === process.getgid!();
      const owner = isOurs ? {} : { owner: `${stat.uid}:${stat.gid}` };
      if (stat.isSymbolicLink()) tree[inner] = { link: fs.readlinkSync(full), ...owner };
      else if (stat.isDirectory()) {
        tree[inner] = { dir: true, mode, ...owner };
        visit(inner);
      } else tree[inner] = { content: inner === 'appspec.yml' ? '(appspec)' : contentOf(full, stat.mode), mode, ...owner };
    }
  };
  if (fs.existsSync(folder)) visit('');
  return tree;
}

/** Without root even an owner may have no right to read. */
function contentOf(file: string, mode: number): string {
  if ((mode & 0o400) !== 0) return fs.readFileSync(file, 'latin1');
  fs.chmodSync(file, 0o600);
  const content = fs.readFileSync(file, 'latin1');
  fs.chmodSync(file, mode & 0o7777);
  return content;
}

function traceOf(dest: string): readonly string[] {
  const file = `${dest}.trace`;
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
}

interface BundleServer {
  offer(bundle: Buffer): Promise<{ readonly url: string; readonly sha256: string; readonly size: number }>;
  close(): Promise<void>;
}

async function serveBundles(): Promise<BundleServer> {
  const offered = new Map<string, Buffer>();
  const server = http.createServer((request, response) => response.end(offered.get(request.url ?? '')));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    async offer(bundle) {
      const place = `/${randomUUID()}`;
      offered.set(place, bundle);
      return { url: `http://127.0.0.1:${port}${place}`, sha256: createHash('sha256').update(bundle).digest('hex'), size: bundle.length };
    },
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

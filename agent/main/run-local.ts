// `fairlead local`: a deployment to this host without a server.

import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { LocalEvent, LocalOptions, LocalOutcome } from '../../protocol/model/local-deployment.ts';
import { makeRealWorld } from '../../world/real/real-world.ts';
import { DataFolderTaken, lockDataFolder } from '../data-lock.ts';
import { deployLocally } from '../local.ts';
import { awsSurroundings } from '../local-object.ts';
import { LocalRefused, isAddress, planLocal } from '../local-options.ts';
import type { LocationFacts } from '../local-options.ts';
import { configure, makeFolders } from './configure.ts';
import type { AgentOptions } from './configure.ts';

/** The command line of `fairlead local`; what is not given comes from where the agent takes it. */
export interface LocalRun extends Pick<AgentOptions, 'dataDir' | 'root' | 'configFile'> {
  readonly deployment: LocalOptions;
  readonly cancelled: AbortSignal;
  readonly onEvent: (event: LocalEvent) => void;
}

/** Deploys to this host without a server. Throws an Error whose message is for the operator when it may not begin. */
export async function runLocal({ deployment, cancelled, onEvent, ...options }: LocalRun): Promise<LocalOutcome> {
  const plan = planLocal(deployment, isAddress(deployment.location) ? null : await lookAtLocation(deployment.location));
  const { config, remarks } = await configure(options);
  const world = makeRealWorld({ level: 'warn', program: 'fairlead-local' });
  for (const remark of remarks) world.log.warn({}, remark);
  const groupLock = join(config.dataFolder, 'local', plan.groupId);
  await makeFolders(config);
  await mkdir(groupLock, { recursive: true, mode: 0o700 });
  const ca = config.caFile === null ? null : await readFile(config.caFile, 'utf8');
  using _ = await lockDataFolder(groupLock).catch((error: Error) => {
    throw error instanceof DataFolderTaken ? new LocalRefused(`Another local deployment to the group ${plan.groupId} runs on ${config.dataFolder}. Wait for it, or use another --deployment-group.`) : error;
  });
  // Held where it is free, so that no agent starts meanwhile and takes what it finds half done for a crash.
  using lock = await lockDataFolder(config.dataFolder).catch((error: Error) => {
    if (error instanceof DataFolderTaken) return null;
    throw error;
  });
  return await deployLocally(plan, { config, world, ca, aws: awsSurroundings(process.env), cancelled, isDaemonThere: lock === null, onEvent });
}

async function lookAtLocation(location: string): Promise<LocationFacts> {
  const path = resolve(location.replace(/^file:\/\//, ''));
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw new LocalRefused(`The location ${path} cannot be looked at (${error.code ?? error.message}).`);
  });
  const kind = found === null ? null : found.isDirectory() ? 'folder' : 'file';
  return { path, kind, names: kind === 'folder' ? await readdir(path) : [] };
}

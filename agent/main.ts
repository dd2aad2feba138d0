// Composition root of the agent: the only file here that knows the real world, the environment and the signals.

import { mkdir, readFile, readdir, realpath, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import Type from 'typebox';
import Value from 'typebox/value';
import packageJson from '../package.json' with { type: 'json' };
import { removeUnfinished } from '../world/real/files.ts';
import { makeRealWorld } from '../world/real/real-world.ts';
import { postEnrollment } from '../world/real/enroll.ts';
import { findServiceManager } from '../world/real/service-manager.ts';
import type { ServiceManager } from '../world/real/service-manager.ts';
import type { Clock } from '../world/clock.ts';
import { archiveLayout } from './archive-layout.ts';
import { openLogStream } from './log-stream.ts';
import { startAgent } from './agent.ts';
import type { Agent } from './agent.ts';
import { realExecutors } from './commands/real-executors.ts';
import { withLogStream } from './commands/with-log-stream.ts';
import { ConfigRefused, namedPolicyFile, readConfig } from './config.ts';
import type { AgentConfig } from './config.ts';
import { DataFolderTaken, lockDataFolder } from './data-lock.ts';
import { EnrollRefused } from './identity.ts';
import type { Enroll } from './identity.ts';
import { deployLocally } from './local.ts';
import type { LocalEvent, LocalOutcome } from './local.ts';
import { LocalRefused, isAddress, planLocal } from './local-options.ts';
import type { LocalOptions, LocationFacts } from './local-options.ts';
import { whyNotTrusted } from './policy/policy-file.ts';

/** The command line of `fairlead agent`. What is not given comes from the environment, the file, or a default. */
export interface AgentOptions {
  readonly controller?: string;
  readonly joinToken?: string;
  readonly name?: string;
  readonly tags?: readonly { readonly Key: string; readonly Value: string }[];
  readonly dataDir?: string;
  readonly root?: string;
  readonly configFile?: string;
  readonly verbose?: boolean;
}

const defaultConfigFile = '/etc/fairlead/agent.yml';

/**
 * Runs the agent until SIGTERM or SIGINT; then stops it, leaving running scripts alone, and returns the exit status 0.
 * Throws an Error whose message is for the operator when it cannot start (configuration, enrolment, a second agent on
 * the same folder, a journal that cannot be trusted) or had to stop by itself (the disk failed).
 */
export async function runAgent(options: AgentOptions): Promise<number> {
  const { config, remarks } = await configure(options);
  const world = makeRealWorld({ level: config.logLevel, folder: config.logFolder, program: 'fairlead-agent' });
  for (const remark of remarks) world.log.warn({}, remark);
  await mkdir(config.dataFolder, { recursive: true, mode: 0o711 }); // scripts with runas have to pass through
  if (config.root !== null) await mkdir(config.root, { recursive: true });
  using _ = await lockDataFolder(config.dataFolder);
  const { journal, instructionsFolder } = archiveLayout(config.dataFolder);
  for (const folder of [config.dataFolder, dirname(journal), instructionsFolder]) await removeUnfinished(folder);
  const manager = await findServiceManager(process.env);
  const signalled = onSignal();

  const ca = config.caFile === null ? null : await readFile(config.caFile, 'utf8');
  const logs = await openLogStream({ files: world.files, clock: world.clock, log: world.log, folder: archiveLayout(config.dataFolder).outputFolder });
  const executors = withLogStream(realExecutors(config, world, ca), logs);
  let wasLive = false;
  const onLive: NonNullable<Parameters<typeof startAgent>[2]['onLive']> = (isLive, { instanceId, instanceName }) => {
    const sentence = isLive ? `${instanceName} (${instanceId}) is connected to ${config.controllerUrl ?? 'its controller'}` : 'not connected to the controller';
    manager.status(sentence);
    if (isLive && !wasLive) process.stdout.write(`${sentence}\n`);
    wasLive ||= isLive;
  };
  const agent = await startAgent(config, world, { executors, logs, enroll: enrollWith(config, ca), signal: signalled.signal, onLive }).catch((error: unknown) => {
    if (signalled.signal.aborted) return null;
    throw error;
  });
  if (agent === null) return 0;
  manager.ready(`started as ${agent.identity.instanceName}`);
  feedWatchdog(agent, manager, world.clock);
  try {
    await agent.stopped;
  } finally {
    await manager.stopping();
  }
  world.log.info({}, 'The agent has stopped. Scripts that were running go on.');
  return 0;
}

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
  await mkdir(config.dataFolder, { recursive: true, mode: 0o711 });
  await mkdir(groupLock, { recursive: true, mode: 0o700 });
  if (config.root !== null) await mkdir(config.root, { recursive: true });
  const ca = config.caFile === null ? null : await readFile(config.caFile, 'utf8');
  using _ = await lockDataFolder(groupLock).catch((error: Error) => {
    throw error instanceof DataFolderTaken ? new LocalRefused(`Another local deployment to the group ${plan.groupId} runs on ${config.dataFolder}. Wait for it, or use another --deployment-group.`) : error;
  });
  // Held where it is free, so that no agent starts meanwhile and takes what it finds half done for a crash.
  using lock = await lockDataFolder(config.dataFolder).catch((error: Error) => {
    if (error instanceof DataFolderTaken) return null;
    throw error;
  });
  return await deployLocally(plan, { config, world, ca, cancelled, isDaemonThere: lock === null, onEvent });
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

async function configure(options: AgentOptions): Promise<ReturnType<typeof readConfig>> {
  const { tags, configFile, verbose, dataDir, root, ...flags } = options;
  const file = await readConfigFile(configFile ?? process.env['FAIRLEAD_CONFIG']);
  const policyPath = namedPolicyFile(file);
  return readConfig({
    file,
    ...(policyPath === null ? {} : { policyFile: await readPolicyFile(policyPath) }),
    environment: process.env,
    flags: {
      ...flags,
      ...(tags === undefined || tags.length === 0 ? {} : { tags }),
      ...(dataDir === undefined ? {} : { dataDir: resolve(dataDir) }),
      ...(root === undefined ? {} : { root: resolve(root) }),
      ...(verbose === true ? { logLevel: 'debug' } : {}),
    },
    hostname: hostname(),
    agentVersion: packageJson.version,
  });
}

async function readConfigFile(named: string | undefined): Promise<{ readonly path: string; readonly text: string } | null> {
  const path = named ?? defaultConfigFile;
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    if (named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new ConfigRefused(`The configuration file ${path} cannot be read (${(error as Error).message}).`);
  }
}

/** Refuses a policy that others could change: it would be theirs. */
async function readPolicyFile(path: string): Promise<{ readonly path: string; readonly text: string }> {
  try {
    const steps = [await realpath(path)];
    for (let at = steps[0]!; dirname(at) !== at; at = dirname(at)) steps.push(dirname(at));
    const facts = await Promise.all(steps.map(async (step) => ({ path: step, ...(({ uid, mode }) => ({ uid, mode }))(await stat(step)) })));
    const distrust = whyNotTrusted(facts, process.getuid?.() ?? 0);
    if (distrust !== null) throw new Error(distrust);
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    throw new ConfigRefused(`The policy file ${path} cannot be used: ${(error as Error).message}`);
  }
}

const EnrollAnswer = Type.Object({ instanceId: Type.String(), instanceName: Type.String(), controllerId: Type.String() });

function enrollWith({ connectTimeoutMs }: AgentConfig, ca: string | null): Enroll {
  return async (controllerUrl, request, signal) => {
    const reply = await postEnrollment(controllerUrl, request, { ca, timeoutMs: connectTimeoutMs }, signal);
    if (reply.kind === 'refused') throw new EnrollRefused(reply.message);
    if (Value.Check(EnrollAnswer, reply.body)) return reply.body;
    throw new EnrollRefused(`${controllerUrl} answered the enrolment in a form this agent does not know. Check that the URL is the controller's and that both are of one version.`);
  };
}

/** SIGTERM and SIGINT, once: a second one ends the process as it would by itself. */
function onSignal(): AbortController {
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error('The agent was told to stop.'));
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
  return stopping;
}

/** Longest the session's loop is without progress while all is well: a slow rest, and a connection that times out. */
const longestQuietMs = 120_000;

function feedWatchdog(agent: Agent, manager: ServiceManager, clock: Clock): void {
  const { watchdogMs } = manager;
  if (watchdogMs === null) return;
  const feed = () => {
    if (agent.health.isWell(longestQuietMs)) manager.watchdog();
    clock.after(watchdogMs / 3, feed);
  };
  feed();
}

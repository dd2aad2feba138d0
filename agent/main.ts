// Composition root of the agent: the only file here that knows the real world, the environment and the signals.

import { mkdir, readFile, readdir, realpath, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import Type from 'typebox';
import Value from 'typebox/value';
import packageJson from '../package.json' with { type: 'json' };
import type { AgentStatus } from '../protocol/model/agent-status.ts';
import type { LocalEvent, LocalOptions, LocalOutcome } from '../protocol/model/local-deployment.ts';
import { realFiles, removeUnfinished } from '../world/real/files.ts';
import { makeOwnFolder } from '../world/real/make-folder.ts';
import { giveMemoryBack } from '../world/real/memory.ts';
import { makeRealWorld } from '../world/real/real-world.ts';
import { meet } from '../world/real/pinned-authority.ts';
import { postEnrollment } from '../world/real/enroll.ts';
import { findUnits } from '../world/real/systemd-units.ts';
import type { OpenWay } from '../world/real/way.ts';
import { feedWatchdog, findServiceManager } from '../world/real/service-manager.ts';
import { serveStatus } from '../world/real/status-socket.ts';
import { rememberingLog } from '../world/remembering-log.ts';
import type { World } from '../world/world.ts';
import { archiveLayout } from './archive-layout.ts';
import { instanceMetadata } from './bundle/instance-metadata.ts';
import type { InstanceMetadata } from './bundle/instance-metadata.ts';
import { fromMetadata } from './own-tags.ts';
import { keepTags } from './tag-keeper.ts';
import type { TagSources } from './tag-keeper.ts';
import { realClock } from '../world/real/clock.ts';
import { openTunnel, proxyFor } from './bundle/proxy.ts';
import type { Proxy } from './bundle/proxy.ts';
import { openLogStream } from './log-stream.ts';
import { startAgent } from './agent.ts';
import type { Agent } from './agent.ts';
import { realExecutors } from './commands/real-executors.ts';
import { withLogStream } from './commands/with-log-stream.ts';
import { withRest } from './commands/with-rest.ts';
import { ConfigRefused, namedPolicyFile, readConfig } from './config.ts';
import type { AgentConfig } from './config.ts';
import { DataFolderTaken, lockDataFolder } from './data-lock.ts';
import { openHealth } from './health.ts';
import { openHostRevisions, withHostRevisions } from './host-revisions.ts';
import { EnrollRefused, loadOrEnroll } from './identity.ts';
import type { Enroll } from './identity.ts';
import { deployLocally } from './local.ts';
import { awsSurroundings } from './local-object.ts';
import { ReserveFile, withReserve } from './reserve.ts';
import { LocalRefused, isAddress, planLocal } from './local-options.ts';
import type { LocationFacts } from './local-options.ts';
import { whyNotTrusted } from './policy/policy-file.ts';
import { describeStatus, statusLine } from './status.ts';

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
  const openWay = wayOut(config.proxy);
  const real = makeRealWorld({ level: config.logLevel, folder: config.logFolder, program: 'fairlead-agent', openWay });
  const memory = rememberingLog(real.log, real.clock.now);
  const doors: World = { ...real, log: memory.log };
  const units = await findUnits(config.hookUnits, { processes: doors.processes, isRoot: process.getuid?.() === 0, environment: process.env });
  const layout = archiveLayout(config.dataFolder);
  const reserve = new ReserveFile({ ...doors, path: layout.reserve });
  const world: World = { ...doors, files: withReserve(doors.files, reserve), ...(units === null ? {} : { units }) };
  for (const remark of remarks) world.log.warn({}, remark);
  await makeFolders(config);
  using _ = await lockDataFolder(config.dataFolder);
  for (const folder of await foldersOfRecords(config.dataFolder)) await removeUnfinished(folder);
  world.log.debug({}, units === null ? 'Hooks run in sessions of their own.' : 'Hooks run in units of systemd.');
  const manager = await findServiceManager(process.env, world.clock);
  const signalled = onSignal();

  const ca = config.caFile === null ? null : await readFile(config.caFile, 'utf8');
  /** Of the controller, which bundles come from; what they hold is checked by its digest. */
  let pinned: string | null = null;
  const logs = await openLogStream({ files: world.files, clock: world.clock, log: world.log, folder: layout.outputFolder });
  const revisions = await openHostRevisions(world.files, layout.hostRevisions);
  const executors = withRest(withHostRevisions(withLogStream(realExecutors(config, world, () => ca ?? pinned), logs), revisions, world.clock.now), world.clock, giveMemoryBack);
  const health = openHealth(world.clock);
  const tags = await keepTags(tagSources(options, config), world, signalled.signal);
  const startedAt = world.clock.now();
  let agent: Agent | null = null;
  let connection = { isConnected: false, changedAt: startedAt };
  const status = (): AgentStatus =>
    describeStatus({ config, tags: tags.now, pid: process.pid, startedAt, agent, isConnected: connection.isConnected, connectionChangedAt: connection.changedAt, hasUnits: units !== null, groups: revisions.groups, lastError: memory.lastError });
  const say = (): void => manager.status(statusLine(status()));
  let isReady = false;
  // Once all that only this host can refuse has not been: whether the controller can be reached is no part of it.
  const beReady = (): void => {
    if (isReady) return;
    isReady = true;
    manager.ready(statusLine(status()));
    feedWatchdog(manager, world.clock, () => health.isWell(longestQuietMs));
  };
  const enroll = enrollWith(config, ca, openWay, () => {
    health.progress();
    beReady();
  });
  let wasLive = false;
  const onLive: NonNullable<Parameters<typeof startAgent>[2]['onLive']> = (isConnected, { instanceId, instanceName }) => {
    connection = { isConnected, changedAt: world.clock.now() };
    say();
    if (isConnected && !wasLive) process.stdout.write(`${instanceName} (${instanceId}) is connected to ${config.controllerUrl ?? 'its controller'}\n`);
    wasLive ||= isConnected;
  };
  await using _socket = await serveStatus(layout.statusSocket, status).catch((error: Error) => {
    world.log.warn({ reason: error.message }, 'This host cannot be asked how its agent is (fairlead agent status).');
    return null;
  });
  agent = await startAgent(config, world, { executors, logs, reserve, enroll, machine: machineHere(), signal: signalled.signal, tags, onIdentity: ({ authority }) => void (pinned = authority), onLive, onUnderway: say, health }).catch((error: unknown) => {
    if (signalled.signal.aborted) return null;
    throw error;
  });
  if (agent === null) return 0;
  beReady();
  say();
  const ending = new AbortController();
  const kept = reserve.keep(ending.signal);
  try {
    await agent.stopped;
  } finally {
    ending.abort();
    await kept;
    await manager.stopping('Stopping. Hooks that are running go on.');
  }
  world.log.info({}, 'The agent has stopped. Scripts that were running go on.');
  return 0;
}

export interface Enrolled {
  readonly instanceId: string;
  readonly instanceName: string;
  readonly controllerUrl: string;
  /** False: it was enrolled already, and nothing was done. */
  readonly isNew: boolean;
}

/** Enrols this host without running its agent. Throws an Error whose message is for the operator. */
export async function enrollHost(options: AgentOptions & { readonly isAnew: boolean }, environment: Readonly<Record<string, string | undefined>>, signal: AbortSignal): Promise<Enrolled> {
  const { isAnew, ...rest } = options;
  const { config } = await configure(rest, environment);
  const openWay = wayOut(config.proxy);
  const world = makeRealWorld({ level: 'warn', program: 'fairlead-agent', openWay });
  const { identity: path } = archiveLayout(config.dataFolder);
  const { enrolledAt } = await enrolmentIn(path);
  await makeFolders(config);
  const lock = await lockDataFolder(config.dataFolder).catch((error: Error) => {
    // An enrolled host's own agent: there is nothing to do but to say so.
    if (error instanceof DataFolderTaken && enrolledAt !== null && !isAnew) return null;
    throw error;
  });
  try {
    const ca = config.caFile === null ? null : await readFile(config.caFile, 'utf8');
    const { instanceId, instanceName, controllerUrl } = await loadOrEnroll(path, { ...config, isAnew, machine: machineHere() }, world, enrollWith(config, ca, openWay, () => undefined), signal);
    if (options.tags !== undefined && options.tags.length > 0) await writeTags(`${dropInFolder(options.configFile ?? environment['FAIRLEAD_CONFIG'] ?? defaultConfigFile)}/50-enroll.yml`, options.tags);
    return { instanceId, instanceName, controllerUrl, isNew: enrolledAt === null || isAnew };
  } finally {
    lock?.[Symbol.dispose]();
  }
}

/** JSON is YAML. */
async function writeTags(path: string, tags: NonNullable<AgentOptions['tags']>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await realFiles().writeAtomically(path, Buffer.from(`# Written by fairlead agent enroll.\ntags: ${JSON.stringify(Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value])))}\n`), 0o644);
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

/** Scripts with runas have to pass through the data folder. */
async function makeFolders({ dataFolder, root }: AgentConfig): Promise<void> {
  await makeOwnFolder(dataFolder, 'the data folder', 0o711);
  if (root !== null) await makeOwnFolder(root, 'the root folder', 0o755);
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

/** Where the agent writes small files of its own, which a death in the middle leaves unfinished: not below what bundles fill. */
async function foldersOfRecords(dataFolder: string): Promise<readonly string[]> {
  const groups = await foldersIn(archiveLayout(dataFolder).deploymentRoot);
  return [dataFolder, ...(await foldersIn(dataFolder)), ...(await Promise.all(groups.map(foldersIn))).flat()];
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

/** What is decided of an agent on this host, without starting it. Throws an Error with a sentence when something is refused. */
export async function readAgentConfig(options: AgentOptions, environment: Readonly<Record<string, string | undefined>>): Promise<AgentConfig & { readonly statusSocket: string; readonly identityFile: string; readonly enrolledAt: string | null; readonly authority: string | null }> {
  const { config } = await configure(options, environment);
  const { statusSocket, identity } = archiveLayout(config.dataFolder);
  return { ...config, statusSocket, identityFile: identity, ...(await enrolmentIn(identity)) };
}

/** Where this host was enrolled, and by what authority it knows it; null where it was not, or this user may not see. */
async function enrolmentIn(identityFile: string): Promise<{ readonly enrolledAt: string | null; readonly authority: string | null }> {
  const given = (value: unknown): string | null => (typeof value === 'string' ? value : null);
  try {
    const { enrolled } = JSON.parse(await readFile(identityFile, 'utf8')) as { readonly enrolled?: { readonly controllerUrl?: unknown; readonly authority?: unknown } | null };
    return { enrolledAt: given(enrolled?.controllerUrl), authority: given(enrolled?.authority) };
  } catch {
    return { enrolledAt: null, authority: null };
  }
}

async function configure(options: AgentOptions, environment: Readonly<Record<string, string | undefined>> = process.env): Promise<ReturnType<typeof readConfig>> {
  const { tags, configFile, verbose, dataDir, root, ...flags } = options;
  const file = await readConfigFile(configFile ?? environment['FAIRLEAD_CONFIG']);
  const policyPath = namedPolicyFile(file);
  const dropIns = await readDropIns(configFile ?? environment['FAIRLEAD_CONFIG'] ?? defaultConfigFile);
  return readConfig({
    file,
    ...(policyPath === null ? {} : { policyFile: await readPolicyFile(policyPath) }),
    dropIns,
    environment,
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

const machineHere = (): InstanceMetadata => instanceMetadata(process.env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] || 'http://169.254.169.254', realClock);

/** Read anew at each look, as if the agent were started now. */
function tagSources(options: AgentOptions, { usesEc2Tags }: AgentConfig): TagSources {
  const machine = machineHere();
  return {
    async configured() {
      const { config } = await configure(options);
      return { tags: config.tags.map((tag) => ({ ...tag, from: config.tagOrigins[tag.Key] ?? 'the configuration' })), isFixed: config.areTagsFixed };
    },
    machine: usesEc2Tags ? async () => (await machine.tags()).map((tag) => ({ ...tag, from: fromMetadata })) : null,
  };
}

const dropInFolder = (configPath: string): string => `${configPath.replace(/\.ya?ml$/, '')}.d`;

/** Tags that other packages and scripts put beside the configuration: `agent.d/*.yml` beside `agent.yml`. */
async function readDropIns(configPath: string): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const folder = dropInFolder(configPath);
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
    throw new ConfigRefused(`The drop-in folder ${folder} cannot be read: ${error.message}.`);
  });
  const paths = names.filter((name) => /^[^.].*\.ya?ml$/.test(name)).sort().map((name) => join(folder, name));
  return Promise.all(paths.map(async (path) => ({ path, text: await readFile(path, 'utf8').catch((error: Error) => {
    throw new ConfigRefused(`The drop-in ${path} cannot be read: ${error.message}.`);
  }) })));
}

async function readConfigFile(named: string | undefined): Promise<{ readonly path: string; readonly text: string } | null> {
  const path = named ?? defaultConfigFile;
  try {
    return { path, text: await readFile(path, 'utf8') };
  } catch (error) {
    if (named === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new ConfigRefused(`The configuration file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : (error as Error).message}.`);
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

/** `onUnreachable` is told whenever the controller was asked and did not answer. */
function enrollWith({ connectTimeoutMs }: AgentConfig, ca: string | null, openWay: OpenWay, onUnreachable: () => void): Enroll {
  return async (controllerUrl, request, signal, pin) => {
    const meeting = pin === null ? null : await meet(controllerUrl, pin, { timeoutMs: connectTimeoutMs, openWay }, signal).catch((error: unknown) => {
      onUnreachable();
      throw error;
    });
    if (meeting?.kind === 'strange') throw new EnrollRefused(`Nothing was sent to the controller: ${meeting.why}.`);
    const authority = meeting?.authority ?? null;
    const reply = await postEnrollment(controllerUrl, request, { ca: authority === null ? ca : { only: authority }, timeoutMs: connectTimeoutMs, openWay }, signal).catch((error: unknown) => {
      onUnreachable();
      throw error;
    });
    if (reply.kind === 'refused') throw new EnrollRefused(reply.message);
    if (Value.Check(EnrollAnswer, reply.body)) return { ...reply.body, ...(authority === null ? {} : { authority }) };
    throw new EnrollRefused(`${controllerUrl} answered the enrolment in a form this agent does not know. Check that the URL is the controller's and that both are of one version.`);
  };
}

/** Session and enrolment take the way that downloads take. */
function wayOut(configured: Proxy | undefined): OpenWay {
  return async (url, { timeoutMs, ...options }) => {
    const proxy = proxyFor(url, configured);
    return proxy === null ? null : { socket: await openTunnel(proxy, url, { ...options, idleTimeoutMs: timeoutMs }), name: `the proxy ${proxy.host}` };
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

// Composition root of the agent: it and the folder main/ are all of it that knows the real world, the environment and the signals.

import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { AgentStatus } from '../protocol/model/agent-status.ts';
import { removeUnfinished } from '../world/real/files.ts';
import { giveMemoryBack } from '../world/real/memory.ts';
import { makeRealWorld } from '../world/real/real-world.ts';
import { findUnits } from '../world/real/systemd-units.ts';
import { feedWatchdog, findServiceManager } from '../world/real/service-manager.ts';
import { serveStatus } from '../world/real/status-socket.ts';
import { rememberingLog } from '../world/remembering-log.ts';
import type { World } from '../world/world.ts';
import { archiveLayout } from './archive-layout.ts';
import { fromMetadata } from './own-tags.ts';
import { keepTags } from './tag-keeper.ts';
import type { TagSources } from './tag-keeper.ts';
import { openLogStream } from './log-stream.ts';
import { startAgent } from './agent.ts';
import type { Agent } from './agent.ts';
import { realExecutors } from './commands/real-executors.ts';
import { withLogStream } from './commands/with-log-stream.ts';
import { withRest } from './commands/with-rest.ts';
import type { AgentConfig } from './config.ts';
import { lockDataFolder } from './data-lock.ts';
import { openHealth } from './health.ts';
import { openHostRevisions, withHostRevisions } from './host-revisions.ts';
import { ReserveFile, withReserve } from './reserve.ts';
import { describeStatus, statusLine } from './status.ts';
import { configure, makeFolders } from './main/configure.ts';
import type { AgentOptions } from './main/configure.ts';
import { enrollWith, machineHere, wayOut } from './main/enroll-host.ts';

export type { AgentOptions } from './main/configure.ts';
export { readAgentConfig } from './main/configure.ts';
export { enrollHost } from './main/enroll-host.ts';
export { runLocal } from './main/run-local.ts';

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

/** Where the agent writes small files of its own, which a death in the middle leaves unfinished: not below what bundles fill. */
async function foldersOfRecords(dataFolder: string): Promise<readonly string[]> {
  const groups = await foldersIn(archiveLayout(dataFolder).deploymentRoot);
  return [dataFolder, ...(await foldersIn(dataFolder)), ...(await Promise.all(groups.map(foldersIn))).flat()];
}

async function foldersIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
}

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

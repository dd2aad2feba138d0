// The agent, part by part: the journal is read first, because everything else depends on what it remembers; then who we
// are, what a crash left half done, what was accepted and not ended; and only then the session. Stopping goes the other
// way and leaves running scripts alone: they outlive the agent, and the next one picks them up.

import { Buffer } from 'node:buffer';
import type { Trust } from '../world/network.ts';
import type { World } from '../world/world.ts';
import type { AgentStatus } from '../protocol/model/agent-status.ts';
import { archiveLayout } from './archive-layout.ts';
import { openBalancers } from './balancer/balancers.ts';
import type { AgentConfig } from './config.ts';
import { ConfigRefused, checkedUrl } from './config.ts';
import type { Executors } from './executors.ts';
import { openHealth } from './health.ts';
import type { Health } from './health.ts';
import type { Enroll, Identity, Machine } from './identity.ts';
import { loadOrEnroll } from './identity.ts';
import { HostHolds } from './host-holds.ts';
import { openInbox } from './inbox.ts';
import type { Inbox } from './inbox.ts';
import { openJournal } from './journal.ts';
import type { Journal } from './journal.ts';
import type { LogStream } from './log-stream.ts';
import { openOutbox } from './outbox.ts';
import type { Reserve } from './reserve.ts';
import { keepSession } from './session.ts';
import type { SessionParts } from './attendance.ts';
import { sessionUrl } from './session-url.ts';
import type { TagKeeper } from './tag-keeper.ts';

export interface Agent extends AsyncDisposable {
  readonly identity: Identity;
  /** What it is doing now. */
  underway(): Underway;
  /** Resolves when the agent has stopped as asked; rejects when it had to stop by itself (JournalBroken). */
  readonly stopped: Promise<void>;
}

export interface Underway extends Pick<AgentStatus, 'running' | 'waitingEvents'> {
  /** Reports that the controller has not acknowledged. */
  readonly unsentReports: number;
}

export interface AgentParts {
  readonly executors: Executors;
  /** Where the executors put the output of hooks; without it none is sent. */
  readonly logs?: LogStream;
  readonly enroll: Enroll;
  /** The metadata service of an EC2 instance; without it none is asked. */
  readonly machine?: Machine;
  /** Room for the journal when the disk is full; without it the agent stops then. */
  readonly reserve?: Reserve;
  /** Aborted to give up starting, or to stop: the same as disposing. */
  readonly signal?: AbortSignal;
  /** The tags of this host as they stand now; without it those of the configuration. */
  readonly tags?: TagKeeper;
  /** Told who this host is, before anything is asked of the controller. */
  readonly onIdentity?: (identity: Identity) => void;
  /** Told when the session to the controller goes live and when it breaks. */
  readonly onLive?: (isLive: boolean, identity: Identity) => void;
  /** Told when a lifecycle event has begun or ended. */
  readonly onUnderway?: () => void;
  /** Told at each sign that it does its work; one of its own when not given. */
  readonly health?: Health;
}

/** How long executors may take to return when the agent stops. */
const leaveMs = 2_000;

/**
 * Starts an agent. Resolves once it is enrolled and its session is being kept up, connected or not. Rejects with
 * StateCorrupt, JournalBroken, NoIdentity, EnrollRefused, ConfigRefused, or the signal's reason.
 */
export async function startAgent(config: AgentConfig, world: World, parts: AgentParts): Promise<Agent> {
  const { executors, enroll } = parts;
  const layout = archiveLayout(config.dataFolder);
  const stopping = new AbortController();
  const stop = () => stopping.abort(new Error('The agent stops.'));
  if (parts.signal?.aborted === true) stop();
  parts.signal?.addEventListener('abort', stop, { once: true });

  const journal = await openJournal(world.files, layout.journal, { rotateAtBytes: config.journalRotateBytes, ...(parts.reserve === undefined ? {} : { reserve: parts.reserve }) });
  try {
    const identity = await loadOrEnroll(layout.identity, { ...config, ...(parts.machine === undefined ? {} : { machine: parts.machine }) }, world, enroll, stopping.signal);
    const log = world.log.child({ instance: identity.instanceName });
    parts.onIdentity?.(identity);
    const ca = trustOf(identity, await readAuthority(config, world));
    await executors.recover(new Set(journal.state.attempts.keys()));
    // A crash may have come between the journal's word that a deployment succeeded and its note on the disk.
    for (const [deploymentGroupId, { lastSuccessful }] of journal.state.groups) {
      if (lastSuccessful === null) continue;
      await executors.finish({ kind: 'Finish', deploymentId: lastSuccessful, deploymentGroupId, status: 'Succeeded' }).catch((error: unknown) => {
        log.warn({ deploymentId: lastSuccessful, reason: (error as Error).message }, 'The last successful deployment could not be noted on the disk.');
      });
    }
    const outbox = openOutbox(journal);
    const limits = { maxApplications: config.maxApplications, maxAttempts: config.maxAttempts };
    const holds = new HostHolds();
    const inbox = openInbox({ journal, outbox, executors, clock: world.clock, log, limits, holds, ...(parts.onUnderway === undefined ? {} : { onUnderway: parts.onUnderway }) });
    inbox.resume();
    const health = parts.health ?? openHealth(world.clock);
    const settings = {
      url: sessionUrl(config.controllerUrl ?? checkedUrl(identity.controllerUrl, config.isPlaintextAllowed)),
      ca,
      tags: config.tags,
      ...(config.zone === undefined ? {} : { zone: config.zone }),
      agentVersion: config.agentVersion,
      connectTimeoutMs: config.connectTimeoutMs,
      greetingMs: config.greetingMs,
      slowRestMs: config.slowRestMs,
      maxReportsUnderway: 64,
      maxCommandsUnderway: 256,
    };
    const bootId = await world.processes.bootId();
    const balancers = openBalancers(config.balancers ?? [], layout.balancers, { ...world, log });
    const onLive = (isLive: boolean) => parts.onLive?.(isLive, identity);
    const session = keepSession({ world: { ...world, log }, identity, inbox, outbox, holds, balancers, ...(parts.logs === undefined ? {} : { logs: parts.logs }), bootId, settings, ...(parts.tags === undefined ? {} : renewedFor(parts.tags)), onLive, onProgress: health.progress }, stopping.signal);

    const fault = journal.broken.then((error) => {
      stop();
      throw error;
    });
    const stopped = Promise.race([session, fault]).finally(async () => {
      stop();
      await session;
      await leaveInTime(inbox, world);
      await closeQuietly(journal);
    });
    stopped.catch(() => undefined); // the caller may look later, or never
    return {
      identity,
      underway: () => underwayOf(inbox, journal),
      stopped,
      async [Symbol.asyncDispose]() {
        stop();
        await stopped.catch(() => undefined);
      },
    };
  } catch (error) {
    await closeQuietly(journal);
    throw error;
  }
}

function renewedFor(keeper: TagKeeper): Pick<SessionParts, 'tags' | 'renewal'> {
  return { tags: () => keeper.now, renewal: () => keeper.change };
}

function underwayOf({ underway }: Inbox, { state }: Journal): Underway {
  const running = underway.running.map(({ command: { applicationName, deploymentGroupName, deploymentId, event }, startedAt }) => ({ applicationName, deploymentGroupName, deploymentId, event, startedAt }));
  return { running, waitingEvents: underway.waitingEvents, unsentReports: state.unacknowledged.length };
}

async function leaveInTime(inbox: Inbox, world: World): Promise<void> {
  const hasLeft = new AbortController();
  const patience = world.clock.sleep(leaveMs, hasLeft.signal).catch(() => undefined);
  await Promise.race([inbox.leave(), patience]);
  hasLeft.abort();
}

/** A pinned authority is the only one, unless the host's owner names another besides. */
function trustOf({ authority }: Identity, ca: string | null): Trust | null {
  return authority === null || ca !== null ? ca : { only: authority };
}

async function readAuthority(config: AgentConfig, world: World): Promise<string | null> {
  if (config.caFile === null) return null;
  const bytes = await world.files.read(config.caFile);
  if (bytes === null) throw new ConfigRefused(`ca_file ${config.caFile} does not exist.`);
  return Buffer.from(bytes).toString('utf8');
}

/** What could not be written is known already; a file that cannot be closed changes nothing. */
async function closeQuietly(journal: Journal): Promise<void> {
  await journal.close().catch(() => undefined);
}

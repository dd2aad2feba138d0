// Small snapshots for tests: say only what the test is about, the rest is an ordinary deployment that has just been
// created, with connected agents and CodeDeploy's limits.

import { inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import type { AgentState, DeploymentState, EventState, HeldFailure, Snapshot, TargetState } from '../../server/planner/snapshot.ts';

export const second = 1000;
export const minute = 60 * second;
export const hour = 60 * minute;

/** The instant at which `aSnapshot` has now, unless told otherwise. */
export const noon = 1_700_000_000_000;

export const connected: AgentState = { isConnected: true, silentSince: null };
export const neverSeen: AgentState = { isConnected: false, silentSince: null };

export function silentSince(at: number): AgentState {
  return { isConnected: false, silentSince: at };
}

export interface SnapshotParts extends Partial<Omit<Snapshot, 'deployment' | 'limits'>> {
  /** M; 0 when not said. */
  readonly minimum?: number;
  readonly deployment?: Partial<DeploymentState>;
  readonly limits?: Partial<Snapshot['limits']>;
}

/** A deployment just created. */
export function aSnapshot(parts: SnapshotParts = {}): Snapshot {
  const { minimum = 0, deployment, limits, ...rest } = parts;
  return {
    now: noon,
    targets: pendingTargets(1),
    earlierDeploymentId: null,
    lastSuccessfulDeploymentId: null,
    ...rest,
    deployment: {
      deploymentId: 'd-2',
      status: 'Created',
      creator: 'user',
      createdAt: noon - second,
      startedAt: null,
      minimumHealthyHosts: minimum,
      ignoreApplicationStopFailures: false,
      autoRollback: {},
      stopRequestedAt: null,
      stopRollback: null,
      defect: null,
      ...deployment,
    },
    limits: { eventStartMs: 5 * minute, eventMs: hour, deploymentMs: 8 * hour, ...limits },
  };
}

/** The same, under way since a minute. */
export function aRunningSnapshot(parts: SnapshotParts = {}): Snapshot {
  return aSnapshot({ ...parts, deployment: { status: 'InProgress', startedAt: noon - minute, ...parts.deployment } });
}

export function aTarget(targetId: string, parts: Partial<TargetState> = {}): TargetState {
  return {
    targetId,
    status: 'Pending',
    standing: 'old',
    lot: Number(targetId.replace(/\D/g, '')),
    events: [],
    generation: 0,
    agent: connected,
    ...parts,
  };
}

/** i-1 … i-count, in this order by lot. */
export function pendingTargets(count: number): TargetState[] {
  return Array.from({ length: count }, (_, index) => aTarget(`i-${index + 1}`));
}

/** In progress: everything before `event` has succeeded, `event` was accepted ten seconds ago (or as said). */
export function aTargetRunning(targetId: string, event: string, running: Partial<EventState> = {}, parts: Partial<TargetState> = {}): TargetState {
  const began = { status: 'InProgress', commandedAt: noon - 11 * second, startedAt: noon - 10 * second } as const;
  return aTargetAt(targetId, event, { ...began, ...running }, 'InProgress', parts);
}

/** In progress with `event` failed by the agent and nothing decided yet. */
export function aTargetWhoseEventFailed(targetId: string, event: string): TargetState {
  return aTargetAt(targetId, event, { ...past, status: 'Failed' }, 'InProgress');
}

/** In progress with `event` failed half a minute ago, and somebody asked about it for an hour from then on. */
export function aTargetHeld(targetId: string, event: string, held: Partial<HeldFailure> = {}, failure: Partial<EventState> = {}): TargetState {
  const question: HeldFailure = { since: noon - 20 * second, until: noon - 20 * second + hour, decision: null, ...held };
  return aTargetAt(targetId, event, { ...past, status: 'Failed', held: question, ...failure }, 'InProgress');
}

/** Between two events: the ones before `next` have succeeded, `next` was not commanded. */
export function aTargetBefore(targetId: string, next: string): TargetState {
  return aTargetAt(targetId, next, {}, 'InProgress');
}

/** Every event has succeeded and nothing is decided yet. */
export function aTargetAllDone(targetId: string): TargetState {
  return { ...aTargetSucceeded(targetId), status: 'InProgress' };
}

export function aTargetSucceeded(targetId: string): TargetState {
  const events = inPlaceEvents.map((name): EventState => ({ name, ...past, status: 'Succeeded' }));
  return aTarget(targetId, { status: 'Succeeded', events, generation: events.length });
}

export function aTargetFailed(targetId: string, event = 'AfterInstall', failure: Partial<EventState> = {}): TargetState {
  const target = aTargetAt(targetId, event, { ...past, status: 'Failed', givenUp: null, ...failure }, 'Failed');
  const events = target.events.map((each) => (each.status === 'Pending' ? { ...each, status: 'Skipped' as const, endedAt: noon - second } : each));
  return { ...target, events };
}

const past = { commandedAt: noon - 30 * second, startedAt: noon - 29 * second, endedAt: noon - 20 * second, givenUp: null };

function aTargetAt(targetId: string, event: string, state: Partial<EventState>, status: TargetState['status'], parts: Partial<TargetState> = {}): TargetState {
  const names: readonly string[] = inPlaceEvents;
  const here = names.indexOf(event);
  if (here < 0) throw new Error(`${event} is no in-place event.`);
  const events = names.map((name, index): EventState => {
    if (index < here) return { name, ...past, status: 'Succeeded' };
    const untouched: EventState = { name, status: 'Pending', commandedAt: null, startedAt: null, endedAt: null };
    return index === here ? { ...untouched, ...state } : untouched;
  });
  const wasCommanded = events[here]?.commandedAt !== null;
  return aTarget(targetId, { status, events, generation: wasCommanded ? here + 1 : here, ...parts });
}

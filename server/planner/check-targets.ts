// Targets as a replayed plan leaves them. Those that no action has changed are shared, and looked at once for all plans: in a
// large fleet nearly all stay as they are. They are frozen, so that nobody changes what is another plan's as well.

import { isAwaited } from './check-facts.ts';
import type { Replayed } from './check-replay.ts';
import type { AgentState, GiveUpCause, HeldFailure, InstanceStanding, Instant, Snapshot, TargetState } from './snapshot.ts';
import type { RouteState } from './traffic-state.ts';

export interface ReplayedTarget {
  readonly targetId: string;
  readonly standing: InstanceStanding;
  readonly lot: number;
  readonly rank?: number;
  readonly stage?: number;
  readonly label?: 'Blue' | 'Green';
  readonly agent: AgentState;
  status: Snapshot['targets'][number]['status'];
  generation: number;
  events: ReplayedEvent[];
  /** Empty where no traffic is moved. */
  routes: readonly RouteState[];
  /** This very plan gives up on its running event. */
  isGivenUp: boolean;
  /** What is true of its events, of one that no action has changed: looked at once for all plans. */
  readonly settled?: { readonly running: readonly ReplayedEvent[]; readonly held: ReplayedEvent | undefined } | undefined;
}

export interface ReplayedEvent {
  readonly name: string;
  status: Snapshot['targets'][number]['events'][number]['status'];
  commandedAt: Instant | null;
  startedAt: Instant | null;
  endedAt: Instant | null;
  /** Undefined where the snapshot does not say. */
  givenUp: GiveUpCause | null | undefined;
  readonly onceEvents: readonly string[] | undefined;
  skipsOnce: boolean;
  held: HeldFailure | undefined;
  earlierAttempts: number;
  hasRunBefore: boolean;
}

/** As they are in snapshots, which share those that stay as they are: in a large fleet nearly all do. */
const known = new WeakMap<TargetState, ReplayedTarget>();

export function unchanged(target: TargetState): ReplayedTarget {
  let replayed = known.get(target);
  if (replayed === undefined) {
    const events = target.events.map((event) => Object.freeze({ ...event, givenUp: event.givenUp, onceEvents: event.onceEvents, skipsOnce: event.skipsOnce === true, held: event.held, earlierAttempts: event.earlierAttempts ?? 0, hasRunBefore: event.hasRunBefore === true }));
    const settled = { running: events.filter(({ status }) => status === 'InProgress'), held: events.find(isAwaited) };
    known.set(target, (replayed = Object.freeze({ ...target, events, routes: target.routes ?? [], isGivenUp: false, settled })));
  }
  return replayed;
}

/** The target as this plan's own; undefined when there is none of that id. */
export function toChange({ targets }: Pick<Replayed, 'targets'>, targetId: string): ReplayedTarget | undefined {
  const target = targets.get(targetId);
  if (target === undefined || !Object.isFrozen(target)) return target;
  const own = { ...target, events: target.events.map((event) => ({ ...event })), settled: undefined };
  targets.set(targetId, own);
  return own;
}

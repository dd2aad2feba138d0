// What would happen: the planner itself, over and over, in a weather that is told beforehand. It is calm where every agent
// does at once as it is told and every router answers; in the other weather the agents named are never heard. What is known
// to stand against the start (its turn, its gates, a bundle on its way) is taken as past: that is for `plan` to say.
//
// Where there are two fleets somebody says at once that traffic may move.
//
// A target's events pass in one step, so those that start together form a wave; real hosts take their own time, and the
// next one starts as soon as one has ended.

import type { Plan } from './actions.ts';
import { apply } from './apply.ts';
import type { Outcome } from './outcome.ts';
import { plan } from './plan.ts';
import type { DeploymentState, EventState, Snapshot, TargetState } from './snapshot.ts';
import { isRouterEvent } from './traffic.ts';
import type { RouteState } from './traffic-state.ts';

export interface Foresight {
  readonly waves: readonly Wave[];
  /** How it ends; null: it was not looked so far ahead. */
  readonly outcome: Outcome | null;
  /** How long alarms are watched once every target has ended; 0: not at all. */
  readonly alarmBakeMs: number;
}

export interface Wave {
  /** In the order in which they are taken. */
  readonly targetIds: readonly string[];
  /** Index of the stage they belong to; null where the fleet is not divided. */
  readonly stage: number | null;
  /** How long nothing is started after it; 0: no time. */
  readonly bakeMs: number;
}

/** Plans times targets: what is looked at costs that much. */
const mostLooks = 100_000;

/** `created`: just created. `absent`: whose agents are never heard; the others are well. */
export function foresee(created: Snapshot, absent: ReadonlySet<string> = new Set(), looks = mostLooks): Foresight {
  const waves: Wave[] = [];
  let alarmBakeMs = 0;
  let snapshot = becalmed(created);
  for (let left = looks; left > 0; left -= Math.max(1, snapshot.targets.length)) {
    const next = plan(snapshot);
    for (const action of next.actions) {
      const last = waves.at(-1);
      if (action.kind === 'Bake' && last !== undefined) waves[waves.length - 1] = { ...last, bakeMs: action.until - snapshot.now };
      if (action.kind === 'WatchAlarms') alarmBakeMs = action.until - snapshot.now;
      if (action.kind === 'FinishDeployment') return { waves, outcome: { status: action.status, error: action.error }, alarmBakeMs };
    }
    const started = new Set(next.actions.flatMap((action) => (action.kind === 'StartTarget' ? [action.targetId] : [])));
    if (started.size > 0) waves.push(waveOf(snapshot, started));
    snapshot = passOn(apply(snapshot, next), next, absent);
  }
  return { waves, outcome: null, alarmBakeMs };
}

function waveOf({ deployment, targets }: Snapshot, started: ReadonlySet<string>): Wave {
  const first = targets.find(({ targetId }) => started.has(targetId));
  return { targetIds: [...started], stage: (deployment.stages ?? []).length === 0 ? null : (first?.stage ?? 0), bakeMs: 0 };
}

/** Nothing holds it, nobody is told or asked, and no alarm is heard. */
function becalmed({ triggers: _, alarms, ...snapshot }: Snapshot): Snapshot {
  const { gates: _gates, ...deployment } = snapshot.deployment;
  return {
    ...snapshot,
    ...(alarms === undefined ? {} : { alarms: { ...alarms, alarms: alarms.alarms.map((alarm) => ({ ...alarm, state: 'OK' as const, goodUntil: Infinity })) } }),
    deployment: { ...deployment, isRevisionReady: true, decideWithinMs: null },
    targets: snapshot.targets.map((target) => ({ ...target, agent: { isConnected: true, silentSince: null } })),
    earlierDeploymentId: null,
  };
}

/** The next instant at which there is something to decide: what was commanded is done, or what is waited for is over. */
function passOn(snapshot: Snapshot, { wakeAt }: Plan, absent: ReadonlySet<string>): Snapshot {
  const isBusy = snapshot.targets.some(({ status }) => status === 'InProgress');
  const isLookedAt = snapshot.targets.every(({ routes = [] }) => routes.every(({ observedAt }) => observedAt !== null && observedAt > (snapshot.deployment.startedAt ?? snapshot.now)));
  const now = isBusy || !isLookedAt || wakeAt === null ? snapshot.now + 1 : Math.max(wakeAt, snapshot.now + 1);
  return { ...snapshot, now, deployment: continued(snapshot.deployment, now), targets: snapshot.targets.map((target) => seen(target.status === 'InProgress' ? carriedOut(target, absent.has(target.targetId), now) : target, now)) };
}

function continued(deployment: DeploymentState, now: number): DeploymentState {
  const { blueGreen, status } = deployment;
  return blueGreen === undefined || status !== 'Ready' ? deployment : { ...deployment, blueGreen: { ...blueGreen, continuedAt: now } };
}

function carriedOut(target: TargetState, isAbsent: boolean, now: number): TargetState {
  const done = (event: EventState): EventState => ({ ...event, commandedAt: event.commandedAt ?? now, startedAt: event.startedAt ?? now, endedAt: now });
  const way = target.events.findIndex(({ name }) => name === 'BeforeAllowTraffic');
  // What replaces another instance rests once it is installed.
  const rests = target.label === 'Green' && way > 0 && target.events[way - 1]?.status !== 'Succeeded';
  if (!isAbsent) {
    const events = target.events.map((event, index): EventState => (rests && index >= way ? event : { ...done(event), status: 'Succeeded', givenUp: null }));
    const comesIn = !rests && events.at(-1)?.name === 'AfterAllowTraffic';
    return { ...target, events, ...(comesIn && target.routes !== undefined ? { routes: target.routes.map((route) => served(route, now)) } : {}) };
  }
  // What it was told last it never takes; the controller's own events need no agent.
  const missed = target.events.map((event): EventState => (event.status === 'InProgress' && !isRouterEvent(event.name) ? { ...event, status: 'Failed', endedAt: now, givenUp: 'AgentNotHeard' } : event));
  return { ...target, events: missed };
}

/** Out for its turn and in again. */
function served(route: RouteState, now: number): RouteState {
  return { ...route, wanted: 'Allowed', isForced: false, isKeptOut: false, askedAt: now, takenAt: now, state: 'InService', since: now };
}

/** As its routers show it now, which have done as they were asked. Who was never seen is taken to serve; whoever was found unhealthy is so still. */
function seen(target: TargetState, now: number): TargetState {
  if (target.routes === undefined) return target;
  const weighed = (route: RouteState): RouteState => {
    const { weighs = 'member', weight } = route;
    return { ...route, weighs, ...(weight === undefined || weight.wanted === null || weight.takenAt !== null ? {} : { weight: { ...weight, takenAt: now, seen: weight.wanted } }) };
  };
  const look = (unweighed: RouteState): RouteState => {
    const route = weighed(unweighed);
    if (route.wanted !== null && route.takenAt === null) return { ...route, takenAt: now, state: route.wanted === 'Blocked' ? 'OutOfService' : 'InService', inFlight: 0, since: now };
    return { ...route, state: route.state ?? 'InService', since: route.since ?? now };
  };
  return { ...target, routes: target.routes.map((route) => ({ ...look(route), observedAt: now, trouble: null })) };
}

// Arbitrary snapshots for the planner's properties, as two sources: made directly (any state that the words of the
// contract allow, however unlikely), and reached by a history: a little model of agents, operators and time.

import fc from 'fast-check';
import { ignorableEvents, inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import type { AgentState, EventState, Snapshot, TargetState } from '../../server/planner/snapshot.ts';

const minuteMs = 60_000;
export const limits = { eventStartMs: 5 * minuteMs, eventMs: 60 * minuteMs, deploymentMs: 480 * minuteMs };
const began = 1_700_000_000_000;

/** Everything chosen when a deployment is created, nothing yet done. */
export function createdSnapshots(): fc.Arbitrary<Snapshot> {
  const standing = fc.constantFrom('unhealthy', 'unknown', 'old', 'current');
  const fleet = fc.nat(6).chain((size) =>
    fc.tuple(fc.array(fc.tuple(standing, agents(began)), { minLength: size, maxLength: size }), fc.shuffledSubarray([...Array(size).keys()], { minLength: size, maxLength: size })),
  );
  return fc
    .record({
      fleet,
      minimum: fc.oneof({ weight: 6, arbitrary: fc.nat(4) }, { weight: 1, arbitrary: fc.nat(8) }),
      status: fc.constantFrom('Created', 'Queued'),
      creator: fc.oneof({ weight: 4, arbitrary: fc.constant('user') }, { weight: 1, arbitrary: fc.constant('codeDeployRollback') }),
      ignoreApplicationStopFailures: fc.boolean(),
      autoRollback: fc.record(
        { enabled: fc.boolean(), events: fc.subarray(['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST']) },
        { requiredKeys: [] },
      ),
      stop: rarely(fc.constantFrom(null, true, false)),
      defect: rarely(fc.constantFrom({ code: 'REVISION_MISSING', message: 'The revision is gone.' }, { code: 'DEPLOYMENT_GROUP_MISSING', message: 'The group is gone.' })),
      earlierDeploymentId: rarely(fc.constant('d-EARLIER00')),
      lastSuccessfulDeploymentId: fc.constantFrom(null, 'd-SUCCESS00'),
    })
    .map((c): Snapshot => ({
      now: began,
      deployment: {
        deploymentId: 'd-THISONE00',
        status: c.status as 'Created',
        creator: c.creator as 'user',
        createdAt: began,
        startedAt: null,
        minimumHealthyHosts: c.minimum,
        ignoreApplicationStopFailures: c.ignoreApplicationStopFailures,
        autoRollback: c.autoRollback as Snapshot['deployment']['autoRollback'],
        stopRequestedAt: c.stop === undefined ? null : began,
        stopRollback: c.stop ?? null,
        defect: (c.defect as Snapshot['deployment']['defect'] | undefined) ?? null,
      },
      targets: c.fleet[0].map(([of, agent], index) => ({ targetId: `i-${index}`, status: 'Pending', standing: of as 'old', lot: c.fleet[1][index]!, events: [], generation: 0, agent })),
      earlierDeploymentId: c.earlierDeploymentId ?? null,
      lastSuccessfulDeploymentId: c.lastSuccessfulDeploymentId,
      limits,
    }));
}

/** Deployments somewhere on their way, each target anywhere on its own; no attention paid to how they came there. */
export function startedSnapshots(): fc.Arbitrary<Snapshot> {
  return createdSnapshots()
    .filter((snapshot) => snapshot.targets.length > 0)
    .chain((created) => {
      const size = created.targets.length;
      const elapsed = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: 0, max: 90 }) }, { weight: 1, arbitrary: fc.integer({ min: 470, max: 490 }) });
      return fc.tuple(fc.constant(created), elapsed, fc.nat(size - 1), fc.array(targetCourses(), { minLength: size, maxLength: size }), onceEventLists());
    })
    .map(([created, elapsedMinutes, minimum, courses, onceEvents]): Snapshot => {
      const now = began + elapsedMinutes * minuteMs;
      return {
        ...created,
        now,
        earlierDeploymentId: null,
        deployment: { ...created.deployment, status: 'InProgress', startedAt: began, minimumHealthyHosts: minimum, defect: null, stopRequestedAt: created.deployment.stopRequestedAt === null ? null : now },
        targets: created.targets.map((target, index) => onItsCourse(target, courses[index]!, created.deployment.ignoreApplicationStopFailures, now, onceEvents)),
      };
    });
}

/** What the author of the revision marked as once, ApplicationStop included, where it means nothing. */
export function onceEventLists(): fc.Arbitrary<readonly string[]> {
  return fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: fc.subarray(['ApplicationStop', 'BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService']) });
}

interface Course {
  readonly state: 'Pending' | 'Waiting' | 'Running' | 'JustSucceeded' | 'JustFailed' | 'Succeeded' | 'Failed' | 'GivenUp';
  /** How many events ended well before. */
  readonly done: number;
  /** Fraction of the time since the start at which the last command was written. */
  readonly commanded: number;
  readonly isForgiven: boolean;
  /** Were its events with once scripts commanded without them? */
  readonly skipsOnce: boolean;
}

function targetCourses(): fc.Arbitrary<Course> {
  return fc.record({
    state: fc.constantFrom<Course['state']>('Pending', 'Waiting', 'Running', 'JustSucceeded', 'JustFailed', 'Succeeded', 'Failed', 'GivenUp'),
    done: fc.nat(inPlaceEvents.length - 1),
    commanded: fc.constantFrom(0, 0.5, 0.9, 1),
    isForgiven: fc.boolean(),
    skipsOnce: fc.boolean(),
  });
}

function onItsCourse(target: TargetState, course: Course, mayForgive: boolean, now: number, onceEvents: readonly string[]): TargetState {
  if (course.state === 'Pending') return target;
  const commandedAt = began + Math.floor((now - began) * course.commanded);
  const hasEnded = course.state === 'Succeeded' || course.state === 'Failed' || course.state === 'GivenUp';
  // No target has ended as Failed for an event that is forgiven: those failures are at the second event or later.
  const least = mayForgive && (course.state === 'Failed' || course.state === 'GivenUp') ? 1 : 0;
  const done = course.state === 'Succeeded' ? inPlaceEvents.length : Math.max(least, course.done);
  const made = inPlaceEvents.map((name, index): EventState => {
    const isForgiven = mayForgive && course.isForgiven && ignorableEvents.includes(name);
    if (index < done) return { name, status: isForgiven ? 'Failed' : 'Succeeded', commandedAt, startedAt: commandedAt, endedAt: commandedAt, givenUp: null };
    if (index > done) return { name, status: hasEnded ? 'Skipped' : 'Pending', commandedAt: null, startedAt: null, endedAt: hasEnded ? now : null, givenUp: null };
    switch (course.state) {
      case 'Waiting':
        return { name, status: 'InProgress', commandedAt, startedAt: null, endedAt: null, givenUp: null };
      case 'JustSucceeded':
        return { name, status: 'Succeeded', commandedAt, startedAt: commandedAt, endedAt: now, givenUp: null };
      case 'JustFailed':
      case 'Failed':
        return { name, status: 'Failed', commandedAt, startedAt: commandedAt, endedAt: now, givenUp: null };
      case 'GivenUp':
        return { name, status: 'Failed', commandedAt, startedAt: null, endedAt: now, givenUp: 'AgentNotHeard' };
      default:
        return { name, status: 'InProgress', commandedAt, startedAt: commandedAt, endedAt: null, givenUp: null };
    }
  });
  const events = made.map((event): EventState => {
    const skips = course.skipsOnce && event.commandedAt !== null && onceEvents.includes(event.name) && event.name !== 'ApplicationStop';
    return withOnceEvents(skips ? { ...event, skipsOnce: true } : event, onceEvents);
  });
  return {
    ...target,
    status: course.state === 'Succeeded' ? 'Succeeded' : hasEnded ? 'Failed' : 'InProgress',
    events,
    generation: Math.min(done + 1, inPlaceEvents.length),
  };
}

function withOnceEvents(event: EventState, onceEvents: readonly string[]): EventState {
  return event.name === 'DownloadBundle' && event.status === 'Succeeded' && onceEvents.length > 0 ? { ...event, onceEvents } : event;
}

function agents(since: number): fc.Arbitrary<AgentState> {
  return fc.constantFrom({ isConnected: true, silentSince: null }, { isConnected: false, silentSince: since - 1_000 }, { isConnected: false, silentSince: null });
}

function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

// What may happen to a deployment from outside. `who` picks a target, modulo how many there are.
export type Happening =
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'accept' | 'succeed' | 'fail' | 'disconnect' | 'connect'; readonly who: number }
  | { readonly kind: 'stop'; readonly rollback: boolean | null }
  | { readonly kind: 'earlierEnds' };

export function happenings(): fc.Arbitrary<Happening> {
  const who = fc.nat(5);
  const of = (kind: 'accept' | 'succeed' | 'fail' | 'disconnect' | 'connect') => fc.record({ kind: fc.constant(kind), who });
  return fc.oneof(
    { weight: 4, arbitrary: of('accept') },
    { weight: 12, arbitrary: of('succeed') },
    { weight: 2, arbitrary: of('fail') },
    { weight: 1, arbitrary: of('disconnect') },
    { weight: 1, arbitrary: of('connect') },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('time'), ms: fc.oneof(fc.nat(10_000), fc.nat(6 * minuteMs), fc.nat(90 * minuteMs)) }) },
    { weight: 1, arbitrary: fc.constant<Happening>({ kind: 'earlierEnds' }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop'), rollback: fc.constantFrom(null, true, false) }) },
  ) as fc.Arbitrary<Happening>;
}

/** The snapshot after it happened; unchanged where it cannot happen. `onceEvents`: what agents find in the bundle. */
export function happen(snapshot: Snapshot, happening: Happening, onceEvents: readonly string[]): Snapshot {
  switch (happening.kind) {
    case 'time':
      return { ...snapshot, now: snapshot.now + happening.ms };
    case 'earlierEnds':
      return { ...snapshot, earlierDeploymentId: null };
    case 'stop':
      if (snapshot.deployment.stopRequestedAt !== null) return snapshot;
      return { ...snapshot, deployment: { ...snapshot.deployment, stopRequestedAt: snapshot.now, stopRollback: happening.rollback } };
    case 'disconnect':
      return withTarget(snapshot, happening.who, (target) => (target.agent.isConnected ? { ...target, agent: { isConnected: false, silentSince: snapshot.now } } : target));
    case 'connect':
      return withTarget(snapshot, happening.who, (target) => ({ ...target, agent: { isConnected: true, silentSince: null } }));
    case 'accept':
      return withRunningEvent(snapshot, happening.who, (event) => ({ ...event, startedAt: event.startedAt ?? snapshot.now }));
    case 'succeed':
    case 'fail':
      return withRunningEvent(snapshot, happening.who, (event) => {
        const status = happening.kind === 'fail' ? 'Failed' : 'Succeeded';
        return withOnceEvents({ ...event, status, startedAt: event.startedAt ?? snapshot.now, endedAt: snapshot.now, givenUp: null }, onceEvents);
      });
  }
}

function withTarget(snapshot: Snapshot, who: number, change: (target: TargetState) => TargetState): Snapshot {
  return { ...snapshot, targets: snapshot.targets.map((target, index) => (index === who % snapshot.targets.length ? change(target) : target)) };
}

/** Only an agent that is connected can be heard. */
function withRunningEvent(snapshot: Snapshot, who: number, change: (event: EventState) => EventState): Snapshot {
  return withTarget(snapshot, who, (target) =>
    target.agent.isConnected ? { ...target, events: target.events.map((event) => (event.status === 'InProgress' ? change(event) : event)) } : target,
  );
}

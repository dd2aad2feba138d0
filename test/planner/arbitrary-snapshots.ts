// Arbitrary snapshots for the planner's properties, as two sources: made directly (any state that the words of the
// contract allow, however unlikely), and reached by a history: a little model of agents, operators and time.

import fc from 'fast-check';
import { ignorableEvents, inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import type { FailureDecision } from '../../protocol/model/guided-failure.ts';
import type { TriggerEventType } from '../../protocol/model/trigger.ts';
import type { AlarmState } from '../../protocol/model/alarm.ts';
import type { AgentState, AlarmWatch, CalendarHold, EventState, Gates, Snapshot, Stage, TargetState } from '../../server/planner/snapshot.ts';

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
      creator: fc.oneof({ weight: 4, arbitrary: fc.constant('user') }, { weight: 1, arbitrary: fc.constantFrom('codeDeployRollback', 'autoscaling', 'CodeDeployAutoUpdate') }),
      ignoreApplicationStopFailures: fc.boolean(),
      autoRollback: fc.record(
        { enabled: fc.boolean(), events: fc.subarray(['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM', 'DEPLOYMENT_STOP_ON_REQUEST']) },
        { requiredKeys: [] },
      ),
      stop: rarely(fc.constantFrom(null, true, false)),
      defect: rarely(fc.constantFrom({ code: 'REVISION_MISSING', message: 'The revision is gone.' }, { code: 'DEPLOYMENT_GROUP_MISSING', message: 'The group is gone.' })),
      earlierDeploymentId: rarely(fc.constant('d-EARLIER00')),
      lastSuccessfulDeploymentId: fc.constantFrom(null, 'd-SUCCESS00'),
      alarms: alarmWatches(),
      triggers: fc.option(fc.array(fc.subarray<TriggerEventType>(['DeploymentStart', 'DeploymentSuccess', 'DeploymentFailure', 'DeploymentStop', 'DeploymentRollback', 'InstanceStart', 'InstanceSuccess', 'InstanceFailure', 'DeploymentReady', 'InstanceReady']), { maxLength: 2 }), { nil: undefined }),
      division: divisions(),
      mayFail: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: fc.nat(2) }),
      ranks: fc.oneof({ weight: 2, arbitrary: fc.constant([0]) }, { weight: 1, arbitrary: fc.array(fc.nat(2), { minLength: 1, maxLength: 6 }) }),
      silenceMs: fc.constantFrom(undefined, undefined, minuteMs, 20 * minuteMs),
      listeningSince: fc.constantFrom(undefined, began - minuteMs, began + 2 * minuteMs),
      gates: rarely(someGates()),
      decideWithinMs: fc.constantFrom(undefined, undefined, 30 * minuteMs, 90 * minuteMs),
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
        mayFail: c.mayFail,
        stages: divide(c.division, c.fleet[0].length).stages,
        ignoreApplicationStopFailures: c.ignoreApplicationStopFailures,
        autoRollback: c.autoRollback as Snapshot['deployment']['autoRollback'],
        stopRequestedAt: c.stop === undefined ? null : began,
        stopRollback: c.stop ?? null,
        ...(c.gates === undefined ? {} : { gates: c.gates }),
        ...(c.decideWithinMs === undefined ? {} : { decideWithinMs: c.decideWithinMs }),
        defect: (c.defect as Snapshot['deployment']['defect'] | undefined) ?? null,
      },
      targets: c.fleet[0].map(([of, agent], index) => ({ targetId: `i-${index}`, status: 'Pending', standing: of as 'old', lot: c.fleet[1][index]!, rank: c.ranks[index % c.ranks.length]!, stage: divide(c.division, c.fleet[0].length).stageOf[index]!, events: [], generation: 0, agent })),
      earlierDeploymentId: c.earlierDeploymentId ?? null,
      lastSuccessfulDeploymentId: c.lastSuccessfulDeploymentId,
      limits: { ...limits, ...(c.silenceMs === undefined ? {} : { silenceMs: c.silenceMs }) },
      ...(c.listeningSince === undefined ? {} : { listeningSince: c.listeningSince }),
      ...(c.alarms === undefined ? {} : { alarms: c.alarms }),
      ...(c.triggers === undefined ? {} : { triggers: c.triggers.map((events, index) => ({ name: `trigger-${index}`, events })) }),
    }));
}

/** How a fleet is divided: the stage that each host would like to be in, and what stages are like. Empty: it is not. */
interface Division {
  readonly wishes: readonly number[];
  readonly stages: readonly Stage[];
}

function divisions(): fc.Arbitrary<Division> {
  const stage = fc.record({
    kind: fc.constantFrom('zone', 'step'),
    minimum: fc.nat(2),
    mayFail: fc.constantFrom(null, 0, 1),
    bakeMs: fc.constantFrom(0, 0, 10 * minuteMs, 90 * minuteMs),
  });
  const kinds = fc.tuple(fc.constantFrom('zone' as const, 'step' as const), fc.array(stage, { minLength: 1, maxLength: 3 }), fc.array(fc.nat(2), { minLength: 6, maxLength: 6 }));
  const divided = kinds.map(([kind, stages, wishes]): Division => ({
    wishes,
    stages: stages.map(({ minimum, mayFail, bakeMs }, index): Stage => ({ kind, name: `${kind} ${index}`, minimumHealthyHosts: kind === 'zone' ? minimum : null, mayFail: kind === 'step' ? mayFail : null, bakeMs })),
  }));
  return fc.oneof({ weight: 1, arbitrary: fc.constant({ wishes: [], stages: [] }) }, { weight: 1, arbitrary: divided });
}

/** Stages that would have no target are left out, as when a deployment is created; the last zone has no time of its own. */
function divide({ wishes, stages }: Division, size: number): { readonly stages: readonly Stage[]; readonly stageOf: readonly number[] } {
  if (stages.length === 0) return { stages: [], stageOf: Array.from({ length: size }, () => 0) };
  const wished = Array.from({ length: size }, (_, index) => wishes[index]! % stages.length);
  const inUse = stages.map((_, index) => index).filter((index) => wished.includes(index));
  const kept = inUse.map((index) => stages[index]!).map((stage, index): Stage => (stage.kind === 'zone' && index === inUse.length - 1 ? { ...stage, bakeMs: 0 } : stage));
  return { stages: kept, stageOf: wished.map((index) => inUse.indexOf(index)) };
}

function someGates(): fc.Arbitrary<Gates> {
  const ahead = fc.integer({ min: 1, max: 600 }).map((minutes) => began + minutes * minuteMs);
  const hold = fc.oneof(
    fc.record({ kind: fc.constant('Window' as const), opensAt: fc.option(ahead) }),
    fc.record({ kind: fc.constant('Freeze' as const), freezeName: fc.constantFrom('winter', 'incident'), reason: fc.constant('because'), until: fc.option(ahead) }),
  );
  const approval = fc.record({ since: fc.constant(began), expiresAt: ahead, decision: fc.constantFrom(null, 'APPROVED' as const, 'REJECTED' as const), decidedBy: fc.constant(null), comment: fc.constant(null) });
  return fc.record({ scheduledAt: fc.option(fc.oneof(ahead, fc.constant(began - 1))), approval: fc.option(approval), calendar: fc.uniqueArray(hold, { maxLength: 2, selector: (one) => JSON.stringify(one) }) });
}

/** Alarms in any state that the words allow; half of all deployments heed none. */
function alarmWatches(): fc.Arbitrary<AlarmWatch | undefined> {
  const alarm = fc.record({
    isDryRun: fc.boolean(),
    state: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(null, 'OK') }, { weight: 1, arbitrary: fc.constantFrom('ALARM', 'INCONCLUSIVE', 'ERROR') }),
    goodForMs: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 1, max: 10 * minuteMs }) }, { weight: 1, arbitrary: fc.integer({ min: -minuteMs, max: 0 }) }),
  });
  const watch = fc.record({ ignoresPollFailure: fc.boolean(), bakeMs: fc.constantFrom(0, 0, 10 * minuteMs), alarms: fc.array(alarm, { minLength: 1, maxLength: 3 }) });
  return fc.option(watch, { nil: undefined }).map((found) =>
    found === undefined
      ? undefined
      : { ...found, alarms: found.alarms.map(({ isDryRun, state, goodForMs }, index) => ({ name: `alarm-${index}`, isDryRun, state: state as AlarmState | null, detail: '', goodUntil: began + goodForMs, activeAt: null })) },
  );
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
        deployment: { ...created.deployment, status: 'InProgress', startedAt: began, minimumHealthyHosts: minimum, stages: withinReach(created), defect: null, stopRequestedAt: created.deployment.stopRequestedAt === null ? null : now },
        targets: created.targets.map((target, index) => onItsCourse(target, asFarAsAsked(courses[index]!, created), created.deployment.ignoreApplicationStopFailures, now, onceEvents)),
      };
    });
}

/** No zone whose minimum would have ended the deployment before it began. */
function withinReach({ deployment, targets }: Snapshot): readonly Stage[] {
  return (deployment.stages ?? []).map((stage, index) => {
    const size = targets.filter((target) => target.stage === index).length;
    return { ...stage, minimumHealthyHosts: stage.minimumHealthyHosts === null ? null : Math.min(stage.minimumHealthyHosts, size - 1) };
  });
}

/** What the author of the revision marked as once, ApplicationStop included, where it means nothing. */
export function onceEventLists(): fc.Arbitrary<readonly string[]> {
  return fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: fc.subarray(['ApplicationStop', 'BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService']) });
}

interface Course {
  readonly state: 'Pending' | 'Waiting' | 'Running' | 'JustSucceeded' | 'JustFailed' | 'Held' | 'Succeeded' | 'Failed' | 'GivenUp' | 'LeftOut';
  /** How many events ended well before. */
  readonly done: number;
  /** Fraction of the time since the start at which the last command was written. */
  readonly commanded: number;
  readonly isForgiven: boolean;
  /** Of one that is held. */
  readonly decision: FailureDecision | null;
  readonly heldForMs: number;
  /** Were its events with once scripts commanded without them? */
  readonly skipsOnce: boolean;
}

function targetCourses(): fc.Arbitrary<Course> {
  return fc.record({
    state: fc.constantFrom<Course['state']>('Pending', 'Waiting', 'Running', 'JustSucceeded', 'JustFailed', 'Held', 'Succeeded', 'Failed', 'GivenUp', 'LeftOut'),
    decision: fc.constantFrom(null, null, 'RETRY' as const, 'SKIP' as const, 'FAIL' as const),
    heldForMs: fc.constantFrom(minuteMs, 100 * minuteMs),
    done: fc.nat(inPlaceEvents.length - 1),
    commanded: fc.constantFrom(0, 0.5, 0.9, 1),
    isForgiven: fc.boolean(),
    skipsOnce: fc.boolean(),
  });
}

/** Where nobody is asked, nobody is held. */
function asFarAsAsked(course: Course, { deployment }: Snapshot): Course {
  if (deployment.decideWithinMs !== undefined || (course.state !== 'Held' && course.state !== 'LeftOut')) return course;
  return { ...course, state: course.state === 'Held' ? 'JustFailed' : 'Failed' };
}

function onItsCourse(target: TargetState, course: Course, mayForgive: boolean, now: number, onceEvents: readonly string[]): TargetState {
  if (course.state === 'Pending') return target;
  const commandedAt = began + Math.floor((now - began) * course.commanded);
  const hasEnded = course.state === 'Succeeded' || course.state === 'Failed' || course.state === 'GivenUp' || course.state === 'LeftOut';
  const isAsked = course.state === 'Held' || course.state === 'LeftOut';
  // No target has ended as Failed for an event that is forgiven: those failures are at the second event or later.
  const least = mayForgive && (course.state === 'Failed' || course.state === 'GivenUp' || isAsked) ? 1 : 0;
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
      case 'Held':
      case 'LeftOut': {
        const decision = course.state === 'LeftOut' ? 'SKIP' : course.decision;
        return { name, status: 'Failed', commandedAt, startedAt: commandedAt, endedAt: now, givenUp: null, held: { since: now - minuteMs, until: now - minuteMs + course.heldForMs - 10 * minuteMs, decision } };
      }
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
    status: course.state === 'Succeeded' ? 'Succeeded' : course.state === 'LeftOut' ? 'Skipped' : hasEnded ? 'Failed' : 'InProgress',
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
  | { readonly kind: 'decide'; readonly decision: 'APPROVED' | 'REJECTED' }
  | { readonly kind: 'decideFailure'; readonly who: number; readonly decision: FailureDecision }
  | { readonly kind: 'observe'; readonly who: number; readonly state: AlarmState }
  | { readonly kind: 'earlierEnds' | 'calendarOpens' };

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
    { weight: 1, arbitrary: fc.constant<Happening>({ kind: 'calendarOpens' }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('decide' as const), decision: fc.constantFrom('APPROVED' as const, 'APPROVED' as const, 'REJECTED' as const) }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('decideFailure' as const), who, decision: fc.constantFrom('RETRY' as const, 'RETRY' as const, 'SKIP' as const, 'FAIL' as const) }) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant('observe'), who, state: fc.oneof({ weight: 8, arbitrary: fc.constant('OK') }, { weight: 1, arbitrary: fc.constantFrom('ALARM', 'INCONCLUSIVE', 'ERROR') }) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop'), rollback: fc.constantFrom(null, true, false) }) },
  ) as fc.Arbitrary<Happening>;
}

/** The snapshot after it happened; unchanged where it cannot happen. `onceEvents`: what agents find in the bundle. */
export function happen(snapshot: Snapshot, happening: Happening, onceEvents: readonly string[]): Snapshot {
  switch (happening.kind) {
    case 'time':
      return atTime(snapshot, snapshot.now + happening.ms);
    case 'calendarOpens':
      return withGates(snapshot, (gates) => ({ ...gates, calendar: [] }));
    case 'decide':
      return withGates(snapshot, (gates) => ({ ...gates, approval: gates.approval === null || gates.approval.decision !== null ? gates.approval : { ...gates.approval, decision: happening.decision } }));
    case 'decideFailure':
      return withTarget(snapshot, happening.who, (target) => ({ ...target, events: target.events.map((event) => (target.status === 'InProgress' && event.held?.decision === null ? { ...event, held: { ...event.held, decision: happening.decision } } : event)) }));
    case 'earlierEnds':
      return { ...snapshot, earlierDeploymentId: null };
    case 'stop':
      if (snapshot.deployment.stopRequestedAt !== null) return snapshot;
      return { ...snapshot, deployment: { ...snapshot.deployment, stopRequestedAt: snapshot.now, stopRollback: happening.rollback } };
    case 'observe':
      return withAlarm(snapshot, happening.who, happening.state);
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

/** Windows open and freezes end by themselves. */
export function atTime(snapshot: Snapshot, now: number): Snapshot {
  const isOver = (hold: CalendarHold): boolean => (hold.kind === 'Window' ? hold.opensAt : hold.until) !== null && ((hold.kind === 'Window' ? hold.opensAt : hold.until) ?? 0) <= now;
  return withGates({ ...snapshot, now }, (gates) => ({ ...gates, calendar: gates.calendar.filter((hold) => !isOver(hold)) }));
}

function withGates(snapshot: Snapshot, change: (gates: Gates) => Gates): Snapshot {
  const { gates } = snapshot.deployment;
  return gates === undefined ? snapshot : { ...snapshot, deployment: { ...snapshot.deployment, gates: change(gates) } };
}

function withAlarm(snapshot: Snapshot, who: number, state: AlarmState): Snapshot {
  const { alarms, now, deployment } = snapshot;
  if (alarms === undefined) return snapshot;
  const isActive = state === 'ALARM' && deployment.startedAt !== null;
  const observed = alarms.alarms.map((alarm, index) => (index === who % alarms.alarms.length ? { ...alarm, state, goodUntil: now + 5 * minuteMs, activeAt: alarm.activeAt ?? (isActive ? now : null) } : alarm));
  return { ...snapshot, alarms: { ...alarms, alarms: observed } };
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

// Claims about every history of a deployment that moves traffic. FAIRLEAD_RUNS makes the search longer.

import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { apply } from '../../server/planner/apply.ts';
import { check } from '../../server/planner/check.ts';
import { plan } from '../../server/planner/plan.ts';
import type { Action } from '../../server/planner/actions.ts';
import type { Snapshot, TargetState } from '../../server/planner/snapshot.ts';
import { happen, happenings, onceEventLists, type Happening } from './arbitrary-snapshots.ts';
import { createdWithTraffic, happenAtRouter, routerHappenings, untold, type RouterHappening } from './arbitrary-traffic.ts';

const numRuns = Number(process.env['FAIRLEAD_RUNS'] ?? 1_000);

describe('a deployment that moves traffic, over any history', () => {
  it('keeps every invariant at every step, and always ends', function () {
    this.timeout(0);
    fc.assert(
      fc.property(createdWithTraffic(), fc.array(fc.oneof({ weight: 1, arbitrary: happenings() }, { weight: 2, arbitrary: routerHappenings() }), { maxLength: 160 }), onceEventLists(), (created, history, onceEvents) => {
        let snapshot = planOnce(created);
        for (const happening of history) {
          if (hasEnded(snapshot)) break;
          snapshot = planOnce(happenAnywhere(snapshot, happening, onceEvents));
        }
        // From here on nobody is heard and nothing is seen: time alone must bring the end.
        snapshot = planOnce(withoutHolds(snapshot));
        for (let wakes = 0; !hasEnded(snapshot); wakes += 1) {
          assert.ok(wakes < 300, 'the deployment never ends');
          const { wakeAt } = plan(snapshot);
          assert.ok(wakeAt !== null, 'nobody will ever look again');
          snapshot = planOnce({ ...snapshot, now: wakeAt });
        }
      }),
      { numRuns },
    );
  });

  it('ends with every healthy host in rotation when agents and routers do as they are told', function () {
    this.timeout(0);
    const sound = createdWithTraffic().map(withoutTrouble).filter((snapshot) => snapshot.targets.length > snapshot.deployment.minimumHealthyHosts);
    fc.assert(
      fc.property(sound, fc.infiniteStream(fc.tuple(fc.nat(5), fc.nat(1))), (created, order) => {
        let snapshot = planOnce(created);
        for (const who of created.targets.keys()) for (const where of [0, 1]) snapshot = planOnce(happenAtRouter(snapshot, { kind: 'comply', who, where }));
        for (const [who, where] of order) {
          if (hasEnded(snapshot)) break;
          const told = sparingRouterEvents(snapshot, happen({ ...snapshot, now: snapshot.deployment.baking?.until ?? snapshot.now }, { kind: 'succeed', who }, []));
          snapshot = planOnce(happenAtRouter(planOnce(told), { kind: 'comply', who, where }));
        }
        assert.equal(snapshot.deployment.status, 'Succeeded');
        for (const target of snapshot.targets) assert.deepEqual([target.status, ...wants(target)], ['Succeeded', ...wants(target).map(() => 'Allowed')]);
      }),
      { numRuns: Math.ceil(numRuns / 20) },
    );
  });
});

function happenAnywhere(snapshot: Snapshot, happening: Happening | RouterHappening, onceEvents: readonly string[]): Snapshot {
  if ('where' in happening) return happenAtRouter(snapshot, happening);
  if (happening.kind === 'accept' || happening.kind === 'succeed' || happening.kind === 'fail') return sparingRouterEvents(snapshot, happen(snapshot, happening, onceEvents));
  return happen(snapshot, happening, onceEvents);
}

/** Agents report of their own events only. */
function sparingRouterEvents(before: Snapshot, after: Snapshot): Snapshot {
  const wasAtRouter = (targetId: string): TargetState | undefined => before.targets.find((target) => target.targetId === targetId && target.events.some(({ name, status }) => status === 'InProgress' && (name === 'BlockTraffic' || name === 'AllowTraffic')));
  return { ...after, targets: after.targets.map((target) => wasAtRouter(target.targetId) ?? target) };
}

/** Plans, holds every claim against the plan, and writes it. */
function planOnce(snapshot: Snapshot): Snapshot {
  const made = plan(snapshot);
  assert.deepEqual(check(snapshot, made), [], JSON.stringify(made.actions) + JSON.stringify(check(snapshot, made)));
  for (const action of made.actions) if (action.kind === 'RunEvent') assertOut(snapshot, action);
  const after = apply(snapshot, made);
  assert.deepEqual(plan(after).actions, [], 'planning again asks for more');
  if (!hasEnded(after)) assert.deepEqual(plan(after), { ...made, actions: [] });
  for (const target of after.targets) assertRotationFits(target);
  return after;
}

const onApplication = ['ApplicationStop', 'BeforeInstall', 'Install', 'AfterInstall', 'ApplicationStart', 'ValidateService'];

/** Nothing is done to an application that a request might be under way in. */
function assertOut({ targets }: Snapshot, { targetId, event }: Extract<Action, { kind: 'RunEvent' }>): void {
  if (!onApplication.includes(event)) return;
  const routes = targets.find((target) => target.targetId === targetId)?.routes ?? [];
  assert.ok(routes.length > 0);
  for (const { wanted, takenAt, observedAt, state, inFlight } of routes) assert.ok(wanted === 'Blocked' && takenAt !== null && observedAt !== null && observedAt >= takenAt && state === 'OutOfService' && (inFlight ?? 0) === 0 || state === 'Absent', `${event} on ${targetId} while it is ${state}`);
}

/** Whoever has ended and never was touched is wanted in rotation, unless an earlier deployment left it broken. */
function assertRotationFits({ targetId, status, events, routes = [] }: TargetState): void {
  if (!['Succeeded', 'Failed', 'Skipped'].includes(status)) return;
  const isTouched = events.some(({ name, commandedAt, givenUp }) => onApplication.includes(name) && commandedAt !== null && givenUp !== 'StoppedUntaken');
  for (const { wanted, isKeptOut } of routes) {
    if (status === 'Succeeded') assert.equal(wanted, 'Allowed', targetId);
    else if (!isTouched) assert.ok(wanted !== 'Blocked' || isKeptOut, `${targetId} is left out of rotation for no reason`);
  }
}

function wants({ routes = [] }: TargetState): readonly (string | null)[] {
  return routes.map(({ wanted }) => wanted);
}

function hasEnded(snapshot: Snapshot): boolean {
  return ['Succeeded', 'Failed', 'Stopped'].includes(snapshot.deployment.status);
}

function withoutHolds(snapshot: Snapshot): Snapshot {
  const { gates: _gates, ...deployment } = snapshot.deployment;
  return { ...snapshot, earlierDeploymentId: null, deployment };
}

/** Nothing in the way, nobody silent, no alarm, and time enough. */
function withoutTrouble(snapshot: Snapshot): Snapshot {
  const { gates: _gates, ...deployment } = snapshot.deployment;
  const { alarms: _alarms, listeningSince: _since, ...rest } = snapshot;
  const stages = (deployment.stages ?? []).map((stage) => ({ ...stage, minimumHealthyHosts: stage.minimumHealthyHosts === null ? null : 0 }));
  const traffic = { ...deployment.traffic!, drainMs: 3_600_000, serveMs: 3_600_000 };
  return {
    ...rest,
    earlierDeploymentId: null,
    deployment: { ...deployment, stages, traffic, defect: null, stopRequestedAt: null },
    // One that is kept out and whose stage comes late may rightly hold everything up.
    targets: snapshot.targets.map((target) => ({ ...target, agent: { isConnected: true, silentSince: null }, routes: (target.routes ?? []).map((route) => (stages.length === 0 ? route : { ...route, ...untold })) })),
    limits: { eventStartMs: 3_600_000, eventMs: 3_600_000, deploymentMs: 1000 * 3_600_000 },
  };
}

// Claims about every history of a deployment from one fleet to another. FAIRLEAD_RUNS makes the search longer.

import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { apply } from '../../server/planner/apply.ts';
import { check } from '../../server/planner/check.ts';
import { plan } from '../../server/planner/plan.ts';
import type { Snapshot, TargetState } from '../../server/planner/snapshot.ts';
import type { RouteState } from '../../server/planner/traffic-state.ts';
import { happen, happenings, onceEventLists, type Happening } from './arbitrary-snapshots.ts';
import { happenAtRouter, routerHappenings, untold, type RouterHappening } from './arbitrary-traffic.ts';
import { createdBetweenFleets, isWord, say, type Word, words } from './arbitrary-fleets.ts';

const numRuns = Number(process.env['FAIRLEAD_RUNS'] ?? 1_000);

describe('a deployment from one fleet to another, over any history', () => {
  it('keeps every invariant at every step, and always ends', function () {
    this.timeout(0);
    const history = fc.array(fc.oneof({ weight: 5, arbitrary: happenings() }, { weight: 10, arbitrary: routerHappenings() }, { weight: 1, arbitrary: words() }), { maxLength: 220 });
    fc.assert(
      fc.property(createdBetweenFleets(), history, onceEventLists(), (created, all, onceEvents) => {
        let snapshot = planOnce(created);
        for (const happening of all) {
          if (hasEnded(snapshot)) break;
          snapshot = planOnce(happenAnywhere(snapshot, happening, onceEvents));
        }
        // From here on nobody is heard and nothing is seen: time alone must bring the end.
        const { gates: _gates, ...deployment } = snapshot.deployment;
        snapshot = planOnce({ ...snapshot, earlierDeploymentId: null, deployment });
        for (let wakes = 0; !hasEnded(snapshot); wakes += 1) {
          assert.ok(wakes < 300, 'the deployment never ends');
          const { wakeAt } = plan(snapshot);
          assert.ok(wakeAt !== null, 'nobody will ever look again');
          snapshot = planOnce({ ...snapshot, now: wakeAt });
        }
      }),
      { numRuns, seed: 22 },
    );
  });

  it('keeps them too when the trouble begins while traffic moves', function () {
    this.timeout(0);
    const history = fc.array(fc.oneof({ weight: 2, arbitrary: happenings() }, { weight: 10, arbitrary: routerHappenings() }, { weight: 1, arbitrary: words() }), { maxLength: 60 });
    const calm = createdBetweenFleets().map((created) => ({ ...withoutTrouble(created), limits: created.limits }));
    fc.assert(
      fc.property(calm.filter(isMeetable), fc.array(fc.nat(11), { minLength: 20, maxLength: 90 }), history, (created, order, all) => {
        let snapshot = seeAll(planOnce(created));
        for (const who of order) {
          if (hasEnded(snapshot)) break;
          snapshot = seeAll(planOnce(happen(snapshot, { kind: 'succeed', who }, [])));
          if (snapshot.deployment.status === 'Ready') snapshot = planOnce(say(snapshot, { kind: 'continue' }));
        }
        for (const happening of all) if (!hasEnded(snapshot)) snapshot = planOnce(happenAnywhere(snapshot, happening, []));
        for (let wakes = 0; !hasEnded(snapshot); wakes += 1) {
          assert.ok(wakes < 300, 'the deployment never ends');
          const { wakeAt } = plan(snapshot);
          assert.ok(wakeAt !== null, 'nobody will ever look again');
          snapshot = planOnce({ ...snapshot, now: wakeAt });
        }
      }),
      { numRuns, seed: 22 },
    );
  });

  it('ends with traffic on the fleet that came in and none on the other when all do as they are told', function () {
    this.timeout(0);
    fc.assert(
      fc.property(createdBetweenFleets().map(withoutTrouble).filter(isMeetable), fc.infiniteStream(fc.tuple(fc.nat(11), fc.nat(1))), (created, order) => {
        const incoming = created.deployment.blueGreen?.direction === 'forward' ? 'Green' : 'Blue';
        let snapshot = seeAll(planOnce(created));
        for (const [who] of order) {
          if (hasEnded(snapshot)) break;
          snapshot = seeAll(planOnce(happen(snapshot, { kind: 'succeed', who }, [])));
          if (snapshot.deployment.status === 'Ready') snapshot = planOnce(say(snapshot, { kind: 'continue' }));
          if (snapshot.deployment.blueGreen?.movedAt !== null) snapshot = planOnce(say(snapshot, { kind: 'skip' }));
        }
        assert.equal(snapshot.deployment.status, 'Succeeded');
        for (const { targetId, label, status, routes = [] } of snapshot.targets) {
          assert.equal(status, 'Succeeded', targetId);
          for (const { wanted, weighs, weight } of routes) {
            assert.equal(wanted, label === incoming ? 'Allowed' : 'Blocked', targetId);
            if (weight !== undefined) assert.equal(weight.wanted, weighs === 'member' || label === incoming ? 100 : 0, targetId);
          }
        }
      }),
      { numRuns: Math.ceil(numRuns / 50) },
    );
  });
});

function seeAll(before: Snapshot): Snapshot {
  let snapshot = before;
  for (const who of before.targets.keys()) for (const where of [0, 1]) if (!hasEnded(snapshot)) snapshot = planOnce(happenAtRouter(snapshot, { kind: 'comply', who, where }));
  return snapshot;
}

function happenAnywhere(snapshot: Snapshot, happening: Happening | RouterHappening | Word, onceEvents: readonly string[]): Snapshot {
  if (isWord(happening)) return say(snapshot, happening);
  if ('where' in happening) return happenAtRouter(snapshot, happening);
  const after = happen(snapshot, happening, onceEvents);
  if (happening.kind !== 'accept' && happening.kind !== 'succeed' && happening.kind !== 'fail') return after;
  // Agents report of their own events only.
  return { ...after, targets: after.targets.map((target, index) => (isAtRouter(snapshot.targets[index]!) ? snapshot.targets[index]! : target)) };
}

function isAtRouter({ events }: TargetState): boolean {
  return events.some(({ name, status }) => status === 'InProgress' && (name === 'BlockTraffic' || name === 'AllowTraffic'));
}

/** Plans, holds every claim against the plan, and writes it. */
function planOnce(snapshot: Snapshot): Snapshot {
  const made = plan(snapshot);
  assert.deepEqual(check(snapshot, made), [], JSON.stringify(made.actions) + JSON.stringify(check(snapshot, made)));
  const after = apply(snapshot, made);
  assert.deepEqual(plan(after).actions, [], 'planning again asks for more');
  if (!hasEnded(after)) assert.deepEqual(plan(after), { ...made, actions: [] });
  assertSomebodyServes(snapshot, made.actions.some(({ kind }) => kind === 'BlockTraffic'));
  return after;
}

/** No host that serves is asked to stop while the other fleet is not seen to serve. */
function assertSomebodyServes({ deployment, targets }: Snapshot, isBlocking: boolean): void {
  if (!isBlocking) return;
  const incoming = deployment.blueGreen?.direction === 'forward' ? 'Green' : 'Blue';
  const wereLetIn = targets.filter(({ label, status }) => label === incoming && status === 'Succeeded');
  assert.ok(wereLetIn.length >= Math.max(1, deployment.minimumHealthyHosts), 'the fleet that serves is taken out before the other one has come in');
}

function outOfService(at: number): Omit<RouteState, 'router'> {
  return { ...untold, wanted: 'Blocked', isKeptOut: true, askedAt: at, takenAt: at, state: 'OutOfService', inFlight: 0, since: at, observedAt: at };
}

function hasEnded(snapshot: Snapshot): boolean {
  return ['Succeeded', 'Failed', 'Stopped'].includes(snapshot.deployment.status);
}

function isMeetable({ deployment, targets }: Snapshot): boolean {
  if ((deployment.blueGreen?.trafficSteps ?? []).length > 0 && targets.some(({ routes = [] }) => routes.some(({ weighs }) => weighs === null))) return false;
  const incoming = deployment.blueGreen?.direction === 'forward' ? 'Green' : 'Blue';
  return targets.filter(({ label }) => label === incoming).length > deployment.minimumHealthyHosts && targets.some(({ label }) => label === 'Blue');
}

/** Nothing in the way, nobody silent, no alarm, and time enough; replacements have never served. */
function withoutTrouble(snapshot: Snapshot): Snapshot {
  const { gates: _gates, ...deployment } = snapshot.deployment;
  const { alarms: _alarms, listeningSince: _since, ...rest } = snapshot;
  const hour = 3_600_000;
  return {
    ...rest,
    earlierDeploymentId: null,
    deployment: { ...deployment, traffic: { ...deployment.traffic!, drainMs: hour, serveMs: hour, minHealthyMs: 0 }, blueGreen: { ...deployment.blueGreen!, readyWaitMs: 100 * hour, terminationWaitMs: deployment.blueGreen!.terminationWaitMs * 100 }, defect: null, stopRequestedAt: null },
    targets: snapshot.targets.map((target) => ({ ...target, agent: { isConnected: true, silentSince: null }, routes: (target.routes ?? []).map((route) => ({ ...route, ...(target.label === (deployment.blueGreen?.direction === 'forward' ? 'Blue' : 'Green') ? untold : outOfService(snapshot.now - 1)) })) })),
    limits: { eventStartMs: hour, eventMs: hour, deploymentMs: 1000 * hour },
  };
}

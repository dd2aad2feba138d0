// Who is taken away, who is blocked first, and why the others are not yet.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { releaseHoldSentence } from '../../protocol/model/fleet-release.ts';
import { checkReleases } from '../../server/planner/check-releases.ts';
import { type HostRoute, type HostToRelease, planReleases, type ReleaseSnapshot } from '../../server/planner/releases.ts';

const now = 1_700_000_000_000;
const out: HostRoute = { router: 'front', wanted: 'Blocked', takenAt: now - 5_000, state: 'OutOfService', observedAt: now - 1_000, isTroubled: false };
const host = (name: string, over: Partial<HostToRelease> = {}): HostToRelease => ({
  key: name, name, fleetProvider: 'asg', deploymentId: 'd-1', endedAt: now - 10_000, instanceId: `id-${name}`, isAnother: false, targetOf: null, memberOf: null, wasInRotation: true, isMeantToServe: false, routes: [out], ...over,
});
const of = (...hosts: HostToRelease[]): ReleaseSnapshot => ({ now, listeningSince: now - 60_000, hosts });

function planned(snapshot: ReleaseSnapshot) {
  const plan = planReleases(snapshot);
  assert.deepEqual(checkReleases(snapshot, plan), []);
  return { release: plan.release.map((batch) => batch.map(({ name }) => name)), holdOut: plan.holdOut.map(({ name }) => name), holds: plan.holds.map(({ host: { name }, hold }) => [name, hold]) };
}

describe('what is taken away', () => {
  it('is whoever is seen out of rotation, all of a deployment in one request', () => {
    assert.deepEqual(planned(of(host('a'), host('b'), host('c', { deploymentId: 'd-2' }))), { release: [['a', 'b'], ['c']], holdOut: [], holds: [] });
  });

  it('is whoever never was in rotation, or never came', () => {
    const never = { wasInRotation: false, routes: [] };
    assert.deepEqual(planned(of(host('a', never), host('b', { ...never, instanceId: null }))).release, [['a', 'b']]);
  });

  const held: [string, Partial<HostToRelease>, object, RegExp][] = [
    ['whose deployment is under way', { endedAt: null }, { reason: 'DeploymentUnderWay', deploymentId: 'd-1' }, /after deployment d-1/],
    ['that is a target of another one', { targetOf: 'd-9' }, { reason: 'DeploymentUnderWay', deploymentId: 'd-9' }, /after deployment d-9/],
    ['that a group needs', { memberOf: 'shop' }, { reason: 'InGroup', groupName: 'shop' }, /in deployment group shop/],
    ['that was there before', { isAnother: true, instanceId: null, routes: [] }, { reason: 'NotMadeForIt' }, /there before/],
    ['that a deployment left in rotation', { isMeantToServe: true, routes: [{ ...out, wanted: 'Allowed', state: 'InService' }] }, { reason: 'Serves', routers: ['front'] }, /in rotation at front/],
    ['that serves, and no router knows it any more', { isMeantToServe: true, routes: [] }, { reason: 'Serves', routers: [] }, /was let into rotation/],
    ['that served, and no router knows any more', { routes: [] }, { reason: 'NotSeenOut', routers: [] }, /end it by hand/],
    ['that still has requests under way', { routes: [{ ...out, state: 'Draining' }] }, { reason: 'NotSeenOut', routers: ['front'] }, /seen out of rotation at front/],
    ['that a router has forgotten to block', { routes: [out, { ...out, router: 'back', state: 'InService' }] }, { reason: 'NotSeenOut', routers: ['back'] }, /at back/],
    ['that was seen out before it was blocked', { routes: [{ ...out, observedAt: now - 6_000 }] }, { reason: 'NotSeenOut', routers: ['front'] }, /at front/],
    ['that a router cannot be asked about', { routes: [{ ...out, isTroubled: true }] }, { reason: 'NotSeenOut', routers: ['front'] }, /at front/],
    ['that was seen by the controller before this one', { routes: [{ ...out, takenAt: now - 90_000, observedAt: now - 70_000 }] }, { reason: 'NotSeenOut', routers: ['front'] }, /at front/],
  ];
  for (const [what, over, hold, sentence] of held) {
    it(`is nobody ${what}, with that as the reason`, () => {
      const made = planned(of(host('a', over)));
      assert.deepEqual([made.release, made.holds], [[], [['a', hold]]]);
      assert.match(releaseHoldSentence('a', hold as Parameters<typeof releaseHoldSentence>[1]), sentence);
    });
  }

  it('is blocked first where nobody has, so that it can be seen out', () => {
    const untold = { ...out, wanted: null, takenAt: null, state: 'InService' as const };
    assert.deepEqual(planned(of(host('a', { wasInRotation: false, routes: [untold] }))).holdOut, ['a']);
    assert.deepEqual(planned(of(host('a', { isMeantToServe: true, routes: [{ ...untold, wanted: 'Allowed' }] }))).holdOut, []);
  });

  it('waits a minute for the others of its deployment, and not longer', () => {
    const draining = { routes: [{ ...out, state: 'Draining' as const }] };
    assert.deepEqual(planned(of(host('a'), host('b', draining), host('c', { deploymentId: 'd-2' }))), {
      release: [['c']], holdOut: [], holds: [['a', { reason: 'WithOthers', count: 1 }], ['b', { reason: 'NotSeenOut', routers: ['front'] }]],
    });
    const late = { endedAt: now - 60_000 };
    assert.deepEqual(planned(of(host('a', late), host('b', { ...draining, ...late }))).release, [['a']]);
  });

  it('breaks no rule whatever there is, and whoever is free is taken sooner or later', () => {
    const route = fc.record({
      router: fc.constantFrom('front', 'back'),
      wanted: fc.constantFrom('Blocked' as const, 'Blocked' as const, 'Allowed' as const, null),
      takenAt: fc.constantFrom(null, now - 90_000, now - 5_000),
      state: fc.constantFrom('OutOfService' as const, 'Absent' as const, 'InService' as const, 'Draining' as const, 'Unhealthy' as const, 'Unknown' as const, null),
      observedAt: fc.constantFrom(null, now - 70_000, now - 6_000, now - 1_000),
      isTroubled: fc.constantFrom(false, false, true),
    });
    const any = fc.record({
      fleetProvider: fc.constantFrom('asg', 'tf'),
      deploymentId: fc.constantFrom('d-1', 'd-2'),
      endedAt: fc.constantFrom(null, now - 90_000, now - 1_000),
      instanceId: fc.constantFrom('id', 'id', null),
      isAnother: fc.constantFrom(false, false, true),
      targetOf: fc.constantFrom(null, null, 'd-9'),
      memberOf: fc.constantFrom(null, null, 'shop'),
      wasInRotation: fc.boolean(),
      isMeantToServe: fc.boolean(),
      routes: fc.array(route, { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 6 }), (hosts) => {
        const snapshot = of(...hosts.map((over, index) => host(`h${index}`, over.instanceId === null ? { ...over, routes: [], wasInRotation: false, isMeantToServe: false } : over)));
        planned(snapshot);
        // A minute later nobody waits for others any more.
        const later = { ...snapshot, now: now + 60_000 };
        assert.ok(planned(later).holds.every(([, hold]) => (hold as { reason: string }).reason !== 'WithOthers'));
      }),
      { numRuns: 2_000 },
    );
  });
});

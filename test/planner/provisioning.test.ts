// Deployments whose replacement instances are made for them: what is decided before they are here, and over any history.

import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { apply } from '../../server/planner/apply.ts';
import { check } from '../../server/planner/check.ts';
import { plan } from '../../server/planner/plan.ts';
import type { ProvisioningState } from '../../server/planner/provisioning-state.ts';
import type { Snapshot } from '../../server/planner/snapshot.ts';
import { createdBetweenFleets } from './arbitrary-fleets.ts';

const numRuns = Number(process.env['FAIRLEAD_RUNS'] ?? 1_000);
const minute = 60_000;

const unasked: ProvisioningState = { fleetProvider: 'asg', waitMs: 10 * minute, wanted: 2, askedAt: null, until: null, here: 0, missing: [], answer: null, refusal: null, providedAt: null };

function toBeMade(snapshot: Snapshot, over: Partial<ProvisioningState> = {}): Snapshot {
  return { ...snapshot, targets: [], deployment: { ...snapshot.deployment, defect: null, provisioning: { ...unasked, ...over } } };
}

/** Created, held by nothing, with no alarms. */
function plain(over: Partial<ProvisioningState> = {}): Snapshot {
  const [sample] = fc.sample(createdBetweenFleets(), { numRuns: 1, seed: 7 });
  const { alarms: _alarms, listeningSince: _since, triggers: _triggers, ...rest } = sample!;
  const { gates: _gates, ...deployment } = rest.deployment;
  return toBeMade({ ...rest, earlierDeploymentId: null, deployment: { ...deployment, status: 'Created', startedAt: null, stopRequestedAt: null, isRevisionReady: true, minimumHealthyHosts: 1, blueGreen: { ...deployment.blueGreen!, direction: 'forward' }, autoRollback: {} } }, over);
}

/** Plans, holds every claim against the plan, and writes it. */
function planOnce(snapshot: Snapshot): Snapshot {
  const made = plan(snapshot);
  assert.deepEqual(check(snapshot, made), [], JSON.stringify([made.actions, check(snapshot, made)]));
  const after = apply(snapshot, made);
  assert.deepEqual(plan(after).actions, [], 'planning again asks for more');
  if (!hasEnded(after)) assert.deepEqual(plan(after), { ...made, actions: [] });
  return after;
}

const hasEnded = ({ deployment }: Snapshot): boolean => ['Succeeded', 'Failed', 'Stopped'].includes(deployment.status);
const withProvisioning = (snapshot: Snapshot, change: Partial<ProvisioningState>): Snapshot => ({ ...snapshot, deployment: { ...snapshot.deployment, provisioning: { ...snapshot.deployment.provisioning!, ...change } } });
const errorOf = (snapshot: Snapshot) => plan(snapshot).actions.find((action) => action.kind === 'FinishDeployment')?.error ?? null;

describe('instances that are made for a deployment', () => {
  it('are asked for when it starts, and waited for with a reason', () => {
    const created = plain();
    const made = plan(created);
    assert.deepEqual(made.actions.map(({ kind }) => kind), ['StartDeployment', 'ProvisionInstances']);
    const until = created.now + 10 * minute;
    assert.deepEqual(made.waitingOn, [{ reason: 'ProvisioningWait', fleetProvider: 'asg', wanted: 2, here: 0, missing: [], until }]);
    assert.equal(made.wakeAt, until);
    const [hold] = plan(withProvisioning(planOnce(created), { here: 1, missing: ['web-8'], answer: 'The provider named web-7, web-8.' })).waitingOn;
    assert.deepEqual(hold, { reason: 'ProvisioningWait', fleetProvider: 'asg', wanted: 2, here: 1, missing: ['web-8'], until, answer: 'The provider named web-7, web-8.' });
  });

  it('that do not come in time fail it, with who is missing; those that are enough are waited for to become targets', () => {
    const asked = planOnce(plain());
    const late = { ...withProvisioning(asked, { here: 1, missing: ['web-8'] }), now: asked.now + 10 * minute };
    const error = errorOf(late)!;
    assert.equal(error.code, 'TIMEOUT');
    assert.match(error.message, /^2 instances were asked of the fleet provider asg, and within 10 min 1 came\. Named and not here: web-8\./);
    planOnce(late);
    const enough = { ...withProvisioning(asked, { here: 2 }), now: asked.now + 10 * minute };
    assert.equal(errorOf(enough), null);
    planOnce(enough);
  });

  it('that the provider will not make fail it at once, with its words', () => {
    const refused = withProvisioning(planOnce(plain()), { refusal: 'The quota is used up.' });
    assert.deepEqual(errorOf(refused), { code: 'AUTO_SCALING_CONFIGURATION', message: 'The fleet provider asg will not make the instances: The quota is used up. No original instance was touched.' });
    planOnce(refused);
  });

  it('are not asked for where the minimum could not be kept with so many, or there is none to make', () => {
    for (const [over, code] of [[{ wanted: 1 }, 'HEALTH_CONSTRAINTS_INVALID'], [{ wanted: 0 }, 'NO_INSTANCES']] as const) {
      const created = plain(over);
      assert.equal(errorOf(created)?.code, code);
      assert.ok(!plan(created).actions.some(({ kind }) => kind === 'ProvisionInstances'));
      planOnce(created);
    }
  });

  it('are waited for no longer once it is stopped', () => {
    const asked = planOnce(plain());
    const stopped = { ...asked, deployment: { ...asked.deployment, stopRequestedAt: asked.now, stopRollback: false } };
    assert.equal(plan(stopped).actions.find((action) => action.kind === 'FinishDeployment')?.status, 'Stopped');
    planOnce(stopped);
  });

  it('keep every invariant over any history, and it always ends', function () {
    this.timeout(0);
    const happening = fc.oneof(
      fc.record({ kind: fc.constant('come' as const), here: fc.nat(4), missing: fc.subarray(['web-7', 'web-8']) }),
      fc.record({ kind: fc.constant('wait' as const), ms: fc.constantFrom(1, minute, 20 * minute) }),
      fc.constant({ kind: 'refuse' as const }),
      fc.constant({ kind: 'stop' as const }),
      fc.constant({ kind: 'provide' as const }),
    );
    const chosen = fc.record({ wanted: fc.nat(4), waitMs: fc.constantFrom(minute, 30 * minute) });
    fc.assert(
      fc.property(createdBetweenFleets(), chosen, fc.array(happening, { maxLength: 30 }), (created, over, history) => {
        const { targets } = created;
        const { gates: _gates, ...deployment } = created.deployment;
        const forward = { ...created, deployment: { ...deployment, blueGreen: { ...deployment.blueGreen!, direction: 'forward' as const } } };
        let snapshot = planOnce(toBeMade(forward, over));
        for (const happened of history) {
          if (hasEnded(snapshot)) break;
          const { provisioning } = snapshot.deployment;
          if (happened.kind === 'wait') snapshot = { ...snapshot, now: snapshot.now + happened.ms };
          else if (happened.kind === 'stop') snapshot = { ...snapshot, deployment: { ...snapshot.deployment, stopRequestedAt: snapshot.deployment.stopRequestedAt ?? snapshot.now } };
          else if (provisioning === undefined || provisioning.askedAt === null || provisioning.providedAt !== null) continue;
          else if (happened.kind === 'come') snapshot = withProvisioning(snapshot, happened);
          else if (happened.kind === 'refuse') snapshot = withProvisioning(snapshot, { refusal: 'No.' });
          else if (provisioning.here >= provisioning.wanted && snapshot.deployment.stopRequestedAt === null) snapshot = { ...withProvisioning(snapshot, { providedAt: snapshot.now }), targets };
          snapshot = planOnce(snapshot);
        }
        snapshot = { ...snapshot, earlierDeploymentId: null };
        if (!hasEnded(snapshot)) snapshot = planOnce(snapshot);
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
});

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { waitingSentence } from '../../protocol/model/waiting.ts';
import { check } from '../../server/planner/check.ts';
import { plan } from '../../server/planner/plan.ts';
import type { DeploymentState, Snapshot } from '../../server/planner/snapshot.ts';

const deployment: DeploymentState = {
  deploymentId: 'd-000000001', status: 'Created', creator: 'user', createdAt: 1_000, startedAt: null, minimumHealthyHosts: 0,
  ignoreApplicationStopFailures: false, autoRollback: {}, stopRequestedAt: null, stopRollback: null, defect: null,
};
const snapshot = (over: Partial<DeploymentState>, more: Partial<Snapshot> = {}): Snapshot => ({
  now: 13_000,
  deployment: { ...deployment, ...over },
  targets: [{ targetId: 'a', status: 'Pending', standing: 'unknown', lot: 0, events: [], generation: 0, agent: { isConnected: true, silentSince: null } }],
  earlierDeploymentId: null,
  lastSuccessfulDeploymentId: null,
  limits: { eventStartMs: 1, eventMs: 1, deploymentMs: 1 },
  ...more,
});

describe('a deployment whose bundle is not here yet', () => {
  it('touches no instance, and says what it waits for', () => {
    const unready = snapshot({ isRevisionReady: false });
    const planned = plan(unready);
    assert.deepEqual(planned, { actions: [], waitingOn: [{ reason: 'ResolvingRevision', since: 1_000 }], wakeAt: null });
    assert.deepEqual(check(unready, planned), []);
    assert.match(waitingSentence(planned.waitingOn[0]!, unready.now), /fetching the revision's bundle for 12 s/);
  });

  it('names the earlier deployment as well when it waits for both', () => {
    const unready = snapshot({ isRevisionReady: false }, { earlierDeploymentId: 'd-0' });
    assert.deepEqual(plan(unready).waitingOn.map((waiting) => waiting.reason), ['EarlierDeployment', 'ResolvingRevision']);
    assert.deepEqual(check(unready, plan(unready)), []);
  });

  it('can be stopped, and ends at once when the bundle turns out to be missing', () => {
    const stopping = snapshot({ isRevisionReady: false, stopRequestedAt: 2_000 });
    assert.deepEqual(plan(stopping).actions.map((action) => action.kind), ['FinishTarget', 'FinishDeployment']);
    assert.deepEqual(check(stopping, plan(stopping)), []);
    const missing = snapshot({ isRevisionReady: true, defect: { code: 'REVISION_MISSING', message: 'Not there.' } });
    assert.deepEqual(plan(missing).actions.at(-1), { kind: 'FinishDeployment', status: 'Failed', error: { code: 'REVISION_MISSING', message: 'Not there.' } });
  });

  it('starts as soon as it is ready', () => {
    const ready = snapshot({ isRevisionReady: true });
    assert.equal(plan(ready).actions[0]?.kind, 'StartDeployment');
    assert.deepEqual(plan(ready), plan(snapshot({})));
  });

  it('is not started by a plan that the check lets through', () => {
    const early = plan(snapshot({ isRevisionReady: true }));
    assert.match(check(snapshot({ isRevisionReady: false }), early).join(' '), /its bundle is not here yet/);
    const mute = { actions: [], waitingOn: [], wakeAt: null };
    assert.match(check(snapshot({ isRevisionReady: false }), mute).join(' '), /does not say that it waits for the bundle/);
  });
});

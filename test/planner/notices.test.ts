import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Action } from '../../server/planner/actions.ts';
import { withNotices } from '../../server/planner/notices.ts';
import type { Snapshot } from '../../server/planner/snapshot.ts';
import { aRunningSnapshot, aSnapshot, aTarget, aTargetAllDone, aTargetRunning, aTargetWhoseEventFailed, noon, pendingTargets } from '../builders/a-snapshot.ts';
import { actionsOf } from './decide.ts';

const everything: NonNullable<Snapshot['triggers']> = [
  {
    name: 'all',
    events: ['DeploymentStart', 'DeploymentSuccess', 'DeploymentFailure', 'DeploymentStop', 'DeploymentRollback', 'DeploymentReady', 'InstanceStart', 'InstanceSuccess', 'InstanceFailure', 'InstanceReady'],
  },
];

const told = (snapshot: Snapshot): string[] => actionsOf({ triggers: everything, ...snapshot }).filter((action) => action.startsWith('tell'));

describe('triggers', () => {
  it('hear of the start of a deployment and of each instance', () => {
    assert.deepEqual(told(aSnapshot({ targets: pendingTargets(2) })), ['tell all of DeploymentStart', 'tell all of InstanceStart i-1', 'tell all of InstanceStart i-2']);
  });

  it('hear right after what they are told of', () => {
    assert.deepEqual(actionsOf(aRunningSnapshot({ targets: [aTargetAllDone('i-1')], triggers: everything })), [
      'i-1 Succeeded',
      'tell all of InstanceSuccess i-1',
      'deployment Succeeded',
      'tell all of DeploymentSuccess',
    ]);
  });

  it('hear of failure, and of the rollback that follows', () => {
    const deployment = { autoRollback: { enabled: true, events: ['DEPLOYMENT_FAILURE' as const] } };
    const snapshot = aRunningSnapshot({ targets: [aTargetWhoseEventFailed('i-1', 'Install')], deployment, lastSuccessfulDeploymentId: 'd-1' });
    assert.deepEqual(told(snapshot), ['tell all of InstanceFailure i-1', 'tell all of DeploymentFailure', 'tell all of DeploymentRollback']);
  });

  it('hear of a stop, and nothing of the instances that it skips', () => {
    const snapshot = aRunningSnapshot({ targets: [aTarget('i-1'), aTarget('i-2')], deployment: { stopRequestedAt: noon } });
    assert.deepEqual(told(snapshot), ['tell all of DeploymentStop']);
  });

  it('hear of a deployment that fails before it starts', () => {
    assert.deepEqual(told(aSnapshot({ targets: [] })), ['tell all of DeploymentFailure']);
  });

  it('hear once of a failure that somebody is asked about, and once more when what was tried again fails', () => {
    const [event] = aTargetWhoseEventFailed('i-1', 'Install').events.slice(-1);
    assert.ok(event !== undefined);
    const target = { ...aTargetWhoseEventFailed('i-1', 'Install'), events: [{ ...event, held: { since: noon, until: noon, decision: 'RETRY' as const } }] };
    const failed: Action = { kind: 'FinishTarget', targetId: 'i-1', status: 'Failed' };
    const kinds = (actions: readonly Action[]) => withNotices({ triggers: everything, targets: [target] }, actions).map(({ kind }) => kind);
    assert.deepEqual(kinds([failed]), ['FinishTarget']);
    assert.deepEqual(kinds([{ kind: 'RetryEvent', targetId: 'i-1', event: 'Install' }, failed]), ['RetryEvent', 'FinishTarget', 'Notify']);
  });

  it('hear of nothing that they did not ask for', () => {
    const triggers: Snapshot['triggers'] = [{ name: 'ends', events: ['DeploymentSuccess'] }, { name: 'starts', events: ['InstanceStart'] }];
    assert.deepEqual(actionsOf(aSnapshot({ triggers })).filter((action) => action.startsWith('tell')), ['tell starts of InstanceStart i-1']);
    assert.deepEqual(actionsOf(aRunningSnapshot({ triggers, targets: [aTargetRunning('i-1', 'Install')] })), []);
  });

  it('leave the plan of a deployment without any as it was', () => {
    const actions = [{ kind: 'StartDeployment' }] as const;
    assert.equal(withNotices({ targets: [] }, actions), actions);
  });
});

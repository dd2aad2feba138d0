import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { AutoRollbackConfiguration } from '../../protocol/model/rollback.ts';
import type { DeploymentState, Snapshot } from '../../server/planner/snapshot.ts';
import { aRunningSnapshot, aSnapshot, aTarget, aTargetBefore, aTargetSucceeded, aTargetWhoseEventFailed, noon } from '../builders/a-snapshot.ts';
import { actionsOf, decide } from './decide.ts';

const onFailure: AutoRollbackConfiguration = { enabled: true, events: ['DEPLOYMENT_FAILURE'] };
const onStop: AutoRollbackConfiguration = { enabled: true, events: ['DEPLOYMENT_STOP_ON_REQUEST'] };
const onBoth: AutoRollbackConfiguration = { enabled: true, events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST'] };
const off: AutoRollbackConfiguration = { enabled: false, events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST'] };

const failing = (deployment: Partial<DeploymentState>) => aRunningSnapshot({ targets: [aTargetWhoseEventFailed('i-1', 'Install')], lastSuccessfulDeploymentId: 'd-1', deployment });
const stopping = (deployment: Partial<DeploymentState>) =>
  aRunningSnapshot({ targets: [aTargetBefore('i-1', 'Install'), aTarget('i-2')], lastSuccessfulDeploymentId: 'd-1', deployment: { stopRequestedAt: noon, ...deployment } });
const succeeding = (deployment: Partial<DeploymentState>) => aRunningSnapshot({ targets: [aTargetSucceeded('i-1')], lastSuccessfulDeploymentId: 'd-1', deployment });

const failure = 'roll back to d-1 because DEPLOYMENT_FAILURE';
const request = 'roll back to d-1 because DEPLOYMENT_STOP_ON_REQUEST';

describe('a rollback', () => {
  const table: readonly (readonly [string, Snapshot, string | null])[] = [
    ['follows a failure where failures roll back', failing({ autoRollback: onFailure }), failure],
    ['does not follow a failure where only stops roll back', failing({ autoRollback: onStop }), null],
    ['does not follow a failure where it is switched off', failing({ autoRollback: off }), null],
    ['does not follow a failure where nothing is configured', failing({ autoRollback: {} }), null],
    ['does not follow where it is enabled for no event', failing({ autoRollback: { enabled: true } }), null],
    ['follows a stop that asks for it, whatever is configured', stopping({ autoRollback: off, stopRollback: true }), request],
    ['does not follow a stop that forbids it, whatever is configured', stopping({ autoRollback: onBoth, stopRollback: false }), null],
    ['follows a stop that says nothing where stops roll back', stopping({ autoRollback: onStop, stopRollback: null }), request],
    ['does not follow a stop that says nothing where only failures roll back', stopping({ autoRollback: onFailure, stopRollback: null }), null],
    ['does not follow a stop that says nothing where it is switched off', stopping({ autoRollback: off, stopRollback: null }), null],
    ['does not follow success', succeeding({ autoRollback: onBoth }), null],
    ['is not rolled back when it fails', failing({ autoRollback: onBoth, creator: 'codeDeployRollback' }), null],
    ['is not rolled back when it is stopped', stopping({ stopRollback: true, creator: 'codeDeployRollback' }), null],
  ];
  for (const [claim, snapshot, expected] of table) {
    it(claim, () => assert.deepEqual(actionsOf(snapshot).filter((action) => /roll/.test(action)), expected === null ? [] : [expected]));
  }

  it('that has nothing to go back to is only a note', () => {
    const snapshot: Snapshot = { ...failing({ autoRollback: onFailure }), lastSuccessfulDeploymentId: null };
    const note = decide(snapshot).actions.at(-1);
    assert.match(note?.kind === 'NoteNoRollback' ? note.message : '', /no earlier successful deployment/);
  });

  const unattempted: readonly (readonly [string, Snapshot])[] = [
    ['had no targets', aSnapshot({ targets: [], lastSuccessfulDeploymentId: 'd-1', deployment: { autoRollback: onFailure } })],
    ['could never have kept its minimum', aSnapshot({ minimum: 1, lastSuccessfulDeploymentId: 'd-1', deployment: { autoRollback: onFailure } })],
    ['had a defect', aSnapshot({ lastSuccessfulDeploymentId: 'd-1', deployment: { autoRollback: onFailure, defect: { code: 'REVISION_MISSING', message: 'gone' } } })],
    ['was stopped before its first target', aSnapshot({ lastSuccessfulDeploymentId: 'd-1', deployment: { stopRequestedAt: noon, stopRollback: true } })],
  ];
  for (const [why, snapshot] of unattempted) {
    it(`of a deployment that ${why} is only a note: nothing was changed`, () => {
      const note = decide(snapshot).actions.at(-1);
      assert.match(note?.kind === 'NoteNoRollback' ? note.message : '', /no instance was changed/);
    });
  }
});

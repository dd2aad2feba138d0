import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { SnapshotParts } from '../builders/a-snapshot.ts';
import {
  aRunningSnapshot, aSnapshot, aTarget, aTargetAllDone, aTargetBefore, aTargetFailed, aTargetRunning, aTargetSucceeded, aTargetWhoseEventFailed,
  hour, minute, noon, pendingTargets, second,
} from '../builders/a-snapshot.ts';
import { actionsOf, decide, verdictOf } from './decide.ts';

const stopped = (targets: SnapshotParts['targets'] & {}, deployment: SnapshotParts['deployment'] = {}) =>
  aRunningSnapshot({ targets, deployment: { stopRequestedAt: noon - second, ...deployment } });

describe('a deployment that is asked to stop', () => {
  it('before it started skips every target and is Stopped without ever starting', () => {
    const snapshot = aSnapshot({ targets: pendingTargets(2), deployment: { stopRequestedAt: noon } });
    assert.deepEqual(actionsOf(snapshot), ['i-1 Skipped', 'i-2 Skipped', 'deployment Stopped MANUAL_STOP']);
  });

  it('lets the running event end, starts nothing, and says what it waits for', () => {
    const snapshot = stopped([aTargetRunning('i-1', 'Install'), aTarget('i-2'), aTargetBefore('i-3', 'AfterInstall')]);
    assert.deepEqual(actionsOf(snapshot), ['i-2 Skipped', 'i-3 Skipped']);
    assert.deepEqual(decide(snapshot).waitingOn.map((waiting) => waiting.reason), ['StopRequested', 'LifecycleEvent']);
    assert.deepEqual(decide(snapshot).waitingOn[0], { reason: 'StopRequested', targetIds: ['i-1'] });
  });

  it('ends once the last running event has ended: between events is Skipped, all done is Succeeded, failed is Failed', () => {
    const targets = [aTargetBefore('i-1', 'AfterInstall'), aTargetAllDone('i-2'), aTargetWhoseEventFailed('i-3', 'Install'), aTarget('i-4')];
    assert.deepEqual(actionsOf(stopped(targets)), ['i-1 Skipped', 'i-2 Succeeded', 'i-3 Failed', 'i-4 Skipped', 'deployment Stopped MANUAL_STOP']);
  });

  it('remembers a target skipped by an earlier plan', () => {
    const targets = [aTarget('i-1', { status: 'Skipped' }), aTargetAllDone('i-2')];
    assert.deepEqual(actionsOf(stopped(targets)), ['i-2 Succeeded', 'deployment Stopped MANUAL_STOP']);
  });

  it('does not run the next event after one whose failure is ignored', () => {
    const snapshot = stopped([aTargetWhoseEventFailed('i-1', 'ApplicationStop')], { ignoreApplicationStopFailures: true });
    assert.deepEqual(actionsOf(snapshot), ['i-1 Skipped', 'deployment Stopped MANUAL_STOP']);
  });

  it('still fails an event over its deadline', () => {
    const late = { commandedAt: noon - 5 * minute, startedAt: null };
    const snapshot = stopped([aTargetRunning('i-1', 'Install', late), aTarget('i-2')]);
    assert.deepEqual(actionsOf(snapshot), ['i-1 fail Install #4 AgentNotHeard', 'i-1 Failed', 'i-2 Skipped', 'deployment Stopped MANUAL_STOP']);
  });

  it('is Stopped, not timed out, when its time is over as well', () => {
    const snapshot = stopped([aTargetRunning('i-1', 'Install'), aTarget('i-2')], { startedAt: noon - 8 * hour });
    assert.equal(verdictOf(snapshot), 'Stopped MANUAL_STOP');
  });

  it('is Stopped even when every target ended by itself meanwhile, so that rolling back goes as its caller said', () => {
    assert.equal(verdictOf(stopped([aTargetAllDone('i-1'), aTargetSucceeded('i-2')])), 'Stopped MANUAL_STOP');
    assert.equal(verdictOf(stopped([aTargetAllDone('i-1'), aTargetFailed('i-2')])), 'Stopped MANUAL_STOP');
    assert.equal(verdictOf(stopped([aTargetWhoseEventFailed('i-1', 'Install'), aTargetFailed('i-2')])), 'Stopped MANUAL_STOP');
  });

  it('takes back at once what an agent that is not connected has not taken, and skips its target', () => {
    const untaken = aTargetRunning('i-1', 'Install', { startedAt: null });
    const absent = { ...untaken, agent: { isConnected: false, silentSince: noon } };
    const { actions } = decide(stopped([absent]));
    assert.deepEqual(actions.map((action) => action.kind), ['FailEvent', 'FinishTarget', 'FinishDeployment', 'NoteNoRollback'].slice(0, actions.length));
    assert.ok(actions[0]?.kind === 'FailEvent' && actions[0].cause === 'StoppedUntaken', JSON.stringify(actions[0]));
    assert.ok(actions[1]?.kind === 'FinishTarget' && actions[1].status === 'Skipped');
    assert.deepEqual(decide(stopped([untaken])).actions, [], 'a connected agent is about to take it: it is waited for');
  });
});

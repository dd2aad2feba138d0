import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { waitingSentence } from '../../protocol/model/waiting.ts';
import type { AlarmStateOf, AlarmWatch, DeploymentState } from '../../server/planner/snapshot.ts';
import { aRunningSnapshot, aSnapshot, aTarget, aTargetAllDone, aTargetBefore, aTargetRunning, aTargetSucceeded, aTargetWhoseEventFailed, minute, noon, second, type SnapshotParts } from '../builders/a-snapshot.ts';
import { actionsOf, decide, messageOf, verdictOf } from './decide.ts';

const alarm = (name: string, over: Partial<AlarmStateOf> = {}): AlarmStateOf => ({ name, isDryRun: false, state: 'OK', detail: '', goodUntil: noon + minute, activeAt: null, ...over });
const watch = (alarms: AlarmStateOf[], over: Partial<AlarmWatch> = {}): AlarmWatch => ({ ignoresPollFailure: false, bakeMs: 0, alarms, ...over });
const errors = watch([alarm('errors', { state: 'ALARM' })]);
const rollsBackOnAlarm: Partial<DeploymentState> = { autoRollback: { enabled: true, events: ['DEPLOYMENT_STOP_ON_ALARM'] } };
const words = 'One or more alarms have been activated according to the Amazon CloudWatch metrics you selected, and the affected deployments have been stopped. Activated alarms:';

describe('an alarm before the start', () => {
  it('that is active stops the deployment before it touches a host, in the words that people search for', () => {
    const snapshot = aSnapshot({ alarms: errors, deployment: rollsBackOnAlarm, lastSuccessfulDeploymentId: 'd-1' });
    assert.deepEqual(actionsOf(snapshot), ['stop for errors', 'i-1 Skipped', 'deployment Stopped ALARM_ACTIVE', 'no rollback']);
    assert.equal(messageOf(snapshot), `${words} <errors>`);
  });

  it('that has not been seen holds it, for a bounded time', () => {
    const unseen = watch([alarm('errors', { state: null }), alarm('latency')]);
    const { actions, waitingOn, wakeAt } = decide(aSnapshot({ alarms: unseen }));
    assert.deepEqual(actions, []);
    assert.deepEqual(waitingOn, [{ reason: 'AlarmsUnseen', alarms: ['errors'], deadline: noon + minute }]);
    assert.equal(wakeAt, noon + minute);
    assert.equal(waitingSentence(waitingOn[0]!, noon), 'Waiting to learn how alarm errors stands; if that is not known in 60 s, it counts as an error.');
    assert.equal(verdictOf(aSnapshot({ alarms: unseen, now: noon + minute })), 'Stopped ALARM_ACTIVE');
    assert.equal(actionsOf(aSnapshot({ alarms: { ...unseen, ignoresPollFailure: true }, now: noon + minute }))[0], 'deployment starts');
  });

  it('counts only once nothing else keeps the deployment from starting', () => {
    assert.deepEqual(actionsOf(aSnapshot({ alarms: errors, earlierDeploymentId: 'd-1' })), ['deployment queued']);
  });

  it('that is inconclusive lets it start', () => {
    assert.equal(actionsOf(aSnapshot({ alarms: watch([alarm('errors', { state: 'INCONCLUSIVE' })]) }))[0], 'deployment starts');
  });
});

describe('an alarm during a deployment', () => {
  const running = (parts: SnapshotParts = {}) => aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install'), aTargetBefore('i-2', 'Install'), aTarget('i-3')], ...parts });

  it('that becomes active lets running events end and starts nothing; the deployment says what it waits for', () => {
    const snapshot = running({ alarms: errors });
    assert.deepEqual(actionsOf(snapshot), ['stop for errors', 'i-2 Skipped', 'i-3 Skipped']);
    const { waitingOn } = decide(snapshot);
    assert.deepEqual(waitingOn[0], { reason: 'Alarm', alarms: ['errors'], targetIds: ['i-1'] });
    assert.equal(waitingSentence(waitingOn[0], noon), 'Stopping because of alarm errors: no new lifecycle event starts; still running on i-1.');
  });

  it('stops it for good: what passes again was active all the same', () => {
    const passed = watch([alarm('errors', { activeAt: noon - second })]);
    assert.equal(actionsOf(running({ alarms: passed }))[0], 'stop for errors');
    const stop = { at: noon - second, alarms: ['errors'], message: `${words} <errors>` };
    const stopped = aRunningSnapshot({ targets: [aTargetAllDone('i-1')], alarms: watch([alarm('errors')]), deployment: { ...rollsBackOnAlarm, alarmStop: stop }, lastSuccessfulDeploymentId: 'd-1' });
    assert.deepEqual(actionsOf(stopped), ['i-1 Succeeded', 'deployment Stopped ALARM_ACTIVE', 'roll back to d-1 because DEPLOYMENT_STOP_ON_ALARM']);
  });

  it('that cannot be read stops it, and says why, unless that is ignored', () => {
    const error = alarm('errors', { state: 'ERROR', detail: 'Nobody has defined the alarm errors.' });
    const stale = alarm('latency', { goodUntil: noon });
    const targets = [aTargetSucceeded('i-1'), aTarget('i-2')];
    const message = messageOf(running({ targets, alarms: watch([error, stale, alarm('fine')]) }));
    assert.match(message, /how one or more of its alarms stand: <errors> <latency>\. errors: Nobody has defined the alarm errors\. latency: it has not been seen for too long\./);
    assert.match(message, /ignorePollAlarmFailure/);
    assert.deepEqual(actionsOf(running({ targets, alarms: watch([error, stale], { ignoresPollFailure: true }) })), ['i-2 starts', 'i-2 run ApplicationStop #1']);
  });

  it('on a dry run is noted once, and stops nothing', () => {
    const dry = watch([alarm('errors', { state: 'ALARM', isDryRun: true, detail: 'It is high.' })]);
    assert.deepEqual(actionsOf(running({ alarms: dry })), ['note errors', 'i-2 run Install #4', 'i-3 starts', 'i-3 run ApplicationStop #1']);
    assert.deepEqual(actionsOf(aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install')], alarms: dry, deployment: { notedAlarms: ['errors'] } })), []);
    assert.equal(actionsOf(running({ alarms: watch([alarm('errors', { state: 'ERROR', isDryRun: true })]) })).includes('stop for errors'), false);
  });

  it('has its deployment looked at again when what is known of it is too old', () => {
    assert.equal(decide(aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install')], alarms: watch([alarm('errors')]) })).wakeAt, noon + minute);
  });

  it('that comes after a request to stop changes nothing; one that came first stays the reason', () => {
    const asked: Partial<DeploymentState> = { stopRequestedAt: noon - second };
    const targets = [aTargetSucceeded('i-1')];
    assert.equal(verdictOf(aRunningSnapshot({ targets, alarms: errors, deployment: asked })), 'Stopped MANUAL_STOP');
    const first = { ...asked, alarmStop: { at: noon - minute, alarms: ['errors'], message: 'x' } };
    assert.equal(verdictOf(aRunningSnapshot({ targets, alarms: errors, deployment: first })), 'Stopped ALARM_ACTIVE');
  });

  it('rolls back as configured for alarms, unless whoever asked for a stop said otherwise', () => {
    const rollback = (deployment: Partial<DeploymentState>) => actionsOf(aRunningSnapshot({ targets: [aTargetSucceeded('i-1')], alarms: errors, lastSuccessfulDeploymentId: 'd-1', deployment })).at(-1);
    assert.equal(rollback(rollsBackOnAlarm), 'roll back to d-1 because DEPLOYMENT_STOP_ON_ALARM');
    assert.equal(rollback({ autoRollback: { enabled: true, events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST'] } }), 'deployment Stopped ALARM_ACTIVE');
    const stopped = { ...rollsBackOnAlarm, alarmStop: { at: noon, alarms: ['errors'], message: 'x' }, stopRequestedAt: noon };
    assert.equal(rollback({ ...stopped, stopRollback: false }), 'deployment Stopped ALARM_ACTIVE');
    assert.equal(rollback(stopped), 'roll back to d-1 because DEPLOYMENT_STOP_ON_ALARM');
    assert.equal(rollback({ ...rollsBackOnAlarm, creator: 'codeDeployRollback' }), 'deployment Stopped ALARM_ACTIVE');
  });
});

describe('the bake after the last host', () => {
  const baking = watch([alarm('errors', { goodUntil: noon + 20 * minute })], { bakeMs: 10 * minute });
  const done = { targets: [aTargetSucceeded('i-1')] };

  it('keeps a deployment that would succeed, and says until when', () => {
    const { waitingOn, wakeAt } = decide(aRunningSnapshot({ ...done, alarms: baking }));
    assert.deepEqual(actionsOf(aRunningSnapshot({ ...done, alarms: baking })), ['watch alarms']);
    assert.deepEqual(waitingOn, [{ reason: 'AlarmBake', until: noon + 10 * minute, alarms: ['errors'] }]);
    assert.equal(wakeAt, noon + 10 * minute);
    assert.equal(waitingSentence(waitingOn[0]!, noon), 'Every instance is done; alarm errors is watched for 10 min more.');
  });

  it('ends in success when nothing happened, and in a stop and a rollback when an alarm became active', () => {
    const deployment = { ...rollsBackOnAlarm, status: 'Baking' as const, alarmBakeUntil: noon };
    assert.equal(verdictOf(aRunningSnapshot({ ...done, alarms: baking, deployment })), 'Succeeded');
    const active = watch([alarm('errors', { state: 'ALARM' })], { bakeMs: 10 * minute });
    const actions = actionsOf(aRunningSnapshot({ ...done, alarms: active, deployment: { ...deployment, alarmBakeUntil: noon + minute }, lastSuccessfulDeploymentId: 'd-1' }));
    assert.deepEqual(actions, ['stop for errors', 'deployment Stopped ALARM_ACTIVE', 'roll back to d-1 because DEPLOYMENT_STOP_ON_ALARM']);
  });

  it('is not for a deployment that fails or is stopped', () => {
    assert.equal(verdictOf(aRunningSnapshot({ targets: [aTargetWhoseEventFailed('i-1', 'Install')], alarms: baking })), 'Failed HEALTH_CONSTRAINTS');
    assert.equal(verdictOf(aRunningSnapshot({ ...done, alarms: baking, deployment: { stopRequestedAt: noon } })), 'Stopped MANUAL_STOP');
  });
});

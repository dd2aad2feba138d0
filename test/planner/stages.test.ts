// Zones and the steps of a ramp: whose turn it is, what is watched, and what too many failures end.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { aRunningSnapshot, aSnapshot, aTarget, aTargetFailed, aTargetRunning, aTargetSucceeded, hour, minute, noon, second, silentSince, type SnapshotParts } from '../builders/a-snapshot.ts';
import { check } from '../../server/planner/check.ts';
import type { Snapshot, Stage, TargetState } from '../../server/planner/snapshot.ts';
import { actionsOf, decide, messageOf, verdictOf } from './decide.ts';

const zone = (name: string, over: Partial<Stage> = {}): Stage => ({ kind: 'zone', name, minimumHealthyHosts: 0, mayFail: null, bakeMs: 0, ...over });
const step = (name: string, over: Partial<Stage> = {}): Stage => ({ kind: 'step', name, minimumHealthyHosts: null, mayFail: 0, bakeMs: 0, ...over });
const at = (stage: number, target: TargetState): TargetState => ({ ...target, stage });

/** Every snapshot looked at here is one that the checker agrees with. */
function snapshotOf(parts: SnapshotParts): Snapshot {
  const snapshot = (parts.deployment?.status === 'Created' ? aSnapshot : aRunningSnapshot)(parts);
  assert.deepEqual(check(snapshot, decide(snapshot)), []);
  return snapshot;
}
const fresh = (stages: readonly Stage[], targets: readonly TargetState[], over: SnapshotParts = {}): Snapshot =>
  snapshotOf({ ...over, targets, deployment: { status: 'Created', stages, ...over.deployment } });
const underWay = (stages: readonly Stage[], targets: readonly TargetState[], deployment: SnapshotParts['deployment'] = {}, over: SnapshotParts = {}): Snapshot =>
  snapshotOf({ ...over, targets, deployment: { stages, ...deployment } });
const starts = (snapshot: Snapshot): string[] => actionsOf(snapshot).filter((action) => / starts$/.test(action) && !action.startsWith('deployment'));

describe('zones', () => {
  const two = [at(0, aTarget('i-1')), at(0, aTarget('i-2')), at(1, aTarget('i-3')), at(1, aTarget('i-4'))];

  it('have their turn one after another, however much room the fleet leaves', () => {
    assert.deepEqual(starts(fresh([zone('a'), zone('b')], two)), ['i-1 starts', 'i-2 starts']);
  });

  it('say who waits for whom', () => {
    const { waitingOn } = decide(fresh([zone('a'), zone('b')], two));
    assert.deepEqual(waitingOn[0], { reason: 'ZoneUnderWay', zone: 'a', pending: 2 });
  });

  it('keep their own minimum besides the fleet\'s', () => {
    const snapshot = fresh([zone('a', { minimumHealthyHosts: 1 }), zone('b')], two);
    assert.deepEqual(starts(snapshot), ['i-1 starts']);
    assert.deepEqual(decide(snapshot).waitingOn.slice(0, 2), [
      { reason: 'MinimumHealthyHostsInZone', zone: 'a', healthy: 2, required: 1, inFlight: 1, pending: 1 },
      { reason: 'ZoneUnderWay', zone: 'a', pending: 2 },
    ]);
  });

  it('keep the fleet\'s minimum where that is the narrower', () => {
    assert.deepEqual(starts(fresh([zone('a'), zone('b')], two, { minimum: 3 })), ['i-1 starts']);
  });

  it('are watched once their last target has ended, and nothing is started meanwhile', () => {
    const stages = [zone('a', { bakeMs: 10 * minute }), zone('b')];
    const snapshot = underWay(stages, [at(0, aTargetSucceeded('i-1')), at(1, aTarget('i-2'))]);
    assert.deepEqual(actionsOf(snapshot), [`stage 0 bakes until ${noon + 10 * minute}`]);
    assert.deepEqual(decide(snapshot), { actions: decide(snapshot).actions, waitingOn: [{ reason: 'ZoneBaking', zone: 'a', since: noon, until: noon + 10 * minute, pending: 1 }], wakeAt: noon + 10 * minute });
  });

  it('let the next begin at the very end of the watch', () => {
    const stages = [zone('a', { bakeMs: 10 * minute }), zone('b')];
    const baking = { status: 'Baking', baking: { since: noon - 10 * minute, until: noon } } as const;
    const snapshot = underWay(stages, [at(0, aTargetSucceeded('i-1')), at(1, aTarget('i-2'))], baking);
    assert.deepEqual(actionsOf(snapshot), ['stage 1 is open', 'i-2 starts', 'i-2 run ApplicationStop #1']);
    assert.deepEqual(actionsOf({ ...snapshot, now: noon - 1 }), []);
  });

  it('without a watch follow at once', () => {
    const snapshot = underWay([zone('a'), zone('b')], [at(0, aTargetSucceeded('i-1')), at(1, aTarget('i-2'))]);
    assert.deepEqual(actionsOf(snapshot), ['stage 1 is open', 'i-2 starts', 'i-2 run ApplicationStop #1']);
  });

  it('that have no more healthy targets than their minimum end the deployment, though the fleet has room', () => {
    const stages = [zone('a', { minimumHealthyHosts: 1, bakeMs: minute }), zone('b')];
    const snapshot = underWay(stages, [at(0, aTargetFailed('i-1')), at(0, aTarget('i-2')), at(1, aTarget('i-3')), at(1, aTarget('i-4'))]);
    assert.equal(verdictOf(snapshot), 'Failed HEALTH_CONSTRAINTS');
    assert.match(messageOf(snapshot), /^The overall deployment failed because too many .* Zone a has no more healthy instances than must stay so there\.$/);
  });

  it('in which every target failed are not followed by another', () => {
    const snapshot = underWay([zone('a'), zone('b')], [at(0, aTargetFailed('i-1')), at(1, aTarget('i-2')), at(1, aTarget('i-3'))]);
    assert.equal(verdictOf(snapshot), 'Failed HEALTH_CONSTRAINTS');
  });

  it('forgive the very last target of the fleet, as the fleet does', () => {
    const stages = [zone('a'), zone('b', { minimumHealthyHosts: 1 })];
    const ended = [at(0, aTargetSucceeded('i-1')), at(1, aTargetSucceeded('i-2')), at(1, aTargetFailed('i-3'))];
    assert.equal(verdictOf(underWay(stages, ended, { openStage: 1 })), 'Succeeded');
  });

  it('of which not one target may be taken are refused before anything is touched', () => {
    const snapshot = fresh([zone('a'), zone('b', { minimumHealthyHosts: 2 })], two);
    assert.equal(verdictOf(snapshot), 'Failed HEALTH_CONSTRAINTS_INVALID');
    assert.match(messageOf(snapshot), /zone b has 2/);
  });

  it('are not waited for by a stop', () => {
    const baking = { status: 'Baking', baking: { since: noon - minute, until: noon + minute }, stopRequestedAt: noon } as const;
    assert.equal(verdictOf(underWay([zone('a', { bakeMs: 2 * minute }), zone('b')], [at(0, aTargetSucceeded('i-1')), at(1, aTarget('i-2'))], baking)), 'Stopped MANUAL_STOP');
  });

  it('are not waited for when the deployment\'s time is over', () => {
    const baking = { status: 'Baking', startedAt: noon - 8 * hour, baking: { since: noon - minute, until: noon + minute } } as const;
    assert.equal(verdictOf(underWay([zone('a', { bakeMs: 2 * minute }), zone('b')], [at(0, aTargetSucceeded('i-1')), at(1, aTarget('i-2'))], baking)), 'Failed TIMEOUT');
  });
});

describe('a ramp', () => {
  const three = [at(0, aTarget('i-1')), at(1, aTarget('i-2')), at(1, aTarget('i-3'))];

  it('starts with its first step only', () => {
    const snapshot = fresh([step('1'), step('100%', { mayFail: null })], three);
    assert.deepEqual(starts(snapshot), ['i-1 starts']);
    assert.deepEqual(decide(snapshot).waitingOn[0], { reason: 'StepUnderWay', step: '1', position: 1, of: 2, pending: 2 });
  });

  it('does not widen after a failure, whatever the minimum allows', () => {
    const snapshot = underWay([step('1', { bakeMs: minute }), step('100%', { mayFail: null })], [at(0, aTargetFailed('i-1')), ...three.slice(1)]);
    assert.equal(verdictOf(snapshot), 'Failed HEALTH_CONSTRAINTS');
    assert.match(messageOf(snapshot), /In the step of 1 every target had to succeed, and 1 failed\./);
  });

  it('widens after as many failures as the step allows', () => {
    const snapshot = underWay([step('2', { mayFail: 1 }), step('100%', { mayFail: null })], [at(0, aTargetFailed('i-1')), at(0, aTargetSucceeded('i-2')), at(1, aTarget('i-3'))]);
    assert.deepEqual(starts(snapshot), ['i-3 starts']);
  });

  it('lets what is in flight end after a failure, and says so', () => {
    const snapshot = underWay([step('3'), step('100%', { mayFail: null })], [at(0, aTargetFailed('i-1')), at(0, aTargetRunning('i-2', 'Install')), at(1, aTarget('i-3'))]);
    assert.deepEqual(actionsOf(snapshot), []);
    assert.deepEqual(decide(snapshot).waitingOn[0], { reason: 'TooManyFailed', step: '3', failed: 1, allowed: 0, inFlight: 1, pending: 1 });
  });

  it('is watched after its last step too, before it is a success', () => {
    const stages = [step('1'), step('100%', { mayFail: null, bakeMs: minute })];
    const ended = [at(0, aTargetSucceeded('i-1')), at(1, aTargetSucceeded('i-2'))];
    const snapshot = underWay(stages, ended, { openStage: 1 });
    assert.deepEqual(actionsOf(snapshot), [`stage 1 bakes until ${noon + minute}`]);
    const over = { openStage: 1, status: 'Baking', baking: { since: noon - minute, until: noon } } as const;
    assert.deepEqual(actionsOf(underWay(stages, ended, over)), ['stage 2 is open', 'deployment Succeeded']);
  });

  it('that failed in its last step is not watched', () => {
    const stages = [step('1'), step('100%', { mayFail: 0, bakeMs: minute })];
    assert.equal(verdictOf(underWay(stages, [at(0, aTargetSucceeded('i-1')), at(1, aTargetFailed('i-2'))], { openStage: 1 })), 'Failed HEALTH_CONSTRAINTS');
  });
});

describe('a deployment that requires every target', () => {
  it('fails with one that failed, even the last', () => {
    const snapshot = underWay([], [aTargetSucceeded('i-1'), aTargetFailed('i-2')], { mayFail: 0 });
    assert.equal(verdictOf(snapshot), 'Failed HEALTH_CONSTRAINTS');
    assert.match(messageOf(snapshot), /In this deployment every target had to succeed, and 1 failed\./);
  });

  it('starts nothing after a failure, whatever room the minimum leaves', () => {
    assert.deepEqual(starts(underWay([], [aTargetFailed('i-1'), aTargetRunning('i-2', 'Install'), aTarget('i-3')], { mayFail: 0 })), []);
  });

  it('succeeds when all have', () => {
    assert.equal(verdictOf(underWay([], [aTargetSucceeded('i-1'), aTargetSucceeded('i-2')], { mayFail: 0 })), 'Succeeded');
  });
});

describe('an order that the operator named', () => {
  it('goes before every standing', () => {
    const targets = [aTarget('i-1', { standing: 'unhealthy', rank: 1 }), aTarget('i-2', { standing: 'current', rank: 0 }), aTarget('i-3', { standing: 'old', rank: 2 })];
    assert.deepEqual(starts(fresh([], targets, { minimum: 2 })), ['i-2 starts']);
  });
});

describe('the silence that a group allows', () => {
  const silent = (since: number, accepted = 30): TargetState => aTargetRunning('i-1', 'Install', { startedAt: noon - accepted * minute }, { agent: silentSince(since) });

  it('fails a target whose agent was silent for longer, and says that it may still be running', () => {
    const snapshot = underWay([], [silent(noon - minute)], {}, { limits: { silenceMs: minute } });
    assert.deepEqual(actionsOf(snapshot).slice(0, 2), ['i-1 fail Install #4 AgentNotHeard', 'i-1 Failed']);
    const [fail] = decide(snapshot).actions;
    assert.match(fail?.kind === 'FailEvent' ? fail.message : '', /silent for 60 s, and the group allows 60 s of silence\. It may still be running there/);
  });

  it('is not over a moment sooner, and wakes the planner when it is', () => {
    assert.equal(decide(underWay([], [silent(noon - minute + 1)], {}, { limits: { silenceMs: minute } })).wakeAt, noon + 1);
  });

  it('counts from the command for an agent that was silent before it', () => {
    const target = aTargetRunning('i-1', 'Install', { commandedAt: noon - 10 * second, startedAt: null }, { agent: silentSince(noon - hour) });
    assert.equal(decide(underWay([], [target], {}, { limits: { silenceMs: minute } })).wakeAt, noon + 50 * second);
  });

  it('counts from when this controller began to listen: who could not have been heard is not missed', () => {
    assert.equal(decide(underWay([], [silent(noon - hour)], {}, { limits: { silenceMs: minute }, listeningSince: noon - 10 * second })).wakeAt, noon + 50 * second);
  });

  it('does not matter for an agent that is connected', () => {
    const target = aTargetRunning('i-1', 'Install', { startedAt: noon - 30 * minute });
    assert.equal(decide(underWay([], [target], {}, { limits: { silenceMs: minute } })).wakeAt, noon + 30 * minute);
  });
});

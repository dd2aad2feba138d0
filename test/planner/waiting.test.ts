import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { waitingSentence } from '../../protocol/model/waiting.ts';
import { aRunningSnapshot, aTarget, aTargetBefore, aTargetFailed, aTargetRunning, hour, minute, neverSeen, noon, second, silentSince } from '../builders/a-snapshot.ts';
import { decide } from './decide.ts';

describe('what a deployment waits for', () => {
  it('is the end of each running event, by its deadline', () => {
    const { waitingOn, wakeAt } = decide(aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install')] }));
    const deadline = noon - 10 * second + hour;
    assert.deepEqual(waitingOn, [{ reason: 'LifecycleEvent', targetId: 'i-1', event: 'Install', since: noon - 10 * second, deadline, isAccepted: true }]);
    assert.equal(wakeAt, deadline);
  });

  it('is for the agent to take a command, as soon as it is written', () => {
    const { waitingOn, wakeAt } = decide(aRunningSnapshot({ targets: [aTargetBefore('i-1', 'Install')] }));
    const deadline = noon + 5 * minute;
    assert.deepEqual(waitingOn, [{ reason: 'LifecycleEvent', targetId: 'i-1', event: 'Install', since: noon, deadline, isAccepted: false }]);
    assert.equal(wakeAt, deadline);
  });

  it('is the agent where that is silent, with the deadline of the event', () => {
    const targets = [
      aTargetRunning('i-1', 'Install', {}, { agent: silentSince(noon - minute) }),
      aTargetRunning('i-2', 'ApplicationStop', { startedAt: null, commandedAt: noon - minute }, { agent: neverSeen }),
    ];
    const { waitingOn, wakeAt } = decide(aRunningSnapshot({ targets }));
    assert.deepEqual(waitingOn, [
      { reason: 'AgentSilent', targetId: 'i-1', since: noon - minute, deadline: noon - 10 * second + hour },
      { reason: 'AgentSilent', targetId: 'i-2', deadline: noon + 4 * minute },
    ]);
    assert.equal(wakeAt, noon + 4 * minute, 'the earliest deadline');
  });

  it('is the minimum where targets are held back, with the numbers that explain it', () => {
    const targets = [aTargetRunning('i-1', 'Install'), aTargetFailed('i-2'), aTarget('i-3'), aTarget('i-4')];
    const { waitingOn } = decide(aRunningSnapshot({ targets, minimum: 2 }));
    assert.deepEqual(waitingOn[0], { reason: 'MinimumHealthyHosts', healthy: 3, required: 2, inFlight: 1, pending: 2 });
  });

  it('is never later than the end of the whole deployment', () => {
    const startedAt = noon - 8 * hour + minute;
    const { waitingOn, wakeAt } = decide(aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install'), aTargetBefore('i-2', 'Install')], deployment: { startedAt } }));
    assert.equal(wakeAt, noon + minute);
    assert.deepEqual(waitingOn.map((waiting) => 'deadline' in waiting && waiting.deadline), [noon + minute, noon + minute]);
  });

  it('can be told in a sentence', () => {
    const spoken = (targets: Parameters<typeof aRunningSnapshot>[0] & {}) => decide(aRunningSnapshot(targets)).waitingOn.map((waiting) => waitingSentence(waiting, noon));
    assert.deepEqual(spoken({ targets: [aTargetRunning('i-1', 'Install')] }), ['i-1 has been running Install for 10 s; it fails in 60 min if nothing is heard.']);
    assert.deepEqual(spoken({ targets: [aTargetRunning('i-1', 'Install', { startedAt: null })] }), [
      'i-1 was told 11 s ago to run Install and has not taken the command yet; it fails in 5 min if nothing is heard.',
    ]);
    assert.deepEqual(spoken({ targets: [aTargetRunning('i-1', 'Install', {}, { agent: silentSince(noon - minute) })] }), [
      'The agent of i-1 has been silent for 60 s; the target fails in 60 min.',
    ]);
  });
});

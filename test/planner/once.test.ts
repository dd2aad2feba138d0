import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { waitingSentence } from '../../protocol/model/waiting.ts';
import type { EventState, TargetState } from '../../server/planner/snapshot.ts';
import { aRunningSnapshot, aTargetBefore, aTargetRunning, aTargetSucceeded, aTargetWhoseEventFailed, hour, minute, neverSeen, noon } from '../builders/a-snapshot.ts';
import { actionsOf, decide, verdictOf } from './decide.ts';

/** As its agent reported at the end of DownloadBundle. */
function withOnce(target: TargetState, ...onceEvents: readonly string[]): TargetState {
  return changed(target, 'DownloadBundle', { onceEvents });
}

function changed(target: TargetState, name: string, change: Partial<EventState>): TargetState {
  return { ...target, events: target.events.map((event) => (event.name === name ? { ...event, ...change } : event)) };
}

const before = (targetId: string): TargetState => withOnce(aTargetBefore(targetId, 'AfterInstall'), 'AfterInstall');
const running = (targetId: string, event: Partial<EventState> = {}, parts: Partial<TargetState> = {}): TargetState => withOnce(aTargetRunning(targetId, 'AfterInstall', event, parts), 'AfterInstall');
const runsRest = (target: TargetState): (boolean | undefined)[] =>
  decide(aRunningSnapshot({ targets: [withOnce(aTargetSucceeded('i-1'), 'AfterInstall'), target] })).actions.map((action) => 'skipsOnce' in action && action.skipsOnce);

describe('an event with scripts that run once in a deployment', () => {
  it('that nobody has begun is run on the first target in order, and the others wait for it', () => {
    const snapshot = aRunningSnapshot({ targets: [before('i-3'), before('i-1'), before('i-2')] });
    assert.deepEqual(actionsOf(snapshot), ['i-1 run AfterInstall #5']);
    const waits = decide(snapshot).waitingOn.filter((waiting) => waiting.reason === 'OnceElsewhere');
    assert.deepEqual(waits, ['i-2', 'i-3'].map((targetId) => ({ reason: 'OnceElsewhere', targetId, event: 'AfterInstall', onTargetId: 'i-1' })));
    assert.equal(waitingSentence(waits[0]!, noon), 'i-2 waits with AfterInstall until i-1 has run the scripts of it that run once in a deployment.');
  });

  it('that runs elsewhere keeps a target waiting, by the deadline of the one that runs it', () => {
    const snapshot = aRunningSnapshot({ targets: [running('i-1'), before('i-2')] });
    assert.deepEqual(actionsOf(snapshot), []);
    assert.equal(decide(snapshot).wakeAt, running('i-1').events[4]!.startedAt! + hour);
  });

  it('that succeeded elsewhere is run without those scripts', () => {
    assert.deepEqual(runsRest(before('i-2')), [true]);
  });

  it('that ran elsewhere without those scripts says nothing of them: they are run', () => {
    const targets = [changed(running('i-1'), 'AfterInstall', { skipsOnce: true }), before('i-2')];
    assert.deepEqual(decide(aRunningSnapshot({ targets })).actions, [{ kind: 'RunEvent', targetId: 'i-2', event: 'AfterInstall', generation: 5 }]);
  });

  it('that failed elsewhere fails untried, and the target with it', () => {
    const targets = [withOnce(aTargetWhoseEventFailed('i-1', 'AfterInstall'), 'AfterInstall'), before('i-2'), before('i-3')];
    assert.deepEqual(actionsOf(aRunningSnapshot({ targets })), [
      'i-1 Failed',
      'i-2 fail AfterInstall #4 OnceFailedElsewhere',
      'i-2 Failed',
      'i-3 fail AfterInstall #4 OnceFailedElsewhere',
      'i-3 Failed',
      'deployment Failed HEALTH_CONSTRAINTS',
    ]);
    const failure = decide(aRunningSnapshot({ targets })).actions.find((action) => action.kind === 'FailEvent');
    assert.match(failure?.message ?? '', /AfterInstall was not run here: on i-1, which ran its scripts marked as "once"/);
  });

  it('that is given up elsewhere in this very plan counts as failed, as nobody knows how far it got', () => {
    const late = running('i-1', { startedAt: null, commandedAt: noon - 5 * minute }, { agent: neverSeen });
    assert.deepEqual(actionsOf(aRunningSnapshot({ targets: [before('i-2'), late] })), [
      'i-1 fail AfterInstall #5 AgentNotHeard',
      'i-1 Failed',
      'i-2 fail AfterInstall #4 OnceFailedElsewhere',
      'i-2 Failed',
      'deployment Failed HEALTH_CONSTRAINTS',
    ]);
  });

  it('is no reason to wait for a target that runs another event', () => {
    assert.deepEqual(actionsOf(aRunningSnapshot({ targets: [withOnce(aTargetRunning('i-1', 'ApplicationStart'), 'ApplicationStart'), before('i-2')] })), ['i-2 run AfterInstall #5']);
  });

  it('means nothing for ApplicationStop, whose scripts are the last revision\'s', () => {
    const stopping = (targetId: string): TargetState => {
      const target = aTargetBefore(targetId, 'ApplicationStop');
      return changed(target, 'DownloadBundle', { status: 'Succeeded', commandedAt: noon - minute, startedAt: noon - minute, endedAt: noon - minute, onceEvents: ['ApplicationStop'] });
    };
    assert.deepEqual(actionsOf(aRunningSnapshot({ targets: [stopping('i-1'), stopping('i-2')] })), ['i-1 run ApplicationStop #1', 'i-2 run ApplicationStop #1']);
  });

  it('does not hold up a stop, nor the end of the deployment\'s time', () => {
    const stopped = aRunningSnapshot({ targets: [running('i-1'), before('i-2')], deployment: { stopRequestedAt: noon } });
    assert.deepEqual(actionsOf(stopped), ['i-2 Skipped']);
    assert.equal(verdictOf(aRunningSnapshot({ targets: [running('i-1'), before('i-2')], deployment: { startedAt: noon - 8 * hour } })), 'Failed TIMEOUT');
  });
});

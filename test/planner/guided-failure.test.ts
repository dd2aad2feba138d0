import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { waitingSentence } from '../../protocol/model/waiting.ts';
import type { SnapshotParts } from '../builders/a-snapshot.ts';
import { aRunningSnapshot, aTarget, aTargetBefore, aTargetFailed, aTargetHeld, aTargetRunning, aTargetSucceeded, aTargetWhoseEventFailed, hour, minute, neverSeen, noon, second } from '../builders/a-snapshot.ts';
import { aRoute, aTargetWithTraffic, aTrafficSnapshot, drained, rules, running } from '../builders/a-traffic-snapshot.ts';
import { actionsOf, decide, verdictOf } from './decide.ts';
import type { EventState, Snapshot, TargetState } from '../../server/planner/snapshot.ts';
import type { RouteState } from '../../server/planner/traffic-state.ts';

/** Somebody is asked, for an hour. */
const guided = ({ deployment, ...parts }: SnapshotParts): Snapshot => aRunningSnapshot({ ...parts, deployment: { decideWithinMs: hour, ...deployment } });
const question = { reason: 'FailureDecision', targetId: 'i-1', event: 'AfterInstall', attempt: 1, since: noon - 20 * second, deadline: noon - 20 * second + hour } as const;
const answered = (decision: 'RETRY' | 'SKIP' | 'FAIL', targetId = 'i-1'): TargetState => aTargetHeld(targetId, 'AfterInstall', { decision });

describe('a target that failed where somebody is to be asked', () => {
  it('is held, and the deployment with it, until the time to decide is over', () => {
    const snapshot = guided({ targets: [aTargetWhoseEventFailed('i-1', 'AfterInstall')] });
    assert.deepEqual(actionsOf(snapshot), [`i-1 hold AfterInstall until ${noon + hour}`]);
    assert.deepEqual(decide(snapshot).waitingOn, [{ ...question, since: noon, deadline: noon + hour }]);
    assert.equal(decide(snapshot).wakeAt, noon + hour);
  });

  it('says so in words', () => {
    assert.equal(waitingSentence(question, noon), 'i-1 failed in AfterInstall and has waited 20 s for a decision: retry, skip or fail; without one it fails in 60 min.');
    assert.match(waitingSentence({ ...question, attempt: 2 }, noon), /failed in AfterInstall for the 2nd time and/);
  });

  it('is failed as ever where nobody is to be asked', () => {
    assert.deepEqual(actionsOf(aRunningSnapshot({ targets: [aTargetWhoseEventFailed('i-1', 'AfterInstall')] })), ['i-1 Failed', 'deployment Failed HEALTH_CONSTRAINTS']);
  });

  it('is held also when its agent was not heard, or did not end in time', () => {
    const late = aTargetRunning('i-1', 'AfterInstall', { commandedAt: noon - 5 * minute, startedAt: null }, { agent: neverSeen });
    assert.deepEqual(actionsOf(guided({ targets: [late] })), ['i-1 fail AfterInstall #5 AgentNotHeard', `i-1 hold AfterInstall until ${noon + hour}`]);
    const long = aTargetRunning('i-1', 'AfterInstall', { startedAt: noon - hour });
    assert.deepEqual(actionsOf(guided({ targets: [long] })), ['i-1 fail AfterInstall #5 EventTimeout', `i-1 hold AfterInstall until ${noon + hour}`]);
  });

  it('is not held for a failure that is forgiven', () => {
    const targets = [aTargetWhoseEventFailed('i-1', 'ApplicationStop')];
    assert.deepEqual(actionsOf(guided({ targets, deployment: { ignoreApplicationStopFailures: true } })), ['i-1 run DownloadBundle #2']);
  });

  it('fails when nobody decides in time, with the code that it would have had', () => {
    assert.deepEqual(actionsOf(guided({ targets: [aTargetHeld('i-1', 'AfterInstall', { until: noon })] })), ['i-1 Failed', 'deployment Failed HEALTH_CONSTRAINTS']);
    const unheard = aTargetHeld('i-1', 'AfterInstall', { until: noon }, { startedAt: null, givenUp: 'AgentNotHeard' });
    assert.equal(verdictOf(guided({ targets: [unheard] })), 'Failed AGENT_ISSUE');
  });

  it('fails at the end of the deployment\'s own time, which goes on meanwhile', () => {
    const parts = { targets: [aTargetHeld('i-1', 'AfterInstall'), aTargetSucceeded('i-2')] };
    const nearly = guided({ ...parts, deployment: { startedAt: noon - 8 * hour + minute } });
    assert.deepEqual(decide(nearly).waitingOn, [{ ...question, deadline: noon + minute }]);
    assert.equal(decide(nearly).wakeAt, noon + minute);
    assert.deepEqual(actionsOf(guided({ ...parts, deployment: { startedAt: noon - 8 * hour } })), ['i-1 Failed', 'deployment Succeeded']);
  });

  it('fails at once when the deployment is stopped, by request or for an alarm', () => {
    const targets = [aTargetHeld('i-1', 'AfterInstall'), aTarget('i-2')];
    assert.deepEqual(actionsOf(guided({ targets, deployment: { stopRequestedAt: noon } })), ['i-1 Failed', 'i-2 Skipped', 'deployment Stopped MANUAL_STOP']);
    const alarms = { ignoresPollFailure: false, bakeMs: 0, alarms: [{ name: 'errors', isDryRun: false, state: 'ALARM' as const, detail: '', goodUntil: noon + hour, activeAt: noon }] };
    assert.equal(verdictOf(guided({ targets, alarms })), 'Stopped ALARM_ACTIVE');
  });
});

describe('a target about which somebody is asked', () => {
  it('counts as failed, never as healthy, and takes no second place as one in flight', () => {
    const targets = [aTargetHeld('i-1', 'AfterInstall'), aTarget('i-2'), aTarget('i-3'), aTarget('i-4')];
    assert.deepEqual(actionsOf(guided({ targets, minimum: 2 })), ['i-2 starts', 'i-2 run ApplicationStop #1']);
    assert.deepEqual(actionsOf(guided({ targets, minimum: 3 })), []);
    assert.deepEqual(decide(guided({ targets, minimum: 3 })).waitingOn, [{ reason: 'MinimumHealthyHosts', healthy: 3, required: 3, inFlight: 0, pending: 3 }, question]);
  });

  it('keeps its stage from being left', () => {
    const stage = { kind: 'step', minimumHealthyHosts: null, mayFail: null, bakeMs: 0 } as const;
    const targets = [aTargetHeld('i-1', 'AfterInstall'), aTargetSucceeded('i-3'), aTarget('i-2', { stage: 1 })];
    const snapshot = guided({ targets, deployment: { stages: [{ ...stage, name: '1' }, { ...stage, name: '2' }] } });
    assert.deepEqual(actionsOf(snapshot), []);
    assert.deepEqual(decide(snapshot).waitingOn.map(({ reason }) => reason), ['StepUnderWay', 'FailureDecision']);
  });

  it('halts what may not fail, for as long as it is not decided otherwise', () => {
    const snapshot = guided({ targets: [aTargetHeld('i-1', 'AfterInstall'), aTarget('i-2')], deployment: { mayFail: 0 } });
    assert.deepEqual(actionsOf(snapshot), []);
    const [why] = decide(snapshot).waitingOn;
    assert.deepEqual(why, { reason: 'TooManyFailed', failed: 1, allowed: 0, undecided: 1, inFlight: 0, pending: 1 });
    assert.equal(waitingSentence(why!, noon), '1 failed and none may: nothing more is started, unless the decision still waited for (1) changes that; 1 target waiting.');
  });

  it('fails at once with the others where too many have failed for good: no answer could save the deployment', () => {
    const targets = [aTargetFailed('i-1'), aTargetHeld('i-2', 'AfterInstall'), aTarget('i-3')];
    assert.deepEqual(actionsOf(guided({ targets, minimum: 2 })), ['i-2 Failed', 'i-3 Skipped', 'deployment Failed HEALTH_CONSTRAINTS']);
    assert.deepEqual(actionsOf(guided({ targets, deployment: { mayFail: 0 } })), ['i-2 Failed', 'i-3 Skipped', 'deployment Failed HEALTH_CONSTRAINTS']);
    const fresh = [aTargetFailed('i-1'), aTargetWhoseEventFailed('i-2', 'Install'), aTarget('i-3')];
    assert.deepEqual(actionsOf(guided({ targets: fresh, minimum: 2 })), ['i-2 Failed', 'i-3 Skipped', 'deployment Failed HEALTH_CONSTRAINTS']);
  });
});

describe('the decision about a failed target', () => {
  it('RETRY runs the failed event again, as a new attempt of a new generation, and nothing before it', () => {
    assert.deepEqual(actionsOf(guided({ targets: [answered('RETRY')] })), ['i-1 retry AfterInstall', 'i-1 run AfterInstall #6']);
  });

  it('RETRY is done also when the time to decide has passed since', () => {
    const decided = aTargetHeld('i-1', 'AfterInstall', { decision: 'RETRY', until: noon - minute });
    assert.deepEqual(actionsOf(guided({ targets: [decided] })), ['i-1 retry AfterInstall', 'i-1 run AfterInstall #6']);
  });

  it('RETRY comes too late for a deployment that stops', () => {
    assert.deepEqual(actionsOf(guided({ targets: [answered('RETRY')], deployment: { stopRequestedAt: noon } })), ['i-1 Failed', 'deployment Stopped MANUAL_STOP']);
  });

  it('is asked for anew when the next attempt fails too, and says which it is', () => {
    const again = aTargetWhoseEventFailed('i-1', 'AfterInstall');
    const targets = [{ ...again, generation: 6, events: again.events.map((event) => (event.status === 'Failed' ? { ...event, earlierAttempts: 1 } : event)) }];
    assert.deepEqual(actionsOf(guided({ targets })), [`i-1 hold AfterInstall until ${noon + hour}`]);
    assert.deepEqual(decide(guided({ targets })).waitingOn, [{ ...question, attempt: 2, since: noon, deadline: noon + hour }]);
  });

  it('SKIP leaves the target out: no failure of the deployment, but not healthy either', () => {
    assert.deepEqual(actionsOf(guided({ targets: [answered('SKIP'), aTargetSucceeded('i-2')] })), ['i-1 Skipped', 'deployment Succeeded']);
    const targets = [answered('SKIP'), aTarget('i-2'), aTarget('i-3')];
    assert.deepEqual(actionsOf(guided({ targets, minimum: 2 })), ['i-1 Skipped', 'i-2 Skipped', 'i-3 Skipped', 'deployment Failed HEALTH_CONSTRAINTS']);
    assert.deepEqual(actionsOf(guided({ targets, minimum: 1 })), ['i-1 Skipped', 'i-2 starts', 'i-2 run ApplicationStop #1']);
  });

  it('SKIP is no success: where every target is left out the deployment fails', () => {
    assert.deepEqual(actionsOf(guided({ targets: [answered('SKIP')] })), ['i-1 Skipped', 'deployment Failed HEALTH_CONSTRAINTS']);
  });

  it('SKIP lets a step of a ramp go on in which nothing may fail', () => {
    const stage = { kind: 'step', minimumHealthyHosts: null, mayFail: 0, bakeMs: 0 } as const;
    const targets = [answered('SKIP'), aTarget('i-2', { stage: 1 })];
    assert.deepEqual(actionsOf(guided({ targets, deployment: { stages: [{ ...stage, name: '1' }, { ...stage, name: '2' }] } })), ['i-1 Skipped', 'stage 1 is open', 'i-2 starts', 'i-2 run ApplicationStop #1']);
  });

  it('FAIL fails the target as ever', () => {
    const targets = [answered('FAIL'), aTarget('i-2')];
    assert.deepEqual(actionsOf(guided({ targets, minimum: 1, lastSuccessfulDeploymentId: 'd-1', deployment: { autoRollback: { enabled: true, events: ['DEPLOYMENT_FAILURE'] } } })), [
      'i-1 Failed', 'i-2 Skipped', 'deployment Failed HEALTH_CONSTRAINTS', 'roll back to d-1 because DEPLOYMENT_FAILURE',
    ]);
  });
});

describe('scripts that run once, where somebody is asked about failures', () => {
  const once = (target: TargetState): TargetState => ({ ...target, events: target.events.map((event) => (event.name === 'DownloadBundle' ? { ...event, onceEvents: ['AfterInstall'] } : event)) });
  const held = once(aTargetHeld('i-1', 'AfterInstall'));
  const others = [once(aTargetBefore('i-2', 'AfterInstall')), once(aTargetBefore('i-3', 'AfterInstall'))];

  it('keep the others waiting for as long as it is not decided', () => {
    assert.deepEqual(actionsOf(guided({ targets: [held, ...others] })), []);
    assert.deepEqual(decide(guided({ targets: [held, ...others] })).waitingOn.map(({ reason }) => reason), ['FailureDecision', 'OnceElsewhere', 'OnceElsewhere']);
  });

  it('keep them waiting from the very plan in which they fail', () => {
    assert.deepEqual(actionsOf(guided({ targets: [once(aTargetWhoseEventFailed('i-1', 'AfterInstall')), ...others] })), [`i-1 hold AfterInstall until ${noon + hour}`]);
    const late = once(aTargetRunning('i-1', 'AfterInstall', { startedAt: noon - hour }));
    assert.deepEqual(actionsOf(guided({ targets: [late, ...others] })), ['i-1 fail AfterInstall #5 EventTimeout', `i-1 hold AfterInstall until ${noon + hour}`]);
  });

  it('are tried again on the target that was elected, and on no other', () => {
    assert.deepEqual(actionsOf(guided({ targets: [...others, once(answered('RETRY'))] })), ['i-1 retry AfterInstall', 'i-1 run AfterInstall #6']);
  });

  it('fail on the others untried, and without a question, once it is decided that they failed', () => {
    for (const decision of ['FAIL', 'SKIP'] as const) {
      assert.deepEqual(actionsOf(guided({ targets: [once(answered(decision)), others[0]!] })), [
        `i-1 ${decision === 'FAIL' ? 'Failed' : 'Skipped'}`, 'i-2 fail AfterInstall #4 OnceFailedElsewhere', 'i-2 Failed', 'deployment Failed HEALTH_CONSTRAINTS',
      ]);
    }
  });

  it('are left out in a retry on a target that was to leave them out', () => {
    const ran = once(aTargetSucceeded('i-1'));
    const rest = aTargetHeld('i-2', 'AfterInstall', { decision: 'RETRY' }, { skipsOnce: true });
    assert.deepEqual(decide(guided({ targets: [ran, once(rest)] })).actions.at(-1), { kind: 'RunEvent', targetId: 'i-2', event: 'AfterInstall', generation: 6, skipsOnce: true });
  });
});

describe('word of a target about which somebody is asked', () => {
  const triggers: Snapshot['triggers'] = [{ name: 'chat', events: ['InstanceFailure', 'InstanceSuccess'] }];

  it('is given when it fails, so that somebody comes, and not again when it is failed', () => {
    assert.deepEqual(actionsOf(guided({ triggers, targets: [aTargetWhoseEventFailed('i-1', 'AfterInstall')] })), [`i-1 hold AfterInstall until ${noon + hour}`, 'tell chat of InstanceFailure i-1']);
    assert.deepEqual(actionsOf(guided({ triggers, targets: [answered('FAIL')] })), ['i-1 Failed', 'deployment Failed HEALTH_CONSTRAINTS']);
  });
});

describe('a target behind a router about which somebody is asked', () => {
  const held = { since: noon - minute, until: noon + hour, decision: null };
  const at = (event: string, state: Partial<EventState>, routes: readonly RouteState[] = [drained], deployment: SnapshotParts['deployment'] = {}): Snapshot => {
    const snapshot = aTrafficSnapshot({ targets: [aTargetWithTraffic('i-1', event, state, routes)] });
    return { ...snapshot, deployment: { ...snapshot.deployment, decideWithinMs: hour, ...deployment } };
  };
  const failed = { status: 'Failed', commandedAt: noon - minute, startedAt: noon - minute, endedAt: noon - minute, givenUp: null } as const;

  it('stays in or out of rotation as it is until it is decided', () => {
    assert.deepEqual(actionsOf(at('Install', failed)), [`i-1 hold Install until ${noon + hour}`]);
    assert.deepEqual(actionsOf(at('BlockTraffic', { ...running, commandedAt: noon - rules.drainMs }, [aRoute('Blocked', 'Draining')])), ['i-1 fail BlockTraffic #1 DrainTimeout', `i-1 hold BlockTraffic until ${noon + hour}`]);
  });

  it('is asked to be taken out anew by a retry, and let back in, or kept out, by any other end', () => {
    const blocked = [aRoute('Blocked', 'Draining')];
    assert.deepEqual(actionsOf(at('BlockTraffic', { ...failed, held: { ...held, decision: 'RETRY' } }, blocked)), ['i-1 retry BlockTraffic', 'i-1 block']);
    assert.deepEqual(actionsOf(at('BlockTraffic', { ...failed, held: { ...held, decision: 'SKIP' } }, blocked)).slice(0, 2), ['i-1 let back in', 'i-1 Skipped']);
    assert.deepEqual(actionsOf(at('Install', { ...failed, held: { ...held, decision: 'SKIP' } })).slice(0, 2), ['i-1 kept out', 'i-1 Skipped']);
  });

  it('is touched by a retry only while it is seen to be out of rotation', () => {
    const decided = { ...failed, held: { ...held, decision: 'RETRY' as const } };
    assert.deepEqual(actionsOf(at('Install', decided)), ['i-1 retry Install', 'i-1 run Install #7']);
    const unsure = at('Install', decided, [aRoute('Blocked', 'InService')]);
    assert.deepEqual(actionsOf(unsure), ['i-1 retry Install']);
    assert.deepEqual(decide(unsure).waitingOn.map(({ reason }) => reason), ['RotationUnsure']);
  });

  it('is kept out when it stops before a retry could begin: the attempt before it has touched the application', () => {
    const again = { commandedAt: null, hasRunBefore: true, earlierAttempts: 1 };
    const routes = [aRoute('Blocked', 'InService')];
    assert.deepEqual(actionsOf(at('ApplicationStop', again, routes, { stopRequestedAt: noon })).slice(0, 2), ['i-1 kept out', 'i-1 Skipped']);
    assert.deepEqual(actionsOf(at('ApplicationStop', { commandedAt: null }, routes, { stopRequestedAt: noon })).slice(0, 2), ['i-1 let back in', 'i-1 Skipped']);
  });
});

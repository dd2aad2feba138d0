// For each invariant a plan that breaks it, which the checker must name; and plans that are right, which it must pass.
// A planted plan starts from a right one and changes one thing, so that nothing else can be what is found.

import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Action, Plan } from '../../server/planner/actions.ts';
import { check } from '../../server/planner/check.ts';
import type { Snapshot, TargetState } from '../../server/planner/snapshot.ts';
import {
  aRunningSnapshot, aSnapshot, aTarget, aTargetAllDone, aTargetBefore, aTargetRunning, aTargetSucceeded, aTargetWhoseEventFailed, hour, minute, neverSeen, noon, pendingTargets, second,
} from '../builders/a-snapshot.ts';

const healthConstraints = 'The overall deployment failed because too many individual instances failed deployment, too few healthy instances are available for deployment, or some instances in your deployment group are experiencing problems.';

const startDeployment: Action = { kind: 'StartDeployment' };
const start = (targetId: string): Action => ({ kind: 'StartTarget', targetId, events: inPlaceEvents });
const run = (targetId: string, event = 'ApplicationStop', generation = 1): Action => ({ kind: 'RunEvent', targetId, event, generation });
const finish = (targetId: string, status: 'Succeeded' | 'Failed' | 'Skipped' | 'Unknown'): Action => ({ kind: 'FinishTarget', targetId, status });
const succeeded: Action = { kind: 'FinishDeployment', status: 'Succeeded', error: null };
const tooManyFailed: Action = { kind: 'FinishDeployment', status: 'Failed', error: { code: 'HEALTH_CONSTRAINTS', message: healthConstraints } };
const stopped: Action = { kind: 'FinishDeployment', status: 'Stopped', error: { code: 'MANUAL_STOP', message: 'Stopped.' } };
const failedWith = (code: 'NO_INSTANCES' | 'HEALTH_CONSTRAINTS_INVALID' | 'REVISION_MISSING' | 'TIMEOUT' | 'AGENT_ISSUE'): Action => ({ kind: 'FinishDeployment', status: 'Failed', error: { code, message: 'Why.' } });
const giveUp = (targetId: string, event: string, generation: number, cause: 'AgentNotHeard' | 'EventTimeout' | 'DeploymentTimeout'): Action => ({ kind: 'FailEvent', targetId, event, generation, cause, message: 'Too late.' });
const rollback = (ofDeploymentId = 'd-1', because: 'DEPLOYMENT_FAILURE' | 'DEPLOYMENT_STOP_ON_REQUEST' = 'DEPLOYMENT_FAILURE'): Action => ({ kind: 'CreateRollback', ofDeploymentId, because });
const noRollback: Action = { kind: 'NoteNoRollback', message: 'There is nothing to go back to.' };

const commandedNow = (targetId: string, event = 'ApplicationStop'): Waiting => ({ reason: 'LifecycleEvent', targetId, event, since: noon, deadline: noon + 5 * minute, isAccepted: false });
const underWay = (targetId: string, event: string): Waiting => ({ reason: 'LifecycleEvent', targetId, event, since: noon - 10 * second, deadline: noon - 10 * second + hour, isAccepted: true });
const minimum = (healthy: number, required: number, inFlight: number, pending: number): Waiting => ({ reason: 'MinimumHealthyHosts', healthy, required, inFlight, pending });
const wakeOfUnderWay = noon - 10 * second + hour;

/** Its agent has reported once scripts of Install at the end of DownloadBundle. */
const once = (target: TargetState): TargetState => ({ ...target, events: target.events.map((event) => (event.name === 'DownloadBundle' ? { ...event, onceEvents: ['Install'] } : event)) });
const onceElsewhere = (targetId: string, onTargetId: string): Waiting => ({ reason: 'OnceElsewhere', targetId, event: 'Install', onTargetId });
const runRest = (targetId: string): Action => ({ kind: 'RunEvent', targetId, event: 'Install', generation: 4, skipsOnce: true });
const failUntried = (targetId: string): Action => ({ kind: 'FailEvent', targetId, event: 'Install', generation: 3, cause: 'OnceFailedElsewhere', message: 'It failed elsewhere.' });

interface Right {
  readonly snapshot: Snapshot;
  readonly plan: Plan;
}

const going = (snapshot: Snapshot, actions: readonly Action[], waitingOn: readonly Waiting[], wakeAt: number | null = noon + 5 * minute): Right => ({ snapshot, plan: { actions, waitingOn, wakeAt } });
const ending = (snapshot: Snapshot, ...actions: readonly Action[]): Right => ({ snapshot, plan: { actions, waitingOn: [], wakeAt: null } });

const three = aSnapshot({ targets: pendingTargets(3), minimum: 2 });
const rollsBack = { autoRollback: { enabled: true, events: ['DEPLOYMENT_FAILURE' as const, 'DEPLOYMENT_STOP_ON_REQUEST' as const] } };
const late = { commandedAt: noon - 5 * minute, startedAt: null };

const right = {
  firstWave: going(three, [startDeployment, start('i-1'), run('i-1')], [commandedNow('i-1'), minimum(3, 2, 1, 2)]),
  underWay: going(aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install')] }), [], [underWay('i-1', 'Install')], wakeOfUnderWay),
  nextEvent: going(aRunningSnapshot({ targets: [aTargetBefore('i-1', 'Install')] }), [run('i-1', 'Install', 4)], [commandedNow('i-1', 'Install')]),
  slides: going(
    aRunningSnapshot({ targets: [aTargetAllDone('i-1'), aTarget('i-2'), aTarget('i-3')], minimum: 2 }),
    [finish('i-1', 'Succeeded'), start('i-2'), run('i-2')],
    [commandedNow('i-2'), minimum(3, 2, 1, 1)],
  ),
  forgives: going(
    aRunningSnapshot({ targets: [aTargetWhoseEventFailed('i-1', 'ApplicationStop')], deployment: { ignoreApplicationStopFailures: true } }),
    [run('i-1', 'DownloadBundle', 2)],
    [commandedNow('i-1', 'DownloadBundle')],
  ),
  held: going(aSnapshot({ earlierDeploymentId: 'd-1' }), [], [{ reason: 'EarlierDeployment', deploymentId: 'd-1' }], null),
  stopping: going(
    aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install'), aTarget('i-2')], deployment: { stopRequestedAt: noon } }),
    [finish('i-2', 'Skipped')],
    [{ reason: 'StopRequested', targetIds: ['i-1'] }, underWay('i-1', 'Install')],
    wakeOfUnderWay,
  ),
  silent: going(
    aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install', { commandedAt: noon, startedAt: null }, { agent: neverSeen })] }),
    [],
    [{ reason: 'AgentSilent', targetId: 'i-1', deadline: noon + 5 * minute }],
  ),
  succeeds: ending(aRunningSnapshot({ targets: [aTargetAllDone('i-1')] }), finish('i-1', 'Succeeded'), succeeded),
  lastHostMayFail: ending(aRunningSnapshot({ targets: [aTargetSucceeded('i-1'), aTargetWhoseEventFailed('i-2', 'Install')], minimum: 1 }), finish('i-2', 'Failed'), succeeded),
  healthConstraints: ending(aRunningSnapshot({ targets: [aTargetWhoseEventFailed('i-1', 'Install'), aTarget('i-2')], minimum: 1 }), finish('i-1', 'Failed'), finish('i-2', 'Skipped'), tooManyFailed),
  rollsBack: ending(
    aRunningSnapshot({ targets: [aTargetWhoseEventFailed('i-1', 'Install')], lastSuccessfulDeploymentId: 'd-1', deployment: rollsBack }),
    finish('i-1', 'Failed'),
    tooManyFailed,
    rollback(),
  ),
  nothingToGoBackTo: ending(aRunningSnapshot({ targets: [aTargetWhoseEventFailed('i-1', 'Install')], deployment: rollsBack }), finish('i-1', 'Failed'), tooManyFailed, noRollback),
  neverRollsBackARollback: ending(
    aRunningSnapshot({ targets: [aTargetWhoseEventFailed('i-1', 'Install')], lastSuccessfulDeploymentId: 'd-1', deployment: { ...rollsBack, creator: 'codeDeployRollback' } }),
    finish('i-1', 'Failed'),
    tooManyFailed,
  ),
  stopped: ending(aRunningSnapshot({ targets: [aTargetBefore('i-1', 'Install'), aTarget('i-2')], deployment: { stopRequestedAt: noon } }), finish('i-1', 'Skipped'), finish('i-2', 'Skipped'), stopped),
  stoppedAndRolledBack: ending(
    aRunningSnapshot({ targets: [aTargetBefore('i-1', 'Install')], lastSuccessfulDeploymentId: 'd-1', deployment: { stopRequestedAt: noon, stopRollback: true } }),
    finish('i-1', 'Skipped'),
    stopped,
    rollback('d-1', 'DEPLOYMENT_STOP_ON_REQUEST'),
  ),
  stopWordSuppressesRollback: ending(
    aRunningSnapshot({ targets: [aTargetBefore('i-1', 'Install')], lastSuccessfulDeploymentId: 'd-1', deployment: { ...rollsBack, stopRequestedAt: noon, stopRollback: false } }),
    finish('i-1', 'Skipped'),
    stopped,
  ),
  givesUp: ending(aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install', late)] }), giveUp('i-1', 'Install', 4, 'AgentNotHeard'), finish('i-1', 'Failed'), failedWith('AGENT_ISSUE')),
  outOfTime: ending(
    aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install'), aTarget('i-2')], minimum: 1, deployment: { startedAt: noon - 8 * hour } }),
    giveUp('i-1', 'Install', 4, 'DeploymentTimeout'),
    finish('i-1', 'Failed'),
    finish('i-2', 'Skipped'),
    failedWith('TIMEOUT'),
  ),
  noInstances: ending(aSnapshot({ targets: [] }), failedWith('NO_INSTANCES')),
  impossibleMinimum: ending(aSnapshot({ targets: pendingTargets(2), minimum: 2 }), finish('i-1', 'Skipped'), finish('i-2', 'Skipped'), failedWith('HEALTH_CONSTRAINTS_INVALID')),
  defect: ending(aSnapshot({ deployment: { defect: { code: 'REVISION_MISSING', message: 'Gone.' } } }), finish('i-1', 'Skipped'), failedWith('REVISION_MISSING')),
  onceElected: going(
    aRunningSnapshot({ targets: [once(aTargetBefore('i-1', 'Install')), once(aTargetBefore('i-2', 'Install'))] }),
    [run('i-1', 'Install', 4)],
    [commandedNow('i-1', 'Install'), onceElsewhere('i-2', 'i-1')],
  ),
  onceRunsElsewhere: going(
    aRunningSnapshot({ targets: [once(aTargetRunning('i-1', 'Install')), once(aTargetBefore('i-2', 'Install'))] }),
    [],
    [underWay('i-1', 'Install'), onceElsewhere('i-2', 'i-1')],
    wakeOfUnderWay,
  ),
  onceIsDone: going(aRunningSnapshot({ targets: [once(aTargetSucceeded('i-1')), once(aTargetBefore('i-2', 'Install'))] }), [runRest('i-2')], [commandedNow('i-2', 'Install')]),
  onceFailed: ending(
    aRunningSnapshot({ targets: [once(aTargetWhoseEventFailed('i-1', 'Install')), once(aTargetBefore('i-2', 'Install'))] }),
    finish('i-1', 'Failed'),
    failUntried('i-2'),
    finish('i-2', 'Failed'),
    tooManyFailed,
  ),
  ended: ending(aRunningSnapshot({ targets: [aTargetSucceeded('i-1')], deployment: { status: 'Succeeded' } })),
} satisfies Record<string, Right>;

/** What is planted: other actions, other waiting, another wake, or another snapshot under the same plan. */
interface Planted {
  readonly actions?: readonly Action[];
  readonly waitingOn?: readonly Waiting[];
  readonly wakeAt?: number | null;
  readonly snapshot?: Snapshot;
}

const planted: readonly (readonly [claim: string, base: keyof typeof right, change: Planted, named: RegExp])[] = [
  ['one target too many in flight', 'firstWave', { actions: [startDeployment, start('i-1'), run('i-1'), start('i-2'), run('i-2')] }, /2 of 3 targets would be out of service \(2 in flight, 0 failed\), but at most 1/],
  ['a start although another target is in flight', 'slides', { actions: [start('i-2'), run('i-2')] }, /2 of 3 targets would be out of service/],
  ['a start that forgets who failed', 'healthConstraints', { actions: [finish('i-1', 'Failed'), start('i-2'), run('i-2')] }, /2 of 2 targets would be out of service \(1 in flight, 1 failed\), but at most 1/],
  ['a start that forgets who is lost', 'slides', { snapshot: aRunningSnapshot({ targets: [aTarget('i-1', { status: 'Unknown' }), aTarget('i-2'), aTarget('i-3')], minimum: 2 }), actions: [start('i-2'), run('i-2')] }, /1 in flight, 1 failed/],
  ['a second event beside a running one', 'underWay', { actions: [run('i-1', 'AfterInstall', 5)] }, /AfterInstall on i-1 is run while Install is running/],
  ['the same event commanded again', 'underWay', { actions: [run('i-1', 'Install', 4)] }, /Install on i-1 is run although it is InProgress/],
  ['an event out of order', 'nextEvent', { actions: [run('i-1', 'AfterInstall', 5)] }, /AfterInstall on i-1 is run although Install before it is Pending/],
  ['an event after one that failed', 'forgives', { snapshot: aRunningSnapshot({ targets: [aTargetWhoseEventFailed('i-1', 'ApplicationStop')] }) }, /DownloadBundle on i-1 is run although ApplicationStop before it is Failed/],
  ['forgiving what is not forgivable', 'forgives', { snapshot: aRunningSnapshot({ targets: [aTargetWhoseEventFailed('i-1', 'Install')], deployment: { ignoreApplicationStopFailures: true } }), actions: [run('i-1', 'AfterInstall', 5)] }, /AfterInstall on i-1 is run although Install before it is Failed/],
  ['an event that succeeded run again', 'nextEvent', { actions: [run('i-1', 'BeforeInstall', 4)] }, /BeforeInstall on i-1 is run although it is Succeeded/],
  ['an event the target does not have', 'nextEvent', { actions: [run('i-1', 'AllowTraffic', 4)] }, /none of its events/],
  ['a generation used twice', 'nextEvent', { actions: [run('i-1', 'Install', 3)] }, /generation 3 after 3/],
  ['a generation that leaps', 'nextEvent', { actions: [run('i-1', 'Install', 5)] }, /generation 5 after 3/],
  ['an action for no target', 'nextEvent', { actions: [run('i-9', 'Install', 1)] }, /names i-9, which is no target/],
  ['an event for an ended target', 'slides', { actions: [finish('i-1', 'Succeeded'), run('i-1', 'Install', 8), start('i-2'), run('i-2')] }, /RunEvent comes for i-1, which has ended as Succeeded/],
  ['a target ended twice', 'succeeds', { actions: [finish('i-1', 'Succeeded'), finish('i-1', 'Failed'), succeeded] }, /FinishTarget comes for i-1, which has ended as Succeeded/],
  ['actions for an ended deployment', 'ended', { actions: [succeeded] }, /is Succeeded, yet the plan has actions/],
  ['an action after the end', 'succeeds', { actions: [succeeded, finish('i-1', 'Succeeded')] }, /FinishTarget comes after FinishDeployment/],
  ['a target started twice', 'firstWave', { actions: [startDeployment, start('i-1'), start('i-1'), run('i-1')] }, /i-1 is started although it is InProgress/],
  ['a target started before its deployment', 'firstWave', { actions: [start('i-1'), run('i-1')] }, /i-1 is started although the deployment is Created/],
  ['a target started without a command', 'firstWave', { actions: [startDeployment, start('i-1')] }, /i-1 is started without a RunEvent/],
  ['a target started with other events', 'firstWave', { actions: [startDeployment, { kind: 'StartTarget', targetId: 'i-1', events: ['ApplicationStop'] }, run('i-1')] }, /i-1 is started with the events ApplicationStop/],
  ['a deployment started twice', 'underWay', { actions: [startDeployment] }, /started although it is InProgress/],
  ['a start while an earlier deployment runs', 'firstWave', { snapshot: { ...three, earlierDeploymentId: 'd-1' } }, /started although d-1 of the same group is still active/],
  ['a new event after a stop request', 'nextEvent', { snapshot: aRunningSnapshot({ targets: [aTargetBefore('i-1', 'Install')], deployment: { stopRequestedAt: noon } }) }, /Install on i-1 is run although a stop was requested/],
  ['a new target after a stop request', 'stopping', { actions: [start('i-2'), run('i-2')] }, /i-2 is started although a stop was requested/],
  ['a deployment started after a stop request', 'firstWave', { snapshot: { ...three, deployment: { ...three.deployment, stopRequestedAt: noon } } }, /The deployment is started although a stop was requested/],
  ['a current host started before an old one', 'firstWave', { snapshot: { ...three, targets: [aTarget('i-1', { standing: 'current' }), aTarget('i-2'), aTarget('i-3', { standing: 'unhealthy' })] } }, /started in the order i-1, but i-3 are due/],
  ['a lot passed over', 'firstWave', { actions: [startDeployment, start('i-2'), run('i-2')] }, /started in the order i-2, but i-1 are due/],
  ['attempts under an impossible minimum', 'firstWave', { snapshot: { ...three, deployment: { ...three.deployment, minimumHealthyHosts: 3 } } }, /started although all 3 targets, or more, must stay healthy/],
  ['attempts although a defect was found', 'firstWave', { snapshot: { ...three, deployment: { ...three.deployment, defect: { code: 'REVISION_MISSING', message: 'Gone.' } } } }, /started although REVISION_MISSING was found/],
  ['giving up before the deadline', 'underWay', { actions: [giveUp('i-1', 'Install', 4, 'EventTimeout')] }, /Install on i-1 is given up before its deadline/],
  ['giving up what does not run', 'nextEvent', { actions: [giveUp('i-1', 'Install', 4, 'EventTimeout')] }, /given up although it is not running/],
  ['giving up another generation', 'givesUp', { actions: [giveUp('i-1', 'Install', 3, 'AgentNotHeard'), finish('i-1', 'Failed'), failedWith('AGENT_ISSUE')] }, /given up with generation 3, but runs as 4/],
  ['giving up for a wrong cause', 'givesUp', { actions: [giveUp('i-1', 'Install', 4, 'EventTimeout'), finish('i-1', 'Failed'), tooManyFailed] }, /given up for EventTimeout, but the facts say AgentNotHeard/],
  ['not giving up at the deadline', 'underWay', { snapshot: aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install', { commandedAt: noon - hour, startedAt: noon - hour })] }) }, /Install on i-1 is past its deadline and not given up/],
  ['success of a target that is not done', 'succeeds', { snapshot: aRunningSnapshot({ targets: [aTargetBefore('i-1', 'ValidateService')] }) }, /i-1 is finished as Succeeded, which does not fit/],
  ['success of a target that failed', 'succeeds', { snapshot: aRunningSnapshot({ targets: [aTargetWhoseEventFailed('i-1', 'Install')] }) }, /i-1 is finished as Succeeded, which does not fit/],
  ['failure of a target that is done', 'succeeds', { actions: [finish('i-1', 'Failed'), tooManyFailed] }, /i-1 is finished as Failed, which does not fit/],
  ['the end of a target that runs', 'underWay', { actions: [finish('i-1', 'Failed')] }, /i-1 is finished as Failed, which does not fit/],
  ['a pending target skipped for no reason', 'slides', { actions: [finish('i-1', 'Succeeded'), start('i-2'), run('i-2'), finish('i-3', 'Skipped')] }, /i-3 is finished as Skipped, which does not fit/],
  ['the end of a deployment with a target running', 'underWay', { actions: [succeeded], waitingOn: [], wakeAt: null }, /finished while i-1 is InProgress/],
  ['the end of a deployment with a target pending', 'healthConstraints', { actions: [finish('i-1', 'Failed'), tooManyFailed] }, /finished while i-2 is Pending/],
  ['failure while there is room for more', 'healthConstraints', { snapshot: aRunningSnapshot({ targets: [aTargetWhoseEventFailed('i-1', 'Install'), aTarget('i-2')] }) }, /facts say that more targets may be started/],
  ['success without one success', 'rollsBack', { actions: [finish('i-1', 'Failed'), succeeded] }, /finished as Succeeded, but the facts say Failed HEALTH_CONSTRAINTS/],
  ['failure of what succeeded', 'succeeds', { actions: [finish('i-1', 'Succeeded'), tooManyFailed] }, /finished as Failed HEALTH_CONSTRAINTS, but the facts say Succeeded/],
  ['success of what was stopped', 'stopped', { actions: [finish('i-1', 'Skipped'), finish('i-2', 'Skipped'), succeeded] }, /finished as Succeeded, but the facts say Stopped MANUAL_STOP/],
  ['a stop nobody asked for', 'healthConstraints', { actions: [finish('i-1', 'Failed'), finish('i-2', 'Skipped'), stopped] }, /finished as Stopped MANUAL_STOP, but the facts say Failed HEALTH_CONSTRAINTS/],
  ['agents blamed for what a script did', 'rollsBack', { actions: [finish('i-1', 'Failed'), failedWith('AGENT_ISSUE'), rollback()] }, /finished as Failed AGENT_ISSUE, but the facts say Failed HEALTH_CONSTRAINTS/],
  ['scripts blamed for what an agent did', 'givesUp', { actions: [giveUp('i-1', 'Install', 4, 'AgentNotHeard'), finish('i-1', 'Failed'), tooManyFailed] }, /finished as Failed HEALTH_CONSTRAINTS, but the facts say Failed AGENT_ISSUE/],
  ['a time limit that is not over', 'healthConstraints', { actions: [finish('i-1', 'Failed'), finish('i-2', 'Skipped'), failedWith('TIMEOUT')] }, /finished as Failed TIMEOUT, but the facts say/],
  ['a wrong code for no targets', 'noInstances', { actions: [tooManyFailed] }, /facts say Failed NO_INSTANCES/],
  ['a wrong code for an impossible minimum', 'impossibleMinimum', { actions: [finish('i-1', 'Skipped'), finish('i-2', 'Skipped'), tooManyFailed] }, /facts say Failed HEALTH_CONSTRAINTS_INVALID/],
  ['a wrong code for a defect', 'defect', { actions: [finish('i-1', 'Skipped'), failedWith('NO_INSTANCES')] }, /facts say Failed REVISION_MISSING/],
  ['another text for HEALTH_CONSTRAINTS', 'healthConstraints', { actions: [finish('i-1', 'Failed'), finish('i-2', 'Skipped'), { kind: 'FinishDeployment', status: 'Failed', error: { code: 'HEALTH_CONSTRAINTS', message: 'Too bad.' } }] }, /not the text that build tools search for/],
  ['a deployment finished twice', 'succeeds', { actions: [finish('i-1', 'Succeeded'), succeeded, succeeded] }, /finished twice/],
  ['a rollback of a rollback', 'neverRollsBackARollback', { actions: [finish('i-1', 'Failed'), tooManyFailed, rollback()] }, /A rollback is rolled back/],
  ['a rollback beside a success', 'succeeds', { snapshot: { ...right.succeeds.snapshot, lastSuccessfulDeploymentId: 'd-1' }, actions: [finish('i-1', 'Succeeded'), succeeded, rollback()] }, /but none is due/],
  ['a rollback without an end', 'underWay', { actions: [rollback()] }, /although the deployment does not end/],
  ['a rollback for another cause', 'rollsBack', { actions: [finish('i-1', 'Failed'), tooManyFailed, rollback('d-1', 'DEPLOYMENT_STOP_ON_REQUEST')] }, /because of DEPLOYMENT_STOP_ON_REQUEST is created, but DEPLOYMENT_FAILURE is due/],
  ['a rollback that the operator ruled out', 'stopWordSuppressesRollback', { actions: [finish('i-1', 'Skipped'), stopped, rollback('d-1', 'DEPLOYMENT_STOP_ON_REQUEST')] }, /but none is due/],
  ['a rollback to something else', 'rollsBack', { actions: [finish('i-1', 'Failed'), tooManyFailed, rollback('d-0')] }, /goes to d-0, but the last success is d-1/],
  ['a rollback that is due and missing', 'rollsBack', { actions: [finish('i-1', 'Failed'), tooManyFailed] }, /is due and neither created nor explained/],
  ['a rollback that is due and only talked about', 'rollsBack', { actions: [finish('i-1', 'Failed'), tooManyFailed, noRollback] }, /where there is something to roll back to/],
  ['two rollbacks', 'rollsBack', { actions: [finish('i-1', 'Failed'), tooManyFailed, rollback(), rollback()] }, /More than one rollback/],
  ['room left unused', 'firstWave', { actions: [startDeployment, start('i-1'), run('i-1')], snapshot: { ...three, deployment: { ...three.deployment, minimumHealthyHosts: 1 } } }, /room for 1 more target/],
  ['a target forgotten between two events', 'nextEvent', { actions: [] }, /i-1 is in progress and nothing runs on it/],
  ['a deployment that nothing moves', 'firstWave', { actions: [], waitingOn: [minimum(3, 2, 0, 3)], wakeAt: null }, /goes on although nothing is in flight any more/],
  ['a stopped deployment that goes on', 'stopped', { actions: [finish('i-1', 'Skipped')], waitingOn: [{ reason: 'StopRequested', targetIds: [] }] }, /goes on although a stop was requested and nothing is in flight/],
  ['a defect waited out', 'held', { snapshot: aSnapshot({ earlierDeploymentId: 'd-1', deployment: { defect: { code: 'REVISION_MISSING', message: 'Gone.' } } }) }, /goes on although REVISION_MISSING was found/],
  ['a deployment over its time that goes on', 'underWay', { snapshot: aRunningSnapshot({ targets: [aTargetRunning('i-1', 'Install')], deployment: { startedAt: noon - 8 * hour } }) }, /goes on although its time is over/],
  ['silence about what is waited for', 'underWay', { waitingOn: [] }, /waits for nothing/],
  ['silence about a target', 'firstWave', { waitingOn: [minimum(3, 2, 1, 2)] }, /does not say that it waits for i-1/],
  ['silence about pending targets', 'firstWave', { waitingOn: [commandedNow('i-1')] }, /does not say why targets are still pending/],
  ['silence about a stop', 'stopping', { waitingOn: [underWay('i-1', 'Install')] }, /does not say that the deployment is stopping/],
  ['waiting after the end', 'succeeds', { waitingOn: [minimum(1, 0, 0, 0)] }, /has ended, yet the plan waits/],
  ['waking after the end', 'succeeds', { wakeAt: noon + 1 }, /has ended, yet the plan wants to be woken/],
  ['an event that is not running waited for', 'underWay', { waitingOn: [underWay('i-1', 'AfterInstall')] }, /what is not so/],
  ['a wrong deadline', 'underWay', { waitingOn: [{ ...underWay('i-1', 'Install'), deadline: noon + 1 } as Waiting] }, /what is not so/],
  ['a wrong beginning', 'underWay', { waitingOn: [{ ...underWay('i-1', 'Install'), since: noon } as Waiting] }, /what is not so/],
  ['a command said to be accepted that is not', 'firstWave', { waitingOn: [{ ...commandedNow('i-1'), isAccepted: true } as Waiting, minimum(3, 2, 1, 2)] }, /what is not so/],
  ['counts that are wrong', 'firstWave', { waitingOn: [commandedNow('i-1'), minimum(2, 2, 1, 2)] }, /what is not so/],
  ['an agent said to be silent that is not', 'underWay', { waitingOn: [{ reason: 'AgentSilent', targetId: 'i-1', deadline: wakeOfUnderWay }] }, /what is not so/],
  ['silence since another time', 'silent', { waitingOn: [{ reason: 'AgentSilent', targetId: 'i-1', since: noon, deadline: noon + 5 * minute }] }, /what is not so/],
  ['an earlier deployment that is another', 'held', { waitingOn: [{ reason: 'EarlierDeployment', deploymentId: 'd-0' }] }, /what is not so/],
  ['a stop that nobody asked for waited for', 'underWay', { waitingOn: [underWay('i-1', 'Install'), { reason: 'StopRequested', targetIds: ['i-1'] }] }, /what is not so/],
  ['a stop that waits for others', 'stopping', { waitingOn: [underWay('i-1', 'Install'), { reason: 'StopRequested', targetIds: ['i-1', 'i-2'] }] }, /what is not so/],
  ['once scripts on two targets at a time', 'onceRunsElsewhere', { actions: [run('i-2', 'Install', 4)] }, /The once scripts of Install on i-2 are run although on i-1 they are InProgress/],
  ['two targets elected in one plan', 'onceElected', { actions: [run('i-1', 'Install', 4), run('i-2', 'Install', 4)] }, /The once scripts of Install on i-2 are run although on i-1 they are InProgress/],
  ['once scripts run again after a success', 'onceIsDone', { actions: [run('i-2', 'Install', 4)] }, /are run although on i-1 they are Succeeded/],
  ['once scripts run again after a failure', 'onceFailed', { actions: [finish('i-1', 'Failed'), run('i-2', 'Install', 4)] }, /are run although on i-1 they are Failed/],
  ['once scripts left out while they run elsewhere', 'onceRunsElsewhere', { actions: [runRest('i-2')] }, /leaves out its once scripts, which nobody has run/],
  ['once scripts left out after a failure', 'onceFailed', { actions: [finish('i-1', 'Failed'), runRest('i-2')] }, /leaves out its once scripts, which nobody has run/],
  ['scripts left out that are to run everywhere', 'nextEvent', { actions: [{ ...run('i-1', 'Install', 4), skipsOnce: true } as Action] }, /leaves out once scripts that it does not have/],
  ['an event failed for a failure that is none', 'onceRunsElsewhere', { actions: [failUntried('i-2'), finish('i-2', 'Failed')] }, /Install on i-2 is failed for what failed nowhere else/],
  ['another event failed than the next', 'onceFailed', { actions: [finish('i-1', 'Failed'), { ...failUntried('i-2'), event: 'AfterInstall' } as Action, finish('i-2', 'Failed'), tooManyFailed] }, /AfterInstall on i-2 is failed untried although it is not the next to run/],
  ['a target that waits though nobody runs the event', 'onceElected', { actions: [] }, /i-1 is in progress and nothing runs on it/],
  ['a target that waits though the once scripts are done', 'onceIsDone', { actions: [] }, /i-2 is in progress and nothing runs on it/],
  ['silence about a target that waits for another', 'onceRunsElsewhere', { waitingOn: [underWay('i-1', 'Install')] }, /does not say that it waits for i-2/],
  ['waiting for a target that does not run it', 'onceRunsElsewhere', { waitingOn: [underWay('i-1', 'Install'), onceElsewhere('i-2', 'i-3')] }, /what is not so/],
  ['no wake at all', 'underWay', { wakeAt: null }, /wants to be woken never/],
  ['a wake after the first deadline', 'underWay', { wakeAt: wakeOfUnderWay + 1 }, /The first deadline is at/],
  ['a wake that is over', 'underWay', { wakeAt: noon }, /which is not after now/],
];

describe('the checker of plans', () => {
  for (const [name, { snapshot, plan }] of Object.entries<Right>(right)) {
    it(`passes a right plan: ${name}`, () => assert.deepEqual(check(snapshot, plan), []));
  }

  for (const [claim, base, change, named] of planted) {
    it(`names ${claim}`, () => {
      const { snapshot, plan } = right[base];
      const { snapshot: other, ...changed } = change;
      const violations = check(other ?? snapshot, { ...plan, ...changed });
      assert.ok(violations.some((sentence) => named.test(sentence)), violations.join('\n') || 'nothing was found');
    });
  }
});

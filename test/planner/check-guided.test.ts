// Plans about failed targets that somebody is to be asked about: right ones, which the checker passes, and for each way of
// being wrong one that it must name.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Action, Plan } from '../../server/planner/actions.ts';
import { check } from '../../server/planner/check.ts';
import type { Snapshot, TargetState } from '../../server/planner/snapshot.ts';
import type { SnapshotParts } from '../builders/a-snapshot.ts';
import { aRunningSnapshot, aTarget, aTargetFailed, aTargetHeld, aTargetSucceeded, aTargetWhoseEventFailed, hour, minute, noon, second } from '../builders/a-snapshot.ts';

const guided = ({ deployment, ...parts }: SnapshotParts): Snapshot => aRunningSnapshot({ ...parts, deployment: { decideWithinMs: hour, ...deployment } });
const hold = (until = noon + hour): Action => ({ kind: 'HoldFailure', targetId: 'i-1', event: 'Install', until });
const retry: Action = { kind: 'RetryEvent', targetId: 'i-1', event: 'Install' };
const run = (targetId: string, event: string, generation: number): Action => ({ kind: 'RunEvent', targetId, event, generation });
const start = (targetId: string): Action => ({ kind: 'StartTarget', targetId, events: inPlaceEvents });
const finish = (targetId: string, status: 'Failed' | 'Skipped'): Action => ({ kind: 'FinishTarget', targetId, status });
const succeeded: Action = { kind: 'FinishDeployment', status: 'Succeeded', error: null };
const asked = (since = noon - 20 * second): Waiting => ({ reason: 'FailureDecision', targetId: 'i-1', event: 'Install', attempt: 1, since, deadline: since + hour });
const commanded = (targetId: string, event: string): Waiting => ({ reason: 'LifecycleEvent', targetId, event, since: noon, deadline: noon + 5 * minute, isAccepted: false });
const tooManyFailed: Action = { kind: 'FinishDeployment', status: 'Failed', error: { code: 'HEALTH_CONSTRAINTS', message: 'The overall deployment failed because too many individual instances failed deployment, too few healthy instances are available for deployment, or some instances in your deployment group are experiencing problems.' } };

interface Right {
  readonly snapshot: Snapshot;
  readonly plan: Plan;
}

const going = (snapshot: Snapshot, actions: readonly Action[], waitingOn: readonly Waiting[], wakeAt: number): Right => ({ snapshot, plan: { actions, waitingOn, wakeAt } });
const ending = (snapshot: Snapshot, ...actions: readonly Action[]): Right => ({ snapshot, plan: { actions, waitingOn: [], wakeAt: null } });
const decided = (decision: 'RETRY' | 'SKIP' | 'FAIL'): TargetState => aTargetHeld('i-1', 'Install', { decision });
const failed = aTargetWhoseEventFailed('i-1', 'Install');

const right = {
  asks: going(guided({ targets: [failed] }), [hold()], [asked(noon)], noon + hour),
  waits: going(guided({ targets: [aTargetHeld('i-1', 'Install')] }), [], [asked()], noon - 20 * second + hour),
  retries: going(guided({ targets: [decided('RETRY')] }), [retry, run('i-1', 'Install', 5)], [commanded('i-1', 'Install')], noon + 5 * minute),
  skips: ending(guided({ targets: [decided('SKIP'), aTargetSucceeded('i-2')] }), finish('i-1', 'Skipped'), succeeded),
  fails: ending(guided({ targets: [decided('FAIL'), aTargetSucceeded('i-2')] }), finish('i-1', 'Failed'), succeeded),
  isOver: ending(guided({ targets: [aTargetHeld('i-1', 'Install', { until: noon }), aTargetSucceeded('i-2')] }), finish('i-1', 'Failed'), succeeded),
  isInVain: ending(guided({ targets: [failed, aTargetFailed('i-2'), aTarget('i-3')], minimum: 2 }), finish('i-1', 'Failed'), finish('i-3', 'Skipped'), tooManyFailed),
  goesOnBeside: going(
    guided({ targets: [aTargetHeld('i-1', 'Install'), aTarget('i-2'), aTarget('i-3')], minimum: 1 }),
    [start('i-2'), run('i-2', 'ApplicationStop', 1)],
    [{ reason: 'MinimumHealthyHosts', healthy: 2, required: 1, inFlight: 1, pending: 1 }, asked(), commanded('i-2', 'ApplicationStop')],
    noon + 5 * minute,
  ),
} satisfies Record<string, Right>;

const planted: readonly (readonly [claim: string, base: keyof typeof right, change: Partial<Plan> & { readonly snapshot?: Snapshot }, named: RegExp])[] = [
  ['a question that nobody wanted asked', 'asks', { snapshot: aRunningSnapshot({ targets: [failed] }) }, /is asked about Install on i-1, and nobody asked for that/],
  ['another time to decide than the group gives', 'asks', { actions: [hold(noon + minute)] }, /until \d+, but has 3600000 ms/],
  ['a question about what has not failed', 'asks', { actions: [{ ...hold(), event: 'DownloadBundle' } as Action] }, /asked about DownloadBundle on i-1, which has not failed/],
  ['a question asked twice', 'waits', { actions: [{ ...hold() }] }, /a second time/],
  ['a question in a deployment that stops', 'asks', { snapshot: guided({ targets: [failed], deployment: { stopRequestedAt: noon } }) }, /is asked about Install on i-1 although a stop was requested/],
  ['a failure without the question', 'asks', { actions: [finish('i-1', 'Failed'), tooManyFailed], waitingOn: [], wakeAt: null }, /i-1 fails although there is somebody to ask, and time/],
  ['a failure before the time is over', 'waits', { actions: [finish('i-1', 'Failed'), tooManyFailed], waitingOn: [], wakeAt: null }, /i-1 fails although there is somebody to ask, and time/],
  ['a failed target that nobody is asked about and nothing is done to', 'asks', { actions: [], waitingOn: [asked()] }, /i-1 is in progress and nothing runs on it/],
  ['a retry that nobody decided', 'waits', { actions: [retry, run('i-1', 'Install', 5)] }, /tried again, and nobody said so/],
  ['a retry after another decision', 'skips', { actions: [retry, run('i-1', 'Install', 5)] }, /tried again, and nobody said so/],
  ['a retry under the generation of the attempt before', 'retries', { actions: [retry, run('i-1', 'Install', 4)] }, /has generation 4 after 4/],
  ['a retry without the event being laid out anew', 'retries', { actions: [run('i-1', 'Install', 5)] }, /Install on i-1 is run although it is Failed/],
  ['a retry that goes on with the next event', 'retries', { actions: [retry, run('i-1', 'AfterInstall', 5)] }, /AfterInstall on i-1 is run although Install before it is Pending/],
  ['a retry in a deployment that stops', 'retries', { snapshot: guided({ targets: [decided('RETRY')], deployment: { stopRequestedAt: noon } }) }, /tried again although a stop was requested/],
  ['a decision passed over', 'retries', { actions: [], waitingOn: [asked()] }, /What was decided about Install on i-1, RETRY, is not done/],
  ['a decision turned round', 'fails', { actions: [finish('i-1', 'Skipped'), succeeded] }, /finished as Skipped, which does not fit/],
  ['a target left out that nobody decided about', 'waits', { actions: [finish('i-1', 'Skipped'), tooManyFailed], waitingOn: [], wakeAt: null }, /finished as Skipped, which does not fit/],
  ['a question that is over', 'isOver', { actions: [], waitingOn: [{ ...asked(), deadline: noon } as Waiting], wakeAt: noon + minute }, /still asked about Install on i-1 although the time is over/],
  ['a question whose answer could save nothing', 'isInVain', { actions: [hold()], waitingOn: [asked(noon)], wakeAt: noon + hour }, /although no answer could save the deployment/],
  ['a target that waits for a decision counted as healthy', 'goesOnBeside', { actions: [start('i-2'), run('i-2', 'ApplicationStop', 1), start('i-3'), run('i-3', 'ApplicationStop', 1)] }, /3 of 3 targets would be out of service \(2 in flight, 1 failed\), but at most 2 may be/],
  ['one counted as healthy in what is said', 'goesOnBeside', { waitingOn: [{ reason: 'MinimumHealthyHosts', healthy: 3, required: 1, inFlight: 1, pending: 1 }, asked(), commanded('i-2', 'ApplicationStop')] }, /what is not so/],
  ['silence about who waits', 'waits', { waitingOn: [] }, /does not say that it waits for i-1|waits for nothing/],
  ['another attempt in what is said', 'waits', { waitingOn: [{ ...asked(), attempt: 2 } as Waiting] }, /what is not so/],
  ['a wake after the time to decide', 'waits', { wakeAt: noon + hour }, /The first deadline is at/],
  ['an end while somebody is asked', 'waits', { actions: [tooManyFailed], waitingOn: [], wakeAt: null }, /is finished while i-1 is InProgress/],
];

describe('the checker of plans, where somebody is asked about failures', () => {
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

  it('names a target left out that is counted as healthy', () => {
    const leftOut: TargetState = { ...decided('SKIP'), status: 'Skipped', events: decided('SKIP').events.map((event) => (event.status === 'Pending' ? { ...event, status: 'Skipped' } : event)) };
    const snapshot = guided({ targets: [leftOut, aTarget('i-2'), aTarget('i-3')], minimum: 2 });
    const plan: Plan = { actions: [start('i-2'), run('i-2', 'ApplicationStop', 1)], waitingOn: [], wakeAt: noon + 5 * minute };
    assert.ok(check(snapshot, plan).some((sentence) => /would be out of service \(1 in flight, 0 failed, 1 left out\), but at most 1 may be/.test(sentence)));
  });
});

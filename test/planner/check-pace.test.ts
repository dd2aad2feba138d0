// The checker on zones, ramps, limits of failures and of silence: right plans that it passes, each beside plans with one
// thing wrong, which it names.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Action, Plan } from '../../server/planner/actions.ts';
import { check } from '../../server/planner/check.ts';
import type { Snapshot, Stage, TargetState } from '../../server/planner/snapshot.ts';
import { aRunningSnapshot, aSnapshot, aTarget, aTargetFailed, aTargetRunning, aTargetSucceeded, minute, noon, second, silentSince } from '../builders/a-snapshot.ts';

const startDeployment: Action = { kind: 'StartDeployment' };
const start = (targetId: string): readonly Action[] => [
  { kind: 'StartTarget', targetId, events: inPlaceEvents },
  { kind: 'RunEvent', targetId, event: 'ApplicationStop', generation: 1 },
];
const bake = (stage: number, until: number): Action => ({ kind: 'Bake', stage, until });
const open = (stage: number): Action => ({ kind: 'OpenStage', stage });
const skip = (targetId: string): Action => ({ kind: 'FinishTarget', targetId, status: 'Skipped' });
const succeeded: Action = { kind: 'FinishDeployment', status: 'Succeeded', error: null };
const commanded = (targetId: string): Waiting => ({ reason: 'LifecycleEvent', targetId, event: 'ApplicationStop', since: noon, deadline: noon + 5 * minute, isAccepted: false });

const zones: readonly Stage[] = [
  { kind: 'zone', name: 'a', minimumHealthyHosts: 1, mayFail: null, bakeMs: minute },
  { kind: 'zone', name: 'b', minimumHealthyHosts: 0, mayFail: null, bakeMs: 0 },
];
const steps: readonly Stage[] = [
  { kind: 'step', name: '1', minimumHealthyHosts: null, mayFail: 0, bakeMs: 0 },
  { kind: 'step', name: '100%', minimumHealthyHosts: null, mayFail: null, bakeMs: minute },
];
const at = (stage: number, target: TargetState): TargetState => ({ ...target, stage });
const inA = [at(0, aTarget('i-1')), at(0, aTarget('i-2'))];
const inB = [at(1, aTarget('i-3'))];
const baking = { status: 'Baking', baking: { since: noon - minute, until: noon } } as const;

interface Right {
  readonly snapshot: Snapshot;
  readonly plan: Plan;
}
const going = (snapshot: Snapshot, actions: readonly Action[], waitingOn: readonly Waiting[], wakeAt: number = noon + 5 * minute): Right => ({ snapshot, plan: { actions, waitingOn, wakeAt } });
const ending = (snapshot: Snapshot, ...actions: readonly Action[]): Right => ({ snapshot, plan: { actions, waitingOn: [], wakeAt: null } });

const inZone: Waiting = { reason: 'MinimumHealthyHostsInZone', zone: 'a', healthy: 2, required: 1, inFlight: 1, pending: 1 };
const zoneBaking: Waiting = { reason: 'ZoneBaking', zone: 'a', since: noon, until: noon + minute, pending: 1 };
const stepWaits: Waiting = { reason: 'StepUnderWay', step: '1', position: 1, of: 2, pending: 1 };
const tooMany: Waiting = { reason: 'TooManyFailed', failed: 1, allowed: 0, inFlight: 1, pending: 1 };
const installing: Waiting = { reason: 'LifecycleEvent', targetId: 'i-2', event: 'Install', since: noon - 10 * second, deadline: noon - 10 * second + 60 * minute, isAccepted: true };
const silent = aTargetRunning('i-1', 'Install', {}, { agent: silentSince(noon - 5 * second) });
const silence: Waiting = { reason: 'AgentSilent', targetId: 'i-1', since: noon - 5 * second, deadline: noon + 55 * second };

const right = {
  firstZone: going(aSnapshot({ targets: [...inA, ...inB], deployment: { stages: zones } }), [startDeployment, ...start('i-1')], [inZone, { reason: 'ZoneUnderWay', zone: 'a', pending: 1 }, commanded('i-1')]),
  zoneIsDone: going(aRunningSnapshot({ targets: [at(0, aTargetSucceeded('i-1')), at(0, aTargetSucceeded('i-2')), ...inB], deployment: { stages: zones } }), [bake(0, noon + minute)], [zoneBaking], noon + minute),
  zoneWasWatched: going(aRunningSnapshot({ targets: [at(0, aTargetSucceeded('i-1')), at(0, aTargetSucceeded('i-2')), ...inB], deployment: { stages: zones, ...baking } }), [open(1), ...start('i-3')], [commanded('i-3')]),
  firstStep: going(aSnapshot({ targets: [at(0, aTarget('i-1')), at(1, aTarget('i-2'))], deployment: { stages: steps } }), [startDeployment, ...start('i-1')], [stepWaits, commanded('i-1')]),
  lastStepWasWatched: ending(aRunningSnapshot({ targets: [at(0, aTargetSucceeded('i-1')), at(1, aTargetSucceeded('i-2'))], deployment: { stages: steps, openStage: 1, ...baking } }), open(2), succeeded),
  oneFailedOfNone: going(aRunningSnapshot({ targets: [aTargetFailed('i-1'), aTargetRunning('i-2', 'Install'), aTarget('i-3')], deployment: { mayFail: 0 } }), [], [tooMany, installing], noon - 10 * second + 60 * minute),
  namedOrder: going(aSnapshot({ minimum: 1, targets: [aTarget('i-1', { standing: 'unhealthy', rank: 1 }), aTarget('i-2', { standing: 'current' })] }), [startDeployment, ...start('i-2')], [{ reason: 'MinimumHealthyHosts', healthy: 2, required: 1, inFlight: 1, pending: 1 }, commanded('i-2')]),
  silenceHasALimit: going(aRunningSnapshot({ targets: [silent], limits: { silenceMs: minute } }), [], [silence], noon + 55 * second),
} satisfies Record<string, Right>;

type Change = Partial<Plan> & { readonly snapshot?: Snapshot };
const { snapshot: done } = right.zoneIsDone;

const planted: readonly (readonly [claim: string, base: keyof typeof right, change: Change, named: RegExp])[] = [
  ['a target out of its zone\'s turn', 'firstZone', { actions: [startDeployment, ...start('i-3')] }, /i-3 of stage 1 is started in the turn of 0/],
  ['a zone below its own minimum', 'firstZone', { actions: [startDeployment, ...start('i-1'), ...start('i-2')] }, /2 of 2 targets of zone a would be out of service, but at most 1 may be/],
  ['a zone whose minimum is impossible', 'firstZone', { snapshot: aSnapshot({ targets: [inA[0]!, ...inB], deployment: { stages: zones } }) }, /all targets of zone a, or more, must stay healthy/],
  ['room in a zone left unused', 'firstZone', { actions: [startDeployment], waitingOn: [] }, /room for 1 more target/],
  ['a zone that is not watched', 'zoneIsDone', { actions: [open(1), ...start('i-3')], waitingOn: [commanded('i-3')], wakeAt: noon + 5 * minute }, /Stage 1 is opened before 0 was watched for its time/],
  ['a watch that is too short', 'zoneIsDone', { actions: [bake(0, noon + second)] }, /Stage 0 bakes until .*, but has 60000 ms/],
  ['another stage watched', 'zoneIsDone', { actions: [bake(1, noon + minute)] }, /Stage 1 bakes, but it is the turn of 0/],
  ['a watch while a target is under way', 'zoneIsDone', { snapshot: { ...done, targets: [at(0, aTargetRunning('i-1', 'Install')), ...done.targets.slice(1)] } }, /Stage 0 bakes although i-1 is InProgress/],
  ['a watch after too many failed', 'zoneIsDone', { snapshot: { ...done, targets: [at(0, aTargetFailed('i-1')), ...done.targets.slice(1)] } }, /Stage 0 bakes although only 1 targets of a are healthy/],
  ['a zone that is done and neither watched nor left', 'zoneIsDone', { actions: [] }, /neither watched nor left/],
  ['a zone left before its time', 'zoneWasWatched', { snapshot: { ...right.zoneWasWatched.snapshot, now: noon - 1 } }, /Stage 1 is opened before 0 was watched/],
  ['a zone never left', 'zoneWasWatched', { actions: [], waitingOn: [zoneBaking] }, /has been watched for its time and is not left/],
  ['a stage passed over', 'zoneWasWatched', { actions: [open(2)] }, /Stage 2 is opened after 0/],
  ['a target started during a watch', 'zoneIsDone', { actions: [bake(0, noon + minute), ...start('i-3')] }, /i-3 is started although the deployment is Baking/],
  ['a watch after a stop', 'zoneIsDone', { snapshot: { ...done, deployment: { ...done.deployment, stopRequestedAt: noon } } }, /Stage 0 bakes although a stop was requested/],
  ['a success before the last step was watched', 'lastStepWasWatched', { snapshot: { ...right.lastStepWasWatched.snapshot, deployment: { ...right.lastStepWasWatched.snapshot.deployment, status: 'InProgress', baking: null } }, actions: [succeeded] }, /finished as Succeeded, but the facts say/],
  ['a start after one failure too many', 'oneFailedOfNone', { actions: start('i-3') }, /i-3 is started although 1 failed of 0 that may/],
  ['a step widened after a failure', 'firstStep', { snapshot: aRunningSnapshot({ targets: [at(0, aTargetFailed('i-1')), at(1, aTarget('i-2'))], deployment: { stages: steps } }), actions: [open(1), ...start('i-2')] }, /Stage 1 is opened although in 1 1 failed of 0 that may/],
  ['a success without every target', 'oneFailedOfNone', { snapshot: aRunningSnapshot({ targets: [aTargetFailed('i-1'), aTargetSucceeded('i-2')], deployment: { mayFail: 0 } }), actions: [succeeded], waitingOn: [], wakeAt: null }, /finished as Succeeded, but the facts say Failed HEALTH_CONSTRAINTS/],
  ['an end while more may be started', 'firstZone', { snapshot: aRunningSnapshot({ targets: [at(0, aTargetSucceeded('i-1')), at(0, aTargetSucceeded('i-2')), ...inB], deployment: { stages: zones } }), actions: [skip('i-3'), succeeded], waitingOn: [], wakeAt: null }, /the facts say that more targets may be started/],
  ['an order that is not the one named', 'namedOrder', { actions: [startDeployment, ...start('i-1')] }, /started in the order i-1, but i-2 are due/],
  ['silence about a watch', 'zoneIsDone', { waitingOn: [] }, /does not say that a stage is only watched/],
  ['silence about a zone\'s minimum', 'firstZone', { waitingOn: [{ reason: 'ZoneUnderWay', zone: 'a', pending: 1 }, commanded('i-1')] }, /does not say why targets are still pending/],
  ['silence about later zones', 'firstZone', { waitingOn: [inZone, commanded('i-1')] }, /does not say that later stages are waiting/],
  ['another zone named', 'zoneIsDone', { waitingOn: [{ ...zoneBaking, zone: 'b' } as Waiting] }, /what is not so/],
  ['a wrong end of the watch', 'zoneIsDone', { waitingOn: [{ ...zoneBaking, until: noon } as Waiting] }, /what is not so/],
  ['a wrong position', 'firstStep', { waitingOn: [{ ...stepWaits, position: 2 } as Waiting, commanded('i-1')] }, /what is not so/],
  ['wrong numbers of a zone', 'firstZone', { waitingOn: [{ ...inZone, healthy: 1 } as Waiting, commanded('i-1')] }, /what is not so/],
  ['failures that are not so many', 'oneFailedOfNone', { waitingOn: [{ ...tooMany, failed: 2 } as Waiting, installing] }, /what is not so/],
  ['no wake at the end of the watch', 'zoneIsDone', { wakeAt: noon + 2 * minute }, /The first deadline is at/],
  ['no wake at the end of the silence', 'silenceHasALimit', { wakeAt: noon + 59 * minute }, /The first deadline is at/],
  ['a silence that has no limit', 'silenceHasALimit', { waitingOn: [{ ...silence, deadline: noon + 60 * minute } as Waiting] }, /what is not so/],
  ['an agent given up before its silence was too long', 'silenceHasALimit', { actions: [{ kind: 'FailEvent', targetId: 'i-1', event: 'Install', generation: 4, cause: 'AgentNotHeard', message: 'Too late.' }] }, /Install on i-1 is given up before its deadline/],
];

describe('the checker of a deployment\'s pace', () => {
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

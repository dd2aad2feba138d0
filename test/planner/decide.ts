// `plan` for tests of single rules: every plan looked at is also shown to settle.

import assert from 'node:assert/strict';
import type { Action, Plan } from '../../server/planner/actions.ts';
import { apply } from '../../server/planner/apply.ts';
import { plan } from '../../server/planner/plan.ts';
import type { Snapshot } from '../../server/planner/snapshot.ts';

/** The plan, after asserting that once applied nothing more is to be done and the same is waited for. */
export function decide(snapshot: Snapshot): Plan {
  const decided = plan(snapshot);
  assert.deepEqual(plan(apply(snapshot, decided)), { ...decided, actions: [] });
  return decided;
}

/** The actions in short: 'i-1 run ApplicationStop', 'i-1 Failed', 'deployment Failed TIMEOUT'. */
export function actionsOf(snapshot: Snapshot): string[] {
  return decide(snapshot).actions.map(inShort);
}

/** How the deployment ends, in short ('Failed TIMEOUT'), or null when it goes on. */
export function verdictOf(snapshot: Snapshot): string | null {
  const finish = decide(snapshot).actions.find((action) => action.kind === 'FinishDeployment');
  return finish === undefined ? null : inShort(finish).replace('deployment ', '');
}

export function messageOf(snapshot: Snapshot): string {
  const finish = decide(snapshot).actions.find((action) => action.kind === 'FinishDeployment');
  return finish?.error?.message ?? '';
}

function inShort(action: Action): string {
  switch (action.kind) {
    case 'QueueDeployment':
      return 'deployment queued';
    case 'StartDeployment':
      return 'deployment starts';
    case 'StartTarget':
      return `${action.targetId} starts`;
    case 'RunEvent':
      return `${action.targetId} run ${action.event} #${action.generation}`;
    case 'FailEvent':
      return `${action.targetId} fail ${action.event} #${action.generation} ${action.cause}`;
    case 'HoldFailure':
      return `${action.targetId} hold ${action.event} until ${action.until}`;
    case 'RetryEvent':
      return `${action.targetId} retry ${action.event}`;
    case 'FinishTarget':
      return `${action.targetId} ${action.status}`;
    case 'BlockTraffic':
      return `${action.targetId} ${action.isForced ? 'cut off' : 'block'}`;
    case 'AllowTraffic':
      return `${action.targetId} allow`;
    case 'PassTraffic':
      return `${action.targetId} passed ${action.event}`;
    case 'LetBackIn':
      return `${action.targetId} let back in`;
    case 'ShiftTraffic':
      return `shift to step ${action.step}`;
    case 'SetWeights':
      return `weigh ${action.weights.map(({ targetId, weight }) => `${targetId} ${weight}`).join(' ')}`;
    case 'NoteShare':
      return `step ${action.step} is seen`;
    case 'ReturnTraffic':
      return `return to end as ${action.status} ${action.error.code}`;
    case 'LeaveRotation':
      return `${action.targetIds.join(' ')} leave`;
    case 'KeepOut':
      return `${action.targetId} kept out`;
    case 'Bake':
      return `stage ${action.stage} bakes until ${action.until}`;
    case 'OpenStage':
      return `stage ${action.stage} is open`;
    case 'FinishDeployment':
      return `deployment ${action.status}${action.error === null ? '' : ` ${action.error.code}`}`;
    case 'HoldBack':
      return `${action.targetId} held back`;
    case 'ReadyTarget':
      return `${action.targetId} ready`;
    case 'RerouteTarget':
      return `${action.targetId} rerouted`;
    case 'ProvisionInstances':
      return `ask ${action.fleetProvider} for ${action.wanted}`;
    case 'NoteReady':
      return `deployment ready${action.waits ? ', and waits' : ''}`;
    case 'Reroute':
      return 'deployment continues';
    case 'MoveGroup':
      return `${action.to} becomes the group`;
    case 'NoteMoved':
      return 'traffic has moved';
    case 'ReleaseInstances':
      return `release ${action.targetIds.join(' ')}`;
    case 'CreateRollback':
      return `roll back to ${action.ofDeploymentId} because ${action.because}`;
    case 'NoteNoRollback':
      return 'no rollback';
    case 'StopForAlarms':
      return `stop for ${action.alarms.join(' ')}`;
    case 'NoteAlarm':
      return `note ${action.alarm}`;
    case 'WatchAlarms':
      return 'watch alarms';
    case 'Notify':
      return `tell ${action.trigger} of ${action.event}${action.aboutTargetId === null ? '' : ` ${action.aboutTargetId}`}`;
  }
}

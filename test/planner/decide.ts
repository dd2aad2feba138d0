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
    case 'StartDeployment':
      return 'deployment starts';
    case 'StartTarget':
      return `${action.targetId} starts`;
    case 'RunEvent':
      return `${action.targetId} run ${action.event} #${action.generation}`;
    case 'FailEvent':
      return `${action.targetId} fail ${action.event} #${action.generation} ${action.cause}`;
    case 'FinishTarget':
      return `${action.targetId} ${action.status}`;
    case 'FinishDeployment':
      return `deployment ${action.status}${action.error === null ? '' : ` ${action.error.code}`}`;
    case 'CreateRollback':
      return `roll back to ${action.ofDeploymentId} because ${action.because}`;
    case 'NoteNoRollback':
      return 'no rollback';
  }
}

// Who is to be told of what a plan does: after each action that a trigger of the group asks about, a notice of it. The
// only place where actions and triggers meet, so whoever plans need not think of triggers.

import type { TriggerEventType } from '../../protocol/model/trigger.ts';
import type { Action, Actions } from './actions.ts';
import type { Snapshot, TriggerState } from './snapshot.ts';

/** The same actions, each followed by the notices of it. */
export function withNotices({ triggers = [], targets }: Pick<Snapshot, 'triggers' | 'targets'>, actions: readonly Action[]): readonly Action[] {
  if (triggers.length === 0) return actions;
  const held = new Set(targets.filter(({ events }) => events.some((event) => event.held !== undefined)).map(({ targetId }) => targetId));
  return actions.flatMap((action) => {
    // What is tried again may fail anew in the same plan, and that is news.
    if (action.kind === 'RetryEvent') held.delete(action.targetId);
    return [action, ...noticesOf(action, triggers, held)];
  });
}

function noticesOf(action: Action, triggers: readonly TriggerState[], held: ReadonlySet<string>): readonly Action[] {
  const occasion = occasionOf(action, held);
  if (occasion === null) return [];
  const { event, aboutTargetId } = occasion;
  return triggers.filter((trigger) => trigger.events.includes(event)).map(({ name }) => ({ kind: 'Notify', trigger: name, event, aboutTargetId }));
}

function occasionOf(action: Action, held: ReadonlySet<string>): { readonly event: TriggerEventType; readonly aboutTargetId: string | null } | null {
  switch (action.kind) {
    case 'StartDeployment':
      return { event: 'DeploymentStart', aboutTargetId: null };
    case 'FinishDeployment':
      return { event: endOfDeployment[action.status], aboutTargetId: null };
    case 'CreateRollback':
      return { event: 'DeploymentRollback', aboutTargetId: null };
    case 'StartTarget':
      return { event: 'InstanceStart', aboutTargetId: action.targetId };
    case 'NoteReady':
      return { event: 'DeploymentReady', aboutTargetId: null };
    case 'ReadyTarget':
      return { event: 'InstanceReady', aboutTargetId: action.targetId };
    case 'HoldFailure':
      return { event: 'InstanceFailure', aboutTargetId: action.targetId };
    case 'FinishTarget':
      // Skipped: nothing became of it. CodeDeploy has no word for that either. Of a failure that was held word was given then.
      return action.status === 'Skipped' || (action.status !== 'Succeeded' && held.has(action.targetId)) ? null : { event: action.status === 'Succeeded' ? 'InstanceSuccess' : 'InstanceFailure', aboutTargetId: action.targetId };
    default:
      return null;
  }
}

const endOfDeployment = {
  Succeeded: 'DeploymentSuccess',
  Failed: 'DeploymentFailure',
  Stopped: 'DeploymentStop',
} as const satisfies Record<Actions['FinishDeployment']['status'], TriggerEventType>;

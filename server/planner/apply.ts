// What writing a plan does to the snapshot: the meaning of each action, in code. `commit-plan.ts` does the same to the
// store. Tests and the simulation's model use this one. What lies outside a snapshot (a rollback, a note) leaves no trace.

import type { Action, Plan } from './actions.ts';
import type { EventState, Snapshot, TargetState } from './snapshot.ts';

/** The snapshot after `plan`, at the same instant. Throws when an action does not fit what is there. */
export function apply(snapshot: Snapshot, plan: Plan): Snapshot {
  if (plan.actions.length === 0) return snapshot;
  const targets = new Map(snapshot.targets.map((target) => [target.targetId, target]));
  let { deployment } = snapshot;
  for (const action of plan.actions) {
    switch (action.kind) {
      case 'StartDeployment':
        deployment = { ...deployment, status: 'InProgress', startedAt: snapshot.now };
        break;
      case 'FinishDeployment':
        deployment = { ...deployment, status: action.status };
        break;
      case 'CreateRollback':
      case 'NoteNoRollback':
        break;
      default: {
        const target = targets.get(action.targetId);
        if (target === undefined) throw new Error(`${action.kind} of ${action.targetId}, which is no target of ${deployment.deploymentId}.`);
        targets.set(action.targetId, applyToTarget(target, action, snapshot.now));
      }
    }
  }
  return { ...snapshot, deployment, targets: [...targets.values()] };
}

type TargetAction = Extract<Action, { readonly targetId: string }>;

function applyToTarget(target: TargetState, action: TargetAction, now: number): TargetState {
  switch (action.kind) {
    case 'StartTarget':
      demand(target.status === 'Pending', target, action);
      return { ...target, status: 'InProgress', events: action.events.map(layOut) };
    case 'RunEvent':
      demand(target.status === 'InProgress' && !hasRunningEvent(target) && action.generation === target.generation + 1, target, action);
      return {
        ...changeEvent(target, action, 'Pending', (event) => ({
          ...event,
          status: 'InProgress',
          commandedAt: now,
          ...(action.skipsOnce === true ? { skipsOnce: true } : {}),
        })),
        generation: action.generation,
      };
    case 'FailEvent':
      demand(target.status === 'InProgress' && action.generation === target.generation, target, action);
      return changeEvent(target, action, action.cause === 'OnceFailedElsewhere' ? 'Pending' : 'InProgress', (event) => ({ ...event, status: 'Failed', endedAt: now, givenUp: action.cause }));
    case 'FinishTarget':
      demand((target.status === 'Pending' || target.status === 'InProgress') && !hasRunningEvent(target), target, action);
      return {
        ...target,
        status: action.status,
        events: target.events.map((event) => (event.status === 'Pending' ? { ...event, status: 'Skipped', endedAt: now } : event)),
      };
  }
}

function layOut(name: string): EventState {
  return { name, status: 'Pending', commandedAt: null, startedAt: null, endedAt: null };
}

function changeEvent(
  target: TargetState,
  action: TargetAction & { readonly event: string },
  from: EventState['status'],
  change: (event: EventState) => EventState,
): TargetState {
  demand(target.events.some((event) => event.name === action.event && event.status === from), target, action);
  return { ...target, events: target.events.map((event) => (event.name === action.event ? change(event) : event)) };
}

function hasRunningEvent(target: TargetState): boolean {
  return target.events.some((event) => event.status === 'InProgress');
}

function demand(holds: boolean, target: TargetState, action: TargetAction): void {
  if (!holds) throw new Error(`${JSON.stringify(action)} does not fit target ${JSON.stringify(target)}.`);
}

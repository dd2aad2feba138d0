// What writing a plan does to the snapshot: the meaning of each action, in code. `commit-plan.ts` does the same to the
// store. Tests and the simulation's model use this one. What lies outside a snapshot (a rollback, a notice) leaves no trace.

import { anew } from './guided-failure.ts';
import type { Action, Plan } from './actions.ts';
import type { BlueGreenState } from './blue-green-state.ts';
import type { DeploymentState, EventState, GiveUpCause, Snapshot, TargetState } from './snapshot.ts';
import type { RouteState } from './traffic-state.ts';

/** The snapshot after `plan`, at the same instant. Throws when an action does not fit what is there. */
export function apply(snapshot: Snapshot, plan: Plan): Snapshot {
  if (plan.actions.length === 0) return snapshot;
  const targets = new Map(snapshot.targets.map((target) => [target.targetId, target]));
  let { deployment } = snapshot;
  for (const action of plan.actions) {
    switch (action.kind) {
      case 'QueueDeployment':
        deployment = { ...deployment, status: 'Queued' };
        break;
      case 'StartDeployment':
        deployment = { ...deployment, status: 'InProgress', startedAt: snapshot.now };
        // What a router had against an earlier deployment may be mended.
        for (const [id, target] of targets) if (target.routes !== undefined) targets.set(id, withRoutes(target, { trouble: null }));
        break;
      case 'Bake':
        deployment = { ...deployment, status: 'Baking', baking: { since: snapshot.now, until: action.until } };
        break;
      case 'OpenStage':
        deployment = { ...deployment, status: 'InProgress', baking: null, openStage: action.stage };
        break;
      case 'StopForAlarms':
        deployment = { ...deployment, alarmStop: { at: snapshot.now, alarms: action.alarms, message: action.message } };
        break;
      case 'NoteAlarm':
        deployment = { ...deployment, notedAlarms: [...(deployment.notedAlarms ?? []), action.alarm] };
        break;
      case 'WatchAlarms':
        deployment = { ...deployment, status: 'Baking', alarmBakeUntil: action.until };
        break;
      case 'ProvisionInstances': {
        if (deployment.provisioning === undefined) throw new Error('Nobody makes instances for the deployment.');
        deployment = { ...deployment, provisioning: { ...deployment.provisioning, askedAt: snapshot.now, until: action.until, wanted: action.wanted } };
        break;
      }
      case 'NoteReady':
        deployment = { ...deployment, ...(action.waits ? { status: 'Ready' as const } : {}), ...withFleets(deployment, { readyAt: snapshot.now, ...(action.waits ? {} : { continuedAt: snapshot.now }) }) };
        break;
      case 'Reroute':
        deployment = { ...deployment, status: 'InProgress' };
        break;
      case 'NoteMoved':
        deployment = { ...deployment, ...withFleets(deployment, { movedAt: snapshot.now }) };
        break;
      case 'ShiftTraffic':
        deployment = { ...deployment, ...withFleets(deployment, { shift: { step: action.step, askedAt: snapshot.now, seenAt: null } }) };
        break;
      case 'NoteShare':
        deployment = { ...deployment, ...withFleets(deployment, { shift: { ...deployment.blueGreen!.shift!, seenAt: snapshot.now } }) };
        break;
      case 'ReturnTraffic':
        deployment = { ...deployment, ...withFleets(deployment, { returning: { at: snapshot.now, status: action.status, error: action.error } }) };
        break;
      case 'SetWeights':
        for (const { targetId, router, weight } of action.weights) targets.set(targetId, weighed(targets.get(targetId)!, router, weight, snapshot.now));
        break;
      case 'LeaveRotation':
        for (const id of action.targetIds) targets.set(id, keepOut(targets.get(id)!, snapshot.now));
        break;
      case 'FinishDeployment':
        deployment = { ...deployment, status: action.status };
        break;
      case 'MoveGroup':
      case 'ReleaseInstances':
      case 'CreateRollback':
      case 'NoteNoRollback':
      case 'Notify':
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
      return changeEvent(target, action, isUntried(action.cause) ? 'Pending' : 'InProgress', (event) => ({ ...event, status: 'Failed', endedAt: now, givenUp: action.cause }));
    case 'BlockTraffic': {
      const asked = withRoutes(target, { wanted: 'Blocked', isForced: action.isForced, askedAt: now, takenAt: null, trouble: null });
      return action.isForced ? asked : beginTraffic(asked, { ...action, event: 'BlockTraffic' }, now);
    }
    case 'AllowTraffic':
      return beginTraffic(withRoutes(target, { ...allowed, askedAt: now }), { ...action, event: 'AllowTraffic' }, now);
    case 'PassTraffic':
      return changeEvent(target, action, 'InProgress', (event) => ({ ...event, status: 'Succeeded', endedAt: now, givenUp: null }));
    case 'HoldBack':
      return { ...target, routes: (target.routes ?? []).map((route) => ({ ...route, ...keptOut, askedAt: now, ...wholeIfLeft(route, now) })) };
    case 'ReadyTarget':
      demand(target.status === 'InProgress' && !hasRunningEvent(target), target, action);
      return { ...target, status: 'Ready' };
    case 'RerouteTarget':
      demand(target.status === 'Ready', target, action);
      return { ...target, status: 'InProgress' };
    case 'LetBackIn':
      return withRoutes(target, { ...allowed, askedAt: now });
    case 'KeepOut':
      return keepOut(target, now);
    case 'HoldFailure':
      demand(target.status === 'InProgress', target, action);
      return changeEvent(target, action, 'Failed', (event) => ({ ...event, held: { since: now, until: action.until, decision: null } }));
    case 'RetryEvent':
      demand(target.status === 'InProgress', target, action);
      return changeEvent(target, action, 'Failed', anew);
    case 'FinishTarget':
      demand((target.status === 'Pending' || target.status === 'InProgress' || target.status === 'Ready') && !hasRunningEvent(target), target, action);
      return {
        ...target,
        status: action.status,
        events: target.events.map((event) => (event.status === 'Pending' ? { ...event, status: 'Skipped', endedAt: now } : event)),
      };
  }
}

const allowed = { wanted: 'Allowed', isForced: false, isKeptOut: false, takenAt: null, trouble: null } as const;
const keptOut = { wanted: 'Blocked', isForced: false, isKeptOut: true, takenAt: null, trouble: null } as const;

function withRoutes(target: TargetState, change: Partial<RouteState>): TargetState {
  return { ...target, routes: (target.routes ?? []).map((route) => ({ ...route, ...change })) };
}

function keepOut(target: TargetState, now: number): TargetState {
  return { ...target, routes: (target.routes ?? []).map((route) => (route.wanted === 'Blocked' ? { ...route, isKeptOut: true } : { ...route, ...keptOut, askedAt: now })) };
}

/** A share that an earlier deployment had left it: once it is out it may be whole. */
function wholeIfLeft({ weight, weighs }: RouteState, now: number): Partial<RouteState> {
  return weight === undefined || weight.wanted === null || weighs !== 'member' ? {} : { weight: { ...weight, wanted: 100, askedAt: now, takenAt: null } };
}

function weighed(target: TargetState, router: string, weight: number, now: number): TargetState {
  const change = (route: RouteState): RouteState => (route.router === router ? { ...route, trouble: null, weight: { seen: null, ...route.weight, wanted: weight, askedAt: now, takenAt: null } } : route);
  return { ...target, routes: (target.routes ?? []).map(change) };
}

function beginTraffic(target: TargetState, action: TargetAction & { readonly event: string }, now: number): TargetState {
  demand(target.status === 'InProgress' && !hasRunningEvent(target), target, action);
  return changeEvent(target, action, 'Pending', (event) => ({ ...event, status: 'InProgress', commandedAt: now, startedAt: now }));
}

function withFleets({ blueGreen }: DeploymentState, change: Partial<BlueGreenState>): Pick<DeploymentState, 'blueGreen'> {
  if (blueGreen === undefined) throw new Error('The deployment is in place.');
  return { blueGreen: { ...blueGreen, ...change } };
}

function isUntried(cause: GiveUpCause): boolean {
  return cause === 'OnceFailedElsewhere' || cause === 'RotationUnsure';
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

// What a plan may ask for: the whole vocabulary. `commit-plan.ts` turns each into rows in one transaction and
// `executors.ts` carries out what is then left to do; neither has choices to make.

import type { ErrorCode } from '../../protocol/model/deployment.ts';
import type { TriggerEventType } from '../../protocol/model/trigger.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';
import type { GiveUpCause, Instant } from './snapshot.ts';

export interface Actions {
  /** Created becomes Queued: something besides its bundle keeps it from starting. */
  QueueDeployment: Record<never, never>;
  /** Created or Queued becomes InProgress. */
  StartDeployment: Record<never, never>;
  /** Pending becomes InProgress; the events are laid out, all Pending. Always followed by RunEvent of the first. */
  StartTarget: { readonly targetId: string; readonly events: readonly string[] };
  /** A command for the target's agent. `generation` is the target's highest so far plus one. */
  RunEvent: {
    readonly targetId: string;
    readonly event: string;
    readonly generation: number;
    /** Without the scripts that are to run on one target only: they have run on another. */
    readonly skipsOnce?: true;
  };
  /**
   * The server gives up on the running event: it counts as failed with this diagnostics, and the agent is told to end it.
   * For OnceFailedElsewhere and RotationUnsure the event is Pending, and the agent never hears of it.
   */
  FailEvent: {
    readonly targetId: string;
    readonly event: string;
    readonly generation: number;
    /** Kept with the event (EventState.givenUp): a deployment whose failures are all AgentNotHeard says AGENT_ISSUE. */
    readonly cause: GiveUpCause;
    readonly message: string;
  };
  /**
   * Every router is to send the target no new request. Of BlockTraffic that is next it begins it; `isForced`, of one under
   * way, cuts off what is still under way.
   */
  BlockTraffic: { readonly targetId: string; readonly isForced: boolean };
  /** Every router may send the target requests again, once its own health check has passed. Begins AllowTraffic. */
  AllowTraffic: { readonly targetId: string };
  /** What the running BlockTraffic or AllowTraffic waits for was seen: it has succeeded. */
  PassTraffic: { readonly targetId: string; readonly event: 'BlockTraffic' | 'AllowTraffic' };
  /** Outside any event, before FinishTarget: the application was not touched, so requests may come again. */
  LetBackIn: { readonly targetId: string };
  /** The same: the application is not as it should be, so no request may come until a later deployment allows it. */
  KeepOut: { readonly targetId: string };
  /** The event failed, and somebody is asked about it until then; the target stays InProgress. */
  HoldFailure: { readonly targetId: string; readonly event: string; readonly until: Instant };
  /** As decided: the failed event becomes Pending again. Followed by what a Pending event leads to. */
  RetryEvent: { readonly targetId: string; readonly event: string };
  /** Whoever provides them is asked for so many replacement instances. Only once, and beside or after StartDeployment. */
  ProvisionInstances: { readonly fleetProvider: string; readonly wanted: number; readonly until: Instant };
  /** No request may reach a green target that is started: every router is asked so, whatever was wanted before. */
  HoldBack: { readonly targetId: string };
  /** A green target is installed: InProgress becomes Ready, with its way into rotation before it. */
  ReadyTarget: { readonly targetId: string };
  /** Ready becomes InProgress. Always followed by RunEvent of the event that is next. */
  RerouteTarget: { readonly targetId: string };
  /** Every green target is installed or has failed. `waits`: the deployment becomes Ready, until somebody continues it. */
  NoteReady: { readonly waits: boolean };
  /** Ready becomes InProgress: somebody continued it. */
  Reroute: Record<never, never>;
  /** The fleet that came in serves: its instances are the group from now on. Only before the other one is taken out, or at the end. */
  MoveGroup: { readonly to: 'Blue' | 'Green' };
  /** The fleet that comes in is to get the share of this step; -1: none. Always followed by SetWeights, unless all weights are so. */
  ShiftTraffic: { readonly step: number };
  /** How much of the traffic comes by these ways; only those that are to be changed. */
  SetWeights: { readonly weights: readonly Weight[] };
  /** Every router is seen to share the traffic so: from now on the step is watched. */
  NoteShare: { readonly step: number };
  /** The fleet that comes in is to have no share any more; once that is seen, the deployment ends so. */
  ReturnTraffic: { readonly status: 'Failed' | 'Stopped'; readonly error: { readonly code: ErrorCode; readonly message: string } };
  /** The traffic has returned: those that had come in are taken out of rotation. Only beside FinishDeployment, and never waited for. */
  LeaveRotation: { readonly targetIds: readonly string[] };
  /** Every blue target is out of rotation, and is kept for a time. */
  NoteMoved: Record<never, never>;
  /** Whoever provides the blue instances may take them away. Only beside FinishDeployment. */
  ReleaseInstances: { readonly targetIds: readonly string[] };
  /** The open stage's targets have ended: InProgress becomes Baking, and nothing is started until then. */
  Bake: { readonly stage: number; readonly until: Instant };
  /** The stages before this one are behind; Baking becomes InProgress. The number of stages: all are behind. */
  OpenStage: { readonly stage: number };
  /** Final. Events still Pending become Skipped. */
  FinishTarget: { readonly targetId: string; readonly status: 'Succeeded' | 'Failed' | 'Skipped' | 'Unknown' };
  /** Alarms end the deployment: from here on as if a stop had been requested. */
  StopForAlarms: { readonly alarms: readonly string[]; readonly message: string };
  /** An alarm on a dry run is active: said once, and nothing else. */
  NoteAlarm: { readonly alarm: string; readonly message: string };
  /** Every target has ended well enough: InProgress becomes Baking, and alarms are watched until then. */
  WatchAlarms: { readonly until: Instant };
  /** Final. Every target has ended, or ends in the same plan. */
  FinishDeployment: {
    readonly status: 'Succeeded' | 'Failed' | 'Stopped';
    readonly error: { readonly code: ErrorCode; readonly message: string } | null;
  };
  /** A new deployment of what `ofDeploymentId` deployed, with creator codeDeployRollback. Only beside FinishDeployment. */
  CreateRollback: { readonly ofDeploymentId: string; readonly because: RollbackCause };
  /** A rollback was due and there is nothing to go back to: said in rollbackInfo. Only beside FinishDeployment. */
  NoteNoRollback: { readonly message: string };
  /** Tell whoever stands behind the group's trigger of that name, of the deployment or of one target, as it then stands. */
  Notify: { readonly trigger: string; readonly event: TriggerEventType; readonly aboutTargetId: string | null };
}

export interface Weight {
  readonly targetId: string;
  readonly router: string;
  /** 0 to 100. */
  readonly weight: number;
}

export type RollbackCause = 'DEPLOYMENT_FAILURE' | 'DEPLOYMENT_STOP_ON_REQUEST' | 'DEPLOYMENT_STOP_ON_ALARM';

export type Action = { [K in keyof Actions]: { readonly kind: K } & Actions[K] }[keyof Actions];

export interface Plan {
  /** In the order they are to be written. */
  readonly actions: readonly Action[];
  /** Why nothing more can be done now. Empty only when the deployment ends or has ended. */
  readonly waitingOn: readonly Waiting[];
  /** When to look again even if nothing is heard; null when only news can change anything. */
  readonly wakeAt: Instant | null;
}

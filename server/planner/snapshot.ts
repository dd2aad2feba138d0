// All that a decision about one deployment may depend on, `now` included. Loaded in one read transaction; the planner
// sees nothing else, so the same snapshot always gives the same plan.

import type { AlarmState } from '../../protocol/model/alarm.ts';
import type { DeploymentCreator, DeploymentStatus, ErrorCode } from '../../protocol/model/deployment.ts';
import type { AutoRollbackConfiguration } from '../../protocol/model/rollback.ts';
import type { FailureDecision } from '../../protocol/model/guided-failure.ts';
import type { LifecycleEventStatus } from '../../protocol/model/lifecycle-event.ts';
import type { TargetStatus } from '../../protocol/model/target.ts';
import type { TriggerEventType } from '../../protocol/model/trigger.ts';
import type { BlueGreenState } from './blue-green-state.ts';
import type { ProvisioningState } from './provisioning-state.ts';
import type { RouteState, TrafficRules } from './traffic-state.ts';

/** Epoch milliseconds. */
export type Instant = number;

export interface Snapshot {
  readonly now: Instant;
  readonly deployment: DeploymentState;
  /** Frozen when the deployment was created; the order here means nothing. */
  readonly targets: readonly TargetState[];
  /** An active deployment of the same group created before this one, or null. */
  readonly earlierDeploymentId: string | null;
  /** The group's last successful deployment: what a rollback would deploy again. Null when there is none. */
  readonly lastSuccessfulDeploymentId: string | null;
  readonly limits: Limits;
  /** Since when this controller has been listening to agents: nobody can be missed for longer. Absent: since ever. */
  readonly listeningSince?: Instant;
  /** Who wants to be told of what; frozen when the deployment was created. Absent: nobody. Names are unique. */
  readonly triggers?: readonly TriggerState[];
  /** Alarms that the deployment heeds; absent: none. */
  readonly alarms?: AlarmWatch;
}

export interface AlarmWatch {
  /** An alarm that cannot be read stops nothing. */
  readonly ignoresPollFailure: boolean;
  /** How long they are watched after the last target has ended, before the deployment succeeds; 0: not at all. */
  readonly bakeMs: number;
  /** Names are unique. */
  readonly alarms: readonly AlarmStateOf[];
}

export interface AlarmStateOf {
  readonly name: string;
  /** Only reported. */
  readonly isDryRun: boolean;
  /** As last observed; null: not yet, for this deployment. */
  readonly state: AlarmState | null;
  readonly detail: string;
  /** From then on what is known counts as ERROR. */
  readonly goodUntil: Instant;
  /** When it was first seen active since the deployment's start; null: never. It stays, whatever the state is now. */
  readonly activeAt: Instant | null;
}

/** Why alarms ended the deployment. */
export interface AlarmStop {
  readonly at: Instant;
  readonly alarms: readonly string[];
  readonly message: string;
}

export interface TriggerState {
  readonly name: string;
  readonly events: readonly TriggerEventType[];
}

export interface DeploymentState {
  readonly deploymentId: string;
  readonly status: DeploymentStatus;
  readonly creator: DeploymentCreator;
  readonly createdAt: Instant;
  readonly startedAt: Instant | null;
  /** M: computed once, when the deployment was created, over the frozen targets. */
  readonly minimumHealthyHosts: number;
  /** How many targets may fail at all; null or absent: as many as the minimum leaves. */
  readonly mayFail?: number | null;
  /** Frozen when the deployment was created; each has targets. Absent or empty: the fleet is not divided. */
  readonly stages?: readonly Stage[];
  /** Whose targets may start; the number of stages once the last is behind. Absent: the first. */
  readonly openStage?: number;
  /** The open stage's targets have ended, and nothing is started until then. Null or absent: no. */
  readonly baking?: Baking | null;
  /** How long somebody is asked about a failed target before it fails; null or absent: nobody is. */
  readonly decideWithinMs?: number | null;
  readonly ignoreApplicationStopFailures: boolean;
  /** ApplicationStop runs the new revision's scripts, after its bundle is on the host; absent is false. */
  readonly usesNewApplicationStop?: boolean;
  readonly autoRollback: AutoRollbackConfiguration;
  readonly stopRequestedAt: Instant | null;
  /** What StopDeployment said of rolling back; null when it said nothing (the configuration decides). */
  readonly stopRollback: boolean | null;
  /** Alarms have stopped it; null or absent: they have not. */
  readonly alarmStop?: AlarmStop | null;
  /** Alarms on a dry run that were noted already. */
  readonly notedAlarms?: readonly string[];
  /** Every target has ended, and until then alarms are watched; null or absent: not yet. */
  readonly alarmBakeUntil?: Instant | null;
  /** Whether the bundle is here and its digest known; nothing starts before. Absent: it is. */
  readonly isRevisionReady?: boolean;
  /** How traffic is moved; absent: it is not. */
  readonly traffic?: TrafficRules;
  /** From one fleet to another; absent: in place. */
  readonly blueGreen?: BlueGreenState;
  /** Its replacement instances are made for it; absent: they are not. Before they are here it has no targets. */
  readonly provisioning?: ProvisioningState;
  /** What must be so before it starts, besides its turn; absent: nothing. Means nothing once it has started. */
  readonly gates?: Gates;
  /** A later deployment that stops this one by superseding it; null or absent when none does. */
  readonly supersededBy?: string | null;
  /** Something found wrong before start (revision missing, group deleted ...): ends the deployment at once. */
  readonly defect: Defect | null;
}

/** A part of the fleet that has its turn before the next one: a zone, or a step of a ramp. */
export interface Stage {
  readonly kind: 'zone' | 'step';
  /** The zone's, or how wide the step is, as its author wrote it. */
  readonly name: string;
  /** Of the stage's own targets, besides the deployment's minimum. Null: no such limit. */
  readonly minimumHealthyHosts: number | null;
  /** How many of its targets may fail. Null: as many as the minimums leave. */
  readonly mayFail: number | null;
  /** How long nothing is started after its last target has ended; 0: no time. */
  readonly bakeMs: number;
}

export interface Baking {
  readonly since: Instant;
  readonly until: Instant;
}

export interface Gates {
  /** Not before this instant; null: at once. */
  readonly scheduledAt: Instant | null;
  /** Null when nobody needs to be asked. */
  readonly approval: ApprovalState | null;
  /** What windows and freezes say at `now`; empty when they let it pass, do not apply, or were overridden. */
  readonly calendar: readonly CalendarHold[];
}

export interface ApprovalState {
  readonly since: Instant;
  readonly expiresAt: Instant;
  readonly decision: 'APPROVED' | 'REJECTED' | null;
  /** Who decided, and their comment; null before the decision. */
  readonly decidedBy: string | null;
  readonly comment: string | null;
}

/** `opensAt` null: no window opens within years. `until` null: until the freeze is lifted. */
export type CalendarHold =
  | { readonly kind: 'Window'; readonly opensAt: Instant | null }
  | { readonly kind: 'Freeze'; readonly freezeName: string; readonly reason: string; readonly until: Instant | null };

export interface Defect {
  readonly code: ErrorCode;
  readonly message: string;
}

/** unhealthy: last deployment to it failed, or never deployed; unknown: cannot tell; old, current: which revision it runs. */
export type InstanceStanding = 'unhealthy' | 'unknown' | 'old' | 'current';

export interface TargetState {
  readonly targetId: string;
  readonly status: TargetStatus;
  readonly standing: InstanceStanding;
  /** Drawn at random when the deployment was created: the order inside a standing. Unique. */
  readonly lot: number;
  /** Place in the order the operator named: lower goes first, before any standing. Absent: 0. */
  readonly rank?: number;
  /** Index of its stage. Absent: 0. */
  readonly stage?: number;
  /** In order. Empty until the target starts. */
  readonly events: readonly EventState[];
  /** Highest generation commanded so far; 0 when none. */
  readonly generation: number;
  readonly agent: AgentState;
  /** One for each router, where traffic is moved. */
  readonly routes?: readonly RouteState[];
  /** Of a blue/green deployment: an original instance, or one that replaces it. */
  readonly label?: 'Blue' | 'Green';
}

export interface EventState {
  readonly name: string;
  readonly status: LifecycleEventStatus;
  /** When the command was written; null while Pending. */
  readonly commandedAt: Instant | null;
  /** When the agent accepted the command, as the server heard it; null until then. */
  readonly startedAt: Instant | null;
  readonly endedAt: Instant | null;
  /** Why the server failed it (FailEvent's cause); null when its end was reported by the agent. Absent: not recorded. */
  readonly givenUp?: GiveUpCause | null;
  /** Of DownloadBundle, as its agent reported it: the events of the new AppSpec with scripts to be run on one target only. */
  readonly onceEvents?: readonly string[];
  /** It was commanded without those scripts. */
  readonly skipsOnce?: boolean;
  /** It failed, and somebody is, or was, asked what to do. Absent: nobody. */
  readonly held?: HeldFailure;
  /** How many attempts at it failed before this one and were followed by another. Absent: none. */
  readonly earlierAttempts?: number;
  /** An earlier attempt was commanded: what it did is not undone by trying again. Absent: none was. */
  readonly hasRunBefore?: boolean;
}

export interface HeldFailure {
  readonly since: Instant;
  /** From then on the target fails. */
  readonly until: Instant;
  /** Null: not yet. */
  readonly decision: FailureDecision | null;
}

/**
 * AgentNotHeard: not accepted in time, or accepted by an agent that was silent when the time was over.
 * EventTimeout: the agent is there, the event did not end. DeploymentTimeout: the whole deployment was out of time.
 * OnceFailedElsewhere: never commanded, as its scripts that run once have failed on another target.
 * DrainTimeout, ServeTimeout: what was asked of the routers was not seen in time. RouterRefused: one of them will not do it.
 * RotationUnsure: never commanded, as it could not be seen any more that no request reaches the target.
 */
export type GiveUpCause = (typeof giveUpCauses)[number];
export const giveUpCauses = ['AgentNotHeard', 'EventTimeout', 'DeploymentTimeout', 'OnceFailedElsewhere', 'StoppedUntaken', 'DrainTimeout', 'ServeTimeout', 'RouterRefused', 'RotationUnsure'] as const;

export interface AgentState {
  readonly isConnected: boolean;
  /** Since when nothing was heard; null when connected or never seen. */
  readonly silentSince: Instant | null;
}

/** All greater than 0. */
export interface Limits {
  /** An event must be accepted by the agent within this time of being commanded (CodeDeploy: 5 minutes). */
  readonly eventStartMs: number;
  /** An accepted event must end within this time (CodeDeploy: one hour). */
  readonly eventMs: number;
  /** A whole in-place deployment must end within this time (CodeDeploy: eight hours). */
  readonly deploymentMs: number;
  /** An agent with an event under way may be silent for this long. Absent: as long as the event may take (CodeDeploy). */
  readonly silenceMs?: number;
}

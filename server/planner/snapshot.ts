// All that a decision about one deployment may depend on, `now` included. Loaded in one read transaction; the planner
// sees nothing else, so the same snapshot always gives the same plan.

import type { DeploymentCreator, DeploymentStatus, ErrorCode } from '../../protocol/model/deployment.ts';
import type { AutoRollbackConfiguration } from '../../protocol/model/rollback.ts';
import type { LifecycleEventStatus } from '../../protocol/model/lifecycle-event.ts';
import type { TargetStatus } from '../../protocol/model/target.ts';

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
}

export interface DeploymentState {
  readonly deploymentId: string;
  readonly status: DeploymentStatus;
  readonly creator: DeploymentCreator;
  readonly createdAt: Instant;
  readonly startedAt: Instant | null;
  /** M: computed once, when the deployment was created, over the frozen targets. */
  readonly minimumHealthyHosts: number;
  readonly ignoreApplicationStopFailures: boolean;
  /** ApplicationStop runs the new revision's scripts, after its bundle is on the host; absent is false. */
  readonly usesNewApplicationStop?: boolean;
  readonly autoRollback: AutoRollbackConfiguration;
  readonly stopRequestedAt: Instant | null;
  /** What StopDeployment said of rolling back; null when it said nothing (the configuration decides). */
  readonly stopRollback: boolean | null;
  /** Whether the bundle is here and its digest known; nothing starts before. Absent: it is. */
  readonly isRevisionReady?: boolean;
  /** Something found wrong before start (revision missing, group deleted ...): ends the deployment at once. */
  readonly defect: Defect | null;
}

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
  /** In order. Empty until the target starts. */
  readonly events: readonly EventState[];
  /** Highest generation commanded so far; 0 when none. */
  readonly generation: number;
  readonly agent: AgentState;
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
}

/**
 * AgentNotHeard: not accepted in time, or accepted by an agent that was silent when the time was over.
 * EventTimeout: the agent is there, the event did not end. DeploymentTimeout: the whole deployment was out of time.
 * OnceFailedElsewhere: never commanded, as its scripts that run once have failed on another target.
 */
export type GiveUpCause = 'AgentNotHeard' | 'EventTimeout' | 'DeploymentTimeout' | 'OnceFailedElsewhere' | 'StoppedUntaken';

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
}

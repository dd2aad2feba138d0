// What a plan may ask for: the whole vocabulary. `commit-plan.ts` turns each into rows in one transaction and
// `executors.ts` carries out what is then left to do; neither has choices to make.

import type { ErrorCode } from '../../protocol/model/deployment.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';
import type { GiveUpCause, Instant } from './snapshot.ts';

export interface Actions {
  /** Created becomes InProgress. */
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
   * For OnceFailedElsewhere the event is Pending, and the agent never hears of it.
   */
  FailEvent: {
    readonly targetId: string;
    readonly event: string;
    readonly generation: number;
    /** Kept with the event (EventState.givenUp): a deployment whose failures are all AgentNotHeard says AGENT_ISSUE. */
    readonly cause: GiveUpCause;
    readonly message: string;
  };
  /** Final. Events still Pending become Skipped. */
  FinishTarget: { readonly targetId: string; readonly status: 'Succeeded' | 'Failed' | 'Skipped' | 'Unknown' };
  /** Final. Every target has ended, or ends in the same plan. */
  FinishDeployment: {
    readonly status: 'Succeeded' | 'Failed' | 'Stopped';
    readonly error: { readonly code: ErrorCode; readonly message: string } | null;
  };
  /** A new deployment of what `ofDeploymentId` deployed, with creator codeDeployRollback. Only beside FinishDeployment. */
  CreateRollback: { readonly ofDeploymentId: string; readonly because: RollbackCause };
  /** A rollback was due and there is nothing to go back to: said in rollbackInfo. Only beside FinishDeployment. */
  NoteNoRollback: { readonly message: string };
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

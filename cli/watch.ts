// Follows a deployment, and the rollback it causes, to the end.

import type { Client } from './client.ts';
import { endOf } from './deployment-end.ts';
import type { EndStatus } from './deployment-end.ts';
import type { DeploymentChange } from '../protocol/model/deployment-change.ts';
import type { Progress } from './progress.ts';
import { followStream } from './follow-stream.ts';
import { exitStatus } from './refusal.ts';
import type { ExitStatus } from './refusal.ts';
import type { Clock } from '../world/clock.ts';

export interface WatchOutcome {
  readonly end: EndStatus;
  /** The last picture. */
  readonly last: DeploymentChange;
  /** The deployment that rolled this one back, followed to its end too; null where there was none. */
  readonly rollback: { readonly end: EndStatus; readonly last: DeploymentChange } | null;
}

/** Follows until the end. Throws a Refusal when the server refuses or stays away; the signal's reason when aborted. */
export async function watchDeployment(client: Client, clock: Clock, deploymentId: string, progress: Progress, signal: AbortSignal): Promise<WatchOutcome> {
  const last = await followToEnd({ client, clock, progress, signal }, deploymentId, true);
  const end = endOf(last.deployment) ?? 'Failed';
  const rollbackId = last.deployment.rollbackInfo?.rollbackDeploymentId;
  if (end === 'Succeeded' || rollbackId === undefined) return { end, last, rollback: null };
  const lastOfRollback = await followToEnd({ client, clock, progress, signal }, rollbackId, false);
  return { end, last, rollback: { end: endOf(lastOfRollback.deployment) ?? 'Failed', last: lastOfRollback } };
}

interface Watcher {
  readonly client: Client;
  readonly clock: Clock;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

function followToEnd({ client, clock, progress, signal }: Watcher, deploymentId: string, mustAnswer: boolean): Promise<DeploymentChange> {
  return followStream({
    clock,
    signal,
    open: () => client.watch(deploymentId, signal),
    show: (before, change) => progress.show(before, change),
    note: (sentence) => progress.note(sentence),
    hasEnded: (change) => endOf(change.deployment) !== null,
    mustAnswer,
  });
}

/** The exit status of a deployment's end. A rollback that succeeds does not make the deployment a success. */
export function statusOfEnd(end: EndStatus): ExitStatus {
  switch (end) {
    case 'Succeeded':
      return exitStatus.succeeded;
    case 'Failed':
      return exitStatus.failed;
    case 'Stopped':
      return exitStatus.stopped;
  }
}

/** The last sentence: what became of it, and of the rollback. */
export function outcomeSentence(outcome: WatchOutcome): string {
  const id = outcome.last.deployment.deploymentId ?? 'The deployment';
  const words = { Succeeded: 'succeeded', Failed: 'failed', Stopped: 'was stopped' };
  const rollback = outcome.rollback;
  if (rollback === null) return `${id} ${words[outcome.end]}.`;
  const rollbackId = rollback.last.deployment.deploymentId ?? 'the rollback';
  return rollback.end === 'Succeeded'
    ? `${id} ${words[outcome.end]} and was rolled back by ${rollbackId}.`
    : `${id} ${words[outcome.end]}, and its rollback ${rollbackId} ${words[rollback.end]} too.`;
}

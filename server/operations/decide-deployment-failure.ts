// The word that failed targets wait for. Written beside the event that failed; what follows from it is the planner's. Only a
// target that waits can be decided about, in time and once: a second, different word is refused.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { finalStatuses, touchDeployment } from '../store/deployments.ts';
import { DeploymentDocument, readDocument, type StoredEvent } from '../store/documents.ts';
import { readEvents, writeEvents } from '../store/stored-events.ts';
import type { DeploymentsTable, TargetsTable } from '../store/tables.ts';
import { replaceEvents } from '../store/targets.ts';
import { requireDeployment } from './lookup.ts';
import type { Handler } from './services.ts';
import { requireTargets } from './started-targets.ts';

type Input = Parameters<Handler<typeof registry.decideDeploymentFailure>>[1];

export const decideDeploymentFailure: Handler<typeof registry.decideDeploymentFailure> = async ({ store, world, wake }, input, { accessKeyId }) => {
  const { deploymentId, targetIds, decision, comment } = input;
  await store.transaction(async (tx) => {
    // Read inside, so that no step of the wall clock comes between it and the instants beside it.
    const now = world.clock.now();
    requireUndecided(await requireDeployment(tx, deploymentId), input);
    const word = { decision, decidedAt: now, decidedBy: accessKeyId, ...(comment === undefined ? {} : { comment }) };
    // Whoever planned from an older snapshot must look again.
    const version = await touchDeployment(tx, deploymentId);
    for (const target of new Set(await requireTargets(tx, deploymentId, targetIds))) {
      const where = `target ${target.target_id} of ${deploymentId}`;
      const events = readEvents(target.events, where);
      const awaited = requireWaiting(target, events, input, now);
      if (awaited.held.decision === decision) continue;
      const decided = events.map((event) => (event === awaited.event ? { ...event, held: { ...awaited.held, ...word } } : event));
      await replaceEvents(tx, target, { events: writeEvents(decided, where), version, now });
    }
  });
  wake(deploymentId);
  return {};
};

/** Of the deployment as a whole. */
function requireUndecided(row: DeploymentsTable, { deploymentId, decision }: Input): void {
  if (finalStatuses.includes(row.status)) throw new Failure('DeploymentAlreadyCompletedException', `The deployment ${deploymentId} has already completed: it is ${row.status}.`, 'deploymentId');
  const { alarmStop, pace, decideWithinMs } = readDocument(DeploymentDocument, row.document, `deployment ${deploymentId}`);
  if (row.stop_requested_at !== null || alarmStop !== undefined) throw new Failure('InvalidDeploymentStatusException', `The deployment ${deploymentId} is being stopped: what failed stays failed.`, 'deploymentId');
  if (decideWithinMs === undefined) throw new Failure('InvalidDeploymentStatusException', `The deployment ${deploymentId} asks nobody about failed targets: its group has no guidedFailure, or the controller made it by itself.`, 'deploymentId');
  if (decision === 'SKIP' && pace?.mayFail === 0) throw new Failure('InvalidDeploymentStatusException', `The deployment config of ${deploymentId} wants every target to succeed, so none can be skipped: retry, or fail.`, 'decision');
}

interface Awaited {
  readonly event: StoredEvent;
  readonly held: NonNullable<StoredEvent['held']>;
}

function requireWaiting({ target_id: targetId, status }: TargetsTable, events: readonly StoredEvent[], { decision, attempt }: Input, now: number): Awaited {
  const refuse = (why: string): Failure => new Failure('DeploymentTargetNotWaitingException', `${targetId} does not wait for a decision: ${why}`, 'targetIds');
  if (status !== 'InProgress') throw refuse(`it is ${status}.`);
  const event = events.find(({ held, status: how }) => held !== undefined && how === 'Failed');
  const held = event?.held;
  if (event === undefined || held === undefined) throw refuse('nothing has failed on it, or what failed is being tried again.');
  const current = (event.earlier?.length ?? 0) + 1;
  if (attempt !== undefined && attempt !== current) throw refuse(`attempt ${attempt} at ${event.name} is over; attempt ${current} is the one that waits.`);
  if (held.decision !== null && held.decision !== decision) throw refuse(`${held.decision} was decided by ${held.decidedBy ?? 'somebody'} already.`);
  if (held.decision === null && now >= held.until) throw refuse('the time to decide is over.');
  return { event, held };
}

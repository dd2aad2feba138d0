// Why a deployment is not further along: the planner is asked again and its reasons are returned as they are, with a
// sentence each. For an ended deployment the sentences say what became of it.

import type { Waiting } from '../protocol/model/waiting.ts';
import { waitingSentence } from '../protocol/model/waiting.ts';
import { Failure } from '../protocol/errors.ts';
import type { Limits } from './planner/snapshot.ts';
import type { Database } from './store/store.ts';
import { StoredEvents, readDocument } from './store/documents.ts';
import { apply } from './planner/apply.ts';
import { plan } from './planner/plan.ts';
import { endedStatuses, loadSnapshot, type LoadedSnapshot } from './deployer/load-snapshot.ts';

export interface Explanation {
  readonly waitingOn: readonly Waiting[];
  readonly sentences: readonly string[];
}

/** Call it with a transaction. */
export async function explain(
  db: Database,
  deploymentId: string,
  now: number,
  limits: Limits,
  isConnected: (instanceId: string) => boolean,
): Promise<Explanation> {
  const loaded = await loadSnapshot(db, deploymentId, now, limits, isConnected);
  if (loaded === null) throw new Failure('DeploymentDoesNotExistException', `There is no deployment ${deploymentId}.`, 'deploymentId');
  if (endedStatuses.includes(loaded.snapshot.deployment.status)) return { waitingOn: [], sentences: outcomeSentences(loaded) };
  const next = plan(loaded.snapshot);
  // What is about to be done is no hold: look past it.
  const { waitingOn } = next.actions.length === 0 ? next : plan(apply(loaded.snapshot, next));
  if (waitingOn.length === 0) return { waitingOn, sentences: ['Nothing holds it: what comes next is being written down.'] };
  return { waitingOn, sentences: waitingOn.map((waiting) => waitingSentence(waiting, now)) };
}

function outcomeSentences({ row, document, targetRows }: LoadedSnapshot): string[] {
  const sentences = [`${row.deployment_id} has ended: ${row.status}.`];
  if (document.errorInformation !== undefined) {
    sentences.push(`${document.errorInformation.code}: ${document.errorInformation.message}`);
  }
  for (const target of targetRows.values()) {
    const events = readDocument(StoredEvents, target.events, `target ${target.target_id}`);
    const lastDone = events.findLast((event) => event.status === 'Succeeded');
    if (target.status === 'Skipped' && lastDone !== undefined) sentences.push(`${target.target_id} was cut short after ${lastDone.name}: it may be half changed.`);
    if (target.status !== 'Failed') continue;
    const failed = events.find((event) => event.status === 'Failed');
    if (failed !== undefined) sentences.push(`${target.target_id} failed in ${failed.name}: ${failed.diagnostics?.message ?? 'no message'}`);
  }
  const { rollbackMessage } = document.rollbackInfo;
  if (rollbackMessage !== undefined) sentences.push(rollbackMessage);
  return sentences;
}

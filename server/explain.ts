// Why a deployment is not further along: the planner is asked again and its reasons are returned as they are, with a
// sentence each. For an ended deployment the sentences say what became of it.

import type { Waiting } from '../protocol/model/waiting.ts';
import { waitingSentence } from '../protocol/model/waiting.ts';
import { Failure } from '../protocol/errors.ts';
import type { Snapshot } from './planner/snapshot.ts';
import type { Database } from './store/store.ts';
import { listFindings } from './store/router-findings.ts';
import { releaseSentences } from './explain-releases.ts';
import { apply } from './planner/apply.ts';
import { plan } from './planner/plan.ts';
import { endedStatuses, loadSnapshot, type LoadedSnapshot, type Presence } from './deployer/load-snapshot.ts';

export interface Explanation {
  readonly waitingOn: readonly Waiting[];
  readonly sentences: readonly string[];
}

/** Call it with a transaction. */
export async function explain(
  db: Database,
  deploymentId: string,
  now: number,
  presence: Presence,
): Promise<Explanation> {
  const loaded = await loadSnapshot(db, deploymentId, now, presence);
  if (loaded === null) throw new Failure('DeploymentDoesNotExistException', `There is no deployment ${deploymentId}.`, 'deploymentId');
  if (endedStatuses.includes(loaded.snapshot.deployment.status)) return { waitingOn: [], sentences: [...outcomeSentences(loaded), ...(await releaseSentences(db, loaded.row, now, presence.listeningSince))] };
  const next = plan(loaded.snapshot);
  // What is about to be done is no hold: look past it.
  const planned = next.actions.length === 0 ? next : plan(apply(loaded.snapshot, next));
  const waitingOn = planned.waitingOn.map((waiting) => heldOnHost(waiting, loaded, presence));
  if (waitingOn.length === 0) return { waitingOn, sentences: ['Nothing holds it: what comes next is being written down.'] };
  const gone = await deregisteredTargets(db, deploymentId);
  const told = (waiting: Waiting): string => {
    const more = 'targetId' in waiting ? gone.get(waiting.targetId) : undefined;
    return more === undefined ? waitingSentence(waiting, now) : `${waitingSentence(waiting, now)} ${more}`;
  };
  return { waitingOn, sentences: [...waitingOn.map(told), ...alarmSentences(loaded.snapshot), ...(await routerSentences(db, loaded))] };
}

/** An event that its agent has taken and not begun, with what it waits for on the host: the agent alone knows. */
function heldOnHost(waiting: Waiting, { targets }: LoadedSnapshot, { holdOf }: Presence): Waiting {
  if (waiting.reason !== 'LifecycleEvent' || waiting.isAccepted === false) return waiting;
  const target = targets.get(waiting.targetId);
  const attemptId = target?.events.find(({ name, status }) => name === waiting.event && status === 'InProgress')?.attemptId ?? null;
  const heldBy = target === undefined || attemptId === null ? null : (holdOf?.(target.row.instance_id, attemptId) ?? null);
  return heldBy === null ? waiting : { ...waiting, heldBy };
}

/** What is to be said of targets whose instance was deregistered since: the name may be another's by now. */
async function deregisteredTargets(db: Database, deploymentId: string): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('targets')
    .innerJoin('instances', 'instances.instance_id', 'targets.instance_id')
    .select(['targets.target_id', 'targets.instance_id'])
    .where('targets.deployment_id', '=', deploymentId)
    .where('instances.deregistered_at', 'is not', null)
    .execute();
  const sentence = (name: string, id: string): string => `This ${name} is the instance ${id}, which was deregistered; one enrolled anew under that name is another, and takes part from the next deployment on.`;
  return new Map(rows.map(({ target_id: name, instance_id: id }) => [name, sentence(name, id)]));
}

/** Alarms that hold nothing, and that an operator would want to know of all the same. */
function alarmSentences({ alarms }: Snapshot): string[] {
  return (alarms?.alarms ?? [])
    .filter(({ state, activeAt, isDryRun }) => state === 'INCONCLUSIVE' || (state === 'ERROR' && (isDryRun || alarms?.ignoresPollFailure === true)) || (isDryRun && (state === 'ALARM' || activeAt !== null)))
    .map(({ name, state, detail, isDryRun }) => `Alarm ${name} is ${state ?? 'not yet seen'}${isDryRun ? ', on a dry run' : ''}${detail === '' ? '.' : `: ${detail}`}`);
}

/** What is wrong with the balancers that it moves traffic at, as far as that was found. */
async function routerSentences(db: Database, { document }: LoadedSnapshot): Promise<string[]> {
  const found = await listFindings(db, (document.traffic?.routers ?? []).map(({ name }) => name));
  return found.map(({ severity, sentence }) => `Traffic ${severity}: ${sentence}`);
}

function outcomeSentences({ row, document, targets }: LoadedSnapshot): string[] {
  const sentences = [`${row.deployment_id} has ended: ${row.status}.`];
  if (document.errorInformation !== undefined) {
    sentences.push(`${document.errorInformation.code}: ${document.errorInformation.message}`);
  }
  for (const { row: target, events } of targets.values()) {
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

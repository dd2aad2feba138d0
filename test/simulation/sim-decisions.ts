// Somebody who is asked about failed targets, and decides at random, late, twice, or not at all; and what must be true of
// it afterwards. Written down before the controller is told, as the answer may be lost in a crash.

import { Failure } from '../../protocol/errors.ts';
import type { FailureDecision } from '../../protocol/model/guided-failure.ts';
import { DeploymentDocument, StoredEvents, readDocument } from '../../server/store/documents.ts';
import type { DeploymentsTable, TargetsTable } from '../../server/store/tables.ts';
import type { Fleet } from './fleet.ts';
import type { SimRandom } from './sim-random.ts';

interface Word {
  readonly deploymentId: string;
  readonly host: string;
  readonly event: string;
  readonly attempt: number;
  readonly decision: FailureDecision;
}

export class SimDecisions {
  readonly given: Word[] = [];

  /** How often somebody may have been heard to say that something on the host is to be run again. */
  retries(deploymentId: string, host: string): number {
    const words = this.given.filter((word) => word.deploymentId === deploymentId && word.host === host && word.decision === 'RETRY');
    return new Set(words.map(({ event, attempt }) => `${event} ${attempt}`)).size;
  }
}

/** Half of all groups ask. */
export function drawGuidedFailure(random: SimRandom): { readonly guidedFailure?: { readonly enabled: boolean; readonly decideWithinMinutes: number } } {
  return random.chance(0.5) ? { guidedFailure: { enabled: true, decideWithinMinutes: 1 + random.below(8) } } : {};
}

/** Sometimes says a word about what waits now, and sometimes about what does not. */
export async function decideAtRandom(fleet: Fleet, random: SimRandom, deploymentId: string): Promise<void> {
  if (!fleet.isControllerUp) return;
  const explained = await fleet.call('explainDeployment', { deploymentId }).catch(() => null);
  for (const waiting of explained?.waitingOn ?? []) {
    if (waiting.reason !== 'FailureDecision' || !random.chance(0.3)) continue;
    const decision = (['RETRY', 'RETRY', 'RETRY', 'SKIP', 'FAIL'] as const)[random.below(5)]!;
    const { targetId: host, event, attempt } = waiting;
    await say(fleet, { deploymentId, host, event, attempt, decision });
    if (random.chance(0.3)) await say(fleet, { deploymentId, host, event, attempt, decision });
  }
  // Somebody who has not looked: with no attempt named nothing but the question itself guards the target.
  const targets = await fleet.store.db.selectFrom('targets').select(['target_id', 'status']).where('deployment_id', '=', deploymentId).execute();
  const ended = targets.filter(({ status }) => status !== 'InProgress' && status !== 'Pending');
  if (ended.length === 0 || !random.chance(0.1)) return;
  const { target_id: host, status } = ended[random.below(ended.length)]!;
  const answer = await fleet.call('decideDeploymentFailure', { deploymentId, targetIds: [host], decision: 'RETRY' }).then(() => 'taken', (error: unknown) => (error instanceof Failure ? 'refused' : 'lost'));
  if (answer === 'taken') fleet.violations.push(`a decision was taken about ${host} of ${deploymentId}, which was ${status}`);
}

async function say(fleet: Fleet, word: Word): Promise<void> {
  const { deploymentId, host, decision, attempt } = word;
  fleet.decisions.given.push(word);
  await fleet.call('decideDeploymentFailure', { deploymentId, targetIds: [host], decision, attempt }).catch((error: unknown) => {
    if (!(error instanceof Failure)) return;
    fleet.decisions.given.splice(fleet.decisions.given.lastIndexOf(word), 1);
    if (!['DeploymentTargetNotWaitingException', 'DeploymentAlreadyCompletedException', 'InvalidDeploymentStatusException'].includes(error.code)) throw error;
  });
}

/** The controller may be down when the time is over. */
const mostLateMs = 5 * 60_000;

/** What the store says was tried again somebody wanted tried again; what was left out somebody wanted left out; nothing waits in a deployment that is over, or has waited for too long. */
export function checkDecisions(fleet: Fleet, { deployment_id: deploymentId, document }: DeploymentsTable, targets: readonly TargetsTable[]): void {
  const { decideWithinMs } = readDocument(DeploymentDocument, document, deploymentId);
  const wasSaid = (host: string, event: string, attempt: number, decision: FailureDecision): boolean =>
    fleet.decisions.given.some((word) => word.deploymentId === deploymentId && word.host === host && word.event === event && word.attempt === attempt && word.decision === decision);
  for (const { target_id: host, status, events, last_updated_at: endedAt } of targets) {
    for (const event of readDocument(StoredEvents, events, deploymentId)) {
      const { name, held, earlier = [] } = event;
      const what = `${name} of ${deploymentId} on ${host}`;
      if (decideWithinMs === undefined && (held !== undefined || earlier.length > 0)) fleet.violations.push(`${what} asked somebody, and nobody wanted that`);
      earlier.forEach((_, index) => wasSaid(host, name, index + 1, 'RETRY') || fleet.violations.push(`${what} was tried again after attempt ${index + 1}, and nobody had said so`));
      if (held === undefined) continue;
      if (status === 'InProgress' || status === 'Succeeded') fleet.violations.push(`${what} still asks somebody, and the target is ${status}`);
      if (held.decision === null && endedAt > held.until + mostLateMs) fleet.violations.push(`${what} asked somebody for ${Math.round((endedAt - held.until) / 1000)} s longer than it was to`);
      if ((status === 'Skipped') !== (held.decision === 'SKIP')) fleet.violations.push(`${what} was decided as ${held.decision ?? 'nothing'}, and the target is ${status}`);
      if (held.decision !== null && !wasSaid(host, name, earlier.length + 1, held.decision)) fleet.violations.push(`${what} is said to have been decided as ${held.decision}, and nobody did`);
    }
  }
}

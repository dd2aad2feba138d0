// Why a promotion is not further along: the planner is asked again and its reasons are returned as they are, with a
// sentence each; below them those of its deployments under way. For an ended one the sentences say what became of it.

import { Failure } from '../protocol/errors.ts';
import type { PromotionWaiting } from '../protocol/model/promotion-waiting.ts';
import { promotionWaitingSentence } from '../protocol/model/promotion-waiting.ts';
import type { Presence } from './deployer/load-snapshot.ts';
import { loadPromotion, type LoadedPromotion } from './deployer/load-promotion.ts';
import { explain } from './explain.ts';
import { applyPromotion } from './planner/promotion/apply.ts';
import { planPromotion } from './planner/promotion/plan.ts';
import { isRunning, promotionHasEnded } from './planner/promotion/standing.ts';
import type { Database } from './store/store.ts';

export interface PromotionExplanation {
  readonly waitingOn: readonly PromotionWaiting[];
  readonly sentences: readonly string[];
}

/** Its own holds alone: what a watcher is shown with every picture. Call it with a transaction. */
export async function explainPromotionBriefly(db: Database, promotionId: string, now: number): Promise<PromotionExplanation> {
  return holdsOf(await requireLoaded(db, promotionId, now), now);
}

/** With the holds of its deployments under way. Call it with a transaction. */
export async function explainPromotion(db: Database, promotionId: string, now: number, presence: Presence): Promise<PromotionExplanation> {
  const loaded = await requireLoaded(db, promotionId, now);
  const { waitingOn, sentences } = holdsOf(loaded, now);
  if (promotionHasEnded(loaded.snapshot.promotion)) return { waitingOn, sentences };
  const more: string[] = [];
  for (const { name, deployment } of loaded.snapshot.waves.flatMap(({ groups }) => groups)) {
    if (deployment === null || !isRunning(deployment)) continue;
    const inside = await explain(db, deployment.deploymentId, now, presence);
    more.push(...inside.sentences.map((sentence) => `${deployment.deploymentId} to ${name}: ${sentence}`));
  }
  return { waitingOn, sentences: [...sentences, ...more] };
}

async function requireLoaded(db: Database, promotionId: string, now: number): Promise<LoadedPromotion> {
  const loaded = await loadPromotion(db, promotionId, now);
  if (loaded === null) throw new Failure('PromotionDoesNotExistException', `There is no promotion ${promotionId}.`, 'promotionId');
  return loaded;
}

function holdsOf(loaded: LoadedPromotion, now: number): PromotionExplanation {
  const { snapshot } = loaded;
  if (promotionHasEnded(snapshot.promotion)) return { waitingOn: [], sentences: outcomeSentences(loaded) };
  const next = planPromotion(snapshot);
  // What is about to be done is no hold: look past it.
  const { waitingOn } = next.actions.length === 0 ? next : planPromotion(applyPromotion(snapshot, next));
  if (waitingOn.length === 0) return { waitingOn, sentences: ['Nothing holds it: what comes next is being written down.'] };
  return { waitingOn, sentences: waitingOn.map((waiting) => promotionWaitingSentence(waiting, now)) };
}

function outcomeSentences({ row, document }: LoadedPromotion): string[] {
  const { errorInformation, statusMessages } = document;
  return [`${row.promotion_id} has ended: ${row.status}.`, ...(errorInformation === undefined ? [] : [`${errorInformation.code}: ${errorInformation.message}`]), ...statusMessages];
}

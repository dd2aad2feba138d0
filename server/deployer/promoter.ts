// Carries promotions on: wake -> snapshot -> plan -> check -> commit, again until the plan is empty, as the reconciler
// does for deployments. Woken by what is asked for, by the end of a deployment, by time, and by period for truth.

import type { World } from '../../world/world.ts';
import type { Timer } from '../../world/clock.ts';
import { checkPromotion } from '../planner/promotion/check.ts';
import { planPromotion } from '../planner/promotion/plan.ts';
import { promotionHasEnded } from '../planner/promotion/standing.ts';
import { listPromotionsOf, listUnfinishedPromotionIds } from '../store/promotions.ts';
import type { Store } from '../store/store.ts';
import { commitPromotion } from './commit-promotion.ts';
import { loadPromotion } from './load-promotion.ts';
import type { Whereabouts } from './notices.ts';

export interface PromoterOptions {
  readonly store: Store;
  readonly world: World;
  readonly lookEveryMs: number;
  /** Something about the deployment changed, or it is new: look at it now. */
  readonly wakeDeployment: (deploymentId: string) => void;
  /** Called after every commit of a promotion. */
  readonly changed: (promotionId: string) => void;
  readonly whereabouts: Whereabouts;
  /** Called after a commit that left something to be carried out. */
  readonly carryOut: () => void;
}

export interface Promoter {
  wake(promotionId: string): void;
  /** Wakes everything unfinished: at start, and by period. */
  wakeAll(): Promise<void>;
  /** A deployment has ended, or its bundle is here: wakes the promotion that it belongs to, if any. Returns at once. */
  deploymentMoved(deploymentId: string): void;
  /** Stops planning; a commit under way is finished first. */
  close(): Promise<void>;
}

export function makePromoter({ store, world, lookEveryMs, wakeDeployment, changed, whereabouts, carryOut }: PromoterOptions): Promoter {
  const log = world.log.child({ room: 'deployer' });
  const running = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const timers = new Map<string, Timer>();
  let isClosed = false;
  let look: Timer | null = null;

  function wake(promotionId: string): void {
    if (isClosed) return;
    if (running.has(promotionId)) {
      again.add(promotionId);
      return;
    }
    const turn = settle(promotionId)
      .catch((error: unknown) => {
        log.error({ promotionId, error: String(error instanceof Error ? error.stack : error) }, 'planning a promotion failed; it is tried again at the next look');
      })
      .finally(() => {
        running.delete(promotionId);
        if (again.delete(promotionId)) wake(promotionId);
      });
    running.set(promotionId, turn);
  }

  /** Plans and commits until nothing more can be done now. */
  async function settle(promotionId: string): Promise<void> {
    for (let round = 0; !isClosed && !store.deposed.aborted; round += 1) {
      if (round > 1000) throw new Error(`Promotion ${promotionId} was planned ${round} times without coming to rest.`);
      const loaded = await store.transaction((tx) => loadPromotion(tx, promotionId, world.clock.now()));
      if (loaded === null || promotionHasEnded(loaded.snapshot.promotion)) return;
      const plan = planPromotion(loaded.snapshot);
      const violations = checkPromotion(loaded.snapshot, plan);
      if (violations.length > 0) throw new Error(`A plan for ${promotionId} breaks the rules and was not kept: ${violations.join(' ')}`);
      if (plan.actions.length === 0) {
        wakeLater(promotionId, plan.wakeAt);
        return;
      }
      const committed = await commitPromotion(store, loaded, plan, world.random, whereabouts);
      if (committed === null) continue;
      for (const action of plan.actions) log.info({ promotionId, action }, 'committed');
      changed(promotionId);
      if (committed.hasEffects) carryOut();
      for (const deploymentId of committed.wakeDeployments) wakeDeployment(deploymentId);
      for (const other of committed.wakePromotions) wake(other);
    }
  }

  function wakeLater(promotionId: string, wakeAt: number | null): void {
    timers.get(promotionId)?.cancel();
    timers.delete(promotionId);
    if (wakeAt === null || isClosed) return;
    // A timer cannot be set for longer than this; looking early does no harm.
    const inMs = Math.min(Math.max(1, wakeAt - world.clock.now()), 86_400_000);
    timers.set(promotionId, world.clock.after(inMs, () => wake(promotionId)));
  }

  async function wakeAll(): Promise<void> {
    for (const promotionId of await listUnfinishedPromotionIds(store.db)) wake(promotionId);
  }

  function lookRegularly(): void {
    if (isClosed) return;
    look = world.clock.after(lookEveryMs, () => {
      wakeAll()
        .catch((error: unknown) => log.error({ error: String(error) }, 'the periodic look at promotions failed'))
        .finally(lookRegularly);
    });
  }
  lookRegularly();

  return {
    wake,
    wakeAll,
    deploymentMoved(deploymentId) {
      if (isClosed) return;
      listPromotionsOf(store.db, [deploymentId])
        .then((rows) => rows.forEach((row) => wake(row.promotion_id)))
        .catch((error: unknown) => log.warn({ deploymentId, error: String(error) }, 'the promotion of a deployment could not be woken; the periodic look will'));
    },
    async close() {
      isClosed = true;
      look?.cancel();
      for (const timer of timers.values()) timer.cancel();
      await Promise.all(running.values());
    },
  };
}

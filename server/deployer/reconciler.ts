// Wake -> snapshot -> plan -> check -> commit -> nudge, again until the plan is empty. Takes no input but which
// deployment: reports, API calls and timers only wake it, so there is one path, always exercised, restart included.
// Woken by signal for speed and by period for truth. Wakes of one deployment coalesce; deployments do not wait for
// each other's commits longer than the store makes them.

import type { Limits } from '../planner/snapshot.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Store } from '../store/store.ts';
import type { World } from '../../world/world.ts';
import type { Timer } from '../../world/clock.ts';
import { plan as decide } from '../planner/plan.ts';
import { check } from '../planner/check.ts';
import { commitPlan } from './commit-plan.ts';
import { endedStatuses, loadSnapshot } from './load-snapshot.ts';

export interface ReconcilerOptions {
  readonly store: Store;
  readonly world: World;
  readonly limits: Limits;
  /** How often every unfinished deployment is looked at even if nothing woke it. */
  readonly lookEveryMs: number;
  readonly isConnected: (instanceId: string) => boolean;
  /** Called after a commit, for every instance that has new commands. */
  readonly nudge: (instanceId: string) => void;
  /** Called after every commit of a deployment. */
  readonly changed: (deploymentId: string) => void;
  /** Called when an operator would want to see that a hold changed. */
  readonly held?: (deploymentId: string, waitingOn: readonly Waiting[]) => void;
}

export interface Reconciler {
  wake(deploymentId: string): void;
  /** Wakes everything unfinished: at start, and by period. */
  wakeAll(): Promise<void>;
  /** Stops planning; a commit under way is finished first. */
  close(): Promise<void>;
}

export function makeReconciler(options: ReconcilerOptions): Reconciler {
  const { world } = options;
  const log = world.log.child({ room: 'deployer' });
  const running = new Map<string, Promise<void>>();
  const again = new Set<string>();
  const timers = new Map<string, Timer>();
  let isClosed = false;
  let look: Timer | null = null;

  function wake(deploymentId: string): void {
    if (isClosed) return;
    if (running.has(deploymentId)) {
      again.add(deploymentId);
      return;
    }
    const turn = settle(deploymentId)
      .catch((error: unknown) => {
        log.error({ deploymentId, error: String(error instanceof Error ? error.stack : error) }, 'planning failed; it is tried again at the next look');
      })
      .finally(() => {
        running.delete(deploymentId);
        if (again.delete(deploymentId)) wake(deploymentId);
      });
    running.set(deploymentId, turn);
  }

  /** Plans and commits until nothing more can be done now. */
  async function settle(deploymentId: string): Promise<void> {
    for (let round = 0; !isClosed; round += 1) {
      if (round > 1000) throw new Error(`Deployment ${deploymentId} was planned ${round} times without coming to rest.`);
      const loaded = await options.store.transaction((tx) => loadSnapshot(tx, deploymentId, world.clock.now(), options.limits, options.isConnected));
      if (loaded === null || endedStatuses.includes(loaded.snapshot.deployment.status)) return;
      const plan = decide(loaded.snapshot);
      const violations = check(loaded.snapshot, plan);
      if (violations.length > 0) throw new Error(`A plan for ${deploymentId} breaks the rules and was not kept: ${violations.join(' ')}`);
      if (plan.actions.length === 0) {
        if (loaded.row.wake_at !== plan.wakeAt) await saveWakeAt(deploymentId, plan.wakeAt);
        wakeLater(deploymentId, plan.wakeAt);
        options.held?.(deploymentId, plan.waitingOn);
        return;
      }
      const committed = await commitPlan(options.store, loaded, plan, world);
      if (committed === null) continue;
      for (const action of plan.actions) log.info({ deploymentId, action }, 'committed');
      options.changed(deploymentId);
      for (const instanceId of committed.nudge) options.nudge(instanceId);
      for (const other of committed.wake) wake(other);
    }
  }

  async function saveWakeAt(deploymentId: string, wakeAt: number | null): Promise<void> {
    await options.store.db.updateTable('deployments').set({ wake_at: wakeAt }).where('deployment_id', '=', deploymentId).execute();
  }

  function wakeLater(deploymentId: string, wakeAt: number | null): void {
    timers.get(deploymentId)?.cancel();
    timers.delete(deploymentId);
    if (wakeAt === null || isClosed) return;
    const timer = world.clock.after(Math.max(1, wakeAt - world.clock.now()), () => wake(deploymentId));
    timers.set(deploymentId, timer);
  }

  async function wakeAll(): Promise<void> {
    const unfinished = await options.store.db
      .selectFrom('deployments')
      .select('deployment_id')
      .where('status', 'not in', endedStatuses)
      .orderBy('created_at')
      .execute();
    for (const { deployment_id: deploymentId } of unfinished) wake(deploymentId);
  }

  function lookRegularly(): void {
    if (isClosed) return;
    look = world.clock.after(options.lookEveryMs, () => {
      wakeAll()
        .catch((error: unknown) => log.error({ error: String(error) }, 'the periodic look failed'))
        .finally(lookRegularly);
    });
  }
  lookRegularly();

  return {
    wake,
    wakeAll,
    async close() {
      isClosed = true;
      look?.cancel();
      for (const timer of timers.values()) timer.cancel();
      await Promise.all(running.values());
    },
  };
}

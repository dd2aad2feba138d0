// Wake -> snapshot -> plan -> check -> commit -> send, again until the plan is empty. Takes no input but which
// deployment: reports, API calls and timers only wake it, so there is one path, always exercised, restart included.
// Woken by signal for speed and by period for truth. Wakes of one deployment coalesce, the more the longer its planning
// takes: what a plan costs grows with the deployment, and so does how many would be made. Deployments do not wait for each
// other's commits longer than the store makes them.

import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Database, Store } from '../store/store.ts';
import type { CommandsTable } from '../store/tables.ts';
import type { World } from '../../world/world.ts';
import type { Timer } from '../../world/clock.ts';
import { plan as decide } from '../planner/plan.ts';
import { check } from '../planner/check.ts';
import type { Action, Plan } from '../planner/actions.ts';
import { makeBreath } from '../breath.ts';
import { commitPlan, type Committed } from './commit-plan.ts';
import { KnownTargets } from './known-targets.ts';
import { leadershipOf } from './leadership.ts';
import { endedStatuses, loadSnapshot, type Presence } from './load-snapshot.ts';
import type { Whereabouts } from './notices.ts';

export interface ReconcilerOptions {
  readonly store: Store;
  readonly world: World;
  readonly presence: Presence;
  /** How often every unfinished deployment is looked at even if nothing woke it. */
  readonly lookEveryMs: number;
  /** Lets what has come in meanwhile have its turn; absent: a plan is made and written in one go. */
  readonly letOthers?: () => Promise<void>;
  /** Called after a commit, with the commands that it wrote. */
  readonly send: (commands: readonly CommandsTable[]) => void;
  /** Called after a commit that left something to be carried out. */
  readonly carryOut?: () => void;
  /** Called after a commit that asks something of routers. */
  readonly moveTraffic?: () => void;
  /** Called after a commit that ended the deployment. */
  readonly ended?: (deploymentId: string) => void;
  readonly whereabouts: Whereabouts;
  /** Called after every commit of a deployment. */
  readonly changed: (deploymentId: string) => void;
  /** Called when an operator would want to see that a hold changed. */
  readonly held?: (deploymentId: string, waitingOn: readonly Waiting[]) => void;
}

export interface Reconciler {
  wake(deploymentId: string): void;
  /** Something changed that moves deadlines only: wakes it before long, together with what else comes. */
  wakeSoon(deploymentId: string): void;
  /** Wakes everything unfinished: at start, and by period. */
  wakeAll(): Promise<void>;
  /** When the last periodic look ended, well or badly, by the monotonic clock: what the watchdog goes by. */
  readonly lookedAt: number;
  /** Deployments that the last look found unfinished. */
  readonly unfinished: number;
  /** Stops planning; a commit under way is finished first. */
  close(): Promise<void>;
}

/** Of one plan. */
const mostToldSingly = 20;
/** How long what moves deadlines only may wait: far less than any of them. */
const soonMs = 500;
/** Planning that took longer is followed by a rest of as much, at the most so long. */
const quickMs = 10;
const longestRestMs = 1_000;

/** What goes on with targets: nothing follows from it before an agent has answered. */
function isOrdinary(action: Action): boolean {
  return action.kind === 'StartTarget' || action.kind === 'RunEvent' || (action.kind === 'FinishTarget' && action.status === 'Succeeded');
}

export function makeReconciler(options: ReconcilerOptions): Reconciler {
  const { world } = options;
  const log = world.log.child({ room: 'deployer' });
  const leadership = leadershipOf(options.store);
  const running = new Map<string, Promise<void>>();
  const resting = new Map<string, Timer>();
  const again = new Set<string>();
  const soon = new Map<string, Timer>();
  const timers = new Map<string, Timer>();
  const knownTargets = new Map<string, KnownTargets>();
  let isClosed = false;
  let look: Timer | null = null;
  let lookedAt = world.clock.monotonic();
  let unfinishedCount = 0;

  function wake(deploymentId: string): void {
    if (isClosed) return;
    soon.get(deploymentId)?.cancel();
    soon.delete(deploymentId);
    if (running.has(deploymentId) || resting.has(deploymentId)) {
      again.add(deploymentId);
      return;
    }
    const startedAt = world.clock.monotonic();
    const turn = settle(deploymentId)
      .catch((error: unknown) => {
        log.error({ deploymentId, error: String(error instanceof Error ? error.stack : error) }, 'planning failed; it is tried again at the next look');
      })
      .finally(() => {
        running.delete(deploymentId);
        rest(deploymentId, world.clock.monotonic() - startedAt);
      });
    running.set(deploymentId, turn);
  }

  function rest(deploymentId: string, tookMs: number): void {
    const restMs = Math.min(tookMs - quickMs, longestRestMs);
    const end = () => {
      resting.delete(deploymentId);
      if (again.delete(deploymentId)) wake(deploymentId);
    };
    if (restMs <= 0 || isClosed) return end();
    resting.set(deploymentId, world.clock.after(restMs, end));
  }

  function wakeSoon(deploymentId: string): void {
    if (isClosed || soon.has(deploymentId) || again.has(deploymentId)) return;
    soon.set(deploymentId, world.clock.after(soonMs, () => wake(deploymentId)));
  }

  /** Plans and commits until nothing more can be done now. */
  async function settle(deploymentId: string): Promise<void> {
    for (let round = 0; !isClosed && leadership.mayPlan(deploymentId); round += 1) {
      if (round > 1000) throw new Error(`Deployment ${deploymentId} was planned ${round} times without coming to rest.`);
      const planned = await options.store.transaction((tx) => planOnce(tx, deploymentId));
      if (planned === null) return;
      const { plan, committed } = planned;
      if (plan.actions.length === 0) return restUntil(deploymentId, plan);
      if (committed === null) continue;
      knownTargets.get(deploymentId)?.wrote(committed.targets, committed.version);
      tell(deploymentId, plan);
      options.changed(deploymentId);
      if (plan.actions.some((action) => action.kind === 'FinishDeployment')) options.ended?.(deploymentId);
      if (committed.commands.length > 0) options.send(committed.commands);
      if (committed.hasEffects) options.carryOut?.();
      if (committed.movesTraffic) options.moveTraffic?.();
      for (const other of committed.wake) wake(other);
      // What it says of waiting holds with its actions written: the check has seen to that.
      if (plan.actions.every(isOrdinary) && !again.has(deploymentId)) return restUntil(deploymentId, plan);
    }
  }

  function restUntil(deploymentId: string, { wakeAt, waitingOn }: Plan): void {
    wakeLater(deploymentId, wakeAt);
    options.held?.(deploymentId, waitingOn);
  }

  /** Reads, decides and writes in one transaction, so that nothing comes in between; null when there is nothing to plan. */
  async function planOnce(tx: Database, deploymentId: string): Promise<{ readonly plan: Plan; readonly committed: Committed | null } | null> {
    const breath = makeBreath(world.clock, options.letOthers);
    const known = knownTargets.get(deploymentId) ?? new KnownTargets();
    const loaded = await loadSnapshot(tx, deploymentId, world.clock.now(), options.presence, { breath, known });
    if (loaded === null || endedStatuses.includes(loaded.snapshot.deployment.status)) {
      knownTargets.delete(deploymentId);
      return null;
    }
    knownTargets.set(deploymentId, known);
    await breath.take();
    const plan = decide(loaded.snapshot);
    await breath.take();
    const violations = check(loaded.snapshot, plan);
    if (violations.length > 0) throw new Error(`A plan for ${deploymentId} breaks the rules and was not kept: ${violations.join(' ')}`);
    return { plan, committed: plan.actions.length === 0 ? null : await commitPlan(tx, loaded, plan, world, options.whereabouts, breath) };
  }

  /** Each action has its line, unless there are many: then what is ordinary is counted, and told one by one at debug level. */
  function tell(deploymentId: string, { actions }: Plan): void {
    const isMany = actions.length > mostToldSingly;
    const ordinary: Record<string, number> = {};
    for (const action of actions) {
      if (isMany && isOrdinary(action)) {
        ordinary[action.kind] = (ordinary[action.kind] ?? 0) + 1;
        log.debug({ deploymentId, action }, 'committed');
      } else {
        log.info({ deploymentId, action }, 'committed');
      }
    }
    if (isMany) log.info({ deploymentId, counts: ordinary }, 'committed');
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
    unfinishedCount = unfinished.length;
    for (const { deployment_id: deploymentId } of unfinished) {
      knownTargets.get(deploymentId)?.forget();
      wake(deploymentId);
    }
  }

  function lookRegularly(): void {
    if (isClosed) return;
    look = world.clock.after(options.lookEveryMs, () => {
      wakeAll()
        .catch((error: unknown) => log.error({ error: String(error) }, 'the periodic look failed'))
        .finally(() => {
          lookedAt = world.clock.monotonic();
          lookRegularly();
        });
    });
  }
  lookRegularly();

  return {
    wake,
    wakeSoon,
    wakeAll,
    get lookedAt() {
      return lookedAt;
    },
    get unfinished() {
      return unfinishedCount;
    },
    async close() {
      isClosed = true;
      look?.cancel();
      for (const timer of [...timers.values(), ...resting.values(), ...soon.values()]) timer.cancel();
      await Promise.all(running.values());
    },
  };
}

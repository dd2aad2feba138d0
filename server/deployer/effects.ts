// Carries out what the effects table asks for, and writes down what became of it. Nothing is remembered but what is under
// way: the table says what is due, so a restart goes on where the last process was cut off. An effect that failed is due
// again after a pause drawn from a doubling window, until its executor's patience ends. A far end gets few acts at once,
// so that one that hangs keeps nobody else waiting; no deployment ever waits here.

import { reconnectDelayMs, type Backoff } from '../../world/backoff.ts';
import type { Timer } from '../../world/clock.ts';
import type { World } from '../../world/world.ts';
import { createdAtOf, dueEffects, endEffect, forgetEffects, nextDueAt, postponeEffect, releaseLanes } from '../store/effects.ts';
import type { Store } from '../store/store.ts';
import type { EffectsTable } from '../store/tables.ts';
import type { Effect, EffectOutcome, Executors } from './executors.ts';

export interface EffectsOptions {
  readonly store: Store;
  readonly world: Pick<World, 'clock' | 'random' | 'log'>;
  readonly executors: Executors;
  /** Told when something about a deployment's effects is different now. */
  readonly changed?: (deploymentId: string, kind: string) => void;
  readonly limits?: Partial<EffectLimits>;
}

export interface EffectLimits {
  readonly atOnce: number;
  readonly atOncePerFarEnd: number;
  readonly backoff: Backoff;
  /** One attempt must end within this time. */
  readonly attemptMs: number;
  /** The table is looked at this often even if nobody said that there is something new. */
  readonly lookEveryMs: number;
  /** What is over is shown for so long. */
  readonly keepMs: number;
}

export interface Effects {
  /** There may be something new in the table. */
  nudge(): void;
  /** Ends what is under way; it is tried again at the next start. */
  close(): Promise<void>;
}

const defaultLimits: EffectLimits = {
  atOnce: 32,
  atOncePerFarEnd: 4,
  backoff: { leastMs: 500, firstMs: 2_000, mostMs: 15 * 60_000 },
  attemptMs: 30_000,
  lookEveryMs: 15_000,
  keepMs: 30 * 24 * 3_600_000,
};

export function makeEffects(options: EffectsOptions): Effects {
  const { store, world, executors } = options;
  const { clock } = world;
  const limits = { ...defaultLimits, ...options.limits };
  const log = world.log.child({ room: 'deployer' });
  const leaving = new AbortController();
  const underWay = new Map<string, { readonly farEnd: string; readonly turn: Promise<void> }>();
  let looking: Promise<void> | null = null;
  let isNews = false;
  let timer: Timer | null = null;
  let tidiedAt = -Infinity;

  function nudge(): void {
    if (leaving.signal.aborted) return;
    isNews = true;
    looking ??= look()
      .catch((error: unknown) => log.warn({ error: String(error) }, 'the effects could not be looked at; that is tried again'))
      .finally(() => {
        looking = null;
        if (isNews) nudge();
      });
  }

  async function look(): Promise<void> {
    isNews = false;
    timer?.cancel();
    wakeAfter(limits.lookEveryMs);
    await tidy();
    for (let free = limits.atOnce - underWay.size; free > 0 && !leaving.signal.aborted; free = limits.atOnce - underWay.size) {
      const due = await dueEffects(store.db, clock.now(), free, [...underWay.keys()], busyFarEnds());
      if (due.length === 0) break;
      for (const row of due) if (countAt(row.far_end) < limits.atOncePerFarEnd) begin(row);
    }
    if (underWay.size >= limits.atOnce || leaving.signal.aborted) return;
    const next = await nextDueAt(store.db, [...underWay.keys()], busyFarEnds());
    if (next !== null) wakeAfter(Math.min(limits.lookEveryMs, Math.max(1, next - clock.now())));
  }

  function wakeAfter(ms: number): void {
    timer?.cancel();
    timer = leaving.signal.aborted ? null : clock.after(ms, nudge);
  }

  async function tidy(): Promise<void> {
    if (clock.monotonic() - tidiedAt < 20 * limits.lookEveryMs) return;
    tidiedAt = clock.monotonic();
    await store.transaction(async (tx) => {
      await releaseLanes(tx, clock.now());
      await forgetEffects(tx, clock.now() - limits.keepMs);
    });
  }

  const countAt = (farEnd: string): number => [...underWay.values()].filter((one) => one.farEnd === farEnd).length;
  const busyFarEnds = (): string[] => [...new Set([...underWay.values()].map((one) => one.farEnd))].filter((farEnd) => countAt(farEnd) >= limits.atOncePerFarEnd);

  function begin(row: EffectsTable): void {
    const turn = carryOut(row)
      .catch((error: unknown) => log.error({ effectId: row.effect_id, error: String(error instanceof Error ? error.stack : error) }, 'an effect could not be recorded; it is tried again'))
      .finally(() => {
        underWay.delete(row.effect_id);
        nudge();
      });
    underWay.set(row.effect_id, { farEnd: row.far_end, turn });
  }

  async function carryOut(row: EffectsTable): Promise<void> {
    const outcome = await attempt(row);
    if (outcome === null) return;
    await record(row, outcome);
    if (row.deployment_id !== null) options.changed?.(row.deployment_id, row.kind);
  }

  /** Null when the controller is leaving: then it was not tried to its end. */
  async function attempt(row: EffectsTable): Promise<EffectOutcome | null> {
    const executor = executors[row.kind];
    if (executor === undefined) return { kind: 'failed', error: `This controller does not know how to carry out ${row.kind}. Start the version that wrote it.`, mayRetry: true };
    const hurry = new AbortController();
    const deadline = clock.after(limits.attemptMs, () => hurry.abort());
    try {
      return await executor.carryOut(effectOf(row), AbortSignal.any([hurry.signal, leaving.signal]));
    } catch (error) {
      if (leaving.signal.aborted) return null;
      log.error({ effectId: row.effect_id, error: String(error instanceof Error ? error.stack : error) }, 'an effect failed in a way that nobody thought of; it is tried again');
      return { kind: 'failed', error: error instanceof Error ? error.message : String(error), mayRetry: true };
    } finally {
      deadline.cancel();
    }
  }

  async function record(row: EffectsTable, outcome: EffectOutcome): Promise<void> {
    const about = { effectId: row.effect_id, kind: row.kind, deploymentId: row.deployment_id, farEnd: row.far_end, attempts: row.attempts + 1 };
    if (outcome.kind === 'done') {
      await store.transaction((tx) => endEffect(tx, row, clock.now(), null));
      log.info(about, 'an effect is done');
      return;
    }
    if (leaving.signal.aborted) return;
    const { error, mayRetry } = outcome;
    const patience = executors[row.kind]?.giveUpAfterMs ?? Infinity;
    const againInMs = reconnectDelayMs(Math.min(row.attempts, 30), (n) => world.random.below(n), limits.backoff);
    // The row as it is now: the wall clock may have been stepped since it was read.
    const isGivenUp = await store.transaction(async (tx) => {
      const now = clock.now();
      const isLast = !mayRetry || now + againInMs - (await createdAtOf(tx, row)) > patience;
      await (isLast ? endEffect(tx, row, now, error) : postponeEffect(tx, row.effect_id, now + againInMs, error));
      if (isLast) await executors[row.kind]?.givenUp?.(tx, effectOf(row), error);
      return isLast;
    });
    if (isGivenUp) {
      log.warn({ ...about, error }, 'an effect is given up');
      return;
    }
    log.warn({ ...about, error, againInMs }, 'an effect failed; it is tried again');
  }

  nudge();
  return {
    nudge,
    async close() {
      leaving.abort();
      timer?.cancel();
      await looking;
      await Promise.all([...underWay.values()].map(({ turn }) => turn));
    },
  };
}

function effectOf(row: EffectsTable): Effect {
  return { effectId: row.effect_id, deploymentId: row.deployment_id, payload: JSON.parse(row.payload) as unknown, createdAt: Number(row.created_at), attempts: row.attempts };
}

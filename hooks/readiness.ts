// Waits until a revision is ready, by looking again and again. The life of a probe:
//
//   looking ── a look succeeds ──▶ healthy since then ── still so minHealthyMs later, by another look ──▶ ready
//      ▲                                │
//      └───────── a look fails ─────────┘            timeoutMs after the first look ──▶ not ready, with the last sighting
//
// Nothing of this is remembered across a restart of the agent: a look harms nobody, and what held then may not hold now.

import type { Readiness } from './appspec/appspec.ts';
import type { Clock } from '../world/clock.ts';

/** What one look saw. `words` continue a sentence about the probe: `answered with status 503`. */
export interface Look {
  readonly isHealthy: boolean;
  readonly words: string;
}

export type ReadinessEnd =
  | { readonly kind: 'ready'; readonly looks: number; readonly tookMs: number }
  | { readonly kind: 'not_ready'; readonly sentence: string }
  | { readonly kind: 'stopped' };

/** Longest a single look may take. */
const lookMs = 5_000;
/** One that had less time at the end, and did not come to anything, says nothing about the revision. */
const hastyMs = 100;

/**
 * Looks until the probe has held without a break for `minHealthyMs`, at most `timeoutMs`. `look` gets its time limit and
 * must not throw, except when `signal` is aborted.
 */
export async function awaitReadiness(readiness: Readiness, name: string, look: (timeoutMs: number) => Promise<Look>, clock: Clock, signal: AbortSignal): Promise<ReadinessEnd> {
  const { minHealthyMs, timeoutMs, intervalMs } = readiness;
  const begunAt = clock.monotonic();
  const giveUpAt = begunAt + timeoutMs;
  let healthySince: number | null = null;
  let before: Look | null = null;
  for (let looks = 1; ; looks += 1) {
    if (signal.aborted) return { kind: 'stopped' };
    const lookedAt = clock.monotonic();
    const patienceMs = Math.max(1, Math.min(lookMs, giveUpAt - lookedAt));
    const seen = await look(patienceMs);
    if (signal.aborted) return { kind: 'stopped' };
    const now = clock.monotonic();
    // Known healthy from the end of the first look that said so to the beginning of the last one.
    healthySince = seen.isHealthy ? (healthySince ?? now) : null;
    const heldMs = healthySince === null ? null : Math.max(0, lookedAt - healthySince);
    if (heldMs !== null && heldMs >= minHealthyMs) return { kind: 'ready', looks, tookMs: now - begunAt };
    if (now >= giveUpAt) {
      const told = patienceMs < hastyMs && before?.isHealthy === false ? before : seen;
      return { kind: 'not_ready', sentence: notReady(readiness, name, seen.isHealthy ? seen : told, heldMs) };
    }
    if (patienceMs >= hastyMs || seen.isHealthy) before = seen;
    const dueMs = healthySince === null ? intervalMs : Math.min(intervalMs, healthySince + minHealthyMs - now);
    await clock.sleep(Math.max(1, Math.min(dueMs, giveUpAt - now)), signal).catch(() => undefined);
  }
}

function notReady({ timeoutMs, minHealthyMs }: Readiness, name: string, seen: Look, heldMs: number | null): string {
  const last = heldMs === null ? `The last look: it ${seen.words}` : `It ${seen.words} at last, but had held for ${Math.round(heldMs)} ms only, not ${minHealthyMs}`;
  return `The readiness probe ${name} did not hold within ${timeoutMs} ms. ${last}.`;
}

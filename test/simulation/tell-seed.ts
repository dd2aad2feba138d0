// One numbered seed, told once or twice, and what came of it in few words. Run as a program it is a worker of pool.ts.

import { createHash } from 'node:crypto';
import { rates, weatherOf } from './rates.ts';
import { type PlotName, plots, tellStory } from './story.ts';

export interface SeedVerdict {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly deployments: number;
  readonly scripts: number;
  readonly writes: number;
  /** Deployments created by the index of a plan. */
  readonly applied: number;
  /** The whole story in one word. */
  readonly hash: string;
  readonly tookMs: number;
}

/** Told twice, a story that differs is a violation too: something real leaked into the simulation. */
export async function tellSeed(seed: number, isTwice: boolean, plot: PlotName): Promise<SeedVerdict> {
  const beganAt = performance.now();
  const weather = rates[weatherOf(seed)];
  const told = await tellStory(`seed ${seed}`, weather, plots[plot]);
  const hash = digest(told.trace);
  const again = isTwice ? digest((await tellStory(`seed ${seed}`, weather, plots[plot])).trace) : hash;
  const violations = again === hash ? told.violations : [...told.violations, `two runs of seed ${seed} differ`];
  return { seed, violations, deployments: told.deployments.length, scripts: told.scriptsStarted, writes: told.writes, applied: told.applied, hash, tookMs: performance.now() - beganAt };
}

function digest(trace: readonly string[]): string {
  return createHash('sha256').update(trace.join('\n')).digest('hex');
}

if (process.send !== undefined && import.meta.main) {
  process.on('message', ({ seed, isTwice, plot }: { seed: number; isTwice: boolean; plot: PlotName }) => {
    tellSeed(seed, isTwice, plot).then(
      (verdict) => process.send!(verdict),
      (error: unknown) => process.send!({ seed, violations: [`the story broke off: ${String(error instanceof Error ? error.stack : error)}`], deployments: 0, scripts: 0, writes: 0, applied: 0, hash: '', tookMs: 0 } satisfies SeedVerdict),
    );
  });
  process.on('disconnect', () => process.exit());
}

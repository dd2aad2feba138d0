// Many seeds over several processes. Each process tells one story at a time; verdicts come in any order.

import { fork, type ChildProcess } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { PlotName } from './story.ts';
import type { SeedVerdict } from './tell-seed.ts';

export interface PoolOptions {
  readonly seeds: readonly number[];
  readonly isTwice: (seed: number) => boolean;
  /** Of deployments when not given. */
  readonly plot?: PlotName;
  /** As many as the machine has processors when not given. */
  readonly processes?: number;
  /** Return false to be told no more. */
  readonly heard: (verdict: SeedVerdict) => boolean;
}

/** Resolves when every seed is told, or `heard` wanted no more. Rejects when a process ends by itself. */
export async function tellSeeds({ seeds, isTwice, plot = 'deployments', processes = availableParallelism(), heard }: PoolOptions): Promise<void> {
  const waiting = [...seeds];
  const children: ChildProcess[] = [];
  const tell = (child: ChildProcess): Promise<void> =>
    new Promise((resolve, reject) => {
      const next = (): void => {
        const seed = waiting.shift();
        if (seed === undefined) resolve();
        else child.send({ seed, isTwice: isTwice(seed), plot });
      };
      child.on('message', (verdict) => {
        if (!heard(verdict as SeedVerdict)) waiting.length = 0;
        next();
      });
      child.on('exit', (code, signal) => reject(new Error(`A process that told stories ended by itself (${code ?? signal}).`)));
      next();
    });
  try {
    await Promise.all(
      Array.from({ length: Math.min(processes, seeds.length) }, () => {
        const child = fork(fileURLToPath(new URL('./tell-seed.ts', import.meta.url)), { execArgv: ['--disable-warning=ExperimentalWarning'] });
        children.push(child);
        return tell(child);
      }),
    );
  } finally {
    for (const child of children) child.disconnect();
  }
}

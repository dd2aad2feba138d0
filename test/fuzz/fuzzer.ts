// What fuzzing a door means: cases drawn from a seed by their number, each answered within a time, each judged by its door.
// The same seed draws the same cases, so that a complaint can be heard again.

import { SimRandom } from '../simulation/sim-random.ts';

export interface Door {
  /** Sends one case and judges what came of it. Null: nothing to complain of. */
  tryCase(random: SimRandom): Promise<string | null>;
  /** What is to be said of all cases together. */
  judgeAll?(): Promise<string | null>;
  close(): Promise<void>;
}

export interface FuzzOptions {
  readonly door: string;
  readonly open: () => Promise<Door>;
  readonly seed: string;
  /** As many cases, or as many as fit into the time, whichever ends first. */
  readonly cases: number;
  readonly ms: number;
}

export interface FuzzReport {
  readonly cases: number;
  readonly complaint: string | null;
  /** Of the slowest case. */
  readonly slowestMs: number;
  /** Grown between the first fifth and the end. */
  readonly grownBytes: number;
}

/** Longer than any limit of the doors that a case may run into. */
const hangsAfterMs = 30_000;

export async function fuzz({ door: name, open, seed, cases, ms }: FuzzOptions): Promise<FuzzReport> {
  const door = await open();
  const beganAt = performance.now();
  let done = 0;
  let slowestMs = 0;
  let early: number | null = null;
  let complaint: string | null = null;
  try {
    for (; done < cases && performance.now() - beganAt < ms && complaint === null; done += 1) {
      const caseBeganAt = performance.now();
      complaint = await within(hangsAfterMs, door.tryCase(new SimRandom(`${seed}/${name}/${done}`)));
      slowestMs = Math.max(slowestMs, performance.now() - caseBeganAt);
      if (early === null && (done > cases / 5 || performance.now() - beganAt > ms / 5)) early = memory();
    }
    complaint ??= (await door.judgeAll?.()) ?? null;
  } finally {
    await door.close();
  }
  const grownBytes = early === null ? 0 : memory() - early;
  return { cases: done, complaint: complaint === null ? null : `${complaint}\nReplay: npm run fuzz -- --door ${name} --seed ${seed} --cases ${done}`, slowestMs, grownBytes };
}

/** What is really held: what can be given back has been, where Node lets us ask for that. */
function memory(): number {
  (globalThis as { readonly gc?: () => void }).gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

function within(ms: number, tried: Promise<string | null>): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(`no end within ${ms / 1000} s`), ms);
    tried.then(resolve, (error: unknown) => reject(error as Error)).finally(() => clearTimeout(timer));
  });
}

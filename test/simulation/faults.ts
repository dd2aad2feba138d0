// What goes wrong in one story, drawn up front from the seed: a list of faults with times, so that taking one away leaves
// the rest as they were.

import type { SimRandom } from './sim-random.ts';

export interface FaultRates {
  /** Expected number of each kind per story. */
  readonly agentKills: number;
  readonly hostReboots: number;
  readonly controllerKills: number;
  readonly breaks: number;
  readonly cuts: number;
  /** Chance that a script of a revision fails on a host. */
  readonly scriptFails: number;
  /** Chance that a connection breaks at any frame. */
  readonly frameBreaks: number;
}

export type Fault =
  | { readonly kind: 'killAgent' | 'rebootHost'; readonly atMs: number; readonly host: number; readonly backAfterMs: number }
  | { readonly kind: 'killController'; readonly atMs: number; readonly backAfterMs: number }
  | { readonly kind: 'breakConnections'; readonly atMs: number; readonly host: number }
  | { readonly kind: 'cutHost'; readonly atMs: number; readonly host: number; readonly backAfterMs: number };

export function drawFaults(random: SimRandom, rates: FaultRates, hosts: number, untilMs: number): readonly Fault[] {
  const faults: Fault[] = [];
  const count = (expected: number): number => random.below(2 * expected + 1);
  const when = (): number => random.below(untilMs);
  for (let i = count(rates.agentKills); i > 0; i -= 1) {
    faults.push({ kind: 'killAgent', atMs: when(), host: random.below(hosts), backAfterMs: 50 + random.below(20_000) });
  }
  for (let i = count(rates.hostReboots); i > 0; i -= 1) {
    faults.push({ kind: 'rebootHost', atMs: when(), host: random.below(hosts), backAfterMs: 5_000 + random.below(60_000) });
  }
  for (let i = count(rates.controllerKills); i > 0; i -= 1) {
    faults.push({ kind: 'killController', atMs: when(), backAfterMs: 100 + random.below(15_000) });
  }
  for (let i = count(rates.breaks); i > 0; i -= 1) faults.push({ kind: 'breakConnections', atMs: when(), host: random.below(hosts) });
  for (let i = count(rates.cuts); i > 0; i -= 1) {
    faults.push({ kind: 'cutHost', atMs: when(), host: random.below(hosts), backAfterMs: 1_000 + random.below(120_000) });
  }
  return faults.sort((a, b) => a.atMs - b.atMs);
}

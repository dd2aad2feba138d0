// What goes wrong in one story, drawn up front from the seed: a list of faults with times, so that taking one away leaves
// the rest as they were.

import type { SimRandom } from './sim-random.ts';
import type { CrashPoint } from './sim-store.ts';

export interface FaultRates {
  /** Expected number of each kind per story. */
  readonly agentKills: number;
  readonly hostReboots: number;
  readonly controllerKills: number;
  readonly breaks: number;
  readonly cuts: number;
  /** Agents that do not come back before everything heals. */
  readonly lostAgents: number;
  /** Wall clocks put wrong, of hosts and of the controller's. */
  readonly hostSteps: number;
  readonly controllerSteps: number;
  /** Reloads of a node of the load balancer, which then has forgotten what it was told. */
  readonly balancerReloads: number;
  /** Writes and acts on the outside at which the controller dies. */
  readonly crashes: number;
  /** Chance that a script of a revision fails on a host. */
  readonly scriptFails: number;
  /** Chance that a connection breaks at any frame. */
  readonly frameBreaks: number;
}

export type Fault =
  | { readonly kind: 'killAgent' | 'rebootHost'; readonly atMs: number; readonly host: number; readonly backAfterMs: number }
  | { readonly kind: 'killController'; readonly atMs: number; readonly backAfterMs: number }
  | { readonly kind: 'breakConnections'; readonly atMs: number; readonly host: number }
  | { readonly kind: 'cutHost'; readonly atMs: number; readonly host: number; readonly backAfterMs: number }
  | { readonly kind: 'loseAgent'; readonly atMs: number; readonly host: number }
  | { readonly kind: 'stepHost'; readonly atMs: number; readonly host: number; readonly byMs: number }
  | { readonly kind: 'stepController'; readonly atMs: number; readonly byMs: number }
  | { readonly kind: 'reloadBalancer'; readonly atMs: number; readonly node: number };

const hourMs = 3_600_000;
/** What clocks are put wrong by (spec G10), and by a little. */
const steps = [hourMs, -hourMs, -10 * 24 * hourMs, 400 * 24 * hourMs, 1_700, -1_700];

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
  for (let i = count(rates.lostAgents); i > 0; i -= 1) faults.push({ kind: 'loseAgent', atMs: when(), host: random.below(hosts) });
  const step = (): number => steps[random.below(steps.length)]!;
  for (let i = count(rates.hostSteps); i > 0; i -= 1) faults.push({ kind: 'stepHost', atMs: when(), host: random.below(hosts), byMs: step() });
  for (let i = count(rates.controllerSteps); i > 0; i -= 1) faults.push({ kind: 'stepController', atMs: when(), byMs: step() });
  for (let i = count(rates.balancerReloads); i > 0; i -= 1) faults.push({ kind: 'reloadBalancer', atMs: when(), node: random.below(6) });
  return faults.sort((a, b) => a.atMs - b.atMs);
}

/** A story has some thousand writes; a point behind its last means nothing. */
const writesOfAStory = 3_000;
const actsOfAStory = 120;

export interface Crashes {
  readonly atWrites: readonly CrashPoint[];
  readonly atActs: readonly number[];
  readonly backAfterMs: (random: SimRandom) => number;
}

/** One in four at an act on the outside, the rest before or after a write. */
export function drawCrashes(random: SimRandom, { crashes }: FaultRates): Crashes {
  const atWrites: CrashPoint[] = [];
  const atActs: number[] = [];
  for (let i = random.below(2 * crashes + 1); i > 0; i -= 1) {
    if (random.chance(0.25)) atActs.push(1 + random.below(actsOfAStory));
    else atWrites.push({ atWrite: 1 + random.below(writesOfAStory), when: random.chance(0.5) ? 'before' : 'after' });
  }
  return { atWrites, atActs, backAfterMs: (own) => 100 + own.below(15_000) };
}

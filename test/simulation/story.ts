// One story from one seed: a fleet enrols, an operator deploys several revisions (some of them bad, some stopped on the
// way), things go wrong, then everything heals and every deployment must come to its end. The checkers look from outside:
// at what ran on the hosts, at what the store said after every commit (chronicle.ts), and at what it says at the end.

import { heal, schedule } from './befall.ts';
import { isAllTold } from './check-agents.ts';
import { checkAtEnd } from './check-deployments.ts';
import { drawCrashes, drawFaults, type FaultRates } from './faults.ts';
import { Fleet } from './fleet.ts';
import { checkFleets } from './check-fleets.ts';
import { checkProvided } from './check-provided.ts';
import { checkPromotions } from './check-promotions.ts';
import { operate } from './operator.ts';
import { promote } from './promote.ts';
import { SimRandom } from './sim-random.ts';
import { takeMade, takeTurns } from './take-turns.ts';

export interface Verdict {
  readonly seed: string;
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  readonly deployments: readonly string[];
  readonly scriptsStarted: number;
  readonly writes: number;
  /** Deployments created by the index of a plan. */
  readonly applied: number;
}

const faultsUntilMs = 8 * 60_000;
const endByMs = 6 * 3_600_000;

/** What the story is about: how large the fleet is, what is done with it, and what must be so in the end. */
export interface Plot {
  readonly hosts: (random: SimRandom) => number;
  /** Whether some hosts come when the story is under way, as new ones do. */
  readonly hasNewcomers: boolean;
  readonly operate: (fleet: Fleet, random: SimRandom) => Promise<void>;
  /** Returns a line for each deployment. */
  readonly checkAtEnd: (fleet: Fleet) => Promise<string[]>;
}

export const plots = {
  deployments: { hosts: (random) => 1 + random.below(7), hasNewcomers: true, operate, checkAtEnd },
  promotions: { hosts: (random) => 3 + random.below(4), hasNewcomers: false, operate: promote, checkAtEnd: checkPromotions },
  fleets: { hosts: (random) => 3 + random.below(5), hasNewcomers: false, operate: takeTurns, checkAtEnd: checkFleets },
  provided: { hosts: (random) => 2 + random.below(3), hasNewcomers: false, operate: takeMade, checkAtEnd: checkProvided },
} as const satisfies Record<string, Plot>;

export type PlotName = keyof typeof plots;

export async function tellStory(seed: string, rates: FaultRates, plot: Plot = plots.deployments): Promise<Verdict> {
  const random = new SimRandom(`${seed}/story`);
  const hosts = plot.hosts(random);
  const badRevisions = new SimRandom(`${seed}/revisions`);
  const failing = new Map<string, boolean>();
  const once = new Map<string, readonly string[]>();
  const newcomers = new SimRandom(`${seed}/newcomers`);
  const fleet = new Fleet({
    seed,
    hosts,
    frameBreaks: rates.frameBreaks,
    crashes: drawCrashes(random.fork('crashes'), rates),
    startsAfterMs: (host) => (plot.hasNewcomers && host > 0 && newcomers.fork(`${host}`).chance(0.2) ? 1_000 * newcomers.fork(`${host}/when`).below(300) : 0),
    behaviour: {
      fails(host, deploymentId, event, attempt) {
        const name = `${host}/${deploymentId}/${event}${attempt === 1 ? '' : `/${attempt}`}`;
        if (!failing.has(name)) failing.set(name, badRevisions.fork(name).chance(attempt === 1 ? rates.scriptFails : 0.3));
        return failing.get(name)!;
      },
      onceEvents(deploymentId) {
        if (!once.has(deploymentId)) once.set(deploymentId, drawOnceEvents(badRevisions.fork(`${deploymentId}/once`)));
        return once.get(deploymentId)!;
      },
      takesMs,
    },
  });
  await fleet.start();
  const faults = drawFaults(random.fork('faults'), rates, hosts, faultsUntilMs);
  for (const fault of faults) schedule(fleet, fault);
  fleet.clock.after(faultsUntilMs + 130_000, () => heal(fleet));

  let isOver = false;
  plot
    .operate(fleet, random.fork('operator'))
    .then(async () => {
      while (!(await isAllTold(fleet))) await fleet.clock.sleep(5_000);
    })
    .then(
      () => (isOver = true),
      (error: unknown) => {
        fleet.violations.push(`the operator gave up: ${String(error instanceof Error ? error.stack : error)}`);
        isOver = true;
      },
    );
  const ended = await fleet.clock.run(endByMs, () => isOver, () => {});
  if (!ended) fleet.violations.push('not every deployment came to its end after everything had healed');
  const deployments = await plot.checkAtEnd(fleet);
  return { seed, violations: fleet.violations, trace: fleet.trace, deployments, scriptsStarted: fleet.starts.length, writes: fleet.writes, applied: fleet.applied };
}

/** Mostly seconds; some take minutes, and a few longer than an event may. */
function takesMs(random: SimRandom): number {
  if (random.chance(0.05)) return 30_000 + random.below(200_000);
  if (random.chance(0.003)) return 700_000 + random.below(100_000);
  return 20 + random.below(4_000);
}

/** Every third revision has something to run once. */
function drawOnceEvents(random: SimRandom): readonly string[] {
  if (!random.chance(0.33)) return [];
  return ['BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService'].filter(() => random.chance(0.5));
}

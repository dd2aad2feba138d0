// Everything that can surprise us enters through these doors: time, chance, the network, probes, processes and files.
// `main.ts` hands down the real ones (world/real/); the simulation hands down seeded ones. No global, no locator.

import type { Clock } from './clock.ts';
import type { Random } from './random.ts';
import type { Network } from './network.ts';
import type { Probes } from './probes.ts';
import type { Processes } from './processes.ts';
import type { Files } from './files.ts';
import type { Log } from './log.ts';
import type { Units } from './units.ts';

export interface World {
  readonly clock: Clock;
  readonly random: Random;
  readonly network: Network;
  readonly probes: Probes;
  readonly processes: Processes;
  readonly files: Files;
  readonly log: Log;
  /** Absent where hooks run in sessions of their own. */
  readonly units?: Units;
}

// The real World: for */main.ts and tests, and for nobody else.

import type { Log } from '../log.ts';
import type { World } from '../world.ts';
import { realClock } from './clock.ts';
import { realFiles } from './files.ts';
import { realNetwork } from './network.ts';
import { realProcesses } from './processes.ts';
import { realRandom } from './random.ts';

/** All five doors to this machine, and the log given. */
export function realWorld(log: Log): World {
  return { clock: realClock, random: realRandom, network: realNetwork, processes: realProcesses(), files: realFiles(), log };
}

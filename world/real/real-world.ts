// The real World: for */main.ts and tests, and for nobody else.

import type { World } from '../world.ts';
import { realClock } from './clock.ts';
import { realFiles } from './files.ts';
import { isJournal } from './journal.ts';
import { openLog } from './log.ts';
import type { LogOptions } from './log.ts';
import { realNetwork } from './network.ts';
import { realProbes } from './probes.ts';
import { realProcesses } from './processes.ts';
import { realRandom } from './random.ts';
import type { OpenWay } from './way.ts';

export interface RealWorldOptions extends Partial<LogOptions> {
  /** Level `debug` instead of `info`, where no level is given. */
  readonly isVerbose?: boolean;
  /** Asked before the network is; absent: everything is reached straight. */
  readonly openWay?: OpenWay;
}

/** All doors to this machine, and a log to standard error: for people on a terminal, for systemd's journal where that reads it, JSON lines otherwise. */
export function makeRealWorld({ isVerbose = false, openWay, ...log }: RealWorldOptions = {}): World {
  return {
    clock: realClock,
    random: realRandom,
    network: realNetwork(openWay),
    probes: realProbes,
    processes: realProcesses(),
    files: realFiles(),
    log: openLog({ level: isVerbose ? 'debug' : 'info', isTerminal: process.stderr.isTTY === true, isJournal: isJournal(2, process.env), program: 'fairlead', ...log }),
  };
}

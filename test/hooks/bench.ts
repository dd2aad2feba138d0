// What engine tests share: a world of real processes, files and clock, and a bundle folder with scripts in it.

import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { HookScript } from '../../hooks/appspec/appspec.ts';
import type { EventPort, EventRun, StartedScript } from '../../hooks/event-run.ts';
import { realClock } from '../../world/real/clock.ts';
import { realFiles } from '../../world/real/files.ts';
import { realProcesses } from '../../world/real/processes.ts';
import { silentLog } from '../../world/log.ts';
import type { World } from '../../world/world.ts';

const unused = (): never => {
  throw new Error('hooks have no use for this door');
};

export const world: World = {
  clock: {
    now: () => Date.now(),
    // One and the same for all processes: the agent that dies in these claims is another.
    monotonic: () => realClock.monotonic(),
    sleep: async (ms, signal) => {
      await sleep(ms, undefined, signal === undefined ? {} : { signal });
    },
    after(ms, act) {
      const timer = setTimeout(act, ms);
      return { cancel: () => clearTimeout(timer) };
    },
  },
  random: { bytes: unused, below: unused, fork: unused },
  network: { connect: unused, exchange: unused },
  probes: { http: unused, tcp: unused },
  processes: realProcesses(),
  files: realFiles(),
  log: silentLog,
};

export interface Bench {
  readonly folder: string;
  readonly path: (...parts: string[]) => string;
  readonly script: (name: string, body: string, mode?: number) => void;
  readonly read: (name: string) => string;
  readonly run: (scripts: readonly (Partial<HookScript> & { readonly location: string })[], changes?: Partial<EventRun>) => EventRun;
  readonly remove: () => void;
}

export function makeBench(): Bench {
  const folder = mkdtempSync(join(tmpdir(), 'hooks-'));
  const path = (...parts: string[]): string => join(folder, ...parts);
  return {
    folder,
    path,
    script(name, body, mode = 0o755) {
      mkdirSync(dirname(path('archive', name)), { recursive: true });
      writeFileSync(path('archive', name), body, { mode });
    },
    read: (name) => {
      try {
        return readFileSync(path(name), 'latin1');
      } catch {
        return '';
      }
    },
    run: (scripts, changes = {}) => ({
      event: 'AfterInstall',
      scripts: scripts.map((script) => ({ timeoutSeconds: 30, runas: null, sudo: false, restartable: false, once: false, ...script })),
      archiveFolder: path('archive'),
      archiveName: 'current revision',
      stateFolder: path('state'),
      logFile: path('logs', 'scripts.log'),
      environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', OUT: folder, FAIRLEAD_ATTEMPT: `attempt-${folder}` },
      killSignal: new AbortController().signal,
      allowedUsers: null,
      graceMs: 500,
      ...changes,
    }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A journal in memory; `startedScripts` are those of earlier lives. */
export function memoryPort(earlier: readonly StartedScript[] = []): EventPort & { readonly journal: StartedScript[] } {
  const journal: StartedScript[] = [];
  return {
    journal,
    startedScripts: earlier,
    async scriptStarting(start) {
      journal.push(start);
    },
  };
}

/** Waits until `check` gives something, at most `withinMs`. */
export async function eventually<T>(check: () => T | null | undefined | false, what: string, withinMs = 10_000): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = check();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(5);
  }
}

export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return !/^[ZX]/.test(stat.slice(stat.lastIndexOf(')') + 2));
  } catch {
    return false;
  }
}

// Runs a command line in this process, with surroundings that only remember.

import { runCli } from '../../cli/program.ts';
import type { Rooms, Surroundings } from '../../cli/surroundings.ts';
import { parseAppSpecBytes } from '../../hooks/appspec/parse.ts';
import { realClock } from '../../world/real/clock.ts';
import { readFile, writeFile } from 'node:fs/promises';

export interface Ran {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
  readonly rooms?: Partial<Rooms>;
  readonly isTerminal?: boolean;
  readonly signal?: AbortSignal;
}

const notLoaded = (): never => {
  throw new Error('This room is not loaded here.');
};

export async function runCommand(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let out = '';
  let err = '';
  const around: Surroundings = {
    version: '0.0.0',
    env: options.env ?? {},
    clock: realClock,
    out: { write: (text) => (out += text), isTerminal: options.isTerminal ?? false, columns: () => 100, rows: () => 24 },
    err: { write: (text) => (err += text), isTerminal: false, columns: () => 80, rows: () => 24 },
    readStdin: () => Promise.resolve(options.stdin ?? ''),
    readFile: async (file) => {
      try {
        return await readFile(file);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
        throw error;
      }
    },
    writeFile: (file, bytes, mode = 0o666) => writeFile(file, bytes, { flag: 'wx', mode }),
    interruption: () => options.signal ?? new AbortController().signal,
    rooms: {
      runServer: notLoaded,
      runAgent: notLoaded,
      enrollHost: notLoaded,
      makeUpgradeBundle: notLoaded,
      startAgentService: notLoaded,
      runLocal: notLoaded,
      checkAppSpec: (bytes) => Promise.resolve(parseAppSpecBytes(bytes)),
      unpack: notLoaded,
      readAgentConfig: notLoaded,
      readServerConfig: notLoaded,
      inspectDatabase: notLoaded,
      backUpServer: notLoaded,
      restoreServer: notLoaded,
      askStatus: notLoaded,
      lookAtHost: notLoaded,
      ...options.rooms,
    },
  };
  const status = await runCli(args, around);
  return { status, out, err };
}

/** The environment that leads to a fake server. */
export const environmentFor = (url: string): Readonly<Record<string, string>> => ({
  FAIRLEAD_URL: url,
  FAIRLEAD_ACCESS_KEY_ID: 'AKTEST',
  FAIRLEAD_SECRET_ACCESS_KEY: 'secret',
});

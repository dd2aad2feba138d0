// Where the agent and the controller of this host are: what the packages installed, unless somebody says otherwise. Their
// units read variables from files, so these count here as well.

import type { Environment, PlaceOptions, Surroundings } from './surroundings.ts';

export type Program = 'agent' | 'server';

export interface PlaceFlags {
  readonly dataDir?: string;
  readonly config?: string;
}

/** What the program's own reading of its configuration is to go by. */
export async function placeOf(program: Program, flags: PlaceFlags, around: Surroundings): Promise<{ readonly options: PlaceOptions; readonly environment: Environment }> {
  const isElsewhere = flags.dataDir !== undefined || flags.config !== undefined;
  const installed = `/etc/fairlead/${program}`;
  const readable = async (path: string): Promise<Uint8Array | null> => around.readFile(path).catch(() => null);
  const file = flags.config ?? (isElsewhere || (await readable(`${installed}.yml`)) === null ? undefined : `${installed}.yml`);
  const variables = isElsewhere ? null : await readable(`${installed}.env`);
  return {
    options: { ...(flags.dataDir === undefined ? {} : { dataDir: flags.dataDir }), ...(file === undefined ? {} : { configFile: file }) },
    environment: { ...(variables === null ? {} : parseEnvironmentFile(Buffer.from(variables).toString('utf8'))), ...around.env },
  };
}

/** As systemd reads an EnvironmentFile, as far as anybody writes one: lines of NAME=VALUE, quotes around a value taken off. */
export function parseEnvironmentFile(text: string): Environment {
  const lines = text.split('\n').map((line) => /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line.trimEnd()));
  return Object.fromEntries(lines.flatMap((line) => (line === null ? [] : [[line[1]!, line[2]!.replace(/^(["'])(.*)\1$/, '$2')]])));
}

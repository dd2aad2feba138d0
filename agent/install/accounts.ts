// Names of users and groups to ids: from /etc/passwd and /etc/group, then from getent for those that come from a directory
// service. Looked up before anything is planned, so that a misspelt owner is found while the old revision is untouched.

import type { Processes } from '../../world/processes.ts';
import type { Disk } from './disk.ts';

export interface Accounts {
  /** Null: there is no such user. */
  readonly users: ReadonlyMap<string, number | null>;
  readonly groups: ReadonlyMap<string, number | null>;
}

/** Looks up the given names. Numbers are names here, as in the original: a user called "1" is rarely meant. */
export const lookUpAccounts = async (users: Iterable<string>, groups: Iterable<string>, disk: Disk, processes: Pick<Processes, 'run'>): Promise<Accounts> => ({
  users: await lookUp('passwd', users, disk, processes),
  groups: await lookUp('group', groups, disk, processes),
});

const lookUp = async (database: 'passwd' | 'group', names: Iterable<string>, disk: Disk, processes: Pick<Processes, 'run'>): Promise<ReadonlyMap<string, number | null>> => {
  const wanted = new Set(names);
  const ids = new Map<string, number | null>();
  if (wanted.size === 0) return ids;
  const local = parseDatabase(disk.read(`/etc/${database}`) ?? '');
  for (const name of wanted) ids.set(name, local.get(name) ?? (await askGetent(database, name, processes)));
  return ids;
};

const parseDatabase = (text: string): ReadonlyMap<string, number> => {
  const ids = new Map<string, number>();
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (name && id !== undefined && /^[0-9]+$/.test(id) && !ids.has(name)) ids.set(name, Number(id));
  }
  return ids;
};

// getent also answers numbers and keys that begin with "-" in ways of its own; neither is a name.
const askGetent = async (database: string, name: string, processes: Pick<Processes, 'run'>): Promise<number | null> => {
  if (!/^[A-Za-z_][^\s:]*$/.test(name)) return null;
  try {
    const { code, stdout } = await processes.run({ file: 'getent', args: [database, name], env: { PATH: toolPath, LC_ALL: 'C' }, cwd: '/' }, 10_000);
    return code === 0 ? (parseDatabase(stdout).get(name) ?? null) : null;
  } catch {
    return null;
  }
};

/** Where the host's administration tools are. */
export const toolPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

// The processes of an nginx: its master, by the pid file; workers of its present configuration; and old workers, which say of
// themselves that they are shutting down and do so when their last connection has ended.

import type { World } from '../../world/world.ts';
import { childrenOf, textOf, titleOf } from './processes-of.ts';
import type { NginxBalancer } from './read-balancers.ts';

export interface NginxProcesses {
  /** Null when nginx does not run. */
  readonly master: number | null;
  readonly workers: readonly number[];
  readonly oldWorkers: readonly number[];
}

type Doors = Pick<World, 'files' | 'processes'>;

export async function findNginx({ pidFile }: NginxBalancer, { files }: Doors): Promise<NginxProcesses> {
  const nothing = { master: null, workers: [], oldWorkers: [] };
  const pid = Number((await textOf(files, pidFile)).trim());
  if (!Number.isInteger(pid) || pid < 1 || !(await titleOf(files, pid)).join(' ').startsWith('nginx: master process')) return nothing;
  const children = await childrenOf(files, pid);
  const titles = await Promise.all(children.map(async (child) => ({ pid: child.pid, title: (await titleOf(files, child.pid)).join(' ') })));
  // Others are the keepers of caches.
  const workers = titles.filter(({ title }) => title.startsWith('nginx: worker process'));
  const isOld = ({ title }: { readonly title: string }): boolean => title.includes('shutting down');
  return { master: pid, workers: workers.filter((one) => !isOld(one)).map((one) => one.pid), oldWorkers: workers.filter(isOld).map((one) => one.pid) };
}

/** Connections of clients to these processes; null where that cannot be seen. */
export async function countConnections(pids: readonly number[], { files, processes }: Doors): Promise<number | null> {
  if (pids.length === 0) return 0;
  const sockets = new Set<string>();
  for (const pid of pids) {
    const listing = await processes.run({ file: 'ls', args: ['-l', `/proc/${pid}/fd`], env: { PATH: '/usr/bin:/bin' }, cwd: '/' }, 5_000).catch(() => null);
    if (listing === null) return null;
    for (const [, inode] of listing.stdout.matchAll(/socket:\[(\d+)\]/g)) sockets.add(inode!);
  }
  // Where its namespace has no TCP to show, it has ended meanwhile.
  const table = (await Promise.all(['tcp', 'tcp6'].map((kind) => textOf(files, `/proc/${pids[0]}/net/${kind}`)))).join('\n').split('\n').map((line) => line.trim().split(/\s+/));
  const port = (address: string | undefined): string => address?.split(':')[1] ?? '';
  const listening = new Set(table.filter((row) => row[3] === '0A').map((row) => port(row[1])));
  return table.filter((row) => row[3] === '01' && sockets.has(row[9] ?? '') && listening.has(port(row[1]))).length;
}

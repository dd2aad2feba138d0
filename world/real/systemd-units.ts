// The units door by systemd's own programs, systemd-run and systemctl, which talk to the manager directly and so need no
// D-Bus daemon. RemainAfterExit keeps the unit, and with it the daemons a hook has started, after its process has ended;
// systemd counts RuntimeMaxSec only until then.

import { stat } from 'node:fs/promises';
import type { Processes } from '../processes.ts';
import type { UnitState, Units } from '../units.ts';

const answerMs = 30_000;
const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
/** Of systemd: which knows OOMPolicy. */
const oomPolicySince = 243;

/** Where hooks run: `auto` takes units where systemd has started us as root and answers. */
export type UnitChoice = 'auto' | 'always' | 'never';

export interface Host {
  readonly processes: Pick<Processes, 'run'>;
  readonly isRoot: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where systemd's programs are; the usual folders when not given. */
  readonly path?: string;
  /** There when systemd is the host's service manager; /run/systemd/system when not given. */
  readonly sign?: string;
}

/** The units of this host, or null where there are none to be had. Rejects when they must be had (`always`). */
export async function findUnits(choice: UnitChoice, host: Host): Promise<Units | null> {
  if (choice === 'never') return null;
  // Set by systemd for its services: what was started by hand stays where it was started.
  if (choice === 'auto' && host.environment['INVOCATION_ID'] === undefined) return null;
  const sign = host.sign ?? '/run/systemd/system';
  const path = host.path ?? defaultPath;
  try {
    if (!host.isRoot) throw new Error('the agent does not run as root');
    await stat(sign).catch(() => Promise.reject(new Error(`${sign} does not exist: systemd does not run here`)));
    await ask(host.processes, path, 'systemd-run', ['--version']);
    const version = Number.parseInt((await ask(host.processes, path, 'systemctl', ['show', '--property=Version'])).replace(/^Version=/, ''), 10);
    return systemdUnits(host.processes, path, version);
  } catch (error) {
    if (choice === 'auto') return null;
    throw new Error(`hook_units is "always", but hooks cannot be run in units of systemd here: ${(error as Error).message}. Run the agent as root under systemd, or set hook_units to "auto" or "never".`, { cause: error });
  }
}

function systemdUnits(processes: Host['processes'], path: string, version: number): Units {
  const properties = ['Type=simple', 'RemainAfterExit=yes', 'KillMode=control-group', 'TasksMax=infinity', 'StandardOutput=null', ...(version >= oomPolicySince ? ['OOMPolicy=continue'] : [])];
  const systemctl = (...args: readonly string[]): Promise<string> => ask(processes, path, 'systemctl', args);
  return {
    async start({ name, description, file, args, mostMs }) {
      const limits = [...properties, `RuntimeMaxSec=${Math.ceil(mostMs / 1_000)}`];
      const options = ['--quiet', '--no-ask-password', `--unit=${name}`, `--description=${description}`, ...limits.map((property) => `--property=${property}`)];
      // systemd puts variables in for $NAME, also in arguments.
      await ask(processes, path, 'systemd-run', [...options, '--', file, ...args.map((arg) => arg.replaceAll('$', '$$$$'))]);
    },
    async look(name) {
      const facts = new Map((await systemctl('show', '--property=LoadState,ActiveState,SubState,Result', name)).split('\n').map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
      const isTimedOut = facts.get('Result') === 'timeout';
      if (facts.get('LoadState') !== 'loaded') return { kind: 'absent', isTimedOut };
      return { kind: kindOf(facts.get('ActiveState') ?? '', facts.get('SubState') ?? ''), isTimedOut };
    },
    async list(prefix) {
      const lines = (await systemctl('list-units', '--all', '--plain', '--no-legend', '--full', `${prefix}*.service`)).split('\n');
      return lines.flatMap((line) => {
        const [name, , active, sub] = line.trim().split(/\s+/);
        return name === undefined || active === undefined || sub === undefined ? [] : [{ name, kind: kindOf(active, sub) }];
      });
    },
    async forget(name) {
      const { code } = await run(processes, path, 'systemctl', ['stop', '--no-ask-password', name]);
      if (code === 0) await run(processes, path, 'systemctl', ['reset-failed', name]);
    },
  };
}

function kindOf(active: string, sub: string): UnitState['kind'] {
  if (active === 'failed') return 'failed';
  if (active === 'inactive') return 'absent';
  return sub === 'exited' ? 'exited' : 'running';
}

function run(processes: Host['processes'], path: string, file: string, args: readonly string[]): ReturnType<Processes['run']> {
  return processes.run({ file, args, env: { PATH: path, LC_ALL: 'C', SYSTEMD_COLORS: '0', SYSTEMD_PAGER: '' }, cwd: '/' }, answerMs);
}

async function ask(processes: Host['processes'], path: string, file: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(processes, path, file, args);
  if (code !== 0) throw new Error(`${file} ${code === null ? `did not answer within ${answerMs / 1_000} s` : `ended with ${code}`}${stderr.trim() === '' ? '' : `: ${stderr.trim()}`}`);
  return stdout;
}

// What a decision about `runas` needs to know of this host: who we are, and whether that user exists.

import type { World } from '../world/world.ts';
import type { HookScript } from './appspec/appspec.ts';
import { isUserName, planRunAs } from './run-as.ts';
import type { RunAsPlan } from './run-as.ts';

/** As whom the script at `path` is run, or why not. Asks the host who we are only where the script wants to be someone. */
export async function planUser(world: Pick<World, 'processes'>, script: HookScript, path: string, allowedUsers: readonly string[] | null): Promise<RunAsPlan> {
  const facts = { path, isRoot: false, currentUser: '', isUserKnown: true, allowedUsers };
  if ((script.runas === null || script.runas === '') && !script.sudo) return planRunAs(script, facts);
  const user = script.runas === null || script.runas === '' ? 'root' : script.runas;
  const ask = async (...args: string[]): Promise<string | null> => {
    const { code, stdout } = await world.processes.run({ file: 'id', args, env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, cwd: '/' }, 10_000);
    return code === 0 ? stdout.trim() : null;
  };
  const isUserKnown = isUserName(user) && (await ask('-u', '--', user)) !== null;
  return planRunAs(script, { ...facts, isRoot: (await ask('-u')) === '0', currentUser: (await ask('-un')) ?? '', isUserKnown });
}

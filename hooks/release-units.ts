// Lets go of the units that hooks ran in. A unit that has ended stays, because its name keeps a start from being repeated
// and because daemons that the hook left running live in it; once it is empty, and how the hook ended has been reported, it
// has no use. Nothing can come into an empty group, so that looking first and letting go then is no race.

import type { World } from '../world/world.ts';
import { groupArguments, hookUnitPrefix } from './supervisor-files.ts';

/** A supervisor that has written down how its script ended is about to end itself. */
const mostLooks = 50;
const lookEveryMs = 100;

/**
 * Forgets the empty units of hooks that have ended. A failed one still knows why, and goes only where `isReported` says
 * that nobody is going to ask; the end of such a one is waited for a little. Rejects when the service manager does not answer.
 */
export async function releaseUnits(world: World, supervisorPath: string, isReported: (unit: string) => boolean): Promise<void> {
  const { units, clock } = world;
  if (units === undefined) return;
  for (let looks = 0; looks < mostLooks; looks += 1) {
    const found = await units.list(hookUnitPrefix);
    for (const { name, kind } of found) {
      if ((kind === 'exited' || (kind === 'failed' && isReported(name))) && (await isEmpty(world, supervisorPath, name))) await units.forget(name);
    }
    if (!found.some(({ name, kind }) => kind === 'running' && isReported(name))) return;
    await clock.sleep(lookEveryMs);
  }
}

async function isEmpty({ processes }: World, supervisorPath: string, unit: string): Promise<boolean> {
  const { code, stdout } = await processes.run({ file: '/bin/sh', args: groupArguments(supervisorPath, unit), env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' }, cwd: '/' }, 10_000);
  return code === 0 && stdout.trim() === '0';
}

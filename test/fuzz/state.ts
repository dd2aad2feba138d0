// Whether anything was written. SQLite counts rows changed on its one connection, so that a case that changed nothing is
// known by one number; what the controller does by itself is waited for before a case, and told apart by trying again.

import { sql } from 'kysely';
import type { Store } from '../../server/store/store.ts';
import { realClock } from '../../world/real/clock.ts';

export async function countChanges(store: Store): Promise<number> {
  const { rows } = await sql<{ n: number }>`select total_changes() as n`.execute(store.db);
  return rows[0]!.n;
}

/** Until nothing is written any more for some turns of the loop. */
export async function comeToRest(store: Store): Promise<void> {
  let last = await countChanges(store);
  for (let quiet = 0; quiet < 3; ) {
    await realClock.sleep(3);
    const now = await countChanges(store);
    quiet = now === last ? quiet + 1 : 0;
    last = now;
  }
}

/** Tries what was refused: false when it changes rows each of three times. */
export async function changesNothing(store: Store, attempt: () => Promise<unknown>): Promise<boolean> {
  for (let tries = 0; tries < 3; tries += 1) {
    await comeToRest(store);
    const before = await countChanges(store);
    await attempt();
    if ((await countChanges(store)) === before) return true;
  }
  return false;
}

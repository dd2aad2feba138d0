// Single values of the whole controller, by name: its id, which access key is the administrator's.

import type { Database } from './store.ts';

/** The value, or null when it was never set. */
export async function findSetting(db: Database, name: string): Promise<string | null> {
  const row = await db.selectFrom('settings').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value ?? null;
}

export async function writeSetting(db: Database, name: string, value: string): Promise<void> {
  await db
    .insertInto('settings')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

/** The value; when there is none yet, the one `make` makes, kept from now on. Run it inside a transaction. */
export async function readOrMakeSetting(tx: Database, name: string, make: () => string): Promise<string> {
  const found = await findSetting(tx, name);
  if (found !== null) return found;
  const made = make();
  await writeSetting(tx, name, made);
  return made;
}

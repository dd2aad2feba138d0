// This controller's own id, made once: agents sign it, so that a signature for one controller is worth nothing at another.

import { uuid } from '../protocol/model/names.ts';
import type { Random } from '../world/random.ts';
import type { Store } from './store/store.ts';

export async function controllerIdOf(store: Store, random: Random): Promise<string> {
  return store.transaction(async (tx) => {
    const known = await tx.selectFrom('settings').select('value').where('name', '=', 'controller_id').executeTakeFirst();
    if (known !== undefined) return known.value;
    const value = uuid(random.bytes(16));
    await tx.insertInto('settings').values({ name: 'controller_id', value }).execute();
    return value;
  });
}

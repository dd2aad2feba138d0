// Every kind of store there is, so that each claim about the queries is made of all of them.

import { openSqliteStore } from '../../server/store/sqlite.ts';
import type { Store } from '../../server/store/store.ts';

export const stores: readonly { readonly name: string; readonly open: () => Promise<Store> }[] = [
  { name: 'SQLite', open: () => openSqliteStore(':memory:') },
];

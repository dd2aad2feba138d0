// A store whose next transaction also writes an audit record: how a handler's change and its record come to be one. The
// handler knows nothing of it. A transaction may be run again, so what the handler says in it counts anew each time.

import type { Database, Store } from '../store/store.ts';

export interface Recording {
  readonly store: Store;
  /** Says in a transaction what else it concerns: what was made, say. */
  readonly concerns: (subject: string) => void;
  /** Writes the record if no transaction has: the handler found nothing to change. */
  finish(): Promise<void>;
}

/** `append` writes the record with these further subjects. */
export function recordIn(store: Store, append: (tx: Database, subjects: readonly string[]) => Promise<void>): Recording {
  let isRecorded = false;
  let subjects: string[] = [];
  const transaction: Store['transaction'] = async (work) => {
    if (isRecorded) return store.transaction(work);
    const result = await store.transaction(async (tx) => {
      subjects = [];
      const done = await work(tx);
      await append(tx, subjects);
      return done;
    });
    isRecorded = true;
    return result;
  };
  return {
    // What a store has besides (its epoch, what ends it) is the store's own.
    store: Object.assign(Object.create(store) as Store, { transaction }),
    concerns: (subject) => void subjects.push(subject),
    async finish() {
      if (!isRecorded) await store.transaction((tx) => append(tx, subjects));
    },
  };
}

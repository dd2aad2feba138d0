// What is true of a whole snapshot is found out once for it, however many targets are asked about: a snapshot never changes.

import type { Snapshot } from './snapshot.ts';

/** The same function; called again with the same snapshot it answers from memory. */
export function oncePerSnapshot<Result>(find: (snapshot: Snapshot) => Result): (snapshot: Snapshot) => Result {
  const found = new WeakMap<Snapshot, { readonly result: Result }>();
  return (snapshot) => {
    let known = found.get(snapshot);
    if (known === undefined) found.set(snapshot, (known = { result: find(snapshot) }));
    return known.result;
  };
}

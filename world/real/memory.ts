// Gives back to the system what a process does not need at the moment: what V8 has collected and kept for the next burst. V8 does
// so by itself only when memory is short; an agent on a small host should not wait for that.

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

type Collect = (options: { readonly type: 'major'; readonly execution: 'sync'; readonly flavor: 'last-resort' }) => void;

let collect: Collect | null = null;

/** Takes some 20 ms, in which nothing else is done: for when there is nothing to do. */
export function giveMemoryBack(): void {
  collect ??= findCollector();
  collect({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/** V8 hands its collector to contexts that are made while this flag is set. */
function findCollector(): Collect {
  setFlagsFromString('--expose-gc');
  try {
    return runInNewContext('gc') as Collect;
  } finally {
    setFlagsFromString('--no-expose-gc');
  }
}

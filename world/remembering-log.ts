// A log that remembers the last thing that went wrong, for whoever asks later without the log at hand.

import type { Log } from './log.ts';

export interface LastError {
  readonly at: number;
  readonly sentence: string;
}

export interface RememberingLog {
  readonly log: Log;
  /** The last warning or error; null while there was none. */
  readonly lastError: LastError | null;
}

/** `log`, remembering, children included. */
export function rememberingLog(log: Log, now: () => number): RememberingLog {
  let lastError: LastError | null = null;
  const around = (inner: Log): Log => ({
    debug: (fields, sentence) => inner.debug(fields, sentence),
    info: (fields, sentence) => inner.info(fields, sentence),
    warn(fields, sentence) {
      lastError = { at: now(), sentence };
      inner.warn(fields, sentence);
    },
    error(fields, sentence) {
      lastError = { at: now(), sentence };
      inner.error(fields, sentence);
    },
    child: (fields) => around(inner.child(fields)),
  });
  return {
    log: around(log),
    get lastError() {
      return lastError;
    },
  };
}

// Real time. A timer here never fires early and never overflows: Node fires up to a millisecond before its time, and
// at once when asked to wait longer than 24.8 days, so each firing looks at the monotonic clock again.

import type { Clock, Timer } from '../clock.ts';

const longestTimerMs = 2 ** 31 - 1;

export const realClock: Clock = {
  now: () => Date.now(),
  monotonic: () => Number(process.hrtime.bigint()) / 1e6,
  sleep,
  after: (ms, act) => startTimer(ms, act, false),
};

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(signal.reason);
      return;
    }
    const abort = () => {
      timer.cancel();
      reject(signal?.reason);
    };
    const timer = startTimer(ms, () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, true);
    signal?.addEventListener('abort', abort, { once: true });
  });
}

function startTimer(ms: number, act: () => void, keepsProcessAlive: boolean): Timer {
  if (Number.isNaN(ms)) throw new Error('A timer was asked to wait NaN milliseconds.');
  const dueAt = performance.now() + ms;
  let timeout: NodeJS.Timeout;
  const arm = (remainingMs: number) => {
    timeout = setTimeout(look, Math.min(longestTimerMs, Math.max(0, Math.ceil(remainingMs))));
    if (!keepsProcessAlive) timeout.unref();
  };
  const look = () => {
    const remainingMs = dueAt - performance.now();
    if (remainingMs > 0) arm(remainingMs);
    else act();
  };
  arm(ms);
  return { cancel: () => clearTimeout(timeout) };
}

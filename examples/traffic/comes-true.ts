// Waits for a claim about the outside to come true, by looking again and again.

import { realClock } from '../../world/real/clock.ts';

/** Fails with the claim's words after `timeoutMs`. */
export async function comesTrue(claim: string, holds: () => Promise<boolean> | boolean, timeoutMs = 60_000): Promise<void> {
  const deadline = realClock.monotonic() + timeoutMs;
  while (!(await holds())) {
    if (realClock.monotonic() > deadline) throw new Error(`This did not come true within ${timeoutMs / 1_000} s: ${claim}`);
    await realClock.sleep(20);
  }
}

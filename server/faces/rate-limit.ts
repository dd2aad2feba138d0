// So many calls a minute from one address, for what is open without an access key. A bucket per address, refilled
// steadily; addresses not heard of for a minute are forgotten.

import { Failure } from '../../protocol/errors.ts';
import type { Clock } from '../../world/clock.ts';

const minuteMs = 60_000;
const mostAddresses = 10_000;

/** Takes one call from the address's allowance. Throws Failure(ThrottlingException) when there is none left. */
export function limitPerMinute(perMinute: number, clock: Clock): (address: string) => void {
  const buckets = new Map<string, { readonly left: number; readonly at: number }>();
  return (address) => {
    const now = clock.monotonic();
    const bucket = buckets.get(address) ?? { left: perMinute, at: now };
    const left = Math.min(perMinute, bucket.left + ((now - bucket.at) * perMinute) / minuteMs);
    // Set anew, so that the map's order is the order of last use.
    buckets.delete(address);
    buckets.set(address, { left: left < 1 ? left : left - 1, at: now });
    for (const [other, { at }] of buckets) {
      if (now - at < minuteMs && buckets.size <= mostAddresses) break;
      buckets.delete(other);
    }
    if (left < 1) throw new Failure('ThrottlingException', `More than ${perMinute} calls a minute from ${address}; wait a minute and try again.`);
  };
}

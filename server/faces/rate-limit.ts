// So many calls a minute from one address and from all together, for what is open without an access key. A bucket per
// address, refilled steadily; addresses not heard of for a minute are forgotten. A call that proves itself gives back
// what it took: only those that knock in vain are counted for long.

import { Failure } from '../../protocol/errors.ts';
import type { Clock } from '../../world/clock.ts';
import { neighbourhood } from './neighbourhood.ts';

export interface RatePerMinute {
  readonly perAddress: number;
  readonly inAll: number;
}

const minuteMs = 60_000;
const mostAddresses = 10_000;

interface Bucket {
  readonly left: number;
  readonly at: number;
}

/**
 * Takes one call from the address's allowance and from the whole one, and returns how to give it back. Throws
 * Failure(ThrottlingException) when there is none left.
 */
export function limitPerMinute({ perAddress, inAll }: RatePerMinute, clock: Clock): (address: string) => () => void {
  const buckets = new Map<string, Bucket>();
  let whole: Bucket = { left: inAll, at: clock.monotonic() };

  const refilled = (bucket: Bucket, most: number, now: number): number => Math.min(most, bucket.left + ((now - bucket.at) * most) / minuteMs);

  function forgetOld(now: number): void {
    for (const [other, { at }] of buckets) {
      if (now - at < minuteMs && buckets.size <= mostAddresses) break;
      buckets.delete(other);
    }
  }

  return (from) => {
    const address = neighbourhood(from);
    const now = clock.monotonic();
    const left = refilled(buckets.get(address) ?? { left: perAddress, at: now }, perAddress, now);
    const leftInAll = refilled(whole, inAll, now);
    const isGranted = left >= 1 && leftInAll >= 1;
    // Set anew, so that the map's order is the order of last use.
    buckets.delete(address);
    buckets.set(address, { left: isGranted ? left - 1 : left, at: now });
    whole = { left: isGranted ? leftInAll - 1 : leftInAll, at: now };
    forgetOld(now);
    if (left < 1) throw new Failure('ThrottlingException', `More than ${perAddress} calls a minute from ${from} that proved nothing; wait a minute and try again.`);
    if (leftInAll < 1) throw new Failure('ThrottlingException', `More than ${inAll} calls a minute from everywhere that proved nothing; wait a minute and try again.`);
    return () => {
      const bucket = buckets.get(address);
      if (bucket !== undefined) buckets.set(address, { ...bucket, left: Math.min(perAddress, bucket.left + 1) });
      whole = { ...whole, left: Math.min(inAll, whole.left + 1) };
    };
  };
}

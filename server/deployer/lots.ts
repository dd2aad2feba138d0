// The order of targets that nothing else decides, drawn from a seed: whoever has planned a deployment applies the very order
// that was shown.

import { createHash } from 'node:crypto';
import type { Random } from '../../world/random.ts';

export function newLotSeed(random: Random): string {
  return Buffer.from(random.bytes(8)).toString('hex');
}

/** 0 to count - 1 in the order of the seed: by the digest of each, so that nothing but seed and number matters. */
export function drawLots(count: number, seed: string): readonly number[] {
  const keys = Array.from({ length: count }, (_, index) => createHash('sha256').update(`${seed}/${index}`).digest('hex'));
  const order = keys.map((_, index) => index).toSorted((a, b) => (keys[a]! < keys[b]! ? -1 : 1));
  const lots = Array.from({ length: count }, () => 0);
  order.forEach((index, lot) => (lots[index] = lot));
  return lots;
}

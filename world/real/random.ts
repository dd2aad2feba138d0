// Real chance, from the operating system: fit for keys, tokens and nonces. There is no seed, so a fork is the same
// source again, and as independent as any two draws of it.

import { randomBytes, randomInt } from 'node:crypto';
import type { Random } from '../random.ts';

export const realRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  below: (n) => randomInt(n),
  fork: () => realRandom,
};

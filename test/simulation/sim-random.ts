// Seeded chance: independent streams, forked by name.

import { createHash } from 'node:crypto';
import type { Random } from '../../world/random.ts';

export class SimRandom implements Random {
  readonly #name: string;
  #state: [number, number, number, number];

  constructor(seed: string) {
    this.#name = seed;
    const digest = createHash('sha256').update(seed).digest();
    this.#state = [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12) | 1];
  }

  fork(name: string): SimRandom {
    return new SimRandom(`${this.#name}/${name}`);
  }

  below(n: number): number {
    return Math.floor((this.#next() / 2 ** 32) * n);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.below(256));
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.#next() / 2 ** 32 < probability;
  }

  /** xoshiro128+. */
  #next(): number {
    const s = this.#state;
    const result = (s[0] + s[3]) >>> 0;
    const t = (s[1] << 9) >>> 0;
    s[2] = (s[2] ^ s[0]) >>> 0;
    s[3] = (s[3] ^ s[1]) >>> 0;
    s[1] = (s[1] ^ s[2]) >>> 0;
    s[0] = (s[0] ^ s[3]) >>> 0;
    s[2] = (s[2] ^ t) >>> 0;
    s[3] = ((s[3] << 11) | (s[3] >>> 21)) >>> 0;
    return result;
  }
}

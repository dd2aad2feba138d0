// The doors that can be fuzzed, by name.

import { openBuckets } from './buckets.ts';
import { openFrames } from './frames.ts';
import type { Door } from './fuzzer.ts';
import { openOperations } from './operations.ts';
import { openRawHttp } from './raw-http.ts';

export const doors: Readonly<Record<string, () => Promise<Door>>> = { operations: openOperations, buckets: openBuckets, http: openRawHttp, frames: openFrames };

// What a bundle and its AppSpec may ask of this host: the defaults, and what the section `limits` of the configuration says
// instead. A bundle that goes beyond is refused before anything is written under a name of its choice.

import type { BundleLimits } from './bundle/limits.ts';
import { defaultBundleLimits } from './bundle/limits.ts';

export interface AppSpecLimits {
  readonly maxBytes: number;
  readonly maxFiles: number;
  readonly maxScriptsPerEvent: number;
}

export interface HostLimits {
  readonly bundle: BundleLimits;
  readonly appSpec: AppSpecLimits;
}

export const defaultLimits: HostLimits = { bundle: defaultBundleLimits, appSpec: { maxBytes: 1024 ** 2, maxFiles: 10_000, maxScriptsPerEvent: 1_000 } };

/** Each by its name in the file, with the most that a reader can do, or that Linux can. */
export const limitKeys = {
  unpacked_bytes: { part: 'bundle', member: 'maxBytes', most: 1024 ** 4 },
  entries: { part: 'bundle', member: 'maxEntries', most: 1_000_000 },
  path_bytes: { part: 'bundle', member: 'maxPathBytes', most: 4_096 },
  component_bytes: { part: 'bundle', member: 'maxComponentBytes', most: 255 },
  header_bytes: { part: 'bundle', member: 'maxRecordBytes', most: 16 * 1024 ** 2 },
  names_bytes: { part: 'bundle', member: 'maxNamesBytes', most: 512 * 1024 ** 2 },
  ratio: { part: 'bundle', member: 'maxRatio', most: 100_000 },
  appspec_bytes: { part: 'appSpec', member: 'maxBytes', most: 16 * 1024 ** 2 },
  appspec_files: { part: 'appSpec', member: 'maxFiles', most: 100_000 },
  appspec_scripts: { part: 'appSpec', member: 'maxScriptsPerEvent', most: 10_000 },
} as const;

/** The limits, or what is wrong with the section, to be put behind its name. Pure. */
export function readLimits(section: Readonly<Record<string, unknown>>): HostLimits | string {
  const limits: Record<'bundle' | 'appSpec', Record<string, number>> = { bundle: { ...defaultBundleLimits }, appSpec: { ...defaultLimits.appSpec } };
  for (const [key, value] of Object.entries(section)) {
    const limit = Object.hasOwn(limitKeys, key) ? limitKeys[key as keyof typeof limitKeys] : undefined;
    if (limit === undefined) return `there is no limit ${JSON.stringify(key)}; the limits are ${Object.keys(limitKeys).join(', ')}.`;
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > limit.most) return `${key} must be a whole number from 1 to ${limit.most}.`;
    limits[limit.part][limit.member] = value;
  }
  return limits as unknown as HostLimits;
}

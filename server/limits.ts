// What the controller puts up with, door by door: the defaults, and what the section `limits` of the configuration says
// instead. docs/limits.md tells them all, those that cannot be changed too.

import Type, { type Static } from 'typebox';
import { defaultLimits, type FaceLimits } from './faces/limits.ts';
import { defaultSessionLimits, type SessionLimits } from './fleet/session-limits.ts';
import { largestBundleBytes } from './revisions/uploads.ts';
import { defaultLogLimits, type LogLimits } from './store/logs.ts';

export interface ServerLimits {
  readonly faces: FaceLimits;
  readonly session: SessionLimits;
  /** Of what hooks print. */
  readonly output: LogLimits;
  readonly upload: { readonly largestBytes: number };
}

const kib = 1024;
const mib = 1024 * kib;

/** Each by its name in the file; `unit` is one of it in the member's own measure, `least` and `most` count units. */
export const limitKeys = {
  'header-bytes': { part: 'faces', member: 'maxHeaderBytes', unit: 1, least: 4 * kib, most: mib },
  'header-fields': { part: 'faces', member: 'maxHeaders', unit: 1, least: 32, most: 2_000 },
  'body-bytes': { part: 'faces', member: 'maxBodyBytes', unit: 1, least: 16 * kib, most: 64 * mib },
  'headers-seconds': { part: 'faces', member: 'headersTimeoutMs', unit: 1_000, least: 1, most: 600 },
  'body-seconds': { part: 'faces', member: 'requestTimeoutMs', unit: 1_000, least: 1, most: 3_600 },
  'idle-seconds': { part: 'faces', member: 'keepAliveTimeoutMs', unit: 1_000, least: 1, most: 3_600 },
  connections: { part: 'faces', member: 'maxConnections', unit: 1, least: 10, most: 1_000_000 },
  'newcomers-per-second': { part: 'faces', member: 'newcomersPerSecond', unit: 1, least: 1, most: 1_000_000 },
  'enrollments-per-minute': { part: 'faces', member: 'enrollmentsPerMinute', unit: 1, least: 1, most: 1_000_000 },
  'enrollments-per-minute-in-all': { part: 'faces', member: 'enrollmentsPerMinuteInAll', unit: 1, least: 1, most: 1_000_000 },
  'session-frames-per-second': { part: 'session', member: 'framesPerSecond', unit: 1, least: 10, most: 1_000_000 },
  'session-buffer-bytes': { part: 'session', member: 'sendBufferBytes', unit: 1, least: mib, most: 1_024 * mib },
  'hello-seconds': { part: 'session', member: 'helloWithinMs', unit: 1_000, least: 1, most: 600 },
  'output-bytes-per-script': { part: 'output', member: 'scriptBytes', unit: 1, least: 8 * kib, most: 1_024 * mib },
  'output-bytes-per-event': { part: 'output', member: 'attemptBytes', unit: 1, least: 8 * kib, most: 1_024 * mib },
  'bundle-bytes': { part: 'upload', member: 'largestBytes', unit: 1, least: kib, most: 1_024 * 1_024 * mib },
} as const satisfies Record<string, { readonly part: keyof ServerLimits; readonly member: string; readonly unit: number; readonly least: number; readonly most: number }>;

type LimitKey = keyof typeof limitKeys;
const keys = Object.keys(limitKeys) as readonly LimitKey[];

export const LimitsSection = Type.Object(
  Object.fromEntries(keys.map((key) => [key, Type.Optional(Type.Integer({ minimum: limitKeys[key].least, maximum: limitKeys[key].most }))])),
  { additionalProperties: false, description: 'What the controller puts up with; docs/limits.md tells each.' },
);

export const defaultServerLimits: ServerLimits = {
  faces: defaultLimits,
  session: defaultSessionLimits,
  output: defaultLogLimits,
  upload: { largestBytes: largestBundleBytes },
};

/** The section has been checked against its schema. */
export function decideLimits(section: Static<typeof LimitsSection> = {}): ServerLimits {
  const limits: Record<string, Record<string, number>> = Object.fromEntries(Object.entries(defaultServerLimits).map(([part, members]) => [part, { ...members }]));
  for (const key of keys) {
    const value = (section as Partial<Record<LimitKey, number>>)[key];
    const { part, member, unit } = limitKeys[key];
    if (value !== undefined) limits[part]![member] = value * unit;
  }
  return limits as unknown as ServerLimits;
}

/** What a key stands at when nobody says anything, in its own units. */
export function defaultOf(key: LimitKey): number {
  const { part, member, unit } = limitKeys[key];
  return (defaultServerLimits[part] as unknown as Readonly<Record<string, number>>)[member]! / unit;
}

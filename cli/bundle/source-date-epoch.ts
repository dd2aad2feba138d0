// The convention of reproducible builds: one time, in seconds, for everything in an archive.

import { Refusal } from '../refusal.ts';

/** Null where SOURCE_DATE_EPOCH is not set. Throws a Refusal when it is no number of seconds. */
export function sourceDateEpoch(env: Readonly<Record<string, string | undefined>>): number | null {
  const text = env['SOURCE_DATE_EPOCH'];
  if (text === undefined || text === '') return null;
  if (/^\d{1,10}$/.test(text)) return Number(text);
  throw new Refusal(`SOURCE_DATE_EPOCH is "${text.slice(0, 40)}", but must be whole seconds since 1970. Unset it, or set it to a number.`);
}

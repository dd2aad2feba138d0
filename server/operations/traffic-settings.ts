// What a group says about its traffic, checked when it is set. Pure; an empty member clears it.

import { Failure } from '../../protocol/errors.ts';
import type { TrafficSettings } from '../../protocol/model/traffic.ts';

/** Seconds each may be. */
const bounds = {
  drainSeconds: [1, 8 * 3600],
  serveSeconds: [1, 8 * 3600],
  minHealthySeconds: [0, 3600],
} as const satisfies Partial<Record<keyof TrafficSettings, readonly [number, number]>>;

/** The member after `given` has been applied; absent keeps, empty clears. Throws Failure. */
export function mergeTraffic(before: TrafficSettings | undefined, given: TrafficSettings | undefined): { readonly traffic?: TrafficSettings } {
  const traffic = given ?? before ?? {};
  for (const [member, [least, most]] of Object.entries(bounds)) {
    const seconds = traffic[member as keyof typeof bounds];
    if (seconds !== undefined && (seconds < least || seconds > most)) throw invalid(`traffic.${member} is ${seconds}, but must be between ${least} and ${most}.`, `traffic.${member}`);
  }
  const { minHealthySeconds = 0, serveSeconds = 3600 } = traffic;
  if (minHealthySeconds >= serveSeconds) throw invalid(`traffic.minHealthySeconds is ${minHealthySeconds}, which leaves no time within the ${serveSeconds} of serveSeconds.`, 'traffic.minHealthySeconds');
  return Object.keys(traffic).length === 0 ? {} : { traffic };
}

function invalid(sentence: string, field: string): Failure {
  return new Failure('InvalidInputException', sentence, field);
}

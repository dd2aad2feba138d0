// Where an Install really puts things, links on the host resolved, held against the policy's destinations. Runs on the
// finished plan, before anything is staged. Pure but for the question where a path leads.

import type { Instruction } from '../install/instructions.ts';
import { isBelow, namePrefixes } from './check-appspec.ts';
import { show } from './policy.ts';

/** What an Install is held to; travels to the thread that does it. */
export interface InstallRules {
  /** The policy's file, for sentences. */
  readonly file: string;
  /** Prefixes on this host, the root folder counted in; null for anywhere. */
  readonly allowedDestinations: readonly string[] | null;
  readonly isStrict: boolean;
}

/** Null when every place is allowed; else what is not. `place` resolves the links on the way to a path. */
export function checkPlaces(rules: InstallRules, instructions: readonly Instruction[], place: (path: string) => string): string | null {
  const { allowedDestinations: written } = rules;
  if (written === null) return null;
  // An owner's own prefix may be a link, too: what it leads to is meant.
  const resolved = [...new Set(written.flatMap((prefix) => [prefix, prefix === '' ? '' : leadsTo(prefix, place)]))];
  // The missing folders on the way to an allowed one are made as well.
  const isOnTheWay = ({ kind, place: at }: Instruction): boolean => kind === 'mkdir' && resolved.some((prefix) => prefix.startsWith(`${at}/`));
  const outside = instructions.find((instruction) => !isBelow(resolved, instruction.place) && !isOnTheWay(instruction));
  if (outside === undefined) return null;
  return `This host's policy forbids it (allowed_destinations in ${rules.file}): ${outside.kind} would reach ${show(outside.place)}, to which a link leads; allowed ${namePrefixes(written)}.`;
}

/** Under `strict` what the planning warns of is a violation; else null. */
export function checkPlanWarnings({ file, isStrict }: InstallRules, warnings: readonly string[]): string | null {
  return isStrict && warnings.length > 0 ? `This host's policy forbids it (strict in ${file}): ${warnings.slice(0, 5).join('; ')}.` : null;
}

/** Where things below a prefix end up. */
function leadsTo(prefix: string, place: (path: string) => string): string {
  const inside = place(`${prefix}/x`);
  return inside.slice(0, -'/x'.length);
}

// A plan's index: all that has to be known again of what was shown, in one word that survives a shell. Nothing is stored:
// whoever changes it by hand gets another order of targets at most, which is theirs to choose, or is refused.

import { Failure } from '../../protocol/errors.ts';
import { type PlanDigests, planParts } from './plan-digests.ts';

export interface PlanIndex {
  readonly expiresAt: number;
  /** Of the lots that were drawn for it. */
  readonly lotSeed: string;
  readonly digests: PlanDigests;
}

const version = 'plan1';

export function spellPlanIndex({ expiresAt, lotSeed, digests }: PlanIndex): string {
  return [version, expiresAt.toString(36), lotSeed, ...planParts.map((part) => digests[part])].join('-');
}

/** Throws when it is none. */
export function readPlanIndex(text: string): PlanIndex {
  const [spelt, expires = '', lotSeed = '', ...digests] = text.split('-');
  const isWhole = spelt === version && /^[0-9a-z]{1,11}$/.test(expires) && digests.length === planParts.length && [lotSeed, ...digests].every((word) => /^[0-9a-f]{16}$/.test(word));
  if (!isWhole) throw new Failure('InvalidPlanIndexException', 'planIndex is none that PlanDeployment gives. Take it whole from what it answered, or plan again.', 'planIndex');
  return { expiresAt: parseInt(expires, 36), lotSeed, digests: Object.fromEntries(planParts.map((part, index) => [part, digests[index]!])) as unknown as PlanDigests };
}

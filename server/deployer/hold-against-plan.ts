// Whether what would be done now is what a plan has shown. Asked before anything is written.

import { Failure } from '../../protocol/errors.ts';
import { toIso } from '../../protocol/model/timestamp.ts';
import type { Database } from '../store/store.ts';
import type { ShownPlan } from './new-deployment.ts';
import { digestPlan, type PlanPart, planParts } from './plan-digests.ts';
import type { PlanIndex } from './plan-index.ts';

const inWords: Readonly<Record<PlanPart, string>> = {
  revision: 'the revision or its bundle',
  settings: 'what the request, the group or the deployment config says',
  targets: 'the targets, how they stand, or their order',
  turn: 'the deployments of the group that come before it or are superseded, or its last successful one',
  calendar: 'the windows or freezes, or whether they hold it',
};

/** Throws where it is not, and says what has changed. */
export function holdAgainstPlan(tx: Database, { expiresAt, digests }: PlanIndex, supersedes: readonly string[], now: number): ShownPlan['holdAgainst'] {
  return async (draft, frozen) => {
    if (now >= expiresAt) throw new Failure('PlanOutdatedException', `The plan was good until ${toIso(expiresAt)}. Plan again, and apply what that shows.`, 'planIndex');
    const present = await digestPlan(tx, draft, frozen, supersedes, now);
    const changed = planParts.filter((part) => present[part] !== digests[part]);
    if (changed.length === 0) return;
    throw new Failure('PlanOutdatedException', `Not what the plan has shown: since then this has changed, or is asked for otherwise: ${changed.map((part) => inWords[part]).join('; ')}. Nothing was done. Plan again, and apply what that shows.`, 'planIndex');
  };
}

// Whether groups that have the promotion's revision go back to what they had, at its end: where the path says so and a
// wave failed, or where whoever stopped it said so. All at once: each at the pace of its group. A group whose own
// deployment failed is that deployment's matter; one that somebody has deployed to since keeps what that somebody wants.

import type { PromotionAction } from './actions.ts';
import { keptFor, nothingBefore } from './sentences.ts';
import type { GroupState, PromotionSnapshot } from './snapshot.ts';
import { hasSucceeded } from './standing.ts';

export function rollBackGroups({ promotion, waves }: PromotionSnapshot, status: 'Succeeded' | 'Failed' | 'Stopped'): readonly PromotionAction[] {
  const isDue = (status === 'Failed' && promotion.rollsBackOnFailure) || (status === 'Stopped' && promotion.stop?.rollback === true);
  if (!isDue) return [];
  return waves
    .flatMap(({ groups }) => groups)
    .filter((group) => hasSucceeded(group) && !group.isDeleted)
    .map(rollBack);
}

function rollBack({ groupId, name, newerDeploymentId, previousDeploymentId }: GroupState): PromotionAction {
  if (newerDeploymentId !== null) return { kind: 'NoteNoRollback', groupId, message: keptFor(name, newerDeploymentId) };
  if (previousDeploymentId === null) return { kind: 'NoteNoRollback', groupId, message: nothingBefore(name) };
  return { kind: 'RollBackGroup', groupId, ofDeploymentId: previousDeploymentId };
}

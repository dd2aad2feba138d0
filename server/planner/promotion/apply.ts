// What writing a plan does to the snapshot: the meaning of each action, in code. `deployer/commit-promotion.ts` does the
// same to the store. A rollback leaves no trace: it lies outside.

import type { PromotionAction, PromotionPlan } from './actions.ts';
import type { GroupState, PromotionSnapshot } from './snapshot.ts';

/** Stands for the id of a deployment that is yet to be written. */
export const unwritten = 'a new deployment';

/** The snapshot after `plan`, at the same instant. Throws when an action does not fit what is there. */
export function applyPromotion(snapshot: PromotionSnapshot, plan: PromotionPlan): PromotionSnapshot {
  return plan.actions.reduce(applyAction, snapshot);
}

function applyAction(snapshot: PromotionSnapshot, action: PromotionAction): PromotionSnapshot {
  const { promotion, now } = snapshot;
  switch (action.kind) {
    case 'QueuePromotion':
      return { ...snapshot, promotion: { ...promotion, status: 'Queued' } };
    case 'StartPromotion':
      return { ...snapshot, promotion: { ...promotion, status: 'InProgress' } };
    case 'AskApproval':
      return { ...snapshot, promotion: { ...promotion, approval: { since: now, expiresAt: action.expiresAt, decision: null, decidedBy: null, comment: null } } };
    case 'CreateDeployment':
      return changeGroup(snapshot, (group) => group.groupId === action.groupId, (group) => ({ ...group, deployment: { deploymentId: unwritten, status: 'Created', message: null, isStopRequested: false } }));
    case 'StopDeployment':
      return changeGroup(
        snapshot,
        (group) => group.deployment?.deploymentId === action.deploymentId,
        (group) => ({ ...group, deployment: group.deployment === null ? null : { ...group.deployment, isStopRequested: true } }),
      );
    case 'BakeWave':
      return { ...snapshot, promotion: { ...promotion, status: 'Baking', baking: { since: now, until: action.until } } };
    case 'OpenWave':
      return { ...snapshot, promotion: { ...promotion, status: 'InProgress', openWave: action.wave, baking: null, approval: null } };
    case 'RollBackGroup':
    case 'NoteNoRollback':
    case 'Notify':
      return snapshot;
    case 'FinishPromotion':
      return { ...snapshot, promotion: { ...promotion, status: action.status } };
  }
}

function changeGroup(snapshot: PromotionSnapshot, isIt: (group: GroupState) => boolean, change: (group: GroupState) => GroupState): PromotionSnapshot {
  if (!snapshot.waves.some(({ groups }) => groups.some(isIt))) throw new Error(`The plan names a group or deployment that ${snapshot.promotion.promotionId} does not have.`);
  return { ...snapshot, waves: snapshot.waves.map((wave) => ({ ...wave, groups: wave.groups.map((group) => (isIt(group) ? change(group) : group)) })) };
}

// Snapshots of promotions for tests: three waves (staging; eu and us side by side; asia), nothing begun.

import type { DeploymentStatus } from '../../protocol/model/deployment.ts';
import type { GroupState, PromotedDeployment, PromotionSnapshot, PromotionState, WaveState } from '../../server/planner/promotion/snapshot.ts';
import type { ApprovalState } from '../../server/planner/snapshot.ts';

export const promotionNow = 1_700_000_000_000;
export const bakeMs = 60_000;

export function deploymentTo(name: string, status: DeploymentStatus | null, over: Partial<PromotedDeployment> = {}): PromotedDeployment {
  return { deploymentId: `d-${name}`, status, message: status === 'Failed' ? 'Too many failed.' : null, isStopRequested: false, ...over };
}

/** `status`: of its deployment; undefined: none was created. */
export function aWaveGroup(name: string, status?: DeploymentStatus | null, over: Partial<GroupState> = {}): GroupState {
  return {
    groupId: `id-${name}`,
    name: `web/${name}`,
    isDeleted: false,
    deployment: status === undefined ? null : deploymentTo(name, status),
    replacedBy: null,
    newerDeploymentId: null,
    previousDeploymentId: `d-before-${name}`,
    ...over,
  };
}

export function aWave(name: string, groups: readonly GroupState[], over: Partial<WaveState> = {}): WaveState {
  return { name, bakeMs, approvalMs: null, groups, ...over };
}

type Statuses = Readonly<Partial<Record<'staging' | 'eu' | 'us' | 'asia', DeploymentStatus | null>>>;

export function aPromotion(statuses: Statuses = {}, over: Partial<PromotionState> = {}, waves?: readonly WaveState[]): PromotionSnapshot {
  return {
    now: promotionNow,
    promotion: { promotionId: 'p-1', status: 'InProgress', openWave: 0, baking: null, approval: null, isRevisionReady: true, rollsBackOnFailure: false, stop: null, ...over },
    waves: waves ?? [
      aWave('staging', [aWaveGroup('staging', statuses.staging)]),
      aWave('europe', [aWaveGroup('eu', statuses.eu), aWaveGroup('us', statuses.us)]),
      aWave('asia', [aWaveGroup('asia', statuses.asia)], { bakeMs: 0 }),
    ],
    earlierPromotionId: null,
  };
}

/** Asked for at `promotionNow`, for an hour. */
export function anApproval(over: Partial<ApprovalState> = {}): ApprovalState {
  return { since: promotionNow, expiresAt: promotionNow + 3_600_000, decision: null, decidedBy: null, comment: null, ...over };
}

/** The same with the groups of that name changed. */
export function withGroup(snapshot: PromotionSnapshot, name: string, over: Partial<GroupState>): PromotionSnapshot {
  return { ...snapshot, waves: snapshot.waves.map((wave) => ({ ...wave, groups: wave.groups.map((group) => (group.name === `web/${name}` ? { ...group, ...over } : group)) })) };
}

/** The same with the wave at `index` changed. */
export function withWave(snapshot: PromotionSnapshot, index: number, over: Partial<WaveState>): PromotionSnapshot {
  return { ...snapshot, waves: snapshot.waves.map((wave, position) => (position === index ? { ...wave, ...over } : wave)) };
}

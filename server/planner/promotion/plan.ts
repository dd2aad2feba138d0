// What to do now about one promotion. Pure. Waves go in order; each goes through the same states, and a plan takes it as
// far as it can:
//
//   approval (if it needs one) -> every group gets its deployment -> all have succeeded -> bakes -> the next wave
//
// One deployment that ends otherwise fails the wave: nothing more is created, what runs is let end, and the promotion
// fails. What holds a single deployment (its group's queue, window, freeze, approval, alarms) is that deployment's own
// matter: here it is under way. A stop goes before everything else.

import type { PromotionError } from '../../../protocol/model/promotion.ts';
import type { PromotionWaiting } from '../../../protocol/model/promotion-waiting.ts';
import type { PromotionAction, PromotionPlan } from './actions.ts';
import { unwritten } from './apply.ts';
import { withNotices } from './notices.ts';
import { rollBackGroups } from './rollback.ts';
import { approvalExpired, groupMissing, rejected, revisionReplaced, waveFailed, whyStopped } from './sentences.ts';
import type { GroupState, PromotedDeployment, PromotionSnapshot, StopState, WaveState } from './snapshot.ts';
import { hasFailed, hasSucceeded, isRunning, isUnstarted, promotionHasEnded } from './standing.ts';

const nothing: PromotionPlan = { actions: [], waitingOn: [], wakeAt: null };

export function planPromotion(snapshot: PromotionSnapshot): PromotionPlan {
  const decided = decide(snapshot);
  return { ...decided, actions: withNotices(snapshot, decided.actions) };
}

function decide(snapshot: PromotionSnapshot): PromotionPlan {
  const { promotion, earlierPromotionId } = snapshot;
  if (promotionHasEnded(promotion)) return nothing;
  if (promotion.stop !== null) return goOnStopping(snapshot, promotion.stop);
  if (!isUnstarted(promotion)) return goOn(snapshot);
  if (earlierPromotionId === null) return after([{ kind: 'StartPromotion' }], goOn(snapshot));
  return { actions: promotion.status === 'Created' ? [{ kind: 'QueuePromotion' }] : [], waitingOn: [{ reason: 'EarlierPromotion', promotionId: earlierPromotionId }], wakeAt: null };
}

function goOn(snapshot: PromotionSnapshot): PromotionPlan {
  const wave = snapshot.waves[snapshot.promotion.openWave];
  if (wave === undefined) return finish(snapshot, 'Succeeded', null);
  return wave.groups.every((group) => group.deployment === null) ? enter(snapshot, wave) : attend(snapshot, wave);
}

/** The wave's turn has come, and nothing of it was created yet. */
function enter(snapshot: PromotionSnapshot, wave: WaveState): PromotionPlan {
  const { promotion, now } = snapshot;
  const { approval } = promotion;
  if (approval?.decision === 'REJECTED') return finish(snapshot, 'Stopped', { code: 'MANUAL_STOP', message: rejected(wave, approval) });
  if (wave.approvalMs !== null && approval?.decision !== 'APPROVED') {
    const { since, expiresAt } = approval ?? { since: now, expiresAt: now + wave.approvalMs };
    if (now >= expiresAt) return finish(snapshot, 'Stopped', { code: 'TIMEOUT', message: approvalExpired(wave, expiresAt - since) });
    return { actions: approval === null ? [{ kind: 'AskApproval', expiresAt }] : [], waitingOn: [{ reason: 'WaveApproval', ...placeOf(snapshot), since, expiresAt }], wakeAt: expiresAt };
  }
  const deleted = wave.groups.filter((group) => group.isDeleted);
  if (deleted.length > 0) return finish(snapshot, 'Failed', { code: 'DEPLOYMENT_GROUP_MISSING', message: groupMissing(wave, deleted) });
  const replaced = snapshot.waves.slice(0, promotion.openWave).flatMap(({ groups }) => groups).find((group) => group.replacedBy !== null);
  if (replaced !== undefined) return finish(snapshot, 'Failed', { code: 'REVISION_REPLACED', message: revisionReplaced(wave, replaced) });
  return attend(snapshot, wave);
}

/** Creates what is missing, waits for what runs, and draws the conclusion when all have ended. */
function attend(snapshot: PromotionSnapshot, wave: WaveState): PromotionPlan {
  const { promotion, now } = snapshot;
  const failed = wave.groups.filter((group) => hasFailed(group) || (group.deployment === null && group.isDeleted));
  if (failed.length > 0) {
    const running = runningOf([wave]);
    if (running.length > 0) return waitFor({ reason: 'WaveFailed', ...placeOf(snapshot), failed: failed.map(({ name }) => name), deploymentIds: running.map(({ deploymentId }) => deploymentId) });
    return finish(snapshot, 'Failed', errorOf(wave, failed));
  }
  const missing = wave.groups.filter((group) => group.deployment === null);
  const isFirst = snapshot.waves.every(({ groups }) => groups.every((group) => group.deployment === null));
  const due = promotion.isRevisionReady ? missing : missing.slice(0, isFirst ? 1 : 0);
  if (missing.length > 0 || !wave.groups.every(hasSucceeded)) {
    const deploymentIds = wave.groups.flatMap((group) => (due.includes(group) ? [unwritten] : runningOf([{ ...wave, groups: [group] }]).map(({ deploymentId }) => deploymentId)));
    const { actions, waitingOn, wakeAt } = waitFor({ reason: 'WaveUnderWay', ...placeOf(snapshot), deploymentIds, pending: missing.length - due.length });
    return { actions: [...due.map(({ groupId }): PromotionAction => ({ kind: 'CreateDeployment', groupId })), ...actions], waitingOn, wakeAt };
  }
  const baking = promotion.baking ?? (wave.bakeMs === 0 ? null : { since: now, until: now + wave.bakeMs });
  if (baking === null || now >= baking.until) return openNext(snapshot);
  return { actions: promotion.baking === null ? [{ kind: 'BakeWave', until: baking.until }] : [], waitingOn: [{ reason: 'WaveBaking', ...placeOf(snapshot), ...baking }], wakeAt: baking.until };
}

function openNext(snapshot: PromotionSnapshot): PromotionPlan {
  const wave = snapshot.promotion.openWave + 1;
  return after([{ kind: 'OpenWave', wave }], goOn({ ...snapshot, promotion: { ...snapshot.promotion, openWave: wave, baking: null, approval: null } }));
}

/** Nothing new; what runs is stopped, if that was asked for, and in any case waited for. */
function goOnStopping(snapshot: PromotionSnapshot, stop: StopState): PromotionPlan {
  const running = runningOf(snapshot.waves);
  if (running.length === 0) return finish(snapshot, 'Stopped', { code: 'MANUAL_STOP', message: whyStopped(stop) });
  const toStop = stop.stopsDeployments ? running.filter((deployment) => !deployment.isStopRequested) : [];
  const { waitingOn, wakeAt } = waitFor({ reason: 'StopRequested', deploymentIds: running.map(({ deploymentId }) => deploymentId), areStopped: stop.stopsDeployments });
  return { actions: toStop.map(({ deploymentId }) => ({ kind: 'StopDeployment', deploymentId, rollback: stop.rollback })), waitingOn, wakeAt };
}

function finish(snapshot: PromotionSnapshot, status: 'Succeeded' | 'Failed' | 'Stopped', error: PromotionError | null): PromotionPlan {
  return { actions: [...rollBackGroups(snapshot, status), { kind: 'FinishPromotion', status, error }], waitingOn: [], wakeAt: null };
}

function errorOf(wave: WaveState, failed: readonly GroupState[]): PromotionError {
  const deployed = failed.filter((group) => group.deployment !== null);
  return deployed.length === 0 ? { code: 'DEPLOYMENT_GROUP_MISSING', message: groupMissing(wave, failed) } : { code: 'WAVE_FAILED', message: waveFailed(wave, deployed) };
}

function runningOf(waves: readonly WaveState[]): readonly PromotedDeployment[] {
  return waves.flatMap(({ groups }) => groups).flatMap(({ deployment }) => (deployment !== null && isRunning(deployment) ? [deployment] : []));
}

function placeOf({ promotion, waves }: PromotionSnapshot): { readonly wave: string; readonly position: number; readonly of: number } {
  return { wave: waves[promotion.openWave]!.name, position: promotion.openWave + 1, of: waves.length };
}

function waitFor(waiting: PromotionWaiting): PromotionPlan {
  return { actions: [], waitingOn: [waiting], wakeAt: null };
}

function after(actions: readonly PromotionAction[], { actions: more, ...plan }: PromotionPlan): PromotionPlan {
  return { actions: [...actions, ...more], ...plan };
}

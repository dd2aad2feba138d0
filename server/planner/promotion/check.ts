// Says what is wrong with a plan for a promotion: the invariants, written from the rules and sharing no code with the
// planner. Asserted on every plan before anything is written.

import type { PromotionAction, PromotionPlan } from './actions.ts';
import type { GroupState, PromotionSnapshot, WaveState } from './snapshot.ts';

type Complain = (sentence: string) => void;

/** What the checker knows while it goes through the actions. */
interface Course {
  started: boolean;
  open: number;
  /** Until when the open wave bakes; null: it does not. */
  bakesUntil: number | null;
  isApproved: boolean;
  /** Groups that have a deployment, those of this plan included. */
  readonly created: Set<string>;
  finished: 'Succeeded' | 'Failed' | 'Stopped' | null;
  readonly rolledBack: Set<string>;
}

const over = ['Succeeded', 'Failed', 'Stopped'];
const isRunning = ({ deployment }: GroupState): boolean => deployment !== null && deployment.status !== null && !over.includes(deployment.status);
const isGood = ({ deployment }: GroupState): boolean => deployment !== null && deployment.status === 'Succeeded';
const isBad = (group: GroupState): boolean => group.deployment !== null && !isRunning(group) && !isGood(group);

/** One sentence for each invariant that the plan would violate; empty when it may be written. */
export function checkPromotion(snapshot: PromotionSnapshot, plan: PromotionPlan): readonly string[] {
  const violations: string[] = [];
  const complain: Complain = (sentence) => violations.push(sentence);
  const { promotion, waves } = snapshot;
  if (over.includes(promotion.status)) {
    if (plan.actions.length > 0) complain(`The promotion has ended as ${promotion.status}, and the plan goes on.`);
    return violations;
  }
  const course: Course = {
    started: promotion.status !== 'Created' && promotion.status !== 'Queued',
    open: promotion.openWave,
    bakesUntil: promotion.baking?.until ?? null,
    isApproved: promotion.approval?.decision === 'APPROVED',
    created: new Set(waves.flatMap(({ groups }) => groups.filter((group) => group.deployment !== null).map((group) => group.groupId))),
    finished: null,
    rolledBack: new Set(),
  };
  for (const action of plan.actions) {
    if (course.finished !== null && action.kind !== 'Notify') complain(`${action.kind} comes after the end.`);
    checkAction(snapshot, action, course, complain);
  }
  checkNotices(snapshot, plan.actions, complain);
  checkEnd(snapshot, plan, course, complain);
  return violations;
}

function checkAction(snapshot: PromotionSnapshot, action: PromotionAction, course: Course, complain: Complain): void {
  const { promotion, waves, now, earlierPromotionId } = snapshot;
  const wave = waves[course.open];
  switch (action.kind) {
    case 'QueuePromotion':
      if (course.started || earlierPromotionId === null) complain('It is queued, but need not wait for another.');
      return;
    case 'StartPromotion':
      if (course.started) complain('It is started twice.');
      if (earlierPromotionId !== null) complain(`It is started while ${earlierPromotionId} goes first.`);
      if (promotion.stop !== null) complain('It is started although it is to stop.');
      course.started = true;
      return;
    case 'AskApproval':
      if (wave === undefined || wave.approvalMs === null) complain('Approval is asked for where none is needed.');
      else if (action.expiresAt !== now + wave.approvalMs) complain(`Approval of ${wave.name} is asked for until ${action.expiresAt}, not for ${wave.approvalMs} ms.`);
      if (promotion.approval !== null && course.open === promotion.openWave) complain('Approval is asked for a second time.');
      return;
    case 'CreateDeployment':
      return checkCreation(snapshot, action.groupId, course, complain);
    case 'StopDeployment':
      if (promotion.stop?.stopsDeployments !== true) complain(`${action.deploymentId} is stopped, and nobody asked for it.`);
      if (!waves.some(({ groups }) => groups.some((group) => isRunning(group) && group.deployment?.deploymentId === action.deploymentId))) complain(`${action.deploymentId} is stopped, but is no running deployment of the promotion.`);
      if (action.rollback !== (promotion.stop?.rollback ?? null)) complain('A stop says something else of rolling back than was asked for.');
      return;
    case 'BakeWave':
      if (wave === undefined || !wave.groups.every(isGood)) complain(`Wave ${course.open + 1} bakes before all of it has succeeded.`);
      else if (wave.bakeMs === 0 || action.until !== now + wave.bakeMs) complain(`Wave ${wave.name} bakes until ${action.until}, which is not ${wave.bakeMs} ms from now.`);
      if (course.bakesUntil !== null) complain('A wave bakes twice.');
      course.bakesUntil = action.until;
      return;
    case 'OpenWave':
      if (action.wave !== course.open + 1) complain(`Wave ${action.wave + 1} is opened after wave ${course.open + 1}.`);
      if (wave === undefined || !wave.groups.every(isGood)) complain(`Wave ${course.open + 1} is left behind before all of it has succeeded.`);
      else if (wave.bakeMs > 0 && (course.bakesUntil === null || now < course.bakesUntil)) complain(`Wave ${wave.name} is left behind before it has baked for ${wave.bakeMs} ms.`);
      if (promotion.stop !== null) complain('A wave is opened although the promotion is to stop.');
      course.open = action.wave;
      course.bakesUntil = null;
      course.isApproved = false;
      return;
    case 'Notify':
      return;
    case 'RollBackGroup':
    case 'NoteNoRollback':
      return checkRollback(snapshot, action, course, complain);
    case 'FinishPromotion':
      course.finished = action.status;
      if ((action.status === 'Succeeded') !== (action.error === null)) complain(`It ends as ${action.status} ${action.error === null ? 'without' : 'with'} an error.`);
  }
}

/** Each trigger hears of each thing that it asks about once, and of nothing else. */
function checkNotices({ triggers = [] }: PromotionSnapshot, actions: readonly PromotionAction[], complain: Complain): void {
  const happened = actions.flatMap((action): readonly string[] => {
    if (action.kind === 'FinishPromotion') return [{ Succeeded: 'PromotionSuccess', Failed: 'PromotionFailure', Stopped: 'PromotionStop' }[action.status]];
    return { StartPromotion: ['PromotionStart'], AskApproval: ['PromotionReady'], OpenWave: ['WaveSuccess'] }[action.kind as string] ?? [];
  });
  if (actions.some(({ kind }) => kind === 'RollBackGroup')) happened.push('PromotionRollback');
  const owed = triggers.flatMap(({ name, events }) => happened.filter((event) => events.some((one) => one === event)).map((event) => `${name} of ${event}`)).toSorted();
  const told = actions.flatMap((action) => (action.kind === 'Notify' ? [`${action.trigger} of ${action.event}`] : [])).toSorted();
  if (owed.join() !== told.join()) complain(`Told is ${told.join(', ') || 'nobody'}, and to be told is ${owed.join(', ') || 'nobody'}.`);
}

function checkCreation({ promotion, waves, now }: PromotionSnapshot, groupId: string, course: Course, complain: Complain): void {
  const index = waves.findIndex(({ groups }) => groups.some((group) => group.groupId === groupId));
  const wave = waves[index];
  const group = wave?.groups.find((one) => one.groupId === groupId);
  if (wave === undefined || group === undefined) return complain(`A deployment is created for ${groupId}, which is of no wave.`);
  if (!course.started) complain(`A deployment to ${group.name} is created before the promotion is started.`);
  if (promotion.stop !== null) complain(`A deployment to ${group.name} is created although the promotion is to stop.`);
  if (index !== course.open) complain(`A deployment to ${group.name} of wave ${wave.name} is created out of turn.`);
  const unfinished = waves.slice(0, index).find(({ groups }) => !groups.every(isGood));
  if (unfinished !== undefined) complain(`A deployment to ${group.name} is created before wave ${unfinished.name} has succeeded.`);
  if (course.bakesUntil !== null && now < course.bakesUntil) complain(`A deployment to ${group.name} is created while a wave bakes.`);
  if (wave.approvalMs !== null && !course.isApproved) complain(`A deployment to ${group.name} is created before wave ${wave.name} was approved.`);
  if (group.isDeleted) complain(`A deployment is created for ${group.name}, which was deleted.`);
  if (wave.groups.some((other) => isBad(other))) complain(`A deployment to ${group.name} is created after another of its wave has failed.`);
  if (course.created.has(groupId)) complain(`A second deployment to ${group.name} is created.`);
  if (!promotion.isRevisionReady && course.created.size > 0) complain(`A deployment to ${group.name} is created before it is known what bytes the first one got.`);
  const replaced = waves.slice(0, index).flatMap(({ groups }) => groups).find((earlier) => earlier.replacedBy !== null);
  if (replaced !== undefined && wave.groups.every((other) => other.deployment === null)) complain(`Wave ${wave.name} is begun although ${replaced.name} has another revision now.`);
  course.created.add(groupId);
}

function checkRollback({ promotion, waves }: PromotionSnapshot, action: Extract<PromotionAction, { kind: 'RollBackGroup' | 'NoteNoRollback' }>, course: Course, complain: Complain): void {
  const group = waves.flatMap(({ groups }) => groups).find((one) => one.groupId === action.groupId);
  if (group === undefined || !isGood(group)) return complain(`${action.groupId} is rolled back, but the promotion has changed nothing there that stands.`);
  if (course.rolledBack.has(action.groupId)) complain(`${group.name} is rolled back twice.`);
  course.rolledBack.add(action.groupId);
  if (!promotion.rollsBackOnFailure && promotion.stop?.rollback !== true) complain(`${group.name} is rolled back, and nobody asked for it.`);
  if (action.kind === 'NoteNoRollback') return;
  if (group.newerDeploymentId !== null) complain(`${group.name} is rolled back over ${group.newerDeploymentId}, which is newer.`);
  if (action.ofDeploymentId !== group.previousDeploymentId) complain(`${group.name} is rolled back to ${action.ofDeploymentId}, which is not what it had.`);
}

/** With all of it written: it ends when it must and only then; and what goes on has a reason, and a time to look again. */
function checkEnd(snapshot: PromotionSnapshot, plan: PromotionPlan, course: Course, complain: Complain): void {
  const { promotion, waves, now } = snapshot;
  const all = waves.flatMap(({ groups }) => groups);
  const willRun = all.some(isRunning) || plan.actions.some((action) => action.kind === 'CreateDeployment');
  if (course.finished === null) {
    if (course.rolledBack.size > 0) complain('Groups are rolled back although the promotion goes on.');
    if (plan.waitingOn.length === 0) complain('It goes on and waits for nothing.');
    if (promotion.stop !== null && !willRun) complain('It is to stop, nothing of it is running, and it does not end.');
    if (course.bakesUntil !== null && plan.wakeAt !== course.bakesUntil && promotion.stop === null) complain('A wave bakes, and nobody will look when it has.');
    if (course.started && promotion.stop === null && course.bakesUntil === null && !willRun && !plan.waitingOn.some((waiting) => waiting.reason === 'WaveApproval')) complain('Nothing of it is running, and nothing holds it.');
    if (plan.waitingOn.some((waiting) => waiting.reason === 'WaveApproval') && (plan.wakeAt === null || plan.wakeAt <= now)) complain('It waits for approval, and nobody will look when the time for that is over.');
    return;
  }
  if (willRun) complain(`It ends as ${course.finished} while deployments of it are running.`);
  checkVerdict(snapshot, course, complain);
  const owed = (course.finished === 'Failed' && promotion.rollsBackOnFailure) || (course.finished === 'Stopped' && promotion.stop?.rollback === true);
  for (const group of all) if (owed && isGood(group) && !group.isDeleted && !course.rolledBack.has(group.groupId)) complain(`${group.name} is to be rolled back, and nothing is said of it.`);
  if (!owed && course.rolledBack.size > 0) complain(`Groups are rolled back because it ${course.finished}, and nobody asked for that.`);
}

function checkVerdict({ promotion, waves, now }: PromotionSnapshot, course: Course, complain: Complain): void {
  const wave: WaveState | undefined = waves[course.open];
  const isRefused = wave?.approvalMs !== null && wave !== undefined && promotion.approval !== null && (promotion.approval.decision === 'REJECTED' || (promotion.approval.decision === null && now >= promotion.approval.expiresAt));
  switch (course.finished) {
    case 'Succeeded':
      if (course.open !== waves.length || promotion.stop !== null) complain('It succeeds before the last wave is behind.');
      return;
    case 'Failed': {
      const isReplaced = waves.slice(0, course.open).some(({ groups }) => groups.some((group) => group.replacedBy !== null));
      if (promotion.stop !== null || !(wave?.groups.some((group) => isBad(group) || (group.isDeleted && group.deployment === null)) === true || isReplaced)) complain('It fails, and nothing of it has failed.');
      return;
    }
    case 'Stopped':
      if (promotion.stop === null && !isRefused) complain('It stops, and nobody asked for it.');
      return;
    case null:
  }
}

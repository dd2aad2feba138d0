// What PlanDeployment answered, as lines: who, in which waves, what would hold it and what is in its way. Pure.

import { durationWords, revisionWords } from './render.ts';
import { printable } from './printable.ts';
import { tableLines } from './table.ts';
import type { PlannedWave } from '../protocol/model/deployment-plan.ts';
import type { OutputOf } from '../protocol/operations/operation.ts';
import type { planDeployment } from '../protocol/operations/plan-deployment.ts';

type Plan = OutputOf<typeof planDeployment>;

export function linesOfPlan(plan: Plan): readonly string[] {
  return [
    `${plan.applicationName} to ${plan.deploymentGroupName}, ${plan.deploymentConfigName}, ${revisionWords(plan)}`,
    ...(plan.targets.length === 0 ? [] : [`${count(plan.targets.length, 'target')}, of which ${plan.minimumHealthyHosts} must stay healthy; not connected: ${plan.targets.filter(({ isConnected }) => !isConnected).length}`]),
    ...tableLines(['WAVE', 'PART', 'THEN', 'TARGETS'], plan.waves.map((wave, index) => [String(index + 1), partOf(wave), bakeOf(wave), wave.targetIds.join(' ')])),
    ...(plan.laterTargets === undefined ? [] : [`${count(plan.laterTargets, 'more target')} in the same manner.`]),
    ...(plan.trafficSteps === undefined ? [] : [`Traffic moves by shares: ${plan.trafficSteps.map(({ percentage, bakeSeconds }) => `${percentage} %${bakeSeconds === 0 ? '' : ` (watched ${durationWords(1000 * bakeSeconds)})`}`).join(', ')}; then the original instances leave.`]),
    ...(plan.alarmBakeSeconds === undefined ? [] : [`Alarms are watched for ${durationWords(1000 * plan.alarmBakeSeconds)} after the last target.`]),
    ...plan.supersedes.map((deploymentId) => `Supersedes ${deploymentId}, which is stopped.`),
    ...plan.sentences.map((sentence) => `Held: ${sentence}`),
    ...plan.conflicts.map(({ sentence }) => `Conflict: ${sentence}`),
    ...plan.notes.map((note) => `Note: ${note}`),
    ...(canSucceed(plan) ? ['It succeeds if every instance does as it is told.'] : []),
  ].map(printable);
}

/** As far as it is known now, and if CreateDeployment would make it now. */
export function canSucceed({ conflicts }: Pick<Plan, 'conflicts'>): boolean {
  return conflicts.every(({ reason }) => reason === 'AgentsAbsent');
}

function partOf({ zone, step }: PlannedWave): string {
  return zone === undefined ? (step === undefined ? '' : `step ${step}`) : `zone ${zone}`;
}

function bakeOf({ bakeSeconds }: PlannedWave): string {
  return bakeSeconds === undefined ? '' : `watched ${durationWords(1000 * bakeSeconds)}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

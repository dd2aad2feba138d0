// A deployment in words. Pure: pictures in, lines out. `linesOfChange` says what is new since the picture before, one line
// a fact, fit for a log; `footer` is the part that a terminal redraws below: a bar for the deployment, a line for each host.

import type { DeploymentChange } from '../protocol/model/deployment-change.ts';
import { endOf } from './deployment-end.ts';
import { printable, printableLines } from './printable.ts';
import type { DeploymentInfo } from '../protocol/model/deployment.ts';
import type { LifecycleEvent } from '../protocol/model/lifecycle-event.ts';
import type { InstanceTarget } from '../protocol/model/target.ts';
import type { Waiting } from '../protocol/model/waiting.ts';

/** Holds that a reader of the log must hear of; the others are the ordinary course and stand in the footer only. */
const notableHolds: ReadonlySet<Waiting['reason']> = new Set(['EarlierDeployment', 'AgentSilent', 'FailureDecision', 'OnceElsewhere', 'AlarmsUnseen', 'Alarm', 'AlarmBake', 'StopRequested', 'RoutersUnseen', 'RotationUnsure']);

/** What to print when `change` follows `before`; null for the first picture. Only facts that were not there before. */
export function linesOfChange(before: DeploymentChange | null, change: DeploymentChange): readonly string[] {
  const id = change.deployment.deploymentId ?? 'd-?';
  const status = linesOfStatus(id, before?.deployment ?? null, change.deployment);
  const targets = change.targets.map((target) => target.instanceTarget);
  const linesOf = (target: InstanceTarget): readonly string[] => linesOfTarget(id, targetBefore(before, target), target);
  return [
    ...(before === null ? [introduction(change.deployment)] : []),
    // As it must have happened: a deployment begins before its targets do and ends after them, and one target makes room
    // for the next.
    ...(endOf(change.deployment) === null ? status : []),
    ...newHolds(before, change).map((sentence) => `${id} ${sentence}`),
    ...targets.filter(isOver).flatMap(linesOf),
    ...targets.filter((target) => !isOver(target)).flatMap(linesOf),
    ...(endOf(change.deployment) === null ? [] : status),
  ];
}

const isOver = (target: InstanceTarget): boolean => target.status === 'Succeeded' || target.status === 'Failed' || target.status === 'Skipped' || target.status === 'Unknown';

function introduction(deployment: DeploymentInfo): string {
  const to = `${deployment.applicationName ?? '?'} to ${deployment.deploymentGroupName ?? '?'}`;
  const how = deployment.deploymentConfigName === undefined ? '' : `, ${deployment.deploymentConfigName}`;
  const what = deployment.revision === undefined ? '' : `, ${revisionWords(deployment)}`;
  const why = deployment.creator === 'codeDeployRollback' ? ` (rollback${rollsBack(deployment)})` : '';
  return printable(`${deployment.deploymentId ?? 'd-?'} ${to}${how}${what}${why}`);
}

const rollsBack = (deployment: DeploymentInfo): string => {
  const because = deployment.rollbackInfo?.rollbackTriggeringDeploymentId;
  return because === undefined ? '' : ` of ${because}`;
};

/** The revision in a word: its key, or its commit. */
export function revisionWords(deployment: Pick<DeploymentInfo, 'revision'>): string {
  const { s3Location, gitHubLocation } = deployment.revision ?? {};
  if (s3Location !== undefined) return `${s3Location.bucket ?? '?'}/${s3Location.key ?? '?'}`;
  if (gitHubLocation !== undefined) return `${gitHubLocation.repository ?? '?'}@${gitHubLocation.commitId ?? '?'}`;
  return deployment.revision?.revisionType ?? 'no revision';
}

function linesOfStatus(id: string, before: DeploymentInfo | null, now: DeploymentInfo): readonly string[] {
  const lines: string[] = [];
  if (now.status !== before?.status) {
    const because = now.errorInformation === undefined || endOf(now) === null ? '' : ` ${now.errorInformation.code}: ${now.errorInformation.message}`;
    lines.push(printable(`${id} ${now.status ?? '?'}${overviewWords(now)}${because}`));
  }
  const rollback = now.rollbackInfo?.rollbackDeploymentId;
  if (rollback !== undefined && rollback !== before?.rollbackInfo?.rollbackDeploymentId) lines.push(`${id} is rolled back by ${rollback}.`);
  return lines;
}

function overviewWords(deployment: DeploymentInfo): string {
  const overview = deployment.deploymentOverview;
  if (overview === undefined || endOf(deployment) === null) return '';
  const counts = (['Succeeded', 'Failed', 'Skipped', 'InProgress', 'Pending', 'Ready'] as const)
    .filter((status) => overview[status] > 0)
    .map((status) => `${overview[status]} ${status}`);
  return counts.length === 0 ? '' : ` (${counts.join(', ')})`;
}

function targetBefore(before: DeploymentChange | null, target: InstanceTarget): InstanceTarget | null {
  return before?.targets.find((one) => one.instanceTarget.targetId === target.targetId)?.instanceTarget ?? null;
}

function linesOfTarget(id: string, before: InstanceTarget | null, now: InstanceTarget): readonly string[] {
  const lines = now.lifecycleEvents.flatMap((event) => {
    const earlier = before?.lifecycleEvents.find((one) => one.lifecycleEventName === event.lifecycleEventName);
    const isNews = event.status !== (earlier?.status ?? 'Pending') && event.status !== 'Skipped';
    return isNews ? linesOfEvent(id, now.targetId, event) : [];
  });
  if (isOver(now) && now.status !== before?.status) lines.push(printable(`${id} ${now.targetId} ${now.status}`));
  return lines;
}

function linesOfEvent(id: string, targetId: string, event: LifecycleEvent): readonly string[] {
  const who = printable(`${id} ${targetId} ${event.lifecycleEventName}`);
  if (event.status === 'Failed' || event.status === 'Unknown') {
    const found = event.diagnostics;
    if (found === undefined) return [`${who} ${event.status}`];
    return [printable(`${who} ${event.status} ${found.errorCode}: ${found.message}`), ...printableLines(found.logTail).map((line) => `${who} | ${line}`)];
  }
  return [`${who} ${event.status}${took(event)}`];
}

function took(event: LifecycleEvent): string {
  if (event.status !== 'Succeeded' || event.startTime === undefined || event.endTime === undefined) return '';
  return ` ${durationWords(event.endTime - event.startTime)}`;
}

/** 0.3s, 12s, 3m05s, 2h07m. */
export function durationWords(ms: number): string {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(whole / 3600)}h${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')}m`;
}

/** Sentences of holds worth a line that were not there before. The words change with time; who waits for what does not. */
function newHolds(before: DeploymentChange | null, change: DeploymentChange): readonly string[] {
  const known = new Set((before?.waitingOn ?? []).map(nameOfHold));
  return change.waitingOn.flatMap((hold, index) => {
    const sentence = change.sentences[index];
    return sentence === undefined || !notableHolds.has(hold.reason) || known.has(nameOfHold(hold)) ? [] : [printable(sentence)];
  });
}

const nameOfHold = (hold: Waiting): string => `${hold.reason} ${'targetId' in hold ? hold.targetId : ''} ${'attempt' in hold ? hold.attempt : ''}`;

// ---- the part that is redrawn

export interface FooterSize {
  readonly columns: number;
  readonly rows: number;
}

/** The live part: a bar, a line for each host that fits (busy and failed ones first), what is waited for. */
export function footer(change: DeploymentChange, elapsedMs: number, size: FooterSize): readonly string[] {
  const targets = change.targets.map((target) => target.instanceTarget);
  const done = targets.filter(isOver).length;
  const head = `${change.deployment.deploymentId ?? 'd-?'} ${change.deployment.status ?? '?'} ${bar(targets, 20)} ${done} of ${targets.length} ${durationWords(elapsedMs)}`;
  const room = Math.max(3, Math.min(40, size.rows - 6));
  const shown = [...targets].sort((a, b) => rank(a) - rank(b)).slice(0, targets.length > room ? room - 1 : room);
  const width = Math.min(40, Math.max(0, ...shown.map((target) => printable(target.targetId).length)));
  const hidden = targets.length - shown.length;
  const sentences = change.sentences.slice(0, 3).map((sentence) => `  ${printable(sentence)}`);
  const lines = [head, ...shown.map((target) => hostLine(target, width)), ...(hidden > 0 ? [`  and ${hidden} more`] : []), ...sentences];
  return lines.map((line) => cut(line, size.columns - 1));
}

const rank = (target: InstanceTarget): number => {
  const order: readonly string[] = ['InProgress', 'Ready', 'Failed', 'Unknown', 'Pending', 'Succeeded', 'Skipped'];
  return order.indexOf(target.status);
};

function hostLine(target: InstanceTarget, width: number): string {
  const marks = target.lifecycleEvents.map((event) => markOf[event.status]).join('');
  const running = target.lifecycleEvents.find((event) => event.status === 'InProgress') ?? target.lifecycleEvents.find((event) => event.status === 'Failed');
  return `  ${printable(target.targetId).padEnd(width)} ${marks} ${target.status}${running === undefined ? '' : ` ${printable(running.lifecycleEventName)}`}`;
}

const markOf: Readonly<Record<LifecycleEvent['status'], string>> = {
  Pending: '·',
  InProgress: '▸',
  Succeeded: '■',
  Failed: '✗',
  Skipped: '-',
  Unknown: '?',
};

/** Progress by lifecycle events, so that one host moves the bar too. */
function bar(targets: readonly InstanceTarget[], width: number): string {
  let events = 0;
  let over = 0;
  for (const target of targets) {
    for (const event of target.lifecycleEvents) {
      events += 1;
      if (isOver(target) || event.status === 'Succeeded' || event.status === 'Failed' || event.status === 'Skipped') over += 1;
    }
  }
  const filled = events === 0 ? 0 : Math.floor((over / events) * width);
  return `[${'█'.repeat(filled)}${'░'.repeat(width - filled)}]`;
}

const cut = (line: string, columns: number): string => (line.length <= columns ? line : `${line.slice(0, Math.max(0, columns - 1))}…`);

// What a group says about the order and the patience of its deployments, and about instances that come late. Pure; an empty member clears it.

import { Failure } from '../../protocol/errors.ts';
import type { GroupTimeouts, TargetOrder } from '../../protocol/model/deployment-group.ts';
import type { DeploymentGroupDocument } from '../store/documents.ts';

type PaceMembers = Pick<DeploymentGroupDocument, 'zoneTagKey' | 'targetOrder' | 'timeouts' | 'convergence' | 'guidedFailure'>;

/** Seconds each may be. The silence of an agent is noticed after three pings: less than that could never be held to. */
const bounds: Readonly<Record<keyof GroupTimeouts, readonly [number, number]>> = {
  eventStartSeconds: [5, 3600],
  eventSeconds: [5, 8 * 3600],
  silenceSeconds: [15, 8 * 3600],
};

/** The members after `given` has been applied; absent keeps, empty clears. Throws Failure. */
export function mergePace(before: PaceMembers, given: PaceMembers): PaceMembers {
  const zoneTagKey = given.zoneTagKey ?? before.zoneTagKey ?? '';
  const targetOrder = given.targetOrder ?? before.targetOrder ?? [];
  const timeouts = given.timeouts ?? before.timeouts ?? {};
  if ([...zoneTagKey].length > 128) throw invalid(`zoneTagKey is longer than 128 characters, which no tag's key is.`, 'zoneTagKey');
  checkOrder(targetOrder);
  checkTimeouts(timeouts);
  const { enabled, maxAttempts } = given.convergence ?? before.convergence ?? {};
  if (maxAttempts !== undefined && (maxAttempts < 1 || maxAttempts > 10)) throw invalid(`convergence.maxAttempts is ${maxAttempts}, but must be between 1 and 10.`, 'convergence.maxAttempts');
  const guided = given.guidedFailure ?? before.guidedFailure ?? {};
  return {
    ...(zoneTagKey === '' ? {} : { zoneTagKey }),
    ...(targetOrder.length === 0 ? {} : { targetOrder }),
    ...(Object.keys(timeouts).length === 0 ? {} : { timeouts }),
    ...(enabled === true ? { convergence: { enabled, ...(maxAttempts === undefined ? {} : { maxAttempts }) } } : {}),
    ...(guided.enabled === true ? { guidedFailure: guided } : {}),
  };
}

function checkOrder(order: readonly TargetOrder[]): void {
  if (order.length > 3) throw invalid(`targetOrder has ${order.length} keys, but at most 3 are allowed.`, 'targetOrder');
  for (const { tagKey, values } of order) {
    if (tagKey === '') throw invalid('A tagKey of targetOrder is empty.', 'targetOrder');
    if (values.length === 0 || values.length > 100) throw invalid(`The order by ${tagKey} has ${values.length} values, but must have between 1 and 100.`, 'targetOrder');
    const twice = values.find((value, index) => values.indexOf(value) !== index);
    if (twice !== undefined) throw invalid(`The order by ${tagKey} names ${twice} twice.`, 'targetOrder');
  }
}

function checkTimeouts(timeouts: GroupTimeouts): void {
  for (const [member, [least, most]] of Object.entries(bounds)) {
    const seconds = timeouts[member as keyof GroupTimeouts];
    if (seconds !== undefined && (seconds < least || seconds > most)) throw invalid(`timeouts.${member} is ${seconds}, but must be between ${least} and ${most}.`, `timeouts.${member}`);
  }
}

function invalid(sentence: string, field: string): Failure {
  return new Failure('InvalidInputException', sentence, field);
}

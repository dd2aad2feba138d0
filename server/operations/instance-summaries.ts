// The deprecated shape of a target: the same facts, under the ARN where the newer shape has the short id.

import { Failure } from '../../protocol/errors.ts';
import type { InstanceSummary } from '../../protocol/model/instance-summary.ts';
import type { EventsQuestion } from '../planner/event-order.ts';
import type { TargetsTable } from '../store/tables.ts';
import { mayNameTarget } from './started-targets.ts';
import { targetInfo } from './target-info.ts';

/** `order` as for `targetInfo`. */
export function instanceSummary(row: TargetsTable, order: EventsQuestion): InstanceSummary {
  const { deploymentId, targetArn, status, lastUpdatedAt, lifecycleEvents, instanceLabel } = targetInfo(row, order).instanceTarget;
  return { deploymentId, instanceId: targetArn, status, lastUpdatedAt, lifecycleEvents, ...(instanceLabel === undefined ? {} : { instanceType: instanceLabel }) };
}

/** Throws InvalidInstanceNameException. */
export function checkInstanceId(instanceId: string, field: string): void {
  if (!mayNameTarget(instanceId)) throw new Failure('InvalidInstanceNameException', 'An instance id is the name or the ARN of an instance.', field);
}

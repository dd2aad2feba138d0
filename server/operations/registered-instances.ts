// The registered on-premises instances that a tag operation names: all of them, or a refusal before anything changes.

import { Failure } from '../../protocol/errors.ts';
import { findLiveInstances } from '../store/instances.ts';
import type { Database } from '../store/store.ts';
import type { InstancesTable } from '../store/tables.ts';

const mostInstances = 100;

export async function requireRegistered(tx: Database, instanceNames: readonly string[]): Promise<readonly InstancesTable[]> {
  const names = [...new Set(instanceNames)];
  if (names.length > mostInstances) {
    throw new Failure('InstanceLimitExceededException', `${names.length} instances are named, but at most ${mostInstances} are allowed in one call.`, 'instanceNames');
  }
  const rows = (await findLiveInstances(tx, names)).filter((row) => row.kind === 'onPremises');
  const found = new Set(rows.map((row) => row.name));
  const unknown = names.filter((name) => !found.has(name));
  if (unknown.length === 0) return rows;
  throw new Failure('InstanceNotRegisteredException', `Not registered as on-premises instances: ${unknown.join(', ')}.`, 'instanceNames');
}

// Unknown names are left out.

import type { registry } from '../../protocol/operations/registry.ts';
import { listOnPremisesInstances } from '../store/instances.ts';
import { onPremisesInfo } from './on-premises-info.ts';
import type { Handler } from './services.ts';

export const batchGetOnPremisesInstances: Handler<typeof registry.batchGetOnPremisesInstances> = async ({ store }, { instanceNames }) => {
  const names = [...new Set(instanceNames)];
  const found = new Map((await listOnPremisesInstances(store.db, names)).map((row) => [row.name, row]));
  return { instanceInfos: names.flatMap((name) => found.get(name) ?? []).map(onPremisesInfo) };
};

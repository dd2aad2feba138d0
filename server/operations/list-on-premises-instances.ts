// Without a status both registered and deregistered ones. Any tag filter may match.

import type { registry } from '../../protocol/operations/registry.ts';
import { matchesAny } from '../../protocol/model/tag-match.ts';
import { effectiveTags, listOnPremisesInstances as listRows } from '../store/instances.ts';
import { pageSize, readNamePlace, toPage } from './page.ts';
import type { Handler } from './services.ts';
import { checkTagFilter } from './tag-selection.ts';

export const listOnPremisesInstances: Handler<typeof registry.listOnPremisesInstances> = async ({ store }, input) => {
  const { registrationStatus = null, tagFilters = [] } = input;
  for (const filter of tagFilters) checkTagFilter(filter, 'InvalidTagFilterException', 'tagFilters');
  const question = ['ListOnPremisesInstances', registrationStatus, tagFilters];
  const after = readNamePlace(question, input.nextToken);
  const names = (await listRows(store.db, null))
    .filter((row) => registrationStatus === null || (row.deregistered_at === null) === (registrationStatus === 'Registered'))
    .filter((row) => tagFilters.length === 0 || matchesAny(tagFilters, effectiveTags(row)))
    .map((row) => row.name)
    .filter((name) => after === null || name > after);
  const { rows, ...next } = toPage(question, names.slice(0, pageSize + 1), (name) => [name]);
  return { instanceNames: [...rows], ...next };
};

import type { registry } from '../../protocol/operations/registry.ts';
import { listFleetProviders as listRows } from '../store/fleet-providers.ts';
import { fleetProviderInfo } from './fleet-provider-info.ts';
import { pageSize, readNamePlace, toPage } from './page.ts';
import type { Handler } from './services.ts';

export const listFleetProviders: Handler<typeof registry.listFleetProviders> = async ({ store }, { nextToken }) => {
  const question = ['ListFleetProviders'];
  const page = toPage(question, await listRows(store.db, readNamePlace(question, nextToken), pageSize + 1), (row) => [row.name]);
  return { fleetProviders: page.rows.map(fleetProviderInfo), ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }) };
};

import type { registry } from '../../protocol/operations/registry.ts';
import { listTrafficRouters as listRows } from '../store/traffic-routers.ts';
import { pageSize, readNamePlace, toPage } from './page.ts';
import type { Handler } from './services.ts';
import { trafficRouterInfo } from './traffic-router-info.ts';

export const listTrafficRouters: Handler<typeof registry.listTrafficRouters> = async ({ store }, { nextToken }) => {
  const question = ['ListTrafficRouters'];
  const page = toPage(question, await listRows(store.db, readNamePlace(question, nextToken), pageSize + 1), (row) => [row.name]);
  return { trafficRouters: page.rows.map(trafficRouterInfo), ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }) };
};

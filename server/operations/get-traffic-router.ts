import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { findTrafficRouter } from '../store/traffic-routers.ts';
import type { Handler } from './services.ts';
import { trafficRouterInfo } from './traffic-router-info.ts';

export const getTrafficRouter: Handler<typeof registry.getTrafficRouter> = async ({ store }, { name }) => {
  const row = await findTrafficRouter(store.db, name);
  if (row === null) throw new Failure('NotFoundException', `No traffic router ${name} is defined here. List them with ListTrafficRouters.`, 'name');
  return { trafficRouter: trafficRouterInfo(row) };
};

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { findFleetProvider } from '../store/fleet-providers.ts';
import { fleetProviderInfo } from './fleet-provider-info.ts';
import type { Handler } from './services.ts';

export const getFleetProvider: Handler<typeof registry.getFleetProvider> = async ({ store }, { name }) => {
  const row = await findFleetProvider(store.db, name);
  if (row === null) throw new Failure('NotFoundException', `No fleet provider ${name} is defined here. List them with ListFleetProviders.`, 'name');
  return { fleetProvider: fleetProviderInfo(row) };
};

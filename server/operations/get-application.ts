import type { registry } from '../../protocol/operations/registry.ts';
import { applicationInfo } from './application-info.ts';
import { requireApplication } from './lookup.ts';
import type { Handler } from './services.ts';

export const getApplication: Handler<typeof registry.getApplication> = async ({ store }, { applicationName }) => ({
  application: applicationInfo(await requireApplication(store.db, applicationName)),
});

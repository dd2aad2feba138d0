import type { registry } from '../../protocol/operations/registry.ts';
import { loadLogPage } from './log-page.ts';
import type { Handler } from './services.ts';

export const getDeploymentLogs: Handler<typeof registry.getDeploymentLogs> = async ({ store }, question) => loadLogPage(store.db, question);

import type { registry } from '../../protocol/operations/registry.ts';
import { listDeploymentGroupNames } from '../store/deployment-groups.ts';
import { requireApplication } from './lookup.ts';
import { pageSize, readNamePlace, toPage } from './page.ts';
import type { Handler } from './services.ts';

export const listDeploymentGroups: Handler<typeof registry.listDeploymentGroups> = async ({ store }, input) => {
  const application = await requireApplication(store.db, input.applicationName);
  const question = ['ListDeploymentGroups', application.application_id];
  const after = readNamePlace(question, input.nextToken);
  const names = await listDeploymentGroupNames(store.db, application.application_id, after, pageSize + 1);
  const { rows, ...next } = toPage(question, names, (name) => [name]);
  return { applicationName: application.name, deploymentGroups: [...rows], ...next };
};

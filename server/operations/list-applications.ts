import type { registry } from '../../protocol/operations/registry.ts';
import { listApplicationNames } from '../store/applications.ts';
import { pageSize, readNamePlace, toPage } from './page.ts';
import type { Handler } from './services.ts';

export const listApplications: Handler<typeof registry.listApplications> = async ({ store }, input, { access: { applications } }) => {
  const question = ['ListApplications', applications];
  const after = readNamePlace(question, input.nextToken);
  const { rows, ...next } = toPage(question, await listApplicationNames(store.db, after, pageSize + 1, applications), (name) => [name]);
  return { applications: [...rows], ...next };
};

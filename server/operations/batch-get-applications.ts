// One unknown name fails the call. The answers are in the order of the question, each application once.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { findApplications } from '../store/applications.ts';
import { applicationInfo } from './application-info.ts';
import type { Handler } from './services.ts';

export const batchGetApplications: Handler<typeof registry.batchGetApplications> = async ({ store }, { applicationNames }) => {
  const names = [...new Set(applicationNames)];
  const found = new Map((await findApplications(store.db, names)).map((row) => [row.name, row]));
  const unknown = names.filter((name) => !found.has(name));
  if (unknown.length > 0) {
    throw new Failure('ApplicationDoesNotExistException', `Applications not found for ${unknown.join(', ')}`, 'applicationNames');
  }
  return { applicationsInfo: names.map((name) => applicationInfo(found.get(name)!)) };
};

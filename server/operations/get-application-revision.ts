import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { canonicalLocation, describeLocation, locationKey } from '../revisions/location.ts';
import { findRevision } from '../store/revisions.ts';
import { requireApplication } from './lookup.ts';
import { genericRevisionInfo, groupsByTargetRevision, revisionLocation } from './revision-info.ts';
import type { Handler } from './services.ts';

export const getApplicationRevision: Handler<typeof registry.getApplicationRevision> = async ({ store }, input) => {
  const application = await requireApplication(store.db, input.applicationName);
  const location = canonicalLocation(input.revision);
  const row = await findRevision(store.db, application.application_id, locationKey(location));
  if (row === null) {
    throw new Failure('RevisionDoesNotExistException', `No revision ${describeLocation(location)} is registered with application ${application.name}. A revision is found by its whole location, version and eTag included.`, 'revision');
  }
  const groups = await groupsByTargetRevision(store.db, application.application_id);
  return { applicationName: application.name, revision: revisionLocation(row), revisionInfo: genericRevisionInfo(row, groups) };
};

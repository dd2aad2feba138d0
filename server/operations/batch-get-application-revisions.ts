// Unknown revisions are left out and named in errorMessage.

import type { registry } from '../../protocol/operations/registry.ts';
import type { RevisionInfo } from '../../protocol/model/revision.ts';
import { canonicalLocation, describeLocation, locationKey } from '../revisions/location.ts';
import { findRevision } from '../store/revisions.ts';
import { requireApplication } from './lookup.ts';
import { genericRevisionInfo, groupsByTargetRevision, revisionLocation } from './revision-info.ts';
import type { Handler } from './services.ts';

export const batchGetApplicationRevisions: Handler<typeof registry.batchGetApplicationRevisions> = async ({ store }, input) => {
  const application = await requireApplication(store.db, input.applicationName);
  const locations = input.revisions.map(canonicalLocation);
  const groups = await groupsByTargetRevision(store.db, application.application_id);
  const revisions: RevisionInfo[] = [];
  const unknown: string[] = [];
  for (const location of locations) {
    const row = await findRevision(store.db, application.application_id, locationKey(location));
    if (row === null) unknown.push(describeLocation(location));
    else revisions.push({ revisionLocation: revisionLocation(row), genericRevisionInfo: genericRevisionInfo(row, groups) });
  }
  return {
    applicationName: application.name,
    ...(unknown.length === 0 ? {} : { errorMessage: `Not registered: ${unknown.join(', ')}` }),
    revisions,
  };
};

// Revisions as callers see them: which groups have it as their target revision, when it was registered and used.

import type { GenericRevisionInfo, RevisionLocation } from '../../protocol/model/revision.ts';
import { locationKey } from '../revisions/location.ts';
import { readSignature } from '../revisions/signature.ts';
import { listTargetRevisions } from '../store/deployment-groups.ts';
import type { Database } from '../store/store.ts';
import type { RevisionsTable } from '../store/tables.ts';

/** Names of the groups of an application by the location key of their target revision. */
export async function groupsByTargetRevision(db: Database, applicationId: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const groups = new Map<string, string[]>();
  for (const { name, targetRevision } of await listTargetRevisions(db, applicationId)) {
    const key = locationKey(JSON.parse(targetRevision) as RevisionLocation);
    groups.set(key, [...(groups.get(key) ?? []), name]);
  }
  return groups;
}

export function revisionLocation(row: RevisionsTable): RevisionLocation {
  return JSON.parse(row.location) as RevisionLocation;
}

export function genericRevisionInfo(row: RevisionsTable, groups: ReadonlyMap<string, readonly string[]>): GenericRevisionInfo {
  const signature = readSignature(row.signature, `revision ${row.revision_id}`);
  return {
    ...(row.description === '' ? {} : { description: row.description }),
    deploymentGroups: [...(groups.get(row.location_key) ?? [])],
    ...(row.first_used_at === null ? {} : { firstUsedTime: Number(row.first_used_at) }),
    ...(row.last_used_at === null ? {} : { lastUsedTime: Number(row.last_used_at) }),
    registerTime: Number(row.registered_at),
    ...(signature === undefined ? {} : { signature }),
  };
}

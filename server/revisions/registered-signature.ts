// The signature that was registered with a revision, where it counts.

import type { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import { findRevision } from '../store/revisions.ts';
import type { Database } from '../store/store.ts';
import { locationKey } from './location.ts';
import type { ResolvedRevision } from './registry.ts';
import { readSignature } from './signature.ts';

/** What was registered with the revision, unless the upload brought a newer one. */
export async function registeredSignature(tx: Database, applicationId: string, revision: RevisionLocation, resolved: ResolvedRevision): Promise<BundleSignature | undefined> {
  const row = await findRevision(tx, applicationId, locationKey(revision));
  const registered = row === null ? undefined : readSignature(row.signature, `revision ${row.revision_id}`);
  const uploaded = resolved.kind === 'bundle' ? resolved.bundle.signature : undefined;
  return registered !== undefined && uploaded !== undefined && uploaded.statement.createdAt >= registered.statement.createdAt ? undefined : registered;
}

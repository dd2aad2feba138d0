// Nothing is fetched. Registering a location again keeps its record; a description or signature given then takes the old
// one's place.

import { uuid } from '../../protocol/model/names.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { canonicalLocation, locationKey } from '../revisions/location.ts';
import { requireUseful } from '../revisions/signature.ts';
import { describeRevision, findRevision, insertRevision, signRevision } from '../store/revisions.ts';
import { requireApplication } from './lookup.ts';
import type { Handler } from './services.ts';

export const registerApplicationRevision: Handler<typeof registry.registerApplicationRevision> = async ({ store, world }, input, { now }) => {
  const { applicationName, description, signature } = input;
  if (signature !== undefined) requireUseful(signature, applicationName, now);
  const revisionId = uuid(world.random.bytes(16));
  await store.transaction(async (tx) => {
    const application = await requireApplication(tx, applicationName);
    const location = canonicalLocation(input.revision);
    const found = await findRevision(tx, application.application_id, locationKey(location));
    if (found !== null) {
      if (description !== undefined) await describeRevision(tx, found.revision_id, description);
      if (signature !== undefined) await signRevision(tx, found.revision_id, JSON.stringify(signature));
      return;
    }
    await insertRevision(tx, {
      revision_id: revisionId,
      application_id: application.application_id,
      location_key: locationKey(location),
      location: JSON.stringify(location),
      s3_bucket: location.s3Location?.bucket ?? null,
      s3_key: location.s3Location?.key ?? null,
      description: description ?? '',
      signature: signature === undefined ? null : JSON.stringify(signature),
      registered_at: now,
      first_used_at: null,
      last_used_at: null,
    });
  });
  return null;
};

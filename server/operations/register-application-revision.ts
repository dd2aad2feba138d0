// Nothing is fetched. Registering a location again keeps its record; a description given then takes the old one's place.

import { uuid } from '../../protocol/model/names.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { canonicalLocation, locationKey } from '../revisions/location.ts';
import { describeRevision, findRevision, insertRevision } from '../store/revisions.ts';
import { requireApplication } from './lookup.ts';
import type { Handler } from './services.ts';

export const registerApplicationRevision: Handler<typeof registry.registerApplicationRevision> = async ({ store, world }, input, { now }) => {
  const { applicationName, description } = input;
  const revisionId = uuid(world.random.bytes(16));
  await store.transaction(async (tx) => {
    const application = await requireApplication(tx, applicationName);
    const location = canonicalLocation(input.revision);
    const found = await findRevision(tx, application.application_id, locationKey(location));
    if (found !== null) {
      if (description !== undefined) await describeRevision(tx, found.revision_id, description);
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
      registered_at: now,
      first_used_at: null,
      last_used_at: null,
    });
  });
  return null;
};

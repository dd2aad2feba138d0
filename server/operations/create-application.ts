// Only the Server platform is served here.

import { Failure } from '../../protocol/errors.ts';
import { uuid } from '../../protocol/model/names.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { countApplications, findApplication, insertApplication } from '../store/applications.ts';
import { Tags, writeDocument } from '../store/documents.ts';
import { resourceTags } from './resource-tags.ts';
import type { Handler } from './services.ts';

export const mostApplications = 1000;

export const createApplication: Handler<typeof registry.createApplication> = async ({ store, world }, input, { now }) => {
  const { applicationName: name, computePlatform = 'Server' } = input;
  if (computePlatform !== 'Server') {
    throw new Failure('InvalidComputePlatformException', `The compute platform ${computePlatform} is not supported; it must be Server.`, 'computePlatform');
  }
  const tags = resourceTags(input.tags);
  const applicationId = uuid(world.random.bytes(16));
  await store.transaction(async (tx) => {
    if ((await findApplication(tx, name)) !== null) {
      throw new Failure('ApplicationAlreadyExistsException', `Application already exists: ${name}`, 'applicationName');
    }
    if ((await countApplications(tx)) >= mostApplications) {
      throw new Failure('ApplicationLimitExceededException', `There are ${mostApplications} applications, the most there may be.`);
    }
    await insertApplication(tx, { application_id: applicationId, name, created_at: now, tags: writeDocument(Tags, tags, `application ${name}`) });
  });
  return { applicationId };
};

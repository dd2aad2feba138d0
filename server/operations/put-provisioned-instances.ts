// The answer of a fleet provider that has more to say than its webhook could. Said for a deployment that has ended it is noted
// all the same: what was made for it is to be let go.

import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { noteProvided } from '../deployer/note-answer.ts';
import { listFleetRequests } from '../store/fleet-requests.ts';
import { requireDeployment } from './lookup.ts';
import type { Handler } from './services.ts';

export const putProvisionedInstances: Handler<typeof registry.putProvisionedInstances> = async ({ store, wake, lookForReleases }, { deploymentId, instanceNames = [], failure }) => {
  if (instanceNames.length === 0 && failure === undefined) throw new Failure('InvalidInputException', 'Name the instances that were made in instanceNames, or say in failure why there are none.', 'instanceNames');
  await store.transaction(async (tx) => {
    const deployment = await requireDeployment(tx, deploymentId);
    const request = (await listFleetRequests(tx, [deploymentId])).find(({ kind }) => kind === 'Provision');
    if (request === undefined) throw new Failure('InvalidDeploymentStatusException', `The deployment ${deploymentId} is ${deployment.status}, and no instances were asked for.`, 'deploymentId');
    await noteProvided(tx, request, { instanceNames, failure: failure ?? null });
  });
  wake(deploymentId);
  lookForReleases();
  return {};
};

// What a new deployment goes by whose replacement instances are made for it: who is asked, for how many, and how long that
// may take. How many there are to be is settled when it starts, unless the group says it.

import { defaultProvisionWaitSeconds, FleetProviderDefinition } from '../../protocol/model/fleet-provider.ts';
import { type DeploymentDocument, readDocument } from '../store/documents.ts';
import type { Database } from '../store/store.ts';
import type { FleetProvidersTable } from '../store/tables.ts';
import type { Draft } from './draft.ts';
import { findMembers } from './members.ts';

export interface FrozenProvisioning {
  readonly provisioning: NonNullable<DeploymentDocument['provisioning']>;
  /** As things stand. */
  readonly count: number;
  /** Why none can be asked for; null: some can. */
  readonly hint: string | null;
  readonly sentence: string;
}

export async function freezeProvisioning(db: Database, { group, groupDocument }: Draft, locationKey: string, provider: FleetProvidersTable): Promise<FrozenProvisioning> {
  const { provisionWaitSeconds = defaultProvisionWaitSeconds } = readDocument(FleetProviderDefinition, provider.document, `fleet provider ${provider.name}`);
  const instanceCount = groupDocument.blueGreenDeploymentConfiguration?.greenFleetProvisioningOption?.instanceCount;
  const { members } = await findMembers(db, group, groupDocument, locationKey, false);
  const count = instanceCount ?? members.length;
  return {
    provisioning: { fleetProvider: provider.name, waitMs: 1000 * provisionWaitSeconds, ...(instanceCount === undefined ? {} : { instanceCount }) },
    count,
    hint: count > 0 ? null : 'The group has no instances yet, so it is not known how many to make: say it in instanceCount of greenFleetProvisioningOption.',
    sentence: `The fleet provider ${provider.name} makes ${instanceCount === undefined ? `as many instances as the group has when this starts (${members.length} now)` : `${count} instance${count === 1 ? '' : 's'}`}; they are its targets once they are here.`,
  };
}

// Who makes a group's instances: the fleet provider of the name that stands where CodeDeploy has an Auto Scaling group.

import type { DeploymentGroupDocument } from '../store/documents.ts';
import { findFleetProvider } from '../store/fleet-providers.ts';
import type { Database } from '../store/store.ts';
import type { FleetProvidersTable } from '../store/tables.ts';

/** Null where the group names none, several, or one that nobody has defined. */
export async function findProviderOf(db: Database, { autoScalingGroups }: DeploymentGroupDocument): Promise<FleetProvidersTable | null> {
  const [name, ...more] = autoScalingGroups;
  return name === undefined || more.length > 0 ? null : findFleetProvider(db, name);
}

/** Whether its replacement instances are to be made. */
export function makesInstances({ deploymentStyle, blueGreenDeploymentConfiguration: blueGreen }: DeploymentGroupDocument): boolean {
  return deploymentStyle.deploymentType === 'BLUE_GREEN' && blueGreen?.greenFleetProvisioningOption?.action === 'COPY_AUTO_SCALING_GROUP';
}

export function noSuchProvider({ autoScalingGroups }: DeploymentGroupDocument): string {
  const name = autoScalingGroups[0] ?? 'NAME';
  return `${name} of autoScalingGroups is no fleet provider here, so nobody can make the replacement instances. Say who does: fairlead fleet-provider put ${name} --webhook https://…; or set greenFleetProvisioningOption to DISCOVER_EXISTING and name them in targetInstances.`;
}

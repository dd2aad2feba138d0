// What is wrong with a deployment from its creation on: it is made all the same, and ends with this as its reason.

import type { ErrorInformation } from '../../protocol/model/deployment.ts';
import type { DeploymentGroupDocument } from '../store/documents.ts';
import type { Draft } from './draft.ts';
import { makesInstances, noSuchProvider } from './find-provider.ts';

/** `hint`: why there is no instance, when that can be said. */
export function findDefect({ groupDocument, deploymentStyle, fleets, resolved }: Draft, hint: string | null, hasProvider: boolean): ErrorInformation | null {
  // What the deployment that went wrong had is there for the way back from it.
  const traffic = fleets?.direction === 'back' ? null : findTrafficDefect({ ...groupDocument, deploymentStyle }, hasProvider);
  if (traffic !== null) return traffic;
  if (resolved.kind === 'defect') return resolved.defect;
  return hint === null ? null : { code: 'NO_INSTANCES', message: hint };
}

/** What a group that moves traffic has to say for that, and what nobody here can do: better to fail than to pretend. */
function findTrafficDefect(group: DeploymentGroupDocument, hasProvider: boolean): ErrorInformation | null {
  const { deploymentStyle, blueGreenDeploymentConfiguration, loadBalancerInfo } = group;
  const isBlueGreen = deploymentStyle.deploymentType === 'BLUE_GREEN';
  if (isBlueGreen && blueGreenDeploymentConfiguration === undefined) {
    return { code: 'MISSING_BLUE_GREEN_DEPLOYMENT_CONFIGURATION', message: 'The group deploys blue/green, but has no blueGreenDeploymentConfiguration.' };
  }
  if (!isBlueGreen && deploymentStyle.deploymentOption !== 'WITH_TRAFFIC_CONTROL') return null;
  if (loadBalancerInfo === undefined) {
    return { code: 'MISSING_ELB_INFORMATION', message: 'The group deploys with traffic control, but has no loadBalancerInfo.' };
  }
  if (makesInstances(group) && !hasProvider) return { code: 'AUTO_SCALING_CONFIGURATION', message: noSuchProvider(group) };
  return null;
}

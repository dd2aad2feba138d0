// What is wrong with a deployment from its creation on: it is made all the same, and ends with this as its reason.

import type { ErrorInformation } from '../../protocol/model/deployment.ts';
import type { ResolvedRevision } from '../revisions/registry.ts';
import type { DeploymentGroupDocument } from '../store/documents.ts';

/** `hint`: why there is no instance, when that can be said. */
export function findDefect(group: DeploymentGroupDocument, resolved: ResolvedRevision, hint: string | null): ErrorInformation | null {
  const traffic = findTrafficDefect(group);
  if (traffic !== null) return traffic;
  if (resolved.kind === 'defect') return resolved.defect;
  return hint === null ? null : { code: 'NO_INSTANCES', message: hint };
}

/** What a group that moves traffic has to say for that, and what is not done yet: better to fail than to pretend. */
function findTrafficDefect(group: DeploymentGroupDocument): ErrorInformation | null {
  const { deploymentType, deploymentOption } = group.deploymentStyle;
  const isBlueGreen = deploymentType === 'BLUE_GREEN';
  if (isBlueGreen && group.blueGreenDeploymentConfiguration === undefined) {
    return { code: 'MISSING_BLUE_GREEN_DEPLOYMENT_CONFIGURATION', message: 'The group deploys blue/green, but has no blueGreenDeploymentConfiguration.' };
  }
  if (!isBlueGreen && deploymentOption !== 'WITH_TRAFFIC_CONTROL') return null;
  if (group.loadBalancerInfo === undefined) {
    return { code: 'MISSING_ELB_INFORMATION', message: 'The group deploys with traffic control, but has no loadBalancerInfo.' };
  }
  if (!isBlueGreen) return null;
  return { code: 'ELASTIC_LOAD_BALANCING_INVALID', message: "Blue/green deployments are not supported yet. Set the group's deploymentStyle to IN_PLACE to deploy to it." };
}

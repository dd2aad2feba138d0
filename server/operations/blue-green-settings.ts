// Whether a group's style and blue/green block fit together. The block of a group that went back to IN_PLACE is kept
// and not looked at for what only a blue/green deployment needs.

import { Failure } from '../../protocol/errors.ts';
import type { BlueGreenDeploymentConfiguration } from '../../protocol/model/blue-green.ts';
import type { DeploymentGroupDocument } from '../store/documents.ts';

/** Before rerouting, and after it: 48 hours each. */
const longestWaitMinutes = 2880;
/** As many targets as a deployment may have. */
const mostInstances = 1000;

/** Throws Failure when the group could never deploy as it says. */
export function checkBlueGreen(group: DeploymentGroupDocument): void {
  const { deploymentStyle, blueGreenDeploymentConfiguration: blueGreen, autoScalingGroups } = group;
  const isBlueGreen = deploymentStyle.deploymentType === 'BLUE_GREEN';
  if (isBlueGreen && deploymentStyle.deploymentOption !== 'WITH_TRAFFIC_CONTROL') {
    throw new Failure('InvalidDeploymentStyleException', 'A BLUE_GREEN deployment needs the option WITH_TRAFFIC_CONTROL.', 'deploymentStyle');
  }
  if (blueGreen === undefined) return;
  checkWaits(blueGreen);
  if (isBlueGreen && blueGreen.greenFleetProvisioningOption?.action === 'COPY_AUTO_SCALING_GROUP' && autoScalingGroups.length !== 1) {
    // CodeDeploy's own spelling: scripts look for it.
    throw invalid('Exactly one AutoScaling group must be specifed when selecting the COPY_AUTO_SCALING_GROUP green fleet provisioning option.', 'greenFleetProvisioningOption');
  }
}

function checkWaits({ deploymentReadyOption: ready, terminateBlueInstancesOnDeploymentSuccess: retire, greenFleetProvisioningOption: provisioning }: BlueGreenDeploymentConfiguration): void {
  const { instanceCount } = provisioning ?? {};
  if (instanceCount !== undefined && (instanceCount < 1 || instanceCount > mostInstances)) throw invalid(`greenFleetProvisioningOption.instanceCount is ${instanceCount}, but must be between 1 and ${mostInstances}.`, 'greenFleetProvisioningOption.instanceCount');
  if (instanceCount !== undefined && provisioning?.action !== 'COPY_AUTO_SCALING_GROUP') throw invalid('greenFleetProvisioningOption.instanceCount says how many instances are made; with DISCOVER_EXISTING none are.', 'greenFleetProvisioningOption.instanceCount');
  checkMinutes(ready?.waitTimeInMinutes, 'deploymentReadyOption.waitTimeInMinutes');
  checkMinutes(retire?.terminationWaitTimeInMinutes, 'terminateBlueInstancesOnDeploymentSuccess.terminationWaitTimeInMinutes');
}

function checkMinutes(minutes: number | undefined, field: string): void {
  if (minutes === undefined || (minutes >= 0 && minutes <= longestWaitMinutes)) return;
  throw invalid(`${field} is ${minutes}, but must be between 0 and ${longestWaitMinutes} minutes.`, field);
}

function invalid(sentence: string, field: string): Failure {
  return new Failure('InvalidBlueGreenDeploymentConfigurationException', sentence, `blueGreenDeploymentConfiguration.${field}`);
}

// What a new deployment from one fleet to another goes by: what the group says, completed by the defaults and frozen in
// milliseconds. The wait before the originals are released and the bake of the alarms are one wait: the longer of the two.

import type { DeploymentDocument, DeploymentGroupDocument } from '../store/documents.ts';
import type { ConfigRules } from '../store/predefined-configs.ts';
import { trafficStepsOf } from './traffic-steps.ts';

type BlueGreen = NonNullable<DeploymentDocument['blueGreen']>;

/** Who is to say that a ready fleet gets the traffic has this long where the group does not say. */
const longestReadyMs = 48 * 3_600_000;

export function freezeForward({ blueGreenDeploymentConfiguration: chosen = {} }: DeploymentGroupDocument, alarmBakeMs: number, formerMembers: readonly string[] | null, fleetProvider: string | null, { trafficRoutingConfig }: Pick<ConfigRules, 'trafficRoutingConfig'>): BlueGreen {
  const steps = trafficStepsOf(trafficRoutingConfig ?? {});
  const { deploymentReadyOption: ready = {}, terminateBlueInstancesOnDeploymentSuccess: retire = {} } = chosen;
  const { actionOnTimeout: readyAction = 'CONTINUE_DEPLOYMENT', waitTimeInMinutes: readyMinutes = 0 } = ready;
  const { action = 'KEEP_ALIVE', terminationWaitTimeInMinutes: keptMinutes = 0 } = retire;
  const releases = action === 'TERMINATE';
  return {
    direction: 'forward',
    readyAction,
    readyWaitMs: readyAction === 'CONTINUE_DEPLOYMENT' ? 0 : readyMinutes === 0 ? longestReadyMs : readyMinutes * 60_000,
    terminationWaitMs: Math.max(releases ? keptMinutes * 60_000 : 0, alarmBakeMs),
    releases,
    ...(steps.length === 0 ? {} : { trafficSteps: [...steps] }),
    ...(fleetProvider === null ? {} : { fleetProvider }),
    ...(formerMembers === null ? {} : { formerMembers: [...formerMembers] }),
  };
}

/** Of the deployment that went wrong. Nothing is waited for on the way back, and nothing released; where that moved traffic by shares it comes back in one step. */
export function freezeBack({ blueGreen }: DeploymentDocument): BlueGreen {
  const { formerMembers, fleetProvider, trafficSteps } = blueGreen ?? {};
  return { ...(trafficSteps === undefined ? {} : { trafficSteps: [{ share: 100, bakeMs: 0 }] }), ...(fleetProvider === undefined ? {} : { fleetProvider }), direction: 'back', readyAction: 'CONTINUE_DEPLOYMENT', readyWaitMs: 0, terminationWaitMs: 0, releases: false, ...(formerMembers === undefined ? {} : { formerMembers }) };
}

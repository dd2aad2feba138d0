// The shares by which a config lets a fleet in. Pure; every refusal says which value is wrong and what it may be.

import { Failure } from '../../protocol/errors.ts';
import type { DeploymentStyle } from '../../protocol/model/deployment-style.ts';
import type { TrafficRoutingConfig } from '../../protocol/model/traffic-routing.ts';
import { trafficStepsOf } from '../deployer/traffic-steps.ts';
import { findConfigRules } from '../store/predefined-configs.ts';
import type { Database } from '../store/store.ts';

/** As of a bake between two steps of a ramp. */
const longestBakeSeconds = 48 * 3600;
const mostSteps = 50;

/** Throws InvalidTrafficRoutingConfigurationException. */
export function checkTrafficRouting(config: TrafficRoutingConfig, { zonalConfig, ramp }: { readonly zonalConfig?: unknown; readonly ramp?: unknown }): TrafficRoutingConfig {
  const { type, timeBasedCanary, timeBasedLinear, timeBasedSteps } = config;
  if (type === undefined) throw invalid('trafficRoutingConfig has no type; it must be AllAtOnce, TimeBasedCanary, TimeBasedLinear or TimeBasedSteps.', 'type');
  for (const [member, of, given] of [['timeBasedCanary', 'TimeBasedCanary', timeBasedCanary], ['timeBasedLinear', 'TimeBasedLinear', timeBasedLinear], ['timeBasedSteps', 'TimeBasedSteps', timeBasedSteps]] as const) {
    if (type === of && given === undefined) throw invalid(`A trafficRoutingConfig of the type ${type} needs ${member}.`, member);
    if (type !== of && given !== undefined) throw invalid(`${member} does not go with the type ${type}.`, member);
  }
  if (type !== 'AllAtOnce' && (zonalConfig !== undefined || ramp !== undefined)) throw invalid('A config moves traffic by shares, or goes through the hosts of a fleet by zones or by a ramp: leave out trafficRoutingConfig, or zonalConfig and ramp.', '');
  if (timeBasedCanary !== undefined) checkTimed(timeBasedCanary.canaryPercentage, timeBasedCanary.canaryInterval, 'timeBasedCanary', 'canary');
  if (timeBasedLinear !== undefined) checkTimed(timeBasedLinear.linearPercentage, timeBasedLinear.linearInterval, 'timeBasedLinear', 'linear');
  if (timeBasedSteps !== undefined) checkSteps(timeBasedSteps);
  return config;
}

function checkTimed(percentage: number | undefined, minutes: number | undefined, member: string, prefix: string): void {
  if (percentage === undefined || percentage < 1 || percentage > 99) throw invalid(`${prefix}Percentage is ${percentage ?? 'missing'}, but must be between 1 and 99.`, `${member}.${prefix}Percentage`);
  if (minutes === undefined || minutes < 0 || minutes > longestBakeSeconds / 60) throw invalid(`${prefix}Interval is ${minutes ?? 'missing'}, but must be between 0 and ${longestBakeSeconds / 60} minutes.`, `${member}.${prefix}Interval`);
}

function checkSteps({ steps, bakeSeconds }: NonNullable<TrafficRoutingConfig['timeBasedSteps']>): void {
  if (steps.length === 0 || steps.length > mostSteps) throw invalid(`There are ${steps.length} steps, but must be between 1 and ${mostSteps}.`, 'timeBasedSteps.steps');
  checkBake(bakeSeconds, 'timeBasedSteps.bakeSeconds');
  for (const [index, step] of steps.entries()) {
    const where = `timeBasedSteps.steps[${index}]`;
    const before = steps[index - 1]?.percentage ?? 0;
    if (step.percentage <= before || step.percentage > 100) throw invalid(`Step ${index + 1} is of ${step.percentage} percent, but must be of more than ${before} and of 100 at most.`, `${where}.percentage`);
    checkBake(step.bakeSeconds, `${where}.bakeSeconds`);
  }
  if (steps.at(-1)?.percentage !== 100) throw invalid('The last step must be of 100 percent: only then do the original instances leave.', 'timeBasedSteps.steps');
}

function checkBake(seconds: number | undefined, where: string): void {
  if (seconds !== undefined && (seconds < 0 || seconds > longestBakeSeconds)) throw invalid(`bakeSeconds is ${seconds}, but must be between 0 and ${longestBakeSeconds}.`, where);
}

function invalid(sentence: string, where: string): Failure {
  return new Failure('InvalidTrafficRoutingConfigurationException', sentence, where === '' ? 'trafficRoutingConfig' : `trafficRoutingConfig.${where}`);
}

/** In place there is no other fleet that could have the rest. Throws where the config of that name moves traffic by shares all the same. */
export async function refuseSharesInPlace(db: Database, configName: string, { deploymentType }: DeploymentStyle, groupName: string): Promise<void> {
  if (deploymentType === 'BLUE_GREEN') return;
  const { trafficRoutingConfig } = (await findConfigRules(db, configName)) ?? {};
  if (trafficRoutingConfig === undefined || trafficStepsOf(trafficRoutingConfig).length === 0) return;
  throw new Failure('InvalidTrafficRoutingConfigurationException', `The deployment config ${configName} moves traffic by shares from one fleet to another, and deployment group ${groupName} deploys in place, where there is one fleet. Choose a config with a ramp for it, or deploy BLUE_GREEN.`, 'deploymentConfigName');
}

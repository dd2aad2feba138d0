// The portions in which a config goes through the fleet: zones, or the steps of a ramp. Pure; every refusal says which
// value is wrong and what it may be.

import { Failure } from '../../protocol/errors.ts';
import type { Ramp, ZonalConfig } from '../../protocol/model/deployment-config.ts';
import { widthOf } from '../deployer/pace.ts';

/** A bake may take two days: the longest that CodeDeploy waits anywhere. */
const longestBakeSeconds = 48 * 3600;
const mostSteps = 50;

/** Throws InvalidZonalDeploymentConfigurationException. */
export function checkZones(zones: ZonalConfig): ZonalConfig {
  checkSeconds(zones.monitorDurationInSeconds, 'monitorDurationInSeconds');
  checkSeconds(zones.firstZoneMonitorDurationInSeconds, 'firstZoneMonitorDurationInSeconds');
  const { minimumHealthyHostsPerZone: perZone } = zones;
  if (perZone === undefined) return zones;
  const { type, value } = perZone;
  if (type === undefined || value === undefined) throw invalidZones('minimumHealthyHostsPerZone needs both a type (HOST_COUNT or FLEET_PERCENT) and a value.', 'minimumHealthyHostsPerZone');
  const most = type === 'FLEET_PERCENT' ? 99 : Number.MAX_SAFE_INTEGER;
  if (value < 0 || value > most) throw invalidZones(`minimumHealthyHostsPerZone.value is ${value}, but must be ${type === 'FLEET_PERCENT' ? 'between 0 and 99 percent' : 'at least 0'}.`, 'minimumHealthyHostsPerZone.value');
  return zones;
}

function checkSeconds(seconds: number | undefined, field: string): void {
  if (seconds !== undefined && (seconds < 0 || seconds > longestBakeSeconds)) throw invalidZones(`${field} is ${seconds}, but must be between 0 and ${longestBakeSeconds} seconds.`, field);
}

function invalidZones(sentence: string, field: string): Failure {
  return new Failure('InvalidZonalDeploymentConfigurationException', sentence, `zonalConfig.${field}`);
}

/** Throws ValidationException: a ramp is ours, and CodeDeploy has no error for it. */
export function checkRamp(ramp: Ramp, zones: ZonalConfig | undefined): Ramp {
  if (zones !== undefined) throw invalidRamp('A config goes through the fleet by zones or by the steps of a ramp, not both: leave out zonalConfig or ramp.', '');
  const { steps, bakeSeconds } = ramp;
  if (steps.length === 0 || steps.length > mostSteps) throw invalidRamp(`The ramp has ${steps.length} steps, but must have between 1 and ${mostSteps}.`, '.steps');
  checkBake(bakeSeconds, '.bakeSeconds');
  const before: { hosts?: number; percent?: number } = {};
  steps.forEach((step, index) => {
    const where = `.steps[${index}]`;
    checkWidth(step.hosts, before, where);
    checkBake(step.bakeSeconds, `${where}.bakeSeconds`);
    if (step.maxFailures !== undefined && step.maxFailures < 0) throw invalidRamp(`maxFailures of step ${index + 1} is ${step.maxFailures}, but must be at least 0.`, `${where}.maxFailures`);
  });
  if (before.percent !== 100) throw invalidRamp('The last step of the ramp must be "100%": a deployment goes to every target, or says why not.', '.steps');
  return ramp;
}

/** Numbers and percentages must each grow; how they compare depends on the fleet, where a step that adds none is left out. */
function checkWidth(width: string, before: { hosts?: number; percent?: number }, where: string): void {
  const upTo = widthOf(width);
  if (upTo === null) throw invalidRamp(`${JSON.stringify(width).slice(0, 60)} is no width of a step; write a number of hosts ("1"), or whole percent of the fleet ("5%").`, where);
  const [kind, value] = 'hosts' in upTo ? (['hosts', upTo.hosts] as const) : (['percent', upTo.percent] as const);
  if (value <= (before[kind] ?? 0)) throw invalidRamp(`Each step of a ramp must be wider than those before it; ${JSON.stringify(width)} is not.`, where);
  before[kind] = value;
}

function checkBake(seconds: number | undefined, where: string): void {
  if (seconds !== undefined && (seconds < 0 || seconds > longestBakeSeconds)) throw invalidRamp(`bakeSeconds is ${seconds}, but must be between 0 and ${longestBakeSeconds}.`, where);
}

function invalidRamp(sentence: string, where: string): Failure {
  return new Failure('ValidationException', sentence, `ramp${where}`);
}

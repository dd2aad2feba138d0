// The flags of a deployment config that say in which portions the fleet is gone through, and the same facts read back.

import type { Command } from 'commander';
import { parseCount } from './flags.ts';
import { Refusal } from './refusal.ts';
import type { DeploymentConfigInfo, MinimumHealthyHostsPerZone, RampStep } from '../protocol/model/deployment-config.ts';
import type { TrafficRoutingConfig, TrafficStep } from '../protocol/model/traffic-routing.ts';
import type { createDeploymentConfig } from '../protocol/operations/create-deployment-config.ts';
import type { InputOf } from '../protocol/operations/operation.ts';

export interface PaceFlags {
  readonly zoneBake?: string;
  readonly firstZoneBake?: string;
  readonly zoneMinimum?: string;
  readonly ramp?: string;
  readonly bake?: string;
  readonly requireEveryTarget?: boolean;
  readonly trafficSteps?: string;
  readonly trafficBake?: string;
}

const longestBakeSeconds = 48 * 3600;

export function paceOptions(command: Command): Command {
  return command
    .option('--zone-bake <seconds>', 'zone by zone, each watched for so long before the next')
    .option('--first-zone-bake <seconds>', 'zone by zone, the first watched for so long')
    .option('--zone-minimum <n>', 'zone by zone, so many (2, or 50%) of each zone must stay healthy besides')
    .option('--ramp <steps>', 'few first, then more: 1,5%,25%,100%; a failure before the last step ends it')
    .option('--bake <seconds>', 'with --ramp: watch for so long after each step')
    .option('--traffic-steps <steps>', 'blue/green by shares of the traffic: 5,25,100 (percent); a share may have a bake of its own: 5:600,25,100')
    .option('--traffic-bake <seconds>', 'with --traffic-steps: watch for so long after each step')
    .option('--require-every-target', 'one failed target fails the deployment');
}

/** Throws a Refusal for what is written wrong or does not go together. */
export function parsePace(flags: PaceFlags): Pick<InputOf<typeof createDeploymentConfig>, 'zonalConfig' | 'ramp' | 'trafficRoutingConfig' | 'requireEveryTarget'> {
  const { zoneBake, firstZoneBake, zoneMinimum, ramp, bake } = flags;
  const isZonal = zoneBake !== undefined || firstZoneBake !== undefined || zoneMinimum !== undefined;
  if (isZonal && ramp !== undefined) throw new Refusal('A config goes by zones or by --ramp, not both.');
  if (bake !== undefined && ramp === undefined) throw new Refusal('--bake goes with --ramp; for zones there is --zone-bake.');
  const { trafficSteps, trafficBake } = flags;
  if (trafficBake !== undefined && trafficSteps === undefined) throw new Refusal('--traffic-bake goes with --traffic-steps.');
  return {
    ...(isZonal
      ? {
          zonalConfig: {
            ...(zoneBake === undefined ? {} : { monitorDurationInSeconds: parseCount(zoneBake, '--zone-bake', 0, longestBakeSeconds) }),
            ...(firstZoneBake === undefined ? {} : { firstZoneMonitorDurationInSeconds: parseCount(firstZoneBake, '--first-zone-bake', 0, longestBakeSeconds) }),
            ...(zoneMinimum === undefined ? {} : { minimumHealthyHostsPerZone: parseZoneMinimum(zoneMinimum) }),
          },
        }
      : {}),
    ...(ramp === undefined ? {} : { ramp: { steps: ramp.split(',').map(parseStep), ...(bake === undefined ? {} : { bakeSeconds: parseCount(bake, '--bake', 0, longestBakeSeconds) }) } }),
    ...(trafficSteps === undefined ? {} : { trafficRoutingConfig: { type: 'TimeBasedSteps', timeBasedSteps: { steps: trafficSteps.split(',').map(parseShare), ...(trafficBake === undefined ? {} : { bakeSeconds: parseCount(trafficBake, '--traffic-bake', 0, longestBakeSeconds) }) } } }),
    ...(flags.requireEveryTarget === true ? { requireEveryTarget: true } : {}),
  };
}

function parseZoneMinimum(text: string): MinimumHealthyHostsPerZone {
  const isPercent = text.endsWith('%');
  return { type: isPercent ? 'FLEET_PERCENT' : 'HOST_COUNT', value: parseCount(isPercent ? text.slice(0, -1) : text, '--zone-minimum', 0, isPercent ? 99 : 1_000_000) };
}

function parseStep(text: string): RampStep {
  const hosts = text.trim();
  const isPercent = hosts.endsWith('%');
  parseCount(isPercent ? hosts.slice(0, -1) : hosts, '--ramp', 1, isPercent ? 100 : 999_999);
  return { hosts };
}

/** `5`, `5%` or `5%:600`. */
function parseShare(text: string): TrafficStep {
  const [share = '', bake, ...more] = text.trim().split(':');
  if (more.length > 0) throw new Refusal(`${text} is no step: write a share in percent, and after a colon how many seconds it is watched, as in 5:600.`);
  return { percentage: parseCount(share.replace(/%$/, ''), '--traffic-steps', 1, 100), ...(bake === undefined ? {} : { bakeSeconds: parseCount(bake, '--traffic-steps', 0, longestBakeSeconds) }) };
}

/** What `show` says of it; nothing of what is not set. */
export function paceFacts({ zonalConfig, ramp, trafficRoutingConfig, requireEveryTarget }: DeploymentConfigInfo): [string, string | undefined][] {
  const perZone = zonalConfig?.minimumHealthyHostsPerZone;
  const steps = ramp?.steps.map(({ hosts }) => hosts).join(', ');
  return [
    ['zone by zone', zonalConfig === undefined ? undefined : `watched for ${zonalConfig.monitorDurationInSeconds ?? 0} s, the first for ${zonalConfig.firstZoneMonitorDurationInSeconds ?? zonalConfig.monitorDurationInSeconds ?? 0} s`],
    ['minimum per zone', perZone === undefined ? undefined : `${perZone.value ?? 0}${perZone.type === 'FLEET_PERCENT' ? ' %' : ''}`],
    ['ramp', steps === undefined ? undefined : `${steps}, each watched for ${ramp?.bakeSeconds ?? 0} s unless it says otherwise`],
    ['traffic', trafficRoutingConfig === undefined ? undefined : trafficWords(trafficRoutingConfig)],
    ['every target must succeed', requireEveryTarget === true ? 'yes' : undefined],
  ];
}

function trafficWords({ type, timeBasedCanary, timeBasedLinear, timeBasedSteps }: TrafficRoutingConfig): string {
  if (timeBasedCanary !== undefined) return `${timeBasedCanary.canaryPercentage ?? 0} %, and all of it after ${timeBasedCanary.canaryInterval ?? 0} min`;
  if (timeBasedLinear !== undefined) return `${timeBasedLinear.linearPercentage ?? 0} % more every ${timeBasedLinear.linearInterval ?? 0} min`;
  if (timeBasedSteps === undefined) return type ?? '';
  return timeBasedSteps.steps.map(({ percentage, bakeSeconds }) => `${percentage} % (watched for ${bakeSeconds ?? timeBasedSteps.bakeSeconds ?? 0} s)`).join(', ');
}

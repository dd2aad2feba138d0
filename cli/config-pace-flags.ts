// The flags of a deployment config that say in which portions the fleet is gone through, and the same facts read back.

import type { Command } from 'commander';
import { parseCount } from './flags.ts';
import { Refusal } from './refusal.ts';
import type { DeploymentConfigInfo, MinimumHealthyHostsPerZone, RampStep } from '../protocol/model/deployment-config.ts';
import type { createDeploymentConfig } from '../protocol/operations/create-deployment-config.ts';
import type { InputOf } from '../protocol/operations/operation.ts';

export interface PaceFlags {
  readonly zoneBake?: string;
  readonly firstZoneBake?: string;
  readonly zoneMinimum?: string;
  readonly ramp?: string;
  readonly bake?: string;
  readonly requireEveryTarget?: boolean;
}

const longestBakeSeconds = 48 * 3600;

export function paceOptions(command: Command): Command {
  return command
    .option('--zone-bake <seconds>', 'zone by zone, each watched for so long before the next')
    .option('--first-zone-bake <seconds>', 'zone by zone, the first watched for so long')
    .option('--zone-minimum <n>', 'zone by zone, so many (2, or 50%) of each zone must stay healthy besides')
    .option('--ramp <steps>', 'few first, then more: 1,5%,25%,100%; a failure before the last step ends it')
    .option('--bake <seconds>', 'with --ramp: watch for so long after each step')
    .option('--require-every-target', 'one failed target fails the deployment');
}

/** Throws a Refusal for what is written wrong or does not go together. */
export function parsePace(flags: PaceFlags): Pick<InputOf<typeof createDeploymentConfig>, 'zonalConfig' | 'ramp' | 'requireEveryTarget'> {
  const { zoneBake, firstZoneBake, zoneMinimum, ramp, bake } = flags;
  const isZonal = zoneBake !== undefined || firstZoneBake !== undefined || zoneMinimum !== undefined;
  if (isZonal && ramp !== undefined) throw new Refusal('A config goes by zones or by --ramp, not both.');
  if (bake !== undefined && ramp === undefined) throw new Refusal('--bake goes with --ramp; for zones there is --zone-bake.');
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

/** What `show` says of it; nothing of what is not set. */
export function paceFacts({ zonalConfig, ramp, requireEveryTarget }: DeploymentConfigInfo): [string, string | undefined][] {
  const perZone = zonalConfig?.minimumHealthyHostsPerZone;
  const steps = ramp?.steps.map(({ hosts }) => hosts).join(', ');
  return [
    ['zone by zone', zonalConfig === undefined ? undefined : `watched for ${zonalConfig.monitorDurationInSeconds ?? 0} s, the first for ${zonalConfig.firstZoneMonitorDurationInSeconds ?? zonalConfig.monitorDurationInSeconds ?? 0} s`],
    ['minimum per zone', perZone === undefined ? undefined : `${perZone.value ?? 0}${perZone.type === 'FLEET_PERCENT' ? ' %' : ''}`],
    ['ramp', steps === undefined ? undefined : `${steps}, each watched for ${ramp?.bakeSeconds ?? 0} s unless it says otherwise`],
    ['every target must succeed', requireEveryTarget === true ? 'yes' : undefined],
  ];
}

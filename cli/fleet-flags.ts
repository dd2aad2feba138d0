// The flags of a deployment group that hands traffic over from one fleet to another, as members of the API.

import { type Command, Option } from 'commander';
import { collect, parseCount, parseDurationSeconds, parseTagFilter } from './flags.ts';
import { Refusal } from './refusal.ts';
import type { createDeploymentGroup } from '../protocol/operations/create-deployment-group.ts';
import type { InputOf } from '../protocol/operations/operation.ts';

export interface FleetFlags {
  readonly blueGreen?: boolean;
  readonly replacementTag?: readonly string[];
  readonly replacementEc2Tag?: readonly string[];
  readonly fleetProvider?: string;
  readonly replacementCount?: string;
  readonly whenReady?: string;
  readonly readyWait?: string;
  readonly originals?: string;
  readonly originalsWait?: string;
}

type Members = Pick<InputOf<typeof createDeploymentGroup>, 'autoScalingGroups' | 'blueGreenDeploymentConfiguration'>;

export function fleetOptions(command: Command): Command {
  return command
    .option('--blue-green', 'with --router: deploy to other instances that serve nobody, and move the traffic when they are ready')
    .option('--replacement-tag <key=value>', 'with --blue-green: on-premises instances of which those that are not the group take its place; repeat for more; a deployment may name others', collect)
    .option('--replacement-ec2-tag <key=value>', 'the same of EC2 instances', collect)
    .option('--fleet-provider <name>', 'with --blue-green: who makes the replacement instances, and takes those away that are let go; see: fairlead fleet-provider')
    .option('--replacement-count <n>', 'with --fleet-provider: how many are made; as many as there are originals when not given')
    .addOption(new Option('--when-ready <what>', 'with --blue-green: move the traffic at once, or wait for: fairlead deployment continue').choices(['continue', 'wait']))
    .option('--ready-wait <duration>', 'with --when-ready wait: it is stopped when nobody says so in time: 60m, 12h (48h at most, and when not given)')
    .addOption(new Option('--originals <what>', 'with --blue-green: what becomes of the instances that served before').choices(['keep', 'terminate']))
    .option('--originals-wait <duration>', 'with --originals terminate: for how long they stand by, so that the traffic can return at once: 30m')
    .option('--no-blue-green', 'deploy in place');
}

export function fleetMembers({ blueGreen, replacementTag, replacementEc2Tag, fleetProvider, replacementCount, whenReady, readyWait, originals, originalsWait }: FleetFlags): Members {
  const more = { '--replacement-tag': replacementTag, '--replacement-ec2-tag': replacementEc2Tag, '--fleet-provider': fleetProvider, '--replacement-count': replacementCount, '--when-ready': whenReady, '--ready-wait': readyWait, '--originals': originals, '--originals-wait': originalsWait };
  const [alone] = Object.entries(more).find(([, value]) => value !== undefined) ?? [];
  if (blueGreen !== true && alone !== undefined) throw new Refusal(`${alone} goes with --blue-green.`);
  if (readyWait !== undefined && whenReady !== 'wait') throw new Refusal('--ready-wait goes with --when-ready wait.');
  if (originalsWait !== undefined && originals !== 'terminate') throw new Refusal('--originals-wait goes with --originals terminate.');
  if (fleetProvider !== undefined && (replacementTag ?? replacementEc2Tag) !== undefined) throw new Refusal('Give either --fleet-provider, which makes the replacement instances, or tags of those that are there.');
  if (replacementCount !== undefined && fleetProvider === undefined) throw new Refusal('--replacement-count goes with --fleet-provider.');
  if (blueGreen !== true) return {};
  const targetInstances = {
    ...(replacementTag === undefined ? {} : { onPremisesInstanceTagFilters: replacementTag.map(parseTagFilter) }),
    ...(replacementEc2Tag === undefined ? {} : { tagFilters: replacementEc2Tag.map(parseTagFilter) }),
  };
  return {
    ...(fleetProvider === undefined ? {} : { autoScalingGroups: [fleetProvider] }),
    blueGreenDeploymentConfiguration: {
      greenFleetProvisioningOption:
        fleetProvider === undefined
          ? { action: 'DISCOVER_EXISTING', ...(Object.keys(targetInstances).length === 0 ? {} : { targetInstances }) }
          : { action: 'COPY_AUTO_SCALING_GROUP', ...(replacementCount === undefined ? {} : { instanceCount: parseCount(replacementCount, '--replacement-count', 1, 1000) }) },
      ...(whenReady === undefined
        ? {}
        : { deploymentReadyOption: whenReady === 'wait' ? { actionOnTimeout: 'STOP_DEPLOYMENT', ...(readyWait === undefined ? {} : { waitTimeInMinutes: minutes(readyWait, '--ready-wait') }) } : { actionOnTimeout: 'CONTINUE_DEPLOYMENT', waitTimeInMinutes: 0 } }),
      ...(originals === undefined
        ? {}
        : { terminateBlueInstancesOnDeploymentSuccess: originals === 'terminate' ? { action: 'TERMINATE', ...(originalsWait === undefined ? {} : { terminationWaitTimeInMinutes: minutes(originalsWait, '--originals-wait') }) } : { action: 'KEEP_ALIVE' } }),
    },
  };
}

/** CodeDeploy counts in minutes. */
function minutes(text: string, flag: string): number {
  const seconds = parseDurationSeconds(text);
  if (seconds % 60 !== 0) throw new Refusal(`${flag} is counted in whole minutes: 30m, 12h.`);
  return seconds / 60;
}

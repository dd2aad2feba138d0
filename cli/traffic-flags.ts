// The flags of a deployment group that say how its traffic is moved, as members of the API.

import { type Command, Option } from 'commander';
import { collect, parseDurationSeconds } from './flags.ts';
import { Refusal } from './refusal.ts';
import type { createDeploymentGroup } from '../protocol/operations/create-deployment-group.ts';
import type { InputOf } from '../protocol/operations/operation.ts';

export interface TrafficFlags {
  readonly router?: readonly string[];
  readonly drain?: string;
  readonly onDrainTimeout?: string;
  readonly serve?: string;
  readonly minHealthy?: string;
  /** Of two fleets: ./fleet-flags.ts. */
  readonly blueGreen?: boolean;
}

type Members = Pick<InputOf<typeof createDeploymentGroup>, 'deploymentStyle' | 'loadBalancerInfo' | 'traffic'>;

export function trafficOptions(command: Command): Command {
  return command
    .option('--router <name>', "a traffic router in front of the instances: each is taken out of rotation while it is deployed to; repeat for more; '' for none", collect)
    .option('--drain <duration>', 'how long requests under way may take to end before an instance is touched: 30s, 5m (5m when not given)')
    .addOption(new Option('--on-drain-timeout <policy>', 'when they take longer: fail the instance untouched, or force, which cuts them off').choices(['fail', 'force']))
    .option('--serve <duration>', 'how long the router may take to find an instance healthy again (1h when not given)')
    .option('--min-healthy <duration>', 'for how long it must have been healthy at the router before the next is taken; 0s when not given');
}

/** Settings of the traffic are replaced whole: all that is to hold must be given. */
export function trafficMembers({ router, drain, onDrainTimeout, serve, minHealthy, blueGreen }: TrafficFlags): Members {
  const traffic = {
    ...(drain === undefined ? {} : { drainSeconds: parseDurationSeconds(drain) }),
    ...(onDrainTimeout === undefined ? {} : { onDrainTimeout: onDrainTimeout === 'force' ? ('FORCE' as const) : ('FAIL' as const) }),
    ...(serve === undefined ? {} : { serveSeconds: parseDurationSeconds(serve) }),
    ...(minHealthy === undefined ? {} : { minHealthySeconds: minHealthy === '0s' || minHealthy === '0' ? 0 : parseDurationSeconds(minHealthy) }),
  };
  return { ...routersOf(router, blueGreen), ...(Object.keys(traffic).length === 0 ? {} : { traffic }) };
}

/** Naming one turns traffic control on, and taking all away turns it off. */
function routersOf(router: TrafficFlags['router'], blueGreen: boolean | undefined): Members {
  const deploymentType = blueGreen === true ? ('BLUE_GREEN' as const) : ('IN_PLACE' as const);
  if (router === undefined) return blueGreen === undefined ? {} : { deploymentStyle: { deploymentType, deploymentOption: 'WITH_TRAFFIC_CONTROL' } };
  const names = router.filter((name) => name !== '');
  if (names.length > 0 && names.length < router.length) throw new Refusal("--router '' stands for none, and cannot stand beside others.");
  const deploymentOption = names.length === 0 ? ('WITHOUT_TRAFFIC_CONTROL' as const) : ('WITH_TRAFFIC_CONTROL' as const);
  return { deploymentStyle: { deploymentType, deploymentOption }, loadBalancerInfo: names.length === 0 ? {} : { elbInfoList: names.map((name) => ({ name })) } };
}

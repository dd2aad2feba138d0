// The kinds of traffic routers: one file and one line here for each; their settings are protocol/model/traffic-router.ts. A
// name that nobody defined is a target group of AWS, as in CodeDeploy, where such can be asked for.

import type { RouterCredentials, TrafficRouterDefinition } from '../../protocol/model/traffic-router.ts';
import type { World } from '../../world/world.ts';
import type { AskInstance } from './ask-instance.ts';
import { openElbv2 } from './elbv2/open.ts';
import type { Elbv2Settings } from './elbv2/sdk.ts';
import { openHaproxy } from './haproxy/open.ts';
import { openNginx } from './nginx/open.ts';
import { noRouter } from './none.ts';
import { usualElbv2Settings } from './settings.ts';
import { RouterTrouble, type TrafficRouter } from './traffic-router.ts';

/** In which of the lists of a group's loadBalancerInfo a name stands. */
export type LoadBalancerList = 'elbInfoList' | 'targetGroupInfoList';

export interface TrafficRouterKinds {
  /** The router of a name that was defined here. */
  open(definition: TrafficRouterDefinition, credentials: RouterCredentials | null): TrafficRouter;
  /** The router of a name that nobody defined. Throws RouterTrouble where it can mean nothing. */
  openUndefined(name: string, list: LoadBalancerList): TrafficRouter;
}

export function makeTrafficRouterKinds(world: Pick<World, 'network' | 'clock'>, askInstance: AskInstance, elbv2: Elbv2Settings = usualElbv2Settings): TrafficRouterKinds {
  return {
    open({ router }, credentials) {
      switch (router.kind) {
        case 'none':
          return noRouter();
        case 'haproxy':
          return openHaproxy(router, world.network, askInstance);
        case 'nginx':
          return openNginx(router, world.clock, askInstance);
        case 'elbv2':
          return openElbv2(router, credentials, elbv2);
      }
    },
    openUndefined(name, list) {
      if (list === 'elbInfoList') throw new RouterTrouble(`Nobody has defined the traffic router ${name}, and Classic Load Balancers of AWS are not asked. Define it with: fairlead traffic-router put ${name}`, false);
      return undefinedTargetGroup(name, openElbv2({ kind: 'elbv2', targetGroups: [{ name }] }, null, elbv2));
    },
  };
}

/** Says in its troubles how the name came to be looked for in AWS. */
function undefinedTargetGroup(name: string, router: TrafficRouter): TrafficRouter {
  const explained = async <Answer>(asked: Promise<Answer>): Promise<Answer> => {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof RouterTrouble)) throw error;
      throw new RouterTrouble(`Nobody has defined the traffic router ${name}, so that it is a target group of AWS: ${error.message} Define it with: fairlead traffic-router put ${name}`, error.isPassing);
    }
  };
  return {
    ...router,
    preflight: (...asked) => explained(router.preflight(...asked)),
    block: (...asked) => explained(router.block(...asked)),
    allow: (...asked) => explained(router.allow(...asked)),
  };
}

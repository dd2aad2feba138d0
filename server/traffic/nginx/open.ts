// From the settings of an nginx router to the router.

import type { NginxRouter } from '../../../protocol/model/traffic-router.ts';
import type { Clock } from '../../../world/clock.ts';
import { readAgentAddress, type AskInstance } from '../ask-instance.ts';
import { RouterTrouble, type TrafficRouter } from '../traffic-router.ts';
import { nginxLine } from './line.ts';
import { nginxRouter } from './nginx.ts';

/** Throws RouterTrouble for an address that is none. */
export function openNginx({ nodes, memberTagKey, port, portTagKey, addressTagKey, maxFails, failTimeoutSeconds }: NginxRouter, clock: Pick<Clock, 'sleep'>, askInstance: AskInstance): TrafficRouter {
  const settings = {
    memberTagKey: memberTagKey ?? null,
    port: port ?? null,
    portTagKey: portTagKey ?? null,
    addressTagKey: addressTagKey ?? null,
    limits: { ...(maxFails === undefined ? {} : { maxFails }), ...(failTimeoutSeconds === undefined ? {} : { failTimeoutSeconds }) },
  };
  const lines = nodes.map(({ address }) => {
    const agent = readAgentAddress(address, 'nginx');
    if (agent === null) throw new RouterTrouble(`${address} is no address of an nginx.`, false);
    return nginxLine(agent.instanceName, agent.balancer, askInstance);
  });
  return nginxRouter(settings, lines, clock);
}

// From the settings of a HAProxy router to the router. All defaults are here.

import type { HaproxyRouter } from '../../../protocol/model/traffic-router.ts';
import type { Network } from '../../../world/network.ts';
import { readAgentAddress, type AskInstance } from '../ask-instance.ts';
import { RouterTrouble, type TrafficRouter } from '../traffic-router.ts';
import { haproxyRouter } from './haproxy.ts';
import { agentNode, readAddress, socketNode, type HaproxyNode } from './admin-socket.ts';

/** Throws RouterTrouble for an address that is none. */
export function openHaproxy({ nodes, backends, memberTagKey, stickySeconds, cutAfterSeconds, reloadGraceSeconds }: HaproxyRouter, network: Network, askInstance: AskInstance): TrafficRouter {
  const settings = {
    backends,
    memberTagKey: memberTagKey ?? null,
    stickySeconds: stickySeconds ?? 10,
    cutAfterSeconds: cutAfterSeconds ?? null,
    reloadGraceSeconds: reloadGraceSeconds ?? 30,
  };
  return haproxyRouter(settings, nodes.map(({ address }) => nodeAt(address, network, askInstance)));
}

function nodeAt(text: string, network: Network, askInstance: AskInstance): HaproxyNode {
  const agent = readAgentAddress(text, 'haproxy');
  if (agent !== null) return agentNode(agent.instanceName, agent.balancer, askInstance);
  const address = readAddress(text);
  if (address === null) throw new RouterTrouble(`${text} is no address of an admin socket.`, false);
  return socketNode('path' in address ? address.path : `${address.host}:${address.port}`, address, network);
}

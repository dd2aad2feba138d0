// How a new deployment moves traffic: what its group says, completed by the defaults and frozen in milliseconds.

import type { DeploymentDocument, DeploymentGroupDocument } from '../store/documents.ts';
import { namesIn } from './traffic-routers.ts';

const longestForceMs = 60_000;

/** Undefined: it moves none. */
export function freezeTraffic({ deploymentStyle, loadBalancerInfo, traffic = {} }: DeploymentGroupDocument): DeploymentDocument['traffic'] {
  if (deploymentStyle.deploymentOption !== 'WITH_TRAFFIC_CONTROL' || loadBalancerInfo === undefined) return undefined;
  const { drainSeconds = 300, onDrainTimeout = 'FAIL', serveSeconds = 3600, minHealthySeconds = 0 } = traffic;
  return {
    routers: [...namesIn(loadBalancerInfo)].toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    drainMs: 1000 * drainSeconds,
    onDrainTimeout,
    forceMs: Math.min(longestForceMs, 1000 * drainSeconds),
    serveMs: 1000 * serveSeconds,
    minHealthyMs: 1000 * minHealthySeconds,
  };
}

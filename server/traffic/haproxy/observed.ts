// From a server as HAProxy shows it to an observation. Pure.

import type { Observation } from '../traffic-router.ts';
import type { HaproxyServer, HaproxySight } from './sight.ts';
import { shareOf } from './steps.ts';

/** What may be going on behind the process that answers. */
export interface Behind {
  /** Null where nobody can tell: then a process that is younger than this may have one behind it. */
  readonly olderProcesses: number | null;
  readonly reloadGraceSeconds: number;
}

export function observed(node: string, server: HaproxyServer, sight: HaproxySight, behind: Behind): Observation {
  const { backend, name, status, isMaintenance, isDrain, isRunning, isChecked, tracked, inFlight, lastCheck } = server;
  const where = `${node}: ${backend}/${name} is ${status}`;
  const weight = shareOf(server);
  const seen = (state: Observation['state'], detail: string): Observation => ({ state, inFlight, weight, detail });
  if (isMaintenance || isDrain) {
    if (inFlight > 0) return seen('Draining', `${where}, with ${inFlight} under way.`);
    if (!isMaintenance) return seen('Draining', `${where}, with nothing under way; clients that stick to it still come.`);
    const older = olderDetail(sight, behind);
    return older === null ? seen('OutOfService', `${where}.`) : seen('Draining', `${where}. ${older}`);
  }
  // "UP 1/2" is a server that fails its checks, or one that has not passed them again; without weight it is called draining.
  const isUp = isRunning && (status === 'UP' || (status === 'DRAIN' && server.weight === 0) || status === 'no check' || !(isChecked || tracked !== null));
  return isUp ? seen('InService', `${where}.`) : seen('Unhealthy', `${where}${lastCheck === '' ? '' : ` (${lastCheck})`}.`);
}

/** A process of before a reload keeps its requests and answers nobody: what it has under way cannot be counted here. */
function olderDetail({ uptimeSeconds }: HaproxySight, { olderProcesses, reloadGraceSeconds }: Behind): string | null {
  if (olderProcesses !== null) return olderProcesses === 0 ? null : `HAProxy was reloaded, and ${olderProcesses} older process${olderProcesses === 1 ? ' still finishes its' : 'es still finish their'} requests.`;
  if (uptimeSeconds >= reloadGraceSeconds) return null;
  return `HAProxy was started or reloaded ${uptimeSeconds} s ago, and a process of before may still finish its requests: ${reloadGraceSeconds} s are given to it.`;
}

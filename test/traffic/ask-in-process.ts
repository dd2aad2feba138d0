// The line to an agent's balancers without the session between: what the session adds is claimed in test/server/asks.test.ts.

import { openBalancers } from '../../agent/balancer/balancers.ts';
import type { Balancer } from '../../agent/balancer/read-balancers.ts';
import type { AskInstance } from '../../server/traffic/ask-instance.ts';
import { RouterTrouble } from '../../server/traffic/traffic-router.ts';
import { silentLog } from '../../world/log.ts';
import { realClock } from '../../world/real/clock.ts';
import { realFiles } from '../../world/real/files.ts';
import { realNetwork } from '../../world/real/network.ts';
import { realProcesses } from '../../world/real/processes.ts';

export interface AgentsInProcess {
  readonly ask: AskInstance;
  /** No agent can be reached any more. */
  leave(): void;
}

export function agentsInProcess(hosts: Readonly<Record<string, { readonly balancers: readonly Balancer[]; readonly folder: string }>>): AgentsInProcess {
  const world = { network: realNetwork(), files: realFiles(), processes: realProcesses(), clock: realClock, log: silentLog };
  const opened = new Map(Object.entries(hosts).map(([name, { balancers, folder }]) => [name, openBalancers(balancers, folder, world)]));
  let isGone = false;
  return {
    async ask(instanceName, ask, signal) {
      const balancers = isGone || signal.aborted ? undefined : opened.get(instanceName);
      if (balancers === undefined) throw new RouterTrouble(`The agent of ${instanceName} is not connected.`);
      return (await balancers.answer({ kind: 'ask', id: 'a', ...ask })).answer;
    },
    leave: () => void (isGone = true),
  };
}

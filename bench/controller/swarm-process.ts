// A process full of light agents. Its parent tells it what to do (./swarm.ts); times are the machine's monotonic clock,
// which all processes share.

import { createPrivateKey } from 'node:crypto';
import { LightAgent } from './light-agent.ts';
import { bareConnections } from './bare.ts';
import type { FromSwarm, ToSwarm } from './swarm.ts';

const agents: LightAgent[] = [];
const finished = new Map<string, number>();
const told = new Set<string>();
let connected = 0;
let eventMs = 0;
let bare: { close(): void } | null = null;

const now = (): number => Number(process.hrtime.bigint()) / 1e6;
const say = (message: FromSwarm): void => void process.send?.(message);

const hearing = {
  connected: () => void (connected += 1),
  lost: () => void (connected -= 1),
  eventMs: () => eventMs,
  told(deploymentId: string) {
    if (told.has(deploymentId)) return;
    told.add(deploymentId);
    say({ kind: 'told', deploymentId, at: now() });
  },
  finished(deploymentId: string) {
    const count = (finished.get(deploymentId) ?? 0) + 1;
    finished.set(deploymentId, count);
    // One word for the whole process: a message for each host would be load of its own.
    if (count === agents.length) say({ kind: 'finished', deploymentId, at: now() });
  },
};

/** Few at a time, or the listener's queue would overflow and the time of the kernel's retries be measured. */
async function dialAll(mostAtOnce: number): Promise<void> {
  for (const [index, agent] of agents.entries()) {
    while (index - connected >= mostAtOnce) await new Promise((resolve) => setTimeout(resolve, 1));
    agent.dial();
  }
}

process.on('message', (message: ToSwarm) => {
  switch (message.kind) {
    case 'join': {
      const key = createPrivateKey(message.privateKey);
      for (const instanceId of message.instanceIds) agents.push(new LightAgent({ url: message.url, instanceId, key, heard: hearing }));
      return void dialAll(64);
    }
    case 'eventMs':
      eventMs = message.ms;
      return;
    case 'look':
      return say({ kind: 'seen', connected, bytes: agents.reduce((sum, agent) => sum + agent.bytes, 0) });
    case 'leave':
      for (const agent of agents) agent.leave();
      agents.length = 0;
      return;
    case 'bare':
      bare?.close();
      bare = null;
      if (message.port === null) return;
      return void bareConnections(message.port, message.count).then((opened) => {
        bare = opened;
        say({ kind: 'bare' });
      });
  }
});
process.on('disconnect', () => process.exit(0));

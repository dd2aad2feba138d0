// The agents, seen from here: takes their connections, knows who is there, and passes on nudges. One live session per
// instance; a newer one replaces the older, which is told so.

import type { Connection } from '../../world/network.ts';
import type { World } from '../../world/world.ts';
import type { LogLimits } from '../store/logs.ts';
import type { Store } from '../store/store.ts';
import { Session } from './session.ts';

export interface FleetServices {
  readonly store: Store;
  readonly world: World;
  readonly controllerId: string;
  readonly pingEveryMs: number;
  /** Where an agent fetches the bundle of that digest from: absolute, or relative to the controller's address. */
  readonly bundleUrl: (sha256: string) => string;
  /** How much of what hooks print is kept. */
  readonly logLimits?: LogLimits;
  /** Hooks of this deployment have printed something. */
  readonly logged?: (deploymentId: string) => void;
  /** Reports changed this deployment. */
  readonly reported: (deploymentId: string) => void;
  /** An agent came or went. */
  readonly presenceChanged: (instanceId: string) => void;
}

export interface Fleet {
  accept(connection: Connection): void;
  /** There are new commands for this instance. */
  nudge(instanceId: string): void;
  isConnected(instanceId: string): boolean;
  /** Ends the session of an instance that was deregistered. */
  expel(instanceId: string): void;
  close(): Promise<void>;
}

export function makeFleet(services: FleetServices): Fleet {
  const sessions = new Map<string, Session>();
  const everyone = new Set<Session>();
  const goodbyes = new Set<Promise<unknown>>();

  const events = {
    opened(session: Session): void {
      const instanceId = session.instanceId!;
      sessions.get(instanceId)?.close('replaced', 'A newer session of this instance took over.');
      sessions.set(instanceId, session);
      services.presenceChanged(instanceId);
    },
    closed(session: Session): void {
      everyone.delete(session);
      const instanceId = session.instanceId;
      if (instanceId === null || sessions.get(instanceId) !== session) return;
      sessions.delete(instanceId);
      const goodbye = rememberLastSeen(services, instanceId).finally(() => goodbyes.delete(goodbye));
      goodbyes.add(goodbye);
    },
  };

  return {
    accept(connection) {
      everyone.add(new Session(services, connection, events));
    },
    nudge(instanceId) {
      sessions.get(instanceId)?.pump();
    },
    isConnected: (instanceId) => sessions.has(instanceId),
    expel(instanceId) {
      sessions.get(instanceId)?.close('deregistered', 'This instance was deregistered.');
    },
    async close() {
      for (const session of [...everyone]) session.close('goingAway', 'The controller is going down; come back.');
      await Promise.all(goodbyes);
    },
  };
}

async function rememberLastSeen(services: FleetServices, instanceId: string): Promise<void> {
  try {
    await services.store.db
      .updateTable('instances')
      .set({ last_seen_at: services.world.clock.now() })
      .where('instance_id', '=', instanceId)
      .execute();
  } catch (error) {
    services.world.log.warn({ instanceId, error: String(error) }, 'when an agent was last seen could not be stored');
  }
  services.presenceChanged(instanceId);
}

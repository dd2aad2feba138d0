// The agents, seen from here: takes their connections, knows who is there, and passes on commands. One live session per
// instance; a newer one replaces the older, which is told so.

import type { HostHold } from '../../protocol/model/host-hold.ts';
import type { Connection } from '../../world/network.ts';
import type { World } from '../../world/world.ts';
import type { LogLimits } from '../store/logs.ts';
import { findLiveInstance } from '../store/instances.ts';
import type { Store } from '../store/store.ts';
import type { CommandsTable } from '../store/tables.ts';
import type { AskInstance } from '../traffic/ask-instance.ts';
import { RouterTrouble } from '../traffic/traffic-router.ts';
import { makeBreath } from '../breath.ts';
import { makeReportIntake } from './report-intake.ts';
import { makeSightings } from './sightings.ts';
import type { Rotation } from './key-rotation.ts';
import type { Reported } from './reports.ts';
import { commandFrames } from './command-frame.ts';
import { Session } from './session.ts';
import type { SessionLimits } from './session-limits.ts';

export interface FleetServices {
  readonly store: Store;
  readonly world: World;
  readonly controllerId: string;
  readonly pingEveryMs: number;
  /** Lets what has come in meanwhile have its turn, where there is much to send; absent: nobody waits. */
  readonly letOthers?: () => Promise<void>;
  /** Where an agent fetches the bundle of that digest from: absolute, or relative to the controller's address. */
  readonly bundleUrl: (sha256: string) => string;
  /** Opens what PutGroupSecret has sealed; null when that cannot be opened. */
  readonly openSecret: (sealed: string, boundTo: string) => string | null;
  readonly sessionLimits?: SessionLimits;
  /** How much of what hooks print is kept. */
  readonly logLimits?: LogLimits;
  /** Hooks of this deployment have printed something. */
  readonly logged?: (deploymentId: string) => void;
  /** Reports changed a deployment. */
  readonly reported: (change: Reported) => void;
  /** What holds events of this deployment back on a host is different now. */
  readonly held?: (deploymentId: string) => void;
  /** An agent came or went. */
  readonly presenceChanged: (instanceId: string) => void;
}

export interface Fleet {
  /** `proved` is called when the agent at the other end has shown who it is. */
  accept(connection: Connection, proved?: () => void): void;
  /** These commands were written: whoever is connected gets its own. */
  send(commands: readonly CommandsTable[]): void;
  isConnected(instanceId: string): boolean;
  /** What holds an attempt back on its host, as the agent says; null: nothing that is known. */
  holdOf(instanceId: string, attemptId: string): HostHold | null;
  /** How many instances are. */
  readonly connected: number;
  /** Asks the balancer beside the agent of the live instance of that name. */
  readonly ask: AskInstance;
  /** Ends the session of an instance that was deregistered, or whose key was revoked. */
  expel(instanceId: string, why?: 'deregistered' | 'keyRevoked'): void;
  /** Has the agent make itself a new key, and stores it. */
  rotateKey(instanceId: string): Promise<Rotation>;
  close(): Promise<void>;
}

export function makeFleet(services: FleetServices): Fleet {
  const sessions = new Map<string, Session>();
  const everyone = new Set<Session>();
  const goodbyes = new Set<Promise<unknown>>();
  const intake = makeReportIntake(services.store, services.world, services.reported, services.letOthers);
  const sightings = makeSightings(services.store, services.world);

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
      const goodbye = rememberLastSeen(instanceId).finally(() => goodbyes.delete(goodbye));
      goodbyes.add(goodbye);
    },
  };

  async function rememberLastSeen(instanceId: string): Promise<void> {
    try {
      await sightings.store({ instanceId });
    } catch (error) {
      services.world.log.warn({ instanceId, error: String(error) }, 'when an agent was last seen could not be stored');
    }
    services.presenceChanged(instanceId);
  }

  async function sendAll(commands: readonly CommandsTable[]): Promise<void> {
    const frames = commandFrames(services);
    const breath = makeBreath(services.world.clock, services.letOthers);
    for (const [instanceId, own] of Map.groupBy(commands, (row) => row.instance_id)) {
      sessions.get(instanceId)?.pump(own, frames);
      await breath.take();
    }
  }

  return {
    accept(connection, proved = () => {}) {
      everyone.add(new Session(services, connection, { intake, sightings }, { opened: (session) => (proved(), events.opened(session)), closed: events.closed }));
    },
    send: (commands) => void sendAll(commands),
    async ask(instanceName, ask, signal) {
      const instance = await findLiveInstance(services.store.db, instanceName);
      if (instance === null) throw new RouterTrouble(`There is no instance ${instanceName}, beside whose agent the balancer is: enrol it, or mend the address in the traffic router.`, false);
      const session = sessions.get(instance.instance_id);
      if (session === undefined) throw new RouterTrouble(`The agent of ${instanceName}, beside which the balancer is, is not connected.`);
      return session.ask(ask, signal);
    },
    isConnected: (instanceId) => sessions.has(instanceId),
    holdOf: (instanceId, attemptId) => sessions.get(instanceId)?.holdOf(attemptId) ?? null,
    get connected() {
      return sessions.size;
    },
    expel(instanceId, why = 'deregistered') {
      sessions.get(instanceId)?.close(why, why === 'deregistered' ? 'This instance was deregistered.' : 'The key of this instance was revoked. Enrol this host again with a new join token: fairlead agent enroll --replace-key');
    },
    async rotateKey(instanceId) {
      return (await sessions.get(instanceId)?.rotateKey()) ?? { kind: 'refused', why: 'its agent is not connected.' };
    },
    async close() {
      for (const session of [...everyone]) session.close('goingAway', 'The controller is going down; come back.');
      await Promise.all([intake.close(), ...goodbyes]);
      await sightings.close();
    },
  };
}

// One agent's session, seen from the server.
//
// Challenged: the connection is open, a nonce was sent; only a hello may come, within a few seconds. -> Live when the
// hello's signature fits the instance's key, else closed.
// Live: commands go down in number order from where the agent's journal ends; reports come up in number order and are
// acknowledged once stored. Both sides ping; hearing nothing for three intervals closes the session.
// Closed: nothing is sent or taken any more. Nothing is lost: the next session resumes from both sides' numbers.

import { closeCodes } from '../../protocol/session/close-codes.ts';
import { signedText, type FromAgent, type FromServer } from '../../protocol/session/frames.ts';
import { commonVersion, protocolVersions } from '../../protocol/session/version.ts';
import type { BalancerAnswer, OfferedBalancer } from '../../protocol/session/balancer-frames.ts';
import type { HeldAttempt, HoldsFrame } from '../../protocol/session/hold-frames.ts';
import { type HostHold, hostHoldWords } from '../../protocol/model/host-hold.ts';
import type { Connection } from '../../world/network.ts';
import type { Timer } from '../../world/clock.ts';
import type { Log } from '../../world/log.ts';
import type { FleetServices } from './fleet.ts';
import { FramePace } from './frame-pace.ts';
import { parseFromAgent } from './parse-from-agent.ts';
import { defaultSessionLimits, type SessionLimits } from './session-limits.ts';
import type { CommandsTable, InstancesTable } from '../store/tables.ts';
import type { Ask } from '../traffic/ask-instance.ts';
import { RouterTrouble } from '../traffic/traffic-router.ts';
import { commandsAfter } from '../store/commands.ts';
import { defaultLogLimits } from '../store/logs.ts';
import { Asks } from './asks.ts';
import { storeLog } from './logs.ts';
import type { ReportIntake } from './report-intake.ts';
import type { Sightings } from './sightings.ts';
import { commandFrames, type CommandFrames } from './command-frame.ts';
import { KeyRotation, type Rotation } from './key-rotation.ts';
import { isSignedBy } from './signature.ts';
import { replaceKey } from '../store/instances.ts';

type Hello = Extract<FromAgent, { kind: 'hello' }>;
type ReportFrame = Extract<FromAgent, { kind: 'report' }>;
type LogFrame = Extract<FromAgent, { kind: 'logChunk' }>;

/** Commands read from the store at a time. */
const pageSize = 100;

/** Where what sessions hear is stored, of all of them together. */
export interface Stored {
  readonly intake: ReportIntake;
  readonly sightings: Sightings;
}

export interface SessionEvents {
  /** The agent has proved who it is. Returns false when the session must not go on. */
  opened(session: Session): void;
  closed(session: Session): void;
}

export class Session {
  readonly #services: FleetServices;
  readonly #connection: Connection;
  readonly #events: SessionEvents;
  readonly #intake: ReportIntake;
  readonly #sightings: Sightings;
  readonly #nonce: string;
  readonly #asks: Asks;
  readonly #keyRotation: KeyRotation;
  #log: Log;
  #instanceId: string | null = null;
  #name = '';
  #publicKey = '';
  #rotatesKey = false;
  #offered: readonly OfferedBalancer[] = [];
  #mode: 'challenged' | 'proving' | 'live' | 'closed' = 'challenged';
  #heardAt: number;
  #timer: Timer | null = null;
  #lastSent = 0;
  #holds: ReadonlyMap<string, HeldAttempt> = new Map();
  #lastReport = 0;
  /** Heard and not yet stored. */
  #waitingReports = 0;
  #owesAcknowledge = false;
  #isStoringLog = false;
  #isPumping = false;
  #pumpAgain = false;
  readonly #limits: SessionLimits;
  readonly #pace: FramePace;

  constructor(services: FleetServices, connection: Connection, { intake, sightings }: Stored, events: SessionEvents) {
    this.#services = services;
    this.#connection = connection;
    this.#events = events;
    this.#intake = intake;
    this.#sightings = sightings;
    this.#log = services.world.log.child({ room: 'fleet', remote: connection.remote });
    this.#nonce = Buffer.from(services.world.random.bytes(32)).toString('hex');
    this.#heardAt = services.world.clock.monotonic();
    this.#asks = new Asks(services.world);
    this.#keyRotation = new KeyRotation(services.world);
    this.#limits = services.sessionLimits ?? defaultSessionLimits;
    this.#pace = new FramePace(services.world.clock, this.#limits.framesPerSecond, connection, (text) => this.#take(text));
    connection.onFrame((text) => this.#pace.hear(text));
    connection.onClose((code, reason) => this.#ended(code, reason));
    this.#send({ kind: 'challenge', controllerId: services.controllerId, nonce: this.#nonce, protocolVersions: [...protocolVersions] });
    this.#timer = services.world.clock.after(this.#limits.helloWithinMs, () => this.close('notAuthenticated', 'No hello came in time.'));
  }

  /** The instance at the other end; null until it has proved itself. */
  get instanceId(): string | null {
    return this.#instanceId;
  }

  close(why: keyof typeof closeCodes, reason: string): void {
    if (this.#mode === 'closed') return;
    this.#log.info({ why, reason }, 'session closed');
    this.#connection.close(closeCodes[why].code, reason.slice(0, 120));
    this.#ended(closeCodes[why].code, reason);
  }

  /** Asks the balancer beside the agent. Throws RouterTrouble. */
  async ask(ask: Ask, signal: AbortSignal): Promise<BalancerAnswer> {
    const { kind, name } = ask.balancer;
    if (this.#mode !== 'live') throw new RouterTrouble(`The agent of ${this.#name} is not connected.`);
    if (!this.#offered.some((one) => one.kind === kind && one.name === name)) {
      const offers = this.#offered.map((one) => `${one.kind} ${one.name}`).join(', ');
      throw new RouterTrouble(`The agent of ${this.#name} offers no ${kind} ${name}${offers === '' ? '' : ` (but ${offers})`}. Its owner allows it in the section balancer of the agent's configuration.`, false);
    }
    return this.#asks.ask(this.#name, ask, (frame) => this.#send(frame), signal);
  }

  /** What holds an attempt back on the host, as its agent said last; null: nothing, or nobody has said. */
  holdOf(attemptId: string): HostHold | null {
    return this.#mode === 'live' ? (this.#holds.get(attemptId)?.hold ?? null) : null;
  }

  /** Has the agent make itself a new key, stores it, and ends this session, which the old key has opened. */
  async rotateKey(): Promise<Rotation> {
    const { controllerId, store } = this.#services;
    if (this.#mode !== 'live') return { kind: 'refused', why: 'its agent is not connected.' };
    if (!this.#rotatesKey) return { kind: 'refused', why: 'its agent is too old to make itself a new one; upgrade it first.' };
    const instanceId = this.#instanceId!;
    const replace = (publicKey: string): Promise<boolean> => store.transaction((tx) => replaceKey(tx, instanceId, this.#publicKey, publicKey));
    const rotation = await this.#keyRotation.begin(controllerId, instanceId, (frame) => this.#send(frame), replace);
    if (rotation.kind === 'taken') this.close('goingAway', 'The new key is stored; come back with it.');
    return rotation;
  }

  /**
   * There may be new commands: sends them. Those given were written just now; where they follow on what was sent, nothing
   * is read from the store. Calls coalesce.
   */
  pump(fresh: readonly CommandsTable[] = [], frames: CommandFrames = commandFrames(this.#services)): void {
    if (this.#mode !== 'live') return;
    if (this.#isPumping) {
      this.#pumpAgain = true;
      return;
    }
    this.#isPumping = true;
    this.#sendCommands(fresh, frames)
      .catch((error: unknown) => {
        this.#log.error({ error: String(error) }, 'commands could not be sent; the session is closed and will resume');
        this.close('goingAway', 'The controller could not read its commands.');
      })
      .finally(() => {
        this.#isPumping = false;
        if (this.#pumpAgain) {
          this.#pumpAgain = false;
          this.pump();
        }
      });
  }

  async #sendCommands(fresh: readonly CommandsTable[], frames: CommandFrames): Promise<void> {
    if (fresh[0]?.number === this.#lastSent + 1) return this.#sendRows(fresh, frames);
    for (;;) {
      const rows = await commandsAfter(this.#services.store.db, this.#instanceId!, this.#lastSent, pageSize);
      if (this.#mode !== 'live' || rows.length === 0) return;
      await this.#sendRows(rows, frames);
    }
  }

  async #sendRows(rows: readonly CommandsTable[], frames: CommandFrames): Promise<void> {
    for (const row of rows) {
      const command = await frames.of(row);
      if (this.#mode !== 'live') return;
      this.#send({ kind: 'command', number: row.number, command });
      this.#lastSent = row.number;
    }
  }

  #take(text: string): void {
    if (this.#mode === 'closed') return;
    const frame = parseFromAgent(text);
    if (frame === null) return this.close('badFrame', 'A frame that is none.');
    this.#heardAt = this.#services.world.clock.monotonic();
    if (this.#mode === 'challenged') {
      if (frame.kind !== 'hello') return this.close('badFrame', 'A hello was expected.');
      this.#mode = 'proving';
      this.#prove(frame).catch((error: unknown) => {
        this.#log.error({ error: String(error) }, 'a hello could not be answered');
        this.close('goingAway', 'The controller could not answer; try again.');
      });
      return;
    }
    switch (frame.kind) {
      case 'hello':
        return this.close('badFrame', 'A second hello.');
      case 'ping':
      case 'acknowledge':
        return;
      case 'report':
        if (this.#mode !== 'live') return this.close('badFrame', 'A report before the welcome.');
        return this.#takeReport(frame);
      case 'answer':
        return this.#asks.take(frame);
      case 'newKey':
        return this.#keyRotation.take(frame);
      case 'holds':
        if (this.#mode !== 'live') return this.close('badFrame', 'What holds attempts back before the welcome.');
        return this.#takeHolds(frame);
      case 'logChunk':
        if (this.#mode !== 'live') return this.close('badFrame', 'Output of a hook before the welcome.');
        if (this.#isStoringLog) return this.close('badFrame', 'Output of a hook before the piece before it was acknowledged.');
        return void this.#storeLog(frame);
    }
  }

  async #prove(hello: Hello): Promise<void> {
    const { store, world, controllerId } = this.#services;
    const version = commonVersion(protocolVersions, hello.protocolVersions);
    if (version === null) {
      return this.close('versionMismatch', `This controller speaks protocol ${protocolVersions.join(', ')}; upgrade whichever is older.`);
    }
    const instance = await store.db.selectFrom('instances').selectAll().where('instance_id', '=', hello.instanceId).executeTakeFirst();
    if (instance === undefined || instance.public_key === null || !isSignedBy(instance.public_key, signedText(controllerId, hello.instanceId, this.#nonce), hello.signature)) {
      return this.close('notAuthenticated', 'Unknown instance or wrong signature. Enrol this host again with a join token.');
    }
    if (instance.deregistered_at !== null) return this.close('deregistered', 'This instance was deregistered.');
    await this.#sightings.store({
      instanceId: instance.instance_id,
      says: { agent_tags: JSON.stringify(hello.tags), agent_version: hello.agentVersion, boot_id: hello.bootId, zone: hello.zone ?? null, address: addressOf(this.#connection.remote) },
    });
    if ((this.#mode as string) !== 'proving') return;
    this.#goLive(instance, hello, version, world.clock.now());
  }

  #goLive(instance: InstancesTable, hello: Hello, protocolVersion: number, now: number): void {
    this.#instanceId = instance.instance_id;
    this.#name = instance.name;
    this.#offered = hello.balancers ?? [];
    this.#publicKey = instance.public_key ?? '';
    this.#rotatesKey = hello.rotatesKey === true;
    this.#lastReport = instance.last_report;
    this.#lastSent = hello.lastCommand;
    this.#log = this.#log.child({ instance: instance.name });
    if (hello.lastCommand > instance.last_command) {
      // Its journal knows commands that our database never gave out: the database was put back to an older state.
      this.#log.error(
        { lastCommand: hello.lastCommand, ours: instance.last_command },
        'the agent has commands this controller never gave: was the database restored from a backup? Enrol the host again',
      );
      return this.close('outOfStep', 'The controller has forgotten commands this agent knows. Enrol this host again.');
    }
    this.#mode = 'live';
    this.#timer?.cancel();
    this.#send({ kind: 'welcome', protocolVersion, lastReport: instance.last_report, pingEveryMs: this.#services.pingEveryMs, now, takesLogs: true, takesHolds: true });
    this.#log.info({ agentVersion: hello.agentVersion }, 'agent connected');
    this.#events.opened(this);
    this.#beat();
    this.pump();
  }

  #beat(): void {
    if (this.#mode !== 'live') return;
    const { world: { clock }, pingEveryMs } = this.#services;
    const missedInMs = this.#heardAt + 3 * pingEveryMs - clock.monotonic();
    if (missedInMs <= 0) return this.close('silent', 'Nothing was heard for three ping intervals.');
    this.#send({ kind: 'ping' });
    // Not a ping interval later than promised.
    this.#timer = clock.after(Math.min(pingEveryMs, missedInMs), () => this.#beat());
  }

  #takeReport(frame: ReportFrame): void {
    const newest = this.#lastReport + this.#waitingReports;
    if (frame.number <= this.#lastReport) return this.#send({ kind: 'acknowledge', upTo: this.#lastReport });
    if (frame.number <= newest) return;
    if (frame.number !== newest + 1) return this.close('badFrame', `Report ${frame.number} came where ${newest + 1} was due.`);
    if (this.#waitingReports >= this.#limits.waitingReports) return this.close('tooSlow', 'Too many reports at once; resume.');
    this.#waitingReports += 1;
    void this.#store(frame);
  }

  /** All of them, whenever they change. */
  #takeHolds({ holds }: HoldsFrame): void {
    const before = this.#holds;
    this.#holds = new Map(holds.map((held) => [held.attemptId, held]));
    const changed = new Set<string>();
    for (const { attemptId, deploymentId, hold } of holds) {
      const [is, was] = [hostHoldWords(hold), before.get(attemptId)];
      if (was !== undefined && hostHoldWords(was.hold) === is) continue;
      this.#log.info({ deploymentId, attemptId, hold }, `an event waits: ${is}`);
      changed.add(deploymentId);
    }
    for (const { attemptId, deploymentId } of before.values()) if (!this.#holds.has(attemptId)) changed.add(deploymentId);
    for (const deploymentId of changed) this.#services.held?.(deploymentId);
  }

  /** Has it stored, behind those before it, and only then acknowledges; what was stored at once is acknowledged at once. */
  async #store(frame: ReportFrame): Promise<void> {
    try {
      await this.#intake.store({ instanceId: this.#instanceId!, reports: [frame], isLive: () => this.#mode === 'live' });
      this.#waitingReports -= 1;
      this.#lastReport = Math.max(this.#lastReport, frame.number);
      if (this.#owesAcknowledge || this.#mode !== 'live') return;
      this.#owesAcknowledge = true;
      queueMicrotask(() => {
        this.#owesAcknowledge = false;
        this.#send({ kind: 'acknowledge', upTo: this.#lastReport });
      });
    } catch (error) {
      this.#log.error({ error: String(error) }, 'reports could not be stored; the agent will send them again');
      this.close('goingAway', 'The controller could not store reports; resume.');
    }
  }

  /** One piece at a time: the agent sends the next when this one is acknowledged. */
  async #storeLog(frame: LogFrame): Promise<void> {
    this.#isStoringLog = true;
    try {
      const taken = await storeLog(this.#services.store, this.#instanceId!, frame, this.#services.logLimits ?? defaultLogLimits);
      this.#isStoringLog = false;
      if (taken === null) return this.close('badFrame', 'Output of a hook whose lines and lengths do not fit.');
      this.#send(taken.acknowledge);
      if (taken.deploymentId !== null) this.#services.logged?.(taken.deploymentId);
    } catch (error) {
      this.#log.error({ error: String(error) }, 'output of a hook could not be stored; the agent will send it again');
      this.close('goingAway', 'The controller could not store output of hooks; resume.');
    }
  }

  #send(frame: FromServer): void {
    if (this.#mode === 'closed') return;
    this.#connection.send(JSON.stringify(frame));
    if (this.#connection.bufferedBytes > this.#limits.sendBufferBytes) this.close('tooSlow', 'What was sent is not read; resume.');
  }

  #ended(code: number, reason: string): void {
    if (this.#mode === 'closed') return;
    const wasLive = this.#mode === 'live';
    this.#mode = 'closed';
    this.#timer?.cancel();
    this.#asks.drop(this.#name);
    this.#keyRotation.drop('its agent left before it had answered.');
    this.#pace.end();
    if (wasLive) this.#log.info({ code, reason }, 'agent gone');
    this.#events.closed(this);
  }
}

/** As others would write it: IPv4 that came in by a socket for both families is IPv4. */
function addressOf(remote: string): string {
  return remote.replace(/^::ffff:(?=[0-9.]+$)/, '');
}

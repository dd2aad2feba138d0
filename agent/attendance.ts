// One connection to the controller, from its first frame to its last: the greeting, then reports up and commands down, as
// ./session.ts tells in prose. It never reconnects; it resolves with how it ended.

import type { Connection, Trust } from '../world/network.ts';
import type { Timer } from '../world/clock.ts';
import type { World } from '../world/world.ts';
import { closeCodes } from '../protocol/session/close-codes.ts';
import { acknowledge, incomingFrom, receive, resumeFrom } from '../protocol/session/cursor.ts';
import type { IncomingCursor } from '../protocol/session/cursor.ts';
import { parseFromServer } from '../protocol/session/frames.ts';
import type { FromAgent, FromServer } from '../protocol/session/frames.ts';
import { commonVersion, protocolVersions } from '../protocol/session/version.ts';
import type { Balancers } from './balancer/balancers.ts';
import type { HostHolds } from './host-holds.ts';
import type { Identity } from './identity.ts';
import type { Inbox } from './inbox.ts';
import { startLogSender } from './log-sender.ts';
import type { LogSender } from './log-sender.ts';
import type { LogStream } from './log-stream.ts';
import type { Outbox } from './outbox.ts';
import { withBundleUrl } from './session-url.ts';

export interface SessionParts {
  readonly world: World;
  readonly identity: Identity;
  readonly inbox: Inbox;
  readonly outbox: Outbox;
  /** What holds attempts back on this host; absent: it is not told. */
  readonly holds?: HostHolds;
  /** The balancers on this host that may be asked; absent: none. */
  readonly balancers?: Balancers;
  /** Output of hooks, sent to a server that takes it. */
  readonly logs?: LogStream;
  readonly bootId: string;
  readonly settings: SessionSettings;
  /** The tags to say hello with; absent: those of the settings. */
  readonly tags?: () => readonly { readonly Key: string; readonly Value: string }[];
  /** Aborted when hello has to be said anew. */
  readonly renewal?: () => AbortSignal;
  /** Told when the session goes live and when it breaks. */
  readonly onLive: (isLive: boolean) => void;
  /** Told at each sign that the session makes progress; feeds the watchdog. */
  readonly onProgress: () => void;
}

export interface SessionSettings {
  /** Where the session endpoint is: ws: or wss:. */
  readonly url: string;
  /** Null: the system's. */
  readonly ca: Trust | null;
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
  /** The availability zone the host is in; absent: none is said. */
  readonly zone?: string;
  readonly agentVersion: string;
  readonly connectTimeoutMs: number;
  readonly greetingMs: number;
  /** Rest after a no that only an operator can change. */
  readonly slowRestMs: number;
  /** Most reports sent and not acknowledged. */
  readonly maxReportsUnderway: number;
  /** Most commands taken in and not yet durable. */
  readonly maxCommandsUnderway: number;
}

/** How one connection came to its end. */
export interface Parting {
  readonly code: number;
  readonly reason: string;
  /** How long it was live; 0 when it never was. */
  readonly liveMs: number;
}

const longestPingMs = 60_000;
const maxBufferedBytes = 4 * 1024 * 1024;
const mostBufferedBeforeLogs = 64 * 1024;

/** One connection, from its first frame to its last. */
export class Attendance {
  readonly #parts: SessionParts;
  readonly #connection: Connection;
  readonly #parted = Promise.withResolvers<Parting>();
  #phase: 'greeting' | 'greeted' | 'live' | 'over' = 'greeting';
  #heardAt: number;
  #liveSince = 0;
  #pingEveryMs = longestPingMs;
  #timer: Timer | null = null;
  /** Commands taken in on this connection; how far the journal is with them is told by the acknowledgements. */
  #incoming: IncomingCursor;
  #commandsUnderway = 0;
  #sentReport = 0;
  #logSender: LogSender | null = null;

  constructor(parts: SessionParts, connection: Connection) {
    this.#parts = parts;
    this.#connection = connection;
    this.#incoming = incomingFrom(parts.inbox.lastDurable);
    this.#heardAt = parts.world.clock.monotonic();
  }

  attend(signal: AbortSignal): Promise<Parting> {
    this.#connection.onFrame((text) => this.#hear(text));
    this.#connection.onClose((code, reason) => this.#part(code, reason));
    this.#timer = this.#parts.world.clock.after(this.#parts.settings.greetingMs, () => this.#close(closeCodes.silent.code, 'the controller did not greet in time'));
    const leave = () => this.#close(closeCodes.goingAway.code, signal.reason instanceof Error && signal.reason.message !== '' ? signal.reason.message : 'the agent stops');
    signal.addEventListener('abort', leave, { once: true });
    if (signal.aborted) leave();
    return this.#parted.promise.finally(() => signal.removeEventListener('abort', leave));
  }

  #hear(text: string): void {
    if (this.#phase === 'over') return;
    this.#heardAt = this.#parts.world.clock.monotonic();
    this.#parts.onProgress();
    const frame = parseFromServer(text);
    if (frame === null) this.#close(closeCodes.badFrame.code, 'the controller sent a frame that is none');
    else this.#take(frame);
  }

  #take(frame: FromServer): void {
    switch (frame.kind) {
      case 'challenge':
        return this.#phase === 'greeting' ? this.#answer(frame) : this.#outOfPlace(frame.kind);
      case 'welcome':
        return this.#phase === 'greeted' ? this.#goLive(frame) : this.#outOfPlace(frame.kind);
      case 'command':
        return this.#phase === 'live' ? this.#takeCommand(frame) : this.#outOfPlace(frame.kind);
      case 'acknowledge':
        return this.#phase === 'live' ? this.#takeAcknowledgement(frame.upTo) : this.#outOfPlace(frame.kind);
      case 'logAcknowledge':
        return this.#logSender === null ? this.#outOfPlace(frame.kind) : this.#logSender.acknowledge(frame);
      case 'ask':
        return this.#phase === 'live' && this.#parts.balancers !== undefined ? void this.#answerAsk(frame, this.#parts.balancers) : this.#outOfPlace(frame.kind);
      case 'rotateKey':
        return this.#phase === 'live' ? void this.#rotateKey(frame.id) : this.#outOfPlace(frame.kind);
      case 'ping':
        return;
      default:
        frame satisfies never;
    }
  }

  #answer(challenge: FromServer & { kind: 'challenge' }): void {
    const { identity, settings, bootId, balancers, tags } = this.#parts;
    if (challenge.controllerId !== identity.controllerId) {
      return this.#close(closeCodes.notAuthenticated.code, `this is controller ${challenge.controllerId}, but this host is enrolled at ${identity.controllerId}; check the URL, or enrol it here anew`);
    }
    if (commonVersion(protocolVersions, challenge.protocolVersions) === null) {
      return this.#close(closeCodes.versionMismatch.code, `the controller speaks protocol ${challenge.protocolVersions.join(', ')}, this agent ${protocolVersions.join(', ')}; upgrade the older of the two`);
    }
    this.#phase = 'greeted';
    this.#send({
      kind: 'hello',
      protocolVersions: [...protocolVersions],
      instanceId: identity.instanceId,
      signature: identity.signChallenge(challenge.nonce),
      agentVersion: settings.agentVersion,
      bootId,
      tags: (tags?.() ?? settings.tags).map(({ Key, Value }) => ({ Key, Value })),
      ...(settings.zone === undefined ? {} : { zone: settings.zone }),
      lastCommand: this.#incoming.lastTaken,
      rotatesKey: true,
      ...(balancers === undefined || balancers.offered.length === 0 ? {} : { balancers: balancers.offered.map((one) => ({ ...one })) }),
    });
  }

  /** Sent if the connection is still there; its asker asks again otherwise. */
  async #answerAsk(frame: FromServer & { kind: 'ask' }, balancers: Balancers): Promise<void> {
    this.#send(await balancers.answer(frame));
  }

  /** A disk that takes no new key leaves the old one as it was; whoever asked hears nothing and says so. */
  async #rotateKey(id: string): Promise<void> {
    const { identity, world } = this.#parts;
    try {
      this.#send({ kind: 'newKey', id, ...(await identity.makeNextKey(id)) });
      world.log.info({}, 'A new key was made, as the controller has asked.');
    } catch (error) {
      world.log.error({ reason: error instanceof Error ? error.message : String(error) }, 'The controller has asked for a new key, and none could be kept; the old one stays.');
    }
  }

  #goLive(welcome: FromServer & { kind: 'welcome' }): void {
    const { identity, outbox, world } = this.#parts;
    if (!protocolVersions.includes(welcome.protocolVersion)) {
      return this.#close(closeCodes.versionMismatch.code, `the controller chose protocol ${welcome.protocolVersion}, which this agent does not speak`);
    }
    const resumed = resumeFrom(outbox.cursor, welcome.lastReport);
    if (resumed.kind === 'refused') {
      world.log.error({}, `${resumed.message} This agent's journal is older than what it has told the controller: was its data folder copied or restored? Deregister the instance, empty the data folder, and enrol the host with a new join token.`);
      return this.#close(closeCodes.outOfStep.code, 'The journal is older than what was reported: enrol this host anew.');
    }
    outbox.acknowledge(welcome.lastReport);
    identity.taken().catch((error: unknown) => world.log.warn({ reason: String(error) }, 'The old key could not be forgotten; it is tried again at the next connection.'));
    this.#phase = 'live';
    this.#liveSince = world.clock.monotonic();
    this.#sentReport = welcome.lastReport;
    this.#pingEveryMs = Math.min(welcome.pingEveryMs, longestPingMs);
    this.#armPing();
    outbox.onMore(() => this.#sendReports());
    world.log.info({ remote: this.#connection.remote }, 'Connected to the controller.');
    this.#parts.onLive(true);
    this.#sendReports();
    if (welcome.takesHolds === true) this.#tellHolds();
    const { logs } = this.#parts;
    if (welcome.takesLogs === true && logs !== undefined) this.#logSender = startLogSender(logs, (frame) => this.#send(frame), () => this.#areReportsSent());
  }

  /** Now, if there are any, and at every change. */
  #tellHolds(): void {
    const { holds } = this.#parts;
    const tell = (): void => this.#send({ kind: 'holds', holds: [...(holds?.now ?? [])] });
    holds?.onChange(tell);
    if ((holds?.now.length ?? 0) > 0) tell();
  }

  #takeCommand(frame: FromServer & { kind: 'command' }): void {
    const received = receive(this.#incoming, frame.number);
    if (received.kind === 'gap') return this.#close(closeCodes.badFrame.code, `command ${frame.number} came where ${received.expected} was due`);
    if (received.kind === 'next') this.#incoming = received.cursor;
    if (this.#commandsUnderway >= this.#parts.settings.maxCommandsUnderway) return this.#close(closeCodes.tooSlow.code, 'commands come faster than they can be journalled');
    this.#commandsUnderway += 1;
    this.#parts.inbox.receive(frame.number, withBundleUrl(frame.command, this.#parts.settings.url)).then(
      () => {
        this.#commandsUnderway -= 1;
        this.#send({ kind: 'acknowledge', upTo: frame.number });
      },
      (error: unknown) => this.#close(closeCodes.goingAway.code, error instanceof Error ? error.message.slice(0, 80) : 'the journal is broken'),
    );
  }

  #takeAcknowledgement(upTo: number): void {
    const { outbox } = this.#parts;
    const acknowledged = acknowledge(outbox.cursor, upTo);
    if (acknowledged.kind === 'refused' || upTo > this.#sentReport) return this.#close(closeCodes.badFrame.code, `report ${upTo} was acknowledged before it was sent`);
    outbox.acknowledge(upTo);
    this.#sendReports();
  }

  /** As many as the window and the buffer allow; the next acknowledgement brings us back. */
  #sendReports(): void {
    const { outbox, settings } = this.#parts;
    if (this.#phase !== 'live') return;
    for (const { number, report } of outbox.after(this.#sentReport)) {
      const isFull = number - outbox.cursor.acknowledged > settings.maxReportsUnderway || this.#connection.bufferedBytes > maxBufferedBytes;
      if (isFull) return;
      this.#send({ kind: 'report', number, report });
      this.#sentReport = number;
    }
    this.#logSender?.push();
  }

  /** Output waits for reports, and for what is still on its way to the socket. */
  #areReportsSent(): boolean {
    return this.#phase === 'live' && this.#sentReport >= this.#parts.outbox.cursor.lastSent && this.#connection.bufferedBytes <= mostBufferedBeforeLogs;
  }

  #armPing(): void {
    const { clock } = this.#parts.world;
    this.#timer?.cancel();
    this.#timer = clock.after(this.#pingEveryMs, () => {
      if (clock.monotonic() - this.#heardAt > 3 * this.#pingEveryMs) return this.#close(closeCodes.silent.code, 'the controller was not heard for too long');
      this.#send({ kind: 'ping' });
      this.#sendReports();
      this.#parts.onProgress();
      this.#armPing();
    });
  }

  #send(frame: FromAgent): void {
    if (this.#phase !== 'over') this.#connection.send(JSON.stringify(frame));
  }

  #outOfPlace(kind: string): void {
    this.#close(closeCodes.badFrame.code, `the controller sent ${kind} where it has no place`);
  }

  /** Ends the connection from here; the other side's close is not waited for, since it may never come. */
  #close(code: number, reason: string): void {
    if (this.#phase === 'over') return;
    this.#connection.close(code, reason.slice(0, 80));
    this.#part(code, reason);
  }

  #part(code: number, reason: string): void {
    if (this.#phase === 'over') return;
    const wasLive = this.#phase === 'live';
    this.#phase = 'over';
    this.#timer?.cancel();
    if (wasLive) {
      this.#parts.outbox.onMore(null);
      this.#parts.holds?.onChange(null);
      this.#logSender?.stop();
      this.#parts.onLive(false);
    }
    this.#parted.resolve({ code, reason, liveMs: wasLive ? this.#parts.world.clock.monotonic() - this.#liveSince : 0 });
  }
}

// An agent reduced to its side of the session: it proves who it is, takes commands in order, acknowledges and reports
// them, and comes back after a break with the numbers that a journal would have kept. No hook is run: an event takes as
// long as it is told to.

import { sign, type KeyObject } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { FromAgent, FromServer, Report } from '../../protocol/session/frames.ts';
import { signedText } from '../../protocol/session/frames.ts';
import { reconnectDelayMs } from '../../world/backoff.ts';

export interface Settings {
  readonly url: string;
  readonly instanceId: string;
  readonly key: KeyObject;
  readonly heard: Hearing;
}

/** What the benchmark wants to know. */
export interface Hearing {
  connected(): void;
  /** A command to run an event has come. */
  told(deploymentId: string): void;
  /** The deployment has ended on this host. */
  finished(deploymentId: string): void;
  lost(): void;
  /** How long an event takes; changes under way. */
  eventMs(): number;
}

export class LightAgent {
  readonly #settings: Settings;
  #socket: Socket | null = null;
  #ws: WebSocket | null = null;
  #ping: NodeJS.Timeout | null = null;
  #lastCommand = 0;
  #lastReport = 0;
  #unacknowledged: Extract<FromAgent, { kind: 'report' }>[] = [];
  #failures = 0;
  #isGone = false;
  #bytes = 0;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** Over all its connections, both ways. */
  get bytes(): number {
    return this.#bytes + (this.#socket === null ? 0 : this.#socket.bytesRead + this.#socket.bytesWritten);
  }

  dial(): void {
    const { url } = this.#settings;
    const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/session`, {
      perMessageDeflate: false,
      createConnection: () => (this.#socket = connect({ host: new URL(url).hostname, port: Number(new URL(url).port), noDelay: true })),
    });
    this.#ws = ws;
    ws.on('message', (data: Buffer) => this.#take(JSON.parse(data.toString('utf8')) as FromServer));
    ws.on('error', () => {});
    ws.on('close', () => this.#closed());
  }

  leave(): void {
    this.#isGone = true;
    this.#ws?.terminate();
  }

  #closed(): void {
    if (this.#ping !== null) {
      clearInterval(this.#ping);
      this.#ping = null;
      this.#settings.heard.lost();
    }
    this.#bytes = this.bytes;
    this.#socket = null;
    if (this.#isGone) return;
    setTimeout(() => this.dial(), reconnectDelayMs(this.#failures, (n) => Math.floor(Math.random() * n)));
    this.#failures += 1;
  }

  #take(frame: FromServer): void {
    switch (frame.kind) {
      case 'challenge': {
        const text = Buffer.from(signedText(frame.controllerId, this.#settings.instanceId, frame.nonce));
        const signature = sign(null, text, this.#settings.key).toString('base64');
        return this.#send({ kind: 'hello', protocolVersions: [1], instanceId: this.#settings.instanceId, signature, agentVersion: '0.1.0', bootId: 'bench', tags: [{ Key: 'role', Value: 'bench' }], lastCommand: this.#lastCommand });
      }
      case 'welcome':
        this.#failures = 0;
        this.#acknowledged(frame.lastReport);
        for (const report of this.#unacknowledged) this.#send(report);
        this.#ping = setInterval(() => this.#send({ kind: 'ping' }), frame.pingEveryMs);
        return this.#settings.heard.connected();
      case 'acknowledge':
        return this.#acknowledged(frame.upTo);
      case 'command':
        return this.#command(frame);
      case 'ping':
      case 'logAcknowledge':
    }
  }

  #command({ number, command }: Extract<FromServer, { kind: 'command' }>): void {
    if (number <= this.#lastCommand) return;
    this.#lastCommand = number;
    this.#send({ kind: 'acknowledge', upTo: number });
    if (command.kind === 'Finish') return this.#settings.heard.finished(command.deploymentId);
    if (command.kind === 'Cancel') return;
    const { attemptId } = command;
    const startedAt = Date.now();
    this.#settings.heard.told(command.deploymentId);
    this.#report({ kind: 'Accepted', attemptId, at: startedAt });
    const end = (): void =>
      this.#report({ kind: 'Ended', attemptId, outcome: 'Succeeded', diagnostics: { errorCode: 'Success', scriptName: '', message: 'Succeeded', logTail: '' }, warnings: [], startedAt, at: Date.now() });
    const takesMs = this.#settings.heard.eventMs();
    if (takesMs === 0) end();
    else setTimeout(end, takesMs);
  }

  #report(report: Report): void {
    this.#lastReport += 1;
    const frame = { kind: 'report', number: this.#lastReport, report } as const;
    this.#unacknowledged.push(frame);
    this.#send(frame);
  }

  #acknowledged(upTo: number): void {
    this.#unacknowledged = this.#unacknowledged.filter((frame) => frame.number > upTo);
  }

  #send(frame: FromAgent): void {
    if (this.#ws?.readyState === WebSocket.OPEN) this.#ws.send(JSON.stringify(frame));
  }
}

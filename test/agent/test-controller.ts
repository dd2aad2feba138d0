// A controller of a hundred lines on real sockets: it enrols one agent, hands it bundles, numbers its commands and keeps
// its reports, and obeys the test in everything else.

import { createHash, createPublicKey, verify } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { signedText } from '../../protocol/session/frames.ts';
import { parseFromAgent } from '../../server/fleet/parse-from-agent.ts';
import type { BundleSource, Command, FromServer, Report } from '../../protocol/session/frames.ts';

const nonce = 'n'.repeat(43);

export class TestController {
  readonly reports: Report[] = [];
  /** Says no to the next enrolments with this message. */
  refuses: string | null = null;
  /** Report numbers at which the connection breaks, unacknowledged. */
  readonly breaksAt = new Set<number>();
  enrolments = 0;
  sessions = 0;
  #publicKey = '';
  #commands: Command[] = [];
  #acknowledged = 0;
  #socket: WebSocket | null = null;
  #bundles = new Map<string, Buffer>();
  #waiting = new Set<() => void>();
  readonly #http = createServer((request, response) => void this.#answer(request, response));
  readonly #ws = new WebSocketServer({ server: this.#http, path: '/v1/session' });

  async start(): Promise<void> {
    this.#ws.on('connection', (socket) => this.#attend(socket));
    await new Promise<void>((resolve) => this.#http.listen(0, '127.0.0.1', resolve));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#ws.clients) client.terminate();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Offers a bundle for download. */
  offer(bytes: Buffer, bundleType: BundleSource['bundleType']): BundleSource {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.#bundles.set(`/bundles/${sha256}`, bytes);
    return { url: `${this.url}/bundles/${sha256}`, sha256, size: bytes.length, bundleType };
  }

  send(command: Command): void {
    this.#commands.push(command);
    this.#say({ kind: 'command', number: this.#commands.length, command });
  }

  /** The first report that fits, as soon as there is one. */
  async until<Found>(find: (controller: this) => Found | undefined, what: string): Promise<Found> {
    const giveUpAt = performance.now() + 15_000;
    for (;;) {
      const found = find(this);
      if (found !== undefined) return found;
      const leftMs = giveUpAt - performance.now();
      if (leftMs <= 0) throw new Error(`waited in vain for ${what}; reports: ${JSON.stringify(this.reports)}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Takes the last command back, as if it had never been sent. */
  withdrawLast(): void {
    this.#commands.pop();
  }

  ended(attemptId: string): Promise<Report & { kind: 'Ended' }> {
    const find = () => this.reports.find((report): report is Report & { kind: 'Ended' } => report.kind === 'Ended' && report.attemptId === attemptId);
    return this.until(find, `the end of ${attemptId}`);
  }

  #attend(socket: WebSocket): void {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('message', (data) => this.#hear(String(data)));
    this.#say({ kind: 'challenge', controllerId: 'controller-1', nonce, protocolVersions: [1] });
  }

  #hear(text: string): void {
    const frame = parseFromAgent(text);
    if (frame === null) throw new Error(`the agent sent ${text}`);
    switch (frame.kind) {
      case 'hello': {
        const key = createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(this.#publicKey, 'base64')]), format: 'der', type: 'spki' });
        if (!verify(null, Buffer.from(signedText('controller-1', 'i-1', nonce)), key, Buffer.from(frame.signature, 'base64'))) throw new Error('a wrong signature');
        this.sessions += 1;
        this.#acknowledged = Math.max(this.#acknowledged, frame.lastCommand);
        this.#say({ kind: 'welcome', protocolVersion: 1, lastReport: this.reports.length, pingEveryMs: 1_000, now: 0 });
        for (let number = frame.lastCommand + 1; number <= this.#commands.length; number += 1) this.#say({ kind: 'command', number, command: this.#commands[number - 1]! });
        break;
      }
      case 'report':
        if (frame.number === this.reports.length + 1) this.reports.push(frame.report);
        if (this.breaksAt.delete(frame.number)) {
          this.#socket?.terminate();
          break;
        }
        this.#say({ kind: 'acknowledge', upTo: this.reports.length });
        break;
      case 'acknowledge':
        this.#acknowledged = Math.max(this.#acknowledged, frame.upTo);
        break;
      case 'ping':
        this.#say({ kind: 'ping' });
    }
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  get acknowledged(): number {
    return this.#acknowledged;
  }

  #say(frame: FromServer): void {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bundle = this.#bundles.get(request.url ?? '');
    if (bundle !== undefined) return void response.writeHead(200, { 'content-length': bundle.length }).end(bundle);
    let text = '';
    for await (const piece of request) text += String(piece);
    this.enrolments += 1;
    if (this.refuses !== null) return void response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ code: 'Refused', message: this.refuses }));
    const { publicKey, instanceName } = JSON.parse(text) as { publicKey: string; instanceName: string };
    this.#publicKey = publicKey;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ instanceId: 'i-1', instanceName, instanceArn: 'arn:x', controllerId: 'controller-1' }));
  }
}

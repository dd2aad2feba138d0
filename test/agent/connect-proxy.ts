// An HTTP proxy on a real socket: it tells what it was asked for, and opens the way to one place whatever that was, or
// answers as it is told. Names that no DNS knows can so be reached through it, and only through it.

import http from 'node:http';
import net from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface ProxyAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export class ConnectProxy {
  readonly asked: string[] = [];
  readonly credentials: (string | undefined)[] = [];
  /** What it answers in place of opening the way; "hangUp" and "silence" are none at all. */
  answer: ProxyAnswer | 'hangUp' | 'silence' | null = null;
  /** Where every way leads. */
  to = new URL('http://127.0.0.1:9');
  readonly #sockets = new Set<Socket>();
  readonly #server = http.createServer((request, response) => {
    this.#note(request.method ?? '', request);
    const { answer } = this;
    if (typeof answer === 'string') return void (answer === 'hangUp' && request.socket.destroy());
    if (answer !== null) return void response.writeHead(answer.status, answer.headers).end(answer.body);
    http.get(new URL(new URL(request.url!).pathname, this.to), (from) => from.pipe(response.writeHead(from.statusCode!, from.headers)));
  });

  async start(): Promise<this> {
    this.#server.on('connect', (request: http.IncomingMessage, socket: Socket) => {
      this.#note('CONNECT', request);
      this.#connect(socket);
    });
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Cuts every way that is open. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #note(method: string, request: http.IncomingMessage): void {
    this.asked.push(`${method} ${request.url}`);
    this.credentials.push(request.headers['proxy-authorization']);
  }

  #connect(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => undefined);
    const { answer } = this;
    if (answer === 'silence') return;
    if (answer === 'hangUp') return void socket.destroy();
    if (answer !== null) {
      const { status, headers = {}, body = '' } = answer;
      const head = [`HTTP/1.1 ${status} Whatever`, ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`), '', body];
      return void socket.end(head.join('\r\n'));
    }
    const on = net.connect(Number(this.to.port), '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    on.pipe(socket).pipe(on);
    on.on('error', () => undefined);
    socket.on('close', () => on.destroy());
    on.on('close', () => socket.destroy());
  }
}

export async function withProxy(act: (proxy: ConnectProxy) => Promise<void>): Promise<void> {
  await using proxy = await new ConnectProxy().start();
  await act(proxy);
}

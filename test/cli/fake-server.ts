// A controller of few words: answers what a test tells it to, and remembers what it was asked.

import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  /** `GET /v1/applications?nextToken=x` */
  readonly line: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export type Answer = (request: Asked, response: ServerResponse) => void;

export interface FakeServer extends AsyncDisposable {
  readonly url: string;
  readonly asked: readonly Asked[];
}

/** `answers` maps `METHOD /path` (without the query) to what to do; everything else gets a catalogued 404. */
export async function startFakeServer(answers: Readonly<Record<string, Answer>>): Promise<FakeServer> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void (async () => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const seen = { line: `${request.method} ${request.url}`, headers: request.headers, body: Buffer.concat(chunks) };
      asked.push(seen);
      const answer = answers[seen.line.replace(/\?.*/, '')] ?? refuse(404, 'NotFoundException', `There is nothing at ${seen.line}.`);
      answer(seen, response);
    })();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export const say =
  (value: unknown, status = 200): Answer =>
  (_, response) => {
    response.writeHead(status, { 'content-type': 'application/json' }).end(value === null ? '' : JSON.stringify(value));
  };

export const refuse = (status: number, code: string, message: string, field?: string): Answer =>
  say({ code, message, requestId: 'r-1', ...(field === undefined ? {} : { field }) }, status);

/** Server-sent events, one for each value, then the end. */
export const stream =
  (...changes: readonly unknown[]): Answer =>
  (_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    for (const change of changes) response.write(`: still here\n\nevent: change\ndata: ${JSON.stringify(change)}\n\n`);
    response.end();
  };

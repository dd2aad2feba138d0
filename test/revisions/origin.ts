// A scripted origin server on a real socket, and bundles to serve from it.

import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tar, tgz } from '../agent/bundle/tar-bytes.ts';

export type Script = (request: http.IncomingMessage, response: http.ServerResponse, count: number) => void;

export interface Origin extends AsyncDisposable {
  readonly url: string;
  /** What was asked for, in order. */
  readonly seen: http.IncomingMessage[];
  script: Script;
}

export async function anOrigin(script: Script = (_request, response) => void response.writeHead(404).end()): Promise<Origin> {
  const server = http.createServer((request, response) => {
    origin.seen.push(request);
    origin.script(request, response, origin.seen.length);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const origin: Origin = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    script,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return origin;
}

/** Answers everything with these bytes. */
export const serving = (bytes: Buffer, headers: http.OutgoingHttpHeaders = {}): Script => (_request, response) => void response.writeHead(200, { 'content-length': bytes.length, ...headers }).end(bytes);

export const appSpec = 'version: 0.0\nos: linux\n';

/** A bundle that can be deployed; another text gives other bytes. */
export const bundleTar = (text = 'one'): Buffer => tar({ name: 'appspec.yml', content: appSpec }, { name: 'text', content: text });

/** As GitHub packs it: all below one folder. */
export const bundleTgz = (text = 'one'): Buffer => tgz({ name: 'octo-cat-0123456/', type: '5', mode: 0o755 }, { name: 'octo-cat-0123456/appspec.yml', content: appSpec }, { name: 'octo-cat-0123456/text', content: text });

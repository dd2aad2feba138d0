// Requests as they are given, header fields and all, over connections that are kept.

import { Agent, request as httpRequest } from 'node:http';

export interface Heard {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly text: string;
}

export interface HttpClient {
  /** Rejects when the connection breaks. */
  send(method: string, target: string, headers: readonly (readonly [string, string])[], body: Uint8Array | null): Promise<Heard>;
  close(): void;
}

export function httpClient(port: number): HttpClient {
  const agent = new Agent({ keepAlive: true, maxSockets: 8 });
  return {
    send: (method, target, headers, body) =>
      new Promise((resolve, reject) => {
        const length = body === null ? [] : [['content-length', String(body.length)] as const];
        const request = httpRequest({ host: '127.0.0.1', port, method, path: target, headers: [...headers, ...length].flat(), agent }, (response) => {
          const pieces: Buffer[] = [];
          response.on('data', (piece: Buffer) => pieces.push(piece));
          response.on('error', reject);
          response.on('end', () => resolve({ status: response.statusCode!, headers: response.headers, text: Buffer.concat(pieces).toString('utf8') }));
        });
        request.on('error', reject);
        request.end(body ?? undefined);
      }),
    close: () => agent.destroy(),
  };
}

/** A defect of ours shows as a status of 5xx, or as its story. */
export function whatIsWrong({ status, text }: Heard): string | null {
  if (status >= 500) return `${status}: ${text.slice(0, 500)}`;
  if (/\n\s+at .+[(:]\d+|node_modules|file:\/\/\//.test(text)) return `an answer tells the story of a defect: ${text.slice(0, 500)}`;
  return null;
}

// A request as it came over the wire, before any framework has tidied it: signatures are over exactly these bytes.

import type { FastifyRequest } from 'fastify';

export interface ReceivedRequest {
  readonly method: string;
  /** Path and query as sent, still percent-encoded. */
  readonly target: string;
  /** Lower-case name to every value sent under it, in order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: Uint8Array;
}

const nothing = new Uint8Array(0);

/** The request behind Fastify's; its body is what `readBody` collected, or empty. */
export function receivedRequest(request: FastifyRequest): ReceivedRequest {
  return {
    method: request.method,
    target: request.raw.url ?? '/',
    headers: headersOf(request.raw.rawHeaders),
    body: request.body instanceof Uint8Array ? request.body : nothing,
  };
}

/** Node's flat list of names and values as a map that keeps duplicates. */
export function headersOf(raw: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toLowerCase();
    const values = headers.get(name);
    if (values === undefined) headers.set(name, [raw[i + 1]!]);
    else values.push(raw[i + 1]!);
  }
  return headers;
}

/** Path and query of a request target, split at the first question mark. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark === -1 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

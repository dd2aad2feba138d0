// Spends a join token at a controller: one POST, no redirect followed, the answer bounded. What the controller says
// against it is shown as it is.

import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Trust } from '../network.ts';
import { authorities } from './trust.ts';
import { openInTime } from './way.ts';
import type { OpenWay } from './way.ts';

export interface EnrollOptions {
  /** Null: the system's. */
  readonly ca: Trust | null;
  readonly timeoutMs: number;
  /** Absent: the controller is reached straight. */
  readonly openWay?: OpenWay;
}

export type EnrollReply =
  | { readonly kind: 'answered'; readonly body: unknown }
  /** The controller understood and said no: asking again will not help. */
  | { readonly kind: 'refused'; readonly message: string };

const mostAnswerBytes = 64 * 1024;

/** POSTs `body` to `<controllerUrl>/v1/enroll`. Rejects when the controller cannot be reached or is in trouble itself. */
export async function postEnrollment(controllerUrl: string, body: unknown, options: EnrollOptions, signal: AbortSignal): Promise<EnrollReply> {
  const url = new URL(`${controllerUrl.replace(/\/+$/, '')}/v1/enroll`);
  const { status, text, answer } = await post(url, JSON.stringify(body), options, signal);
  const between = whoIsBetween(status, answer.headers);
  if (between !== null) throw new Error(`${url.origin} answered the enrolment with HTTP ${status}${between}`);
  if (status >= 200 && status < 300) {
    const value = parse(text);
    return value === undefined ? { kind: 'refused', message: `${url.origin} answered the enrolment with something that is no JSON. Check that the URL is the controller's.` } : { kind: 'answered', body: value };
  }
  const said = sentenceOf(text);
  if (status >= 500 || status === 429 || status === 408) throw new Error(`the controller answered HTTP ${status}${said === null ? '' : `: ${said}`}`);
  return { kind: 'refused', message: said ?? `${url.origin} answered the enrolment with HTTP ${status}. Check that the URL is the controller's.` };
}

/** What somebody between us and the controller may have answered in its place: asking again may help. Null when it was the controller. */
function whoIsBetween(status: number, { location, 'content-type': type }: IncomingHttpHeaders): string | null {
  if (status === 407) return "; that is a proxy's answer: name it in proxy_uri, with its user and password";
  if (status >= 300 && status < 400) return `, sending it on to ${(location === undefined ? null : URL.parse(location)?.origin) ?? 'another address'}; check the URL, and whether this network wants a login first`;
  if (status >= 200 && status < 300 && /^text\/html\b/i.test(type ?? '')) return ' and a page (text/html); check the URL, and whether this network wants a login first';
  return null;
}

interface Posted {
  readonly status: number;
  readonly text: string;
  readonly answer: IncomingMessage;
}

async function post(url: URL, body: string, options: EnrollOptions, signal: AbortSignal): Promise<Posted> {
  const way = await openInTime(options.openWay, url, { timeoutMs: options.timeoutMs, signal, ...(options.ca === null ? {} : { ca: options.ca }) });
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), accept: 'application/json' };
  const ca = options.ca === null ? {} : { ca: authorities(options.ca) };
  return new Promise((resolve, reject) => {
    const socket = way === null ? { agent: false } as const : { createConnection: () => way.socket };
    const sent = request(url, { method: 'POST', headers, timeout: options.timeoutMs, signal, ...socket, ...ca }, (answer) => {
      collect(answer).then((text) => resolve({ status: answer.statusCode ?? 0, text, answer }), reject);
    });
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${options.timeoutMs / 1_000} seconds`)));
    sent.once('error', reject);
    sent.end(body);
  });
}

async function collect(answer: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of answer as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > mostAnswerBytes) {
      answer.destroy();
      throw new Error('the answer to the enrolment is too long');
    }
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** `message` of the REST face's failures. */
function sentenceOf(text: string): string | null {
  const value = parse(text);
  const message = typeof value === 'object' && value !== null ? (value as { message?: unknown }).message : undefined;
  return typeof message === 'string' && message !== '' ? message : null;
}

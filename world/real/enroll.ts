// Spends a join token at a controller: one POST, no redirect followed, the answer bounded. What the controller says
// against it is shown as it is.

import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import type { IncomingMessage } from 'node:http';
import { getCACertificates } from 'node:tls';

export interface EnrollOptions {
  /** PEM of an authority to trust besides the system's. */
  readonly ca: string | null;
  readonly timeoutMs: number;
}

export type EnrollReply =
  | { readonly kind: 'answered'; readonly body: unknown }
  /** The controller understood and said no: asking again will not help. */
  | { readonly kind: 'refused'; readonly message: string };

const mostAnswerBytes = 64 * 1024;

/** POSTs `body` to `<controllerUrl>/v1/enroll`. Rejects when the controller cannot be reached or is in trouble itself. */
export async function postEnrollment(controllerUrl: string, body: unknown, options: EnrollOptions, signal: AbortSignal): Promise<EnrollReply> {
  const url = new URL(`${controllerUrl.replace(/\/+$/, '')}/v1/enroll`);
  const { status, text } = await post(url, JSON.stringify(body), options, signal);
  if (status >= 200 && status < 300) {
    const value = parse(text);
    return value === undefined ? { kind: 'refused', message: `${url.origin} answered the enrolment with something that is no JSON. Check that the URL is the controller's.` } : { kind: 'answered', body: value };
  }
  const said = sentenceOf(text);
  if (status >= 500 || status === 429 || status === 408) throw new Error(`the controller answered HTTP ${status}${said === null ? '' : `: ${said}`}`);
  return { kind: 'refused', message: said ?? `${url.origin} answered the enrolment with HTTP ${status}. Check that the URL is the controller's.` };
}

function post(url: URL, body: string, options: EnrollOptions, signal: AbortSignal): Promise<{ readonly status: number; readonly text: string }> {
  const request = url.protocol === 'https:' ? requestSecure : requestPlain;
  const headers = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), accept: 'application/json' };
  const ca = options.ca === null ? {} : { ca: [...getCACertificates('default'), options.ca] };
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, timeout: options.timeoutMs, signal, agent: false, ...ca }, (answer) => {
      collect(answer).then((text) => resolve({ status: answer.statusCode ?? 0, text }), reject);
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

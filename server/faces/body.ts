// Request bodies: collected up to a limit and read as JSON. An oversized body is read to its end (within reason) before
// it is refused, because a client that is still writing never sees an answer that comes with a reset.

import type { Readable } from 'node:stream';
import { type ErrorCode, Failure } from '../../protocol/errors.ts';
import type { Clock } from '../../world/clock.ts';

/** How much of an oversized body is swallowed so that its sender can read the refusal. */
const swallowedBytes = 16 * 1024 * 1024;
/** Deeper JSON than any operation has; it would only serve to exhaust a stack further in. */
const deepest = 64;

export interface BodyLimits {
  readonly maxBodyBytes: number;
  readonly requestTimeoutMs: number;
}

/** The whole body. Throws Failure when it is too large or does not arrive in time. */
export function readBody(body: Readable, clock: Clock, limits: BodyLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let length = 0;
    const timer = clock.after(limits.requestTimeoutMs, () => {
      end(() => reject(new Failure('SerializationException', `The request body did not arrive within ${limits.requestTimeoutMs / 1000} s.`)));
    });
    const end = (settle: () => void): void => {
      timer.cancel();
      body.off('data', onData).off('end', onEnd).off('error', onBreak).off('close', onBreak);
      settle();
    };
    const tooLarge = (): Failure =>
      new Failure('RequestEntityTooLargeException', `The request body is larger than ${limits.maxBodyBytes} bytes.`);
    const onData = (chunk: Buffer): void => {
      length += chunk.length;
      if (length <= limits.maxBodyBytes) chunks.push(chunk);
      else chunks = [];
      if (length > limits.maxBodyBytes + swallowedBytes) end(() => reject(tooLarge()));
    };
    const onEnd = (): void => end(() => (length > limits.maxBodyBytes ? reject(tooLarge()) : resolve(Buffer.concat(chunks, length))));
    const onBreak = (): void => end(() => reject(new Failure('SerializationException', 'The connection broke before the request body was complete.')));
    body.on('data', onData).on('end', onEnd).on('error', onBreak).on('close', onBreak);
  });
}

/** The JSON object in `bytes`, `{}` when there are none. Throws Failure(code) for anything else. */
export function parseObject(bytes: Uint8Array, code: ErrorCode): Record<string, unknown> {
  if (bytes.length === 0) return {};
  const value = parseJson(bytes, code);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Failure(code, `The request body must be a JSON object; it is ${value === null ? 'null' : Array.isArray(value) ? 'a list' : `a ${typeof value}`}.`);
  }
  return value as Record<string, unknown>;
}

/** The JSON value in `bytes`. Throws Failure(code) naming `field`, or the body where there is none. */
export function parseJson(bytes: Uint8Array, code: ErrorCode, field?: string): unknown {
  const what = field ?? 'The request body';
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Failure(code, `${what} is not valid UTF-8.`, field);
  }
  if (nesting(text) > deepest) throw new Failure(code, `${what} is nested deeper than ${deepest} levels.`, field);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Failure(code, `${what} is not valid JSON: ${(error as Error).message}`, field);
  }
}

/** How deep brackets go, those inside strings not counted. */
function nesting(text: string): number {
  let depth = 0;
  let most = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i += 1) {
    const c = text.charCodeAt(i);
    if (isInString) {
      if (c === 0x5c) i += 1;
      else if (c === 0x22) isInString = false;
    } else if (c === 0x22) isInString = true;
    else if (c === 0x5b || c === 0x7b) most = Math.max(most, (depth += 1));
    else if (c === 0x5d || c === 0x7d) depth -= 1;
  }
  return most;
}

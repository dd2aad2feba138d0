// How both directions of a session are numbered, so that a break loses nothing and repeats nothing: 1, 2, 3 … for as
// long as the identity lives, over every connection. Values, never changed in place; the frames themselves, and making
// things durable, are the caller's.
//
// Outgoing: what was sent and not acknowledged is kept. When a connection comes up, the other side says the highest
// number it has stored, and everything after that is sent again. Incoming: only the number after the last is taken.
// Within one connection order is kept, so a gap means that a side has lost its memory: close and resume.

/** Invariant: 0 <= acknowledged <= lastSent. Numbers in between are the window: sent, and to be kept for sending again. */
export interface OutgoingCursor {
  readonly lastSent: number;
  readonly acknowledged: number;
}

export interface IncomingCursor {
  /** Highest number taken; 0 when none. */
  readonly lastTaken: number;
}

export type Acknowledged =
  | { readonly kind: 'accepted'; readonly cursor: OutgoingCursor }
  | { readonly kind: 'refused'; readonly message: string };

export type Resumed =
  | { readonly kind: 'resumed'; readonly cursor: OutgoingCursor; readonly resend: readonly number[] }
  | { readonly kind: 'refused'; readonly message: string };

export type Received =
  /** Take it: `cursor` already counts it. */
  | { readonly kind: 'next'; readonly cursor: IncomingCursor }
  /** Seen before: drop it, and acknowledge again. */
  | { readonly kind: 'duplicate' }
  /** Something in between is missing: do not take it. */
  | { readonly kind: 'gap'; readonly expected: number };

/** The sender's side, from what is stored: the highest number ever given out and the highest known to have arrived. */
export function outgoingFrom(lastSent: number, acknowledged: number): OutgoingCursor {
  if (!isCount(lastSent) || !isCount(acknowledged) || acknowledged > lastSent) {
    throw new Error(`An outgoing cursor cannot have sent ${lastSent} with ${acknowledged} acknowledged.`);
  }
  return { lastSent, acknowledged };
}

/** The receiver's side, from the highest number that is stored. */
export function incomingFrom(lastTaken: number): IncomingCursor {
  if (!isCount(lastTaken)) throw new Error(`An incoming cursor cannot have taken ${lastTaken}.`);
  return { lastTaken };
}

/** Gives out the next number. */
export function sendNext(cursor: OutgoingCursor): { readonly number: number; readonly cursor: OutgoingCursor } {
  const number = cursor.lastSent + 1;
  return { number, cursor: { ...cursor, lastSent: number } };
}

/** How many are sent and not acknowledged: what a bound on memory looks at. */
export function windowSize(cursor: OutgoingCursor): number {
  return cursor.lastSent - cursor.acknowledged;
}

/** Cumulative. A number acknowledged already changes nothing; one never sent is refused. */
export function acknowledge(cursor: OutgoingCursor, upTo: number): Acknowledged {
  if (!isCount(upTo) || upTo > cursor.lastSent) {
    return { kind: 'refused', message: `The other side acknowledges ${upTo}, but only ${cursor.lastSent} were ever sent.` };
  }
  return { kind: 'accepted', cursor: { ...cursor, acknowledged: Math.max(cursor.acknowledged, upTo) } };
}

/**
 * After a break: what to send again, in order, when the other side has stored everything up to `last`. Refuses a
 * `last` that was never sent, and one below what was acknowledged: the other side has lost what it promised to keep
 * (a disk restored from a backup), and those frames are no longer here to be sent.
 */
export function resumeFrom(cursor: OutgoingCursor, last: number): Resumed {
  if (!isCount(last) || last > cursor.lastSent) {
    return { kind: 'refused', message: `The other side resumes after ${last}, but only ${cursor.lastSent} were ever sent.` };
  }
  if (last < cursor.acknowledged) {
    return { kind: 'refused', message: `The other side resumes after ${last}, but has acknowledged ${cursor.acknowledged} before: its records were lost or set back.` };
  }
  const resend = Array.from({ length: cursor.lastSent - last }, (_, index) => last + 1 + index);
  return { kind: 'resumed', cursor: { ...cursor, acknowledged: last }, resend };
}

/** Whether the frame with this number is to be taken. */
export function receive(cursor: IncomingCursor, number: number): Received {
  if (number === cursor.lastTaken + 1) return { kind: 'next', cursor: { lastTaken: number } };
  return isCount(number) && number <= cursor.lastTaken ? { kind: 'duplicate' } : { kind: 'gap', expected: cursor.lastTaken + 1 };
}

function isCount(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0;
}

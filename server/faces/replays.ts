// Signed writes remembered for as long as their signature may be current, so that a recorded request does nothing when
// it is played again: it gets the first answer, or, where only that there was one is known, a refusal: at the next
// controller, or when the database went away in the middle of it. What would surprise: signatures count in whole seconds, and botocore does not sign its invocation id, so two
// honest calls alike within one second carry one signature. Those differ in their invocation ids and arrive together; a
// different id that comes later is a replay made to look new.
// Answers are per process and bounded, like the memory of invocations; signatures are rows, kept in the transaction of
// what was written under them.

import { Failure } from '../../protocol/errors.ts';
import type { Clock } from '../../world/clock.ts';
import { forgetSignature, forgetSignatures, isSignatureKept, keepSignature } from '../store/signed-writes.ts';
import type { Database, Store } from '../store/store.ts';
import { isWorthAnotherTry } from './invocations.ts';

/** Longer than a signature is current: five minutes before its time and five after. */
const keptMs = 15 * 60_000;
const mostKept = 100_000;
/** Calls signed within one second arrive within this time. */
const togetherMs = 2_000;
const tidyEveryMs = 60_000;

/** Keeps the signature together with what is written under it. May be called again, should the transaction be. */
export type Keep = (tx: Database) => Promise<void>;

export interface Replays {
  /** What `perform` gives, or gave when this signature was seen before. Throws Failure when another controller has seen it. */
  once<T>(signature: string, invocationId: string | null, perform: (keep: Keep) => Promise<T>): Promise<T>;
}

/** The signatures that outlive this process. */
export interface SignatureLedger {
  isKept(signature: string): Promise<boolean>;
  /** Null: on its own. */
  keep(tx: Database | null, signature: string, invocationId: string): Promise<void>;
  /** What was kept beforehand came to nothing. */
  forget(signature: string, invocationId: string): Promise<void>;
}

interface Seen {
  readonly at: number;
  /** By invocation id, '' for none; the first is what a replay gets. */
  readonly answers: Map<string, Promise<unknown>>;
  /** Whether it was used before any of these answers. */
  isUsed: Promise<boolean>;
}

export function rememberSignatures(clock: Clock, ledger: SignatureLedger, most: number = mostKept): Replays {
  const kept = new Map<string, Seen>();

  async function performOnce<T>(signature: string, id: string, isUsed: Promise<boolean>, perform: (keep: Keep) => Promise<T>): Promise<T> {
    if (await isUsed) {
      throw new Failure('InvalidSignatureException', 'This very request was carried out, or refused, before, and its answer is not known any more: look what came of it, and sign a new one if need be.');
    }
    let isKept = false;
    try {
      const answer = await perform(async (tx) => {
        await ledger.keep(tx, signature, id);
        isKept = true;
      });
      if (!isKept) await ledger.keep(null, signature, id);
      return answer;
    } catch (error) {
      // Whatever kept it may have been taken back. A refusal stays one, at the next controller too.
      if (!isWorthAnotherTry(error)) await ledger.keep(null, signature, id);
      throw error;
    }
  }

  return {
    once<T>(signature: string, invocationId: string | null, perform: (keep: Keep) => Promise<T>): Promise<T> {
      const now = clock.monotonic();
      // Insertion order is the order of expiry.
      for (const [old, { at }] of kept) {
        if (at + keptMs > now && kept.size < most) break;
        kept.delete(old);
      }
      const id = invocationId ?? '';
      const seen = kept.get(signature) ?? { at: now, answers: new Map<string, Promise<unknown>>(), isUsed: Promise.resolve(false) };
      const known = seen.answers.get(id) ?? (now - seen.at < togetherMs ? undefined : [...seen.answers.values()][0]);
      if (known !== undefined) return known as Promise<T>;
      // An answer that was worth another try may have come after its transaction was kept.
      if (seen.answers.size === 0) seen.isUsed = ledger.isKept(signature);
      const answer = performOnce(signature, id, seen.isUsed, perform);
      seen.answers.set(id, answer);
      kept.set(signature, seen);
      answer.catch((error: unknown) => {
        if (isWorthAnotherTry(error) && seen.answers.get(id) === answer) seen.answers.delete(id);
      });
      return answer;
    },
  };
}

/** The ledger in the store. */
export function signatureLedger(store: Store, clock: Pick<Clock, 'now' | 'monotonic'>): SignatureLedger {
  let tidiedAt = -Infinity;
  const keep = async (tx: Database, signature: string, invocationId: string): Promise<void> => {
    if (clock.monotonic() - tidiedAt >= tidyEveryMs) {
      tidiedAt = clock.monotonic();
      await forgetSignatures(tx, clock.now() - keptMs);
    }
    await keepSignature(tx, signature, invocationId, clock.now());
  };
  return {
    isKept: (signature) => isSignatureKept(store.db, signature),
    forget: (signature, invocationId) => store.transaction((tx) => forgetSignature(tx, signature, invocationId)),
    keep: (tx, signature, invocationId) => (tx === null ? store.transaction((own) => keep(own, signature, invocationId)) : keep(tx, signature, invocationId)),
  };
}

// Who carries out which kind of effect. An executor acts and says how it went; it decides nothing. It may be called again
// with the same effect, after a failure or after a crash that came before the row was written: the effect's id is how the
// far end knows that it is the same.

import { DeliveryTrouble, type Notifier } from '../notifiers/notifier.ts';
import type { Database } from '../store/store.ts';
import type { NotifyPayload } from './notices.ts';

export interface Effect {
  readonly effectId: string;
  /** Null for what belongs to a group as such. */
  readonly deploymentId: string | null;
  readonly payload: unknown;
  readonly createdAt: number;
  /** How often it was tried before. */
  readonly attempts: number;
}

export type EffectOutcome =
  | { readonly kind: 'done' }
  /** `error` is for the operator. */
  | { readonly kind: 'failed'; readonly error: string; readonly mayRetry: boolean };

export interface Executor {
  /** Must end soon after the signal is aborted. Never rejects for what the far end does. */
  readonly carryOut: (effect: Effect, signal: AbortSignal) => Promise<EffectOutcome>;
  /** From its creation on; then it is given up. */
  readonly giveUpAfterMs: number;
  /** Written in the transaction that gives the effect up. */
  readonly givenUp?: (tx: Database, effect: Effect, error: string) => Promise<void>;
}

/** By kind, as in the column. A kind of effect that is not here waits for a controller that knows it. */
export type Executors = Readonly<Record<string, Executor>>;

export function makeExecutors(parts: { readonly notifier: Notifier; readonly fleet?: Executors }): Executors {
  return { ...parts.fleet, Notify: { giveUpAfterMs: 24 * 3_600_000, carryOut: (effect, signal) => notify(parts.notifier, effect, signal) } };
}

async function notify(notifier: Notifier, effect: Effect, signal: AbortSignal): Promise<EffectOutcome> {
  const { target, subject, event, message } = effect.payload as NotifyPayload;
  try {
    await notifier.send({ id: effect.effectId, target, subject, event: event ?? 'Test', text: JSON.stringify(message), group: effect.deploymentId ?? 'test' }, signal);
    return { kind: 'done' };
  } catch (error) {
    if (error instanceof DeliveryTrouble) return { kind: 'failed', error: error.message, mayRetry: error.mayRetry };
    throw error;
  }
}

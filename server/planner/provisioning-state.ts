// What a decision may know of instances that are made for a deployment: whom it asked, and who has come. Part of the snapshot.

import type { Instant } from './snapshot.ts';

export interface ProvisioningState {
  readonly fleetProvider: string;
  /** How long it is waited for them. */
  readonly waitMs: number;
  /** How many are to come. */
  readonly wanted: number;
  /** When the provider was to be asked; null: not yet. */
  readonly askedAt: Instant | null;
  /** Null as `askedAt` is. */
  readonly until: Instant | null;
  /** How many have come, and are connected. */
  readonly here: number;
  /** Named by the provider, and not here. In order. */
  readonly missing: readonly string[];
  /** What is last known from the provider; null: nothing. */
  readonly answer: string | null;
  /** Why it will not make any; null: it did not say so. */
  readonly refusal: string | null;
  /** They have become targets, and the originals with them; null: not yet. */
  readonly providedAt: Instant | null;
}

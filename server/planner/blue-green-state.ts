// What a decision may know of a deployment from one fleet to another: what was chosen when it was created, and how far it is.
// Part of the snapshot.

import type { Instant } from './snapshot.ts';

export interface BlueGreenState {
  /** forward: traffic goes to the green fleet; back: it returns to the blue one, which a deployment forward had left. */
  readonly direction: 'forward' | 'back';
  /** Once the green fleet is ready: go on, or wait for a word and else stop. */
  readonly readyAction: 'CONTINUE_DEPLOYMENT' | 'STOP_DEPLOYMENT';
  readonly readyWaitMs: number;
  /** How long the blue fleet is kept once it is out of rotation, before the deployment has succeeded. */
  readonly terminationWaitMs: number;
  /** The blue fleet is released in the end. */
  readonly releases: boolean;
  /** When every green instance was installed or had failed; null: not yet. */
  readonly readyAt: Instant | null;
  /** Somebody said so, or nobody had to; null: not yet. */
  readonly continuedAt: Instant | null;
  /** When every blue instance was out of rotation; null: not yet. */
  readonly movedAt: Instant | null;
  /** Somebody ended the wait before the blue fleet is released. */
  readonly terminationSkippedAt: Instant | null;
}

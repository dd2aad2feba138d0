// What a decision may know of a deployment from one fleet to another: what was chosen when it was created, and how far it is.
// Part of the snapshot.

import type { ErrorCode } from '../../protocol/model/deployment.ts';
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
  /** By which shares of the traffic the fleet that comes in gets it. Absent or empty: by none, it serves as soon as it is in rotation. */
  readonly trafficSteps?: readonly TrafficStep[];
  /** How far it is with them; null or absent: no router was asked for a share. */
  readonly shift?: TrafficShift | null;
  /** The traffic returns to the fleet that has it, and this is how the deployment then ends; null or absent: it does not. */
  readonly returning?: TrafficReturn | null;
}

export interface TrafficStep {
  /** Percent of the traffic that goes to the fleet that comes in: 1 to 100, each more than the one before, the last 100. */
  readonly share: number;
  /** How long it is watched, once it is seen, before the next step; may be 0. */
  readonly bakeMs: number;
}

export interface TrafficShift {
  /** Index of the step; -1: in rotation without any share. */
  readonly step: number;
  readonly askedAt: Instant;
  /** When every router was first seen to share so; null: not yet. */
  readonly seenAt: Instant | null;
}

export interface TrafficReturn {
  readonly at: Instant;
  readonly status: 'Failed' | 'Stopped';
  readonly error: { readonly code: ErrorCode; readonly message: string };
}

// What a decision may know of traffic: what the group allows, and how each target stands at each router. Part of the
// snapshot. What is wanted is ours; everything else was observed.

import type { MemberState } from '../../protocol/model/traffic-router.ts';
import type { Instant } from './snapshot.ts';

/** Frozen when the deployment was created. Times are greater than 0. */
export interface TrafficRules {
  /** Requests under way may take this long to end. */
  readonly drainMs: number;
  readonly onDrainTimeout: 'FAIL' | 'FORCE';
  /** Once they are cut off, this long until that is seen. */
  readonly forceMs: number;
  /** From asking for traffic until the router finds the target healthy. */
  readonly serveMs: number;
  /** For so long without a break it must have been healthy; may be 0. */
  readonly minHealthyMs: number;
}

/** The way to one target through one router. */
export interface RouteState {
  readonly router: string;
  /** As last asked for; null: nothing ever was. */
  readonly wanted: 'Blocked' | 'Allowed' | null;
  /** What is under way is cut off. */
  readonly isForced: boolean;
  /** An earlier deployment left the application broken, and the target out of rotation because of it. */
  readonly isKeptOut: boolean;
  readonly askedAt: Instant | null;
  /** When every node of the router had taken what was asked for; null: not yet. */
  readonly takenAt: Instant | null;
  /** As last seen; null: never. */
  readonly state: MemberState | null;
  readonly inFlight: number | null;
  /** Since when without a break it is in that state. */
  readonly since: Instant | null;
  readonly observedAt: Instant | null;
  /** Why it could not be asked or seen the last time; null when it could. Final: asking again will not help. */
  readonly trouble: { readonly message: string; readonly isFinal: boolean } | null;
  /** Whose shares of the traffic the router can set: its members', or those of groups of them as a whole; null: nobody's. Absent: not yet seen. */
  readonly weighs?: 'member' | 'group' | null;
  /** Absent: none was ever asked for or seen. */
  readonly weight?: RouteWeight;
}

/** How much of the traffic comes this way, relative to the others: 0 to 100. */
export interface RouteWeight {
  /** As last asked for; null: nothing ever was, or all is as it should be. */
  readonly wanted: number | null;
  readonly askedAt: Instant | null;
  /** When every node of the router had taken it; null: not yet. */
  readonly takenAt: Instant | null;
  /** As last seen; null: never, or the nodes do not agree. */
  readonly seen: number | null;
}

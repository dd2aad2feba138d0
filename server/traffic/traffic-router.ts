// What moves traffic: a load balancer with all its nodes, seen as one. Asking and seeing are apart: `block` and `allow`
// say what is wanted, `observe` says what is true, and whoever decides goes by what was seen only. Where there are several
// nodes, a member is as far as the one of them that is least far.
//
//   InService --block--> Draining --the last request has ended--> OutOfService --allow, and its health check--> InService
//
// A router writes nothing down; it may be asked again, after a crash, for what was asked before. And it should be, for as long
// as a member is seen anywhere else than where it is wanted: a balancer that is reloaded or restarted forgets what it was
// told (the member is seen InService again), and some get there in steps (HAProxy drains, and when clients that stick to the
// member have had their time, the next `block` sends them away). A router refuses by `RouterTrouble`, whose sentence is for the operator.

import type { Tag } from '../../protocol/model/tag.ts';
import type { Finding, MemberState } from '../../protocol/model/traffic-router.ts';

export type { Finding } from '../../protocol/model/traffic-router.ts';

/** A target as the router has to find it: by its name, its tags, its address. */
export interface RoutedTarget {
  readonly targetId: string;
  readonly instanceId: string;
  readonly tags: readonly Tag[];
  /** From where its agent was last connected, as the controller sees it; null when it never was. */
  readonly address: string | null;
}

export interface Capabilities {
  /** What can carry different shares of the traffic: members, or groups of members as a whole; null: nothing. */
  readonly weights: 'member' | 'group' | null;
  /** How it is known that a member has no request under way: counted, by an end of the processes that knew it, or only by the time passed. */
  readonly drain: 'exact' | 'processExit' | 'time';
}

export interface Observation {
  /**
   * InService: it gets requests, and every health check there is says that it may. Unhealthy: it is not blocked, and a check
   * has not passed (yet); it may get requests. Draining: no new requests, and some may be under way; also where one node has
   * blocked it and another has not. OutOfService: no requests, new or old; `allow` brings it back. Absent: no node knows it,
   * and `allow` cannot change that. Unknown: a node could not be asked.
   */
  readonly state: MemberState;
  /** Requests or connections under way, all nodes together; null where the router cannot count them. */
  readonly inFlight: number | null;
  /** Share as last set, 0 to 100; null where the router has no weights, or its nodes do not agree. */
  readonly weight: number | null;
  /** For the operator: which node, which check, since when. */
  readonly detail: string;
}

export interface TrafficRouter {
  readonly capabilities: Capabilities;
  /** What is wrong with the settings of the far end, as far as it can be asked. */
  preflight(targets: readonly RoutedTarget[], signal: AbortSignal): Promise<readonly Finding[]>;
  /**
   * No new requests for these. Comes back when every node has taken it, which was read back. `isForced` cuts off what is
   * under way: sticky sessions included.
   */
  block(targets: readonly RoutedTarget[], how: { readonly isForced: boolean }, signal: AbortSignal): Promise<void>;
  /** Requests again, once the router's own health check has passed: never by force. Comes back when every node has taken it. */
  allow(targets: readonly RoutedTarget[], signal: AbortSignal): Promise<void>;
  /** Shares of 0 to 100 relative to each other, for the targets named, in the order in which they are to be changed. Only where `capabilities.weights`. */
  setWeights(weights: ReadonlyMap<string, number>, targets: readonly RoutedTarget[], signal: AbortSignal): Promise<void>;
  /** What is true now, by target id. Never from memory. */
  observe(targets: readonly RoutedTarget[], signal: AbortSignal): Promise<ReadonlyMap<string, Observation>>;
}

export class RouterTrouble extends Error {
  /** Whether asking again may help. */
  readonly isPassing: boolean;

  constructor(sentence: string, isPassing = true) {
    super(sentence);
    this.isPassing = isPassing;
  }
}

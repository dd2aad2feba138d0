// A load balancer in front of the simulated hosts: several nodes, each with its own idea of who gets requests; requests that
// take their time to end; a health check that is a little late. It is slow, fails some questions before and some after it
// has done what was asked, is out of reach for stretches, and a node that is reloaded forgets what it was told, and may be
// out of reach just then: whoever was blocked gets requests again, and is called healthy until the check says otherwise.
//
// What was really so is kept: whoever touches an application asks it whether a request could be lost.

import type { TrafficRouterKinds } from '../../server/traffic/registry.ts';
import { seenAsOne } from '../../server/traffic/seen-as-one.ts';
import { RouterTrouble, type Observation, type RoutedTarget, type TrafficRouter } from '../../server/traffic/traffic-router.ts';
import type { Clock } from '../../world/clock.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimRandom } from './sim-random.ts';

/** True time, as everywhere in this file. */
interface Member {
  isBlocked: boolean;
  /** From when on no request is under way to it, once it is blocked. */
  emptyFrom: number;
  /** Its health check counts from here. */
  checkedFrom: number;
  /** It gets requests only because the node was reloaded and has forgotten. */
  isForgotten: boolean;
  /** 0 to 100. */
  weight: number;
  /** The node was reloaded, and has forgotten what it was told of its weight. */
  isWeightForgotten: boolean;
}

interface Node {
  readonly members: Map<string, Member>;
  reloadedAt: number;
}

export interface Change {
  readonly at: number;
  readonly host: string;
  /** It got requests before, and its application was up. */
  readonly didServe: boolean;
  /** It was blocked before, and the node had forgotten that. */
  readonly isAskedAgain: boolean;
  /** Hosts that still get requests at every node, and whose application is up. */
  readonly serving: ReadonlySet<string>;
}

/** A check passes this long after an application came up, or was allowed again. */
const riseMs = 2_000;

export class SimBalancer {
  readonly #clock: SimClock;
  readonly #nodes: readonly Node[];
  readonly #away: { readonly fromMs: number; readonly toMs: number }[];
  readonly #reloads: SimRandom;
  readonly #tails: SimRandom;
  /** Since when each host's application has been up; null while it is not. */
  readonly #upSince = new Map<string, number | null>();
  /** Every time a host was taken out of the rotation of some node. */
  readonly blocks: Change[] = [];
  /** Every time a host was let into the rotation of some node. */
  /** Every time a node was told of weights: what each host that gets requests there weighs then; not while the node has forgotten some. */
  readonly weighings: { readonly at: number; readonly weights: ReadonlyMap<string, number> }[] = [];
  readonly allows: { readonly at: number; readonly host: string; readonly isUp: boolean }[] = [];
  readonly #note: (line: string) => void;

  constructor(clock: SimClock, random: SimRandom, hosts: readonly string[], note: (line: string) => void) {
    this.#clock = clock;
    this.#note = note;
    this.#tails = random.fork('tails');
    this.#reloads = random.fork('reloads');
    this.#nodes = Array.from({ length: 1 + random.below(3) }, () => ({ members: new Map(hosts.map((host) => [host, { isBlocked: false, emptyFrom: 0, checkedFrom: -riseMs, isForgotten: false, weight: 100, isWeightForgotten: false }])), reloadedAt: -Infinity }));
    for (const host of hosts) this.#upSince.set(host, -riseMs);
    const stretches = random.fork('away');
    this.#away = [0, 1].flatMap(() => {
      const fromMs = stretches.below(480_000);
      return stretches.chance(0.25) ? [{ fromMs, toMs: fromMs + 1_000 + stretches.below(90_000) }] : [];
    });
  }

  get nodes(): number {
    return this.#nodes.length;
  }

  /** In the configuration of every node, and its application not up. */
  addHost(host: string): void {
    for (const { members } of this.#nodes) members.set(host, { isBlocked: false, emptyFrom: 0, checkedFrom: -riseMs, isForgotten: false, weight: 100, isWeightForgotten: false });
    this.#upSince.set(host, null);
  }

  reload(node: number): void {
    const { members } = this.#nodes[node]!;
    this.#note(`node ${node} of the balancer is reloaded`);
    const now = this.#clock.monotonic();
    this.#nodes[node]!.reloadedAt = now;
    // What reloads it may take it out of reach as well: until somebody looks again, requests come to whoever was blocked.
    if (this.#reloads.chance(0.4)) this.#away.push({ fromMs: now, toMs: now + 1_000 + this.#reloads.below(30_000) });
    for (const member of members.values()) Object.assign(member, { isBlocked: false, checkedFrom: -riseMs, isForgotten: member.isForgotten || member.isBlocked, isWeightForgotten: member.isWeightForgotten || member.weight !== 100, weight: 100 });
  }

  appDown(host: string): void {
    this.#upSince.set(host, null);
  }

  appUp(host: string): void {
    this.#upSince.set(host, this.#clock.monotonic());
  }

  isAppUp(host: string): boolean {
    return (this.#upSince.get(host) ?? null) !== null;
  }

  /** Whether requests come to it at every node, as an administrator sees it. */
  isAdmitted(host: string): boolean {
    return this.#nodes.every((node) => node.members.get(host)?.isBlocked === false);
  }

  isBlocked(host: string): boolean {
    return this.#nodes.every((node) => node.members.get(host)?.isBlocked === true);
  }

  /** Why a request could be lost if the application went down now; null where none could. Reloads after `sinceMs` are nobody's fault. */
  whyNotTouch(host: string, sinceMs: number): string | null {
    const now = this.#clock.monotonic();
    for (const [index, { members, reloadedAt }] of this.#nodes.entries()) {
      const member = members.get(host)!;
      if (reloadedAt >= sinceMs) continue;
      if (!member.isBlocked) return `node ${index} sends it requests`;
      if (now < member.emptyFrom) return `node ${index} has a request under way for ${member.emptyFrom - now} ms more`;
    }
    return null;
  }

  /** The way there of one controller process: with it, it ends. */
  door(clock: Clock, random: SimRandom, isAlive: () => boolean, acted: () => void): TrafficRouterKinds {
    const open = (): TrafficRouter => ({
      capabilities: { weights: 'member', drain: 'exact' },
      preflight: async () => [],
      setWeights: (weights) => this.#ask(clock, random, isAlive, acted, (node) => this.#weigh(node, weights)),
      block: (targets, { isForced }) => this.#ask(clock, random, isAlive, acted, (node) => this.#block(node, targets, isForced)),
      allow: (targets) => this.#ask(clock, random, isAlive, acted, (node) => this.#allow(node, targets)),
      observe: async (targets) => {
        await this.#reach(clock, random, isAlive);
        return new Map(targets.map((target) => [target.targetId, seenAsOne(this.#nodes.map((node) => this.#see(node, target)))]));
      },
    });
    return { open, openUndefined: open };
  }

  async #reach(clock: Clock, random: SimRandom, isAlive: () => boolean): Promise<void> {
    await clock.sleep(5 + random.below(300));
    if (!isAlive()) return new Promise<void>(() => {});
    const now = this.#clock.monotonic();
    if (random.chance(0.04) || this.#away.some(({ fromMs, toMs }) => now >= fromMs && now < toMs)) throw new RouterTrouble('The balancer cannot be reached.');
  }

  /** Node after node; at any of them it may end. */
  async #ask(clock: Clock, random: SimRandom, isAlive: () => boolean, acted: () => void, at: (node: Node) => void): Promise<void> {
    for (const node of this.#nodes) {
      await this.#reach(clock, random, isAlive);
      at(node);
      acted();
      if (!isAlive()) return new Promise<void>(() => {});
    }
    if (random.chance(0.03)) throw new RouterTrouble('The balancer did not answer in time.');
  }

  #block(node: Node, targets: readonly RoutedTarget[], isForced: boolean): void {
    const now = this.#clock.monotonic();
    for (const { targetId: host } of targets) {
      const member = node.members.get(host)!;
      if (!member.isBlocked) {
        const didServe = this.isAdmitted(host) && this.isAppUp(host);
        // Most requests are short, some are not, a few outlast any patience.
        const tail = this.#tails.chance(0.1) ? this.#tails.below(120_000) : this.#tails.below(4_000);
        const isAskedAgain = member.isForgotten;
        Object.assign(member, { isBlocked: true, isForgotten: false, emptyFrom: this.isAppUp(host) ? now + tail : now });
        this.#note(`the balancer blocks ${host}`);
        this.blocks.push({ at: now, host, didServe, isAskedAgain, serving: new Set([...this.#upSince.keys()].filter((other) => this.isAdmitted(other) && this.isAppUp(other))) });
      }
      if (isForced) member.emptyFrom = Math.min(member.emptyFrom, now);
    }
  }

  #weigh(node: Node, weights: ReadonlyMap<string, number>): void {
    for (const [host, weight] of weights) Object.assign(node.members.get(host)!, { weight, isWeightForgotten: false });
    this.#note(`the balancer weighs ${[...weights].map(([host, weight]) => `${host} ${weight}`).join(', ')}`);
    const inRotation = [...node.members].filter(([host, { isBlocked }]) => !isBlocked && this.isAppUp(host));
    if (inRotation.some(([, { isWeightForgotten, isForgotten }]) => isWeightForgotten || isForgotten)) return;
    this.weighings.push({ at: this.#clock.monotonic(), weights: new Map(inRotation.map(([host, { weight }]) => [host, weight])) });
  }

  /** At every node as without shares. */
  isWhole(host: string): boolean {
    return this.#nodes.every(({ members }) => members.get(host)?.weight === 100);
  }

  #allow(node: Node, targets: readonly RoutedTarget[]): void {
    for (const { targetId: host } of targets) {
      const member = node.members.get(host)!;
      member.isForgotten = false;
      if (!member.isBlocked) continue;
      Object.assign(member, { isBlocked: false, checkedFrom: this.#clock.monotonic() });
      this.allows.push({ at: this.#clock.monotonic(), host, isUp: this.isAppUp(host) });
      this.#note(`the balancer allows ${host}`);
    }
  }

  #see(node: Node, { targetId: host }: RoutedTarget): Observation {
    const now = this.#clock.monotonic();
    const member = node.members.get(host);
    const of = (state: Observation['state'], inFlight: number): Observation => ({ state, inFlight, weight: member?.weight ?? null, detail: 'as the model says' });
    if (member === undefined) return of('Absent', 0);
    if (member.isBlocked) return now < member.emptyFrom ? of('Draining', 1) : of('OutOfService', 0);
    const upSince = this.#upSince.get(host) ?? null;
    const isLie = now < node.reloadedAt + riseMs;
    return isLie || (upSince !== null && now >= Math.max(upSince, member.checkedFrom) + riseMs) ? of('InService', 2) : of('Unhealthy', 0);
  }
}

// Sees to it that routers do what is wanted of them, and that what they are seen to do is written down. One turn after another
// at each router (./router-turn.ts): what was not taken yet is asked for, every route that matters is looked at, and what is
// seen elsewhere than where it is wanted is asked for again, as a router may have forgotten. Nothing is remembered that
// counts: the rows say what is wanted, so a controller that was killed goes on where it was, and a question asked twice is
// the same one.
//
//   wanted, not taken --asked--> taken --seen there--> watched while a deployment goes by it --> settled; never while blocked
//        ^------------------------'--seen elsewhere: it forgot

import type { Timer } from '../../world/clock.ts';
import type { World } from '../../world/world.ts';
import type { Store } from '../store/store.ts';
import { listWatchedRoutes, watchedRouters, type NamedRouter, type WatchedRoute } from '../store/traffic-routes.ts';
import { makeRouteNotes } from './route-notes.ts';
import { makeRouterTurns } from './router-turn.ts';
import type { TrafficRouters } from './traffic-routers.ts';

export interface TrafficWatchOptions {
  readonly store: Store;
  readonly world: Pick<World, 'clock' | 'log'>;
  readonly routers: Pick<TrafficRouters, 'openNamed'>;
  /** Something that its planner goes by is different now for this deployment. */
  readonly changed: (deploymentId: string) => void;
  /** Something is different that only a reader would want to see. */
  readonly seen: (deploymentId: string) => void;
  /** How often the table is looked at even if nobody said that there is something new. */
  readonly lookEveryMs: number;
  readonly paces?: Partial<Paces>;
}

/** Times between two turns, and for one answer. */
export interface Paces {
  /** While something is on its way. */
  readonly movingMs: number;
  /** While a deployment goes by it. */
  readonly activeMs: number;
  /** While hosts are only kept out. */
  readonly idleMs: number;
  readonly answerMs: number;
}

export interface TrafficWatch {
  /** Something new may be wanted. */
  nudge(): void;
  close(): Promise<void>;
}

const usualPaces: Paces = { movingMs: 500, activeMs: 1_000, idleMs: 15_000, answerMs: 60_000 };

export function makeTrafficWatch(options: TrafficWatchOptions): TrafficWatch {
  const { store, world } = options;
  const { clock } = world;
  const paces = { ...usualPaces, ...options.paces };
  const log = world.log.child({ room: 'deployer' });
  const leaving = new AbortController();
  const notes = makeRouteNotes({ store, clock, log, leaving: leaving.signal, changed: options.changed, seen: options.seen });
  const takeTurn = makeRouterTurns({ db: store.db, clock, log, leaving: leaving.signal, routers: options.routers, notes, answerMs: paces.answerMs });
  const followed = new Map<string, { turn: Promise<void>; isHurried: boolean; hurry: () => void }>();
  let looking: Promise<void> | null = null;
  let isNews = false;
  let timer: Timer | null = null;

  function nudge(): void {
    if (leaving.signal.aborted) return;
    isNews = true;
    looking ??= look()
      .catch((error: unknown) => log.warn({ error: String(error) }, 'the routes could not be looked at; that is tried again'))
      .finally(() => {
        looking = null;
        if (isNews) nudge();
      });
  }

  async function look(): Promise<void> {
    isNews = false;
    timer?.cancel();
    timer = clock.after(options.lookEveryMs, nudge);
    for (const router of await watchedRouters(store.db)) {
      if (leaving.signal.aborted) return;
      const known = followed.get(router.name);
      if (known === undefined) begin(router);
      else {
        known.isHurried = true;
        known.hurry();
      }
    }
  }

  function begin(router: NamedRouter): void {
    const entry = { turn: Promise.resolve(), isHurried: false, hurry: () => {} };
    followed.set(router.name, entry);
    entry.turn = follow(router, entry)
      .catch((error: unknown) => {
        if (!leaving.signal.aborted) log.error({ router: router.name, error: String(error instanceof Error ? error.stack : error) }, 'a router could not be followed; that is tried again');
      })
      .finally(() => followed.delete(router.name));
  }

  /** Until nothing is wanted there any more. */
  async function follow(named: NamedRouter, entry: { isHurried: boolean; hurry: () => void }): Promise<void> {
    const askedAt = new Map<string, number>();
    while (!leaving.signal.aborted) {
      entry.isHurried = false;
      const routes = await listWatchedRoutes(store.db, named.name);
      if (routes.length === 0) return;
      const after = await takeTurn(named, routes, askedAt);
      await pause(Math.min(...after.map((route) => paceFor(route, clock.now(), paces))), entry);
    }
  }

  async function pause(ms: number, entry: { isHurried: boolean; hurry: () => void }): Promise<void> {
    if (entry.isHurried) return;
    const woken = new AbortController();
    entry.hurry = () => woken.abort();
    await clock.sleep(ms, AbortSignal.any([woken.signal, leaving.signal])).catch(() => undefined);
    entry.hurry = () => {};
  }

  nudge();
  return {
    nudge,
    async close() {
      leaving.abort();
      timer?.cancel();
      await looking;
      await Promise.all([...followed.values()].map(({ turn }) => turn));
    },
  };
}

const impatientMs = 10 * 60_000;

/** What nobody waits for any more may take its time. */
function paceFor(route: WatchedRoute, now: number, { movingMs, activeMs, idleMs }: Paces): number {
  if (!route.isIdle) return isMoving(route) ? movingMs : activeMs;
  return isMoving(route) && now - Number(route.asked_at ?? 0) < impatientMs ? movingMs : idleMs;
}

/** It is not yet where it is wanted. */
function isMoving({ wanted, state, taken_at: takenAt, is_settled: isSettled, weight_wanted: weight, weight_taken_at: weighedAt, weight: seen }: WatchedRoute): boolean {
  if (weight !== null && (weighedAt === null || seen !== weight)) return true;
  if (wanted === null || isSettled === 1) return false;
  if (takenAt === null) return true;
  return wanted === 'Blocked' ? state !== 'OutOfService' && state !== 'Absent' : state !== 'InService';
}

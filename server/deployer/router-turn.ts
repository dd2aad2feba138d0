// One turn at one router: asks what is to be asked, then looks at every route that matters. What it meets is a note in the
// rows, whatever it is; nothing here decides.

import type { Clock } from '../../world/clock.ts';
import type { Log } from '../../world/log.ts';
import { findInstancesById } from '../store/instances.ts';
import type { Database } from '../store/store.ts';
import { routeKey, type NamedRouter, type WatchedRoute } from '../store/traffic-routes.ts';
import type { LoadBalancerList } from '../traffic/registry.ts';
import { RouterTrouble, type RoutedTarget, type TrafficRouter } from '../traffic/traffic-router.ts';
import type { RouteNotes, Trouble } from './route-notes.ts';
import { routedTarget } from './routed-target.ts';
import { questionsFor, weightKey, type Question } from './router-questions.ts';
import type { TrafficRouters } from './traffic-routers.ts';

export interface RouterTurnOptions {
  readonly db: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaving: AbortSignal;
  readonly routers: Pick<TrafficRouters, 'openNamed'>;
  readonly notes: RouteNotes;
  /** One question must be answered within this time. */
  readonly answerMs: number;
}

/** Takes a turn at the router with these routes, and returns how they stand afterwards. `askedAt`: of earlier turns, and of this one. */
export type TakeTurn = (named: NamedRouter, routes: readonly WatchedRoute[], askedAt: Map<string, number>) => Promise<readonly WatchedRoute[]>;

export function makeRouterTurns({ db, clock, log, leaving, routers, notes, answerMs }: RouterTurnOptions): TakeTurn {
  async function takeTurn(named: NamedRouter, routes: readonly WatchedRoute[], askedAt: Map<string, number>): Promise<readonly WatchedRoute[]> {
    let router: TrafficRouter;
    try {
      router = await routers.openNamed(named.name, named.list as LoadBalancerList);
    } catch (error) {
      return notes.noteAsked(routes, troubleOf(error));
    }
    const targets = await findTargets(routes);
    let known = routes;
    for (const question of questionsFor(routes, clock.monotonic(), askedAt)) {
      for (const route of question.routes) askedAt.set(question.how === 'weigh' ? weightKey(route) : routeKey(route), clock.monotonic());
      known = merge(known, await ask(router, question, targets));
    }
    if (leaving.aborted) return known;
    const lookedAt = clock.monotonic();
    try {
      const seen = await inTime((signal) => router.observe(targetsOf(routes, targets), signal));
      return await notes.noteSeen(known, seen, lookedAt, router.capabilities.weights);
    } catch (error) {
      return notes.noteUnseen(known, troubleOf(error));
    }
  }

  /** Asks for all at once; where the router refuses for good, for each alone, so that one does not keep out the others. */
  async function ask(router: TrafficRouter, { how, routes }: Question, targets: ReadonlyMap<string, RoutedTarget>): Promise<readonly WatchedRoute[]> {
    if (how === 'weigh') return notes.noteWeighed(routes, await weigh(router, routes, targets).then(() => null, troubleOf));
    const put = (some: readonly WatchedRoute[]): Promise<void> =>
      inTime((signal) => (how === 'allow' ? router.allow(targetsOf(some, targets), signal) : router.block(targetsOf(some, targets), { isForced: how === 'force' }, signal)));
    const trouble = await put(routes).then(() => null, troubleOf);
    if (trouble === null || !trouble.isFinal || routes.length === 1) return notes.noteAsked(routes, trouble);
    const alone: WatchedRoute[] = [];
    for (const route of routes) alone.push(...(await notes.noteAsked([route], await put([route]).then(() => null, troubleOf))));
    return alone;
  }

  /** Together or not at all: one share alone is no share. */
  function weigh(router: TrafficRouter, routes: readonly WatchedRoute[], targets: ReadonlyMap<string, RoutedTarget>): Promise<void> {
    const weights = new Map(routes.map((route) => [targets.get(route.instance_id)!.targetId, route.weight_wanted ?? 100]));
    return inTime((signal) => router.setWeights(weights, targetsOf(routes, targets), signal));
  }

  async function inTime<Answer>(asked: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const hurry = new AbortController();
    const deadline = clock.after(answerMs, () => hurry.abort());
    try {
      return await asked(AbortSignal.any([hurry.signal, leaving]));
    } finally {
      deadline.cancel();
    }
  }

  function troubleOf(error: unknown): Trouble {
    if (error instanceof RouterTrouble) return { message: error.message, isFinal: !error.isPassing };
    if (!leaving.aborted) log.error({ error: String(error instanceof Error ? error.stack : error) }, 'a router failed in a way that nobody thought of');
    return { message: error instanceof Error ? error.message : String(error), isFinal: false };
  }

  async function findTargets(routes: readonly WatchedRoute[]): Promise<ReadonlyMap<string, RoutedTarget>> {
    const instances = await findInstancesById(db, [...new Set(routes.map((route) => route.instance_id))]);
    return new Map(instances.map((instance) => [instance.instance_id, routedTarget(instance)]));
  }

  return takeTurn;
}

/** Each once: two groups may share a member. */
function targetsOf(routes: readonly WatchedRoute[], targets: ReadonlyMap<string, RoutedTarget>): RoutedTarget[] {
  return [...new Set(routes.map(({ instance_id: id }) => targets.get(id)!))];
}

function merge(routes: readonly WatchedRoute[], changed: readonly WatchedRoute[]): readonly WatchedRoute[] {
  const byKey = new Map(changed.map((route) => [routeKey(route), route]));
  return routes.map((route) => byKey.get(routeKey(route)) ?? route);
}

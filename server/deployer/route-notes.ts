// What was learnt of routes, written down: in one transaction with the news to the deployments that go by them, and only what
// is different. Instants are taken within the transaction, on the line of time that the rows are on.

import type { Clock } from '../../world/clock.ts';
import type { Log } from '../../world/log.ts';
import type { Store } from '../store/store.ts';
import type { TrafficRoutesTable } from '../store/tables.ts';
import { noteNews, noteRoute, routeKey, type WatchedRoute } from '../store/traffic-routes.ts';
import type { Capabilities, Observation } from '../traffic/traffic-router.ts';
import { whoKeepsOut } from './router-questions.ts';

/** Why a router could not be asked or seen. Final: asking again will not help. */
export interface Trouble {
  readonly message: string;
  readonly isFinal: boolean;
}

/** Each returns the routes as they then stand. */
export interface RouteNotes {
  /** Of a question; `trouble` null: it was taken. */
  noteAsked(routes: readonly WatchedRoute[], trouble: Trouble | null): Promise<readonly WatchedRoute[]>;
  /** Of a question about weights. */
  noteWeighed(routes: readonly WatchedRoute[], trouble: Trouble | null): Promise<readonly WatchedRoute[]>;
  /** `lookedAt`: monotonic, before the look. `weighs`: whose shares the router can set. */
  noteSeen(routes: readonly WatchedRoute[], seen: ReadonlyMap<string, Observation>, lookedAt: number, weighs: Capabilities['weights']): Promise<readonly WatchedRoute[]>;
  /** The router could not be looked at. */
  noteUnseen(routes: readonly WatchedRoute[], trouble: Trouble): Promise<readonly WatchedRoute[]>;
}

export interface RouteNotesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly leaving: AbortSignal;
  readonly changed: (deploymentId: string) => void;
  readonly seen: (deploymentId: string) => void;
}

/** What there is to write of a route, and for whom it is news. */
interface Note {
  readonly learnt: Partial<TrafficRoutesTable>;
  readonly isNews: boolean;
  readonly isWorthWriting: boolean;
}

export function makeRouteNotes({ store, clock, log, leaving, changed, seen: shown }: RouteNotesOptions): RouteNotes {
  /** Routes that were seen by this very controller: what was seen before it began proves nothing. */
  const seenHere = new Set<string>();

  async function write(routes: readonly WatchedRoute[], noteOf: (route: WatchedRoute, now: number) => Note): Promise<readonly WatchedRoute[]> {
    if (leaving.aborted || !routes.some((route) => noteOf(route, 0).isWorthWriting)) return routes;
    const news = new Set<string>();
    const touched = new Set<string>();
    const after = await store.transaction(async (tx) => {
      news.clear();
      touched.clear();
      const now = clock.now();
      const written: WatchedRoute[] = [];
      for (const route of routes) {
        const { learnt, isNews, isWorthWriting } = noteOf(route, now);
        const isKept = isWorthWriting && (await noteRoute(tx, route, learnt));
        written.push(isKept ? { ...route, ...learnt } : route);
        if (isKept) (isNews ? news : touched).add(route.deployment_id);
      }
      await noteNews(tx, [...news].sort());
      return written;
    });
    for (const deploymentId of touched) if (!news.has(deploymentId)) shown(deploymentId);
    for (const deploymentId of news) changed(deploymentId);
    return after;
  }

  function noteTrouble(routes: readonly WatchedRoute[], { message, isFinal }: Trouble): Promise<readonly WatchedRoute[]> {
    const isNew = (route: WatchedRoute): boolean => route.trouble !== message;
    const those = routes.filter(isNew).map((route) => route.target_id);
    if (those.length > 0) log.warn({ router: routes[0]?.router, trouble: message, targets: those }, 'a router has trouble; it is asked again');
    return write(routes, (route) => ({ learnt: { trouble: message, is_trouble_final: isFinal ? 1 : 0 }, isNews: isNew(route), isWorthWriting: isNew(route) }));
  }

  function seenNote(route: WatchedRoute, observation: Observation | undefined, routes: readonly WatchedRoute[], observedAt: number, weighs: Capabilities['weights']): Note {
    if (observation === undefined) {
      const trouble = `The router says nothing of ${route.target_id}.`;
      return { learnt: { trouble, is_trouble_final: 0 }, isNews: route.trouble !== trouble, isWorthWriting: route.trouble !== trouble };
    }
    const { state, inFlight, weight, detail } = observation;
    const isKnown = seenHere.has(`${route.router} ${routeKey(route)}`);
    const isUnbroken = isKnown && route.state === state && route.trouble === null;
    const isWeighed = route.weight_wanted === null || (route.weight_taken_at !== null && weight === route.weight_wanted);
    const isSettled = route.isIdle && isWeighed && (route.wanted === null || (route.wanted === 'Allowed' && state === 'InService'));
    // Whole again, or a group's as a whole: nobody need look after it any longer.
    const isWeightDone = route.isIdle && isWeighed && route.weight_wanted !== null && (route.weight_wanted === 100 || weighs === 'group');
    // What a question met stays until the question is taken.
    const isAsking = route.trouble !== null && ((route.wanted !== null && route.taken_at === null) || (route.weight_wanted !== null && route.weight_taken_at === null));
    const trouble = isAsking ? route.trouble : whoKeepsOut(route, routes);
    const isDue = Number(route.observed_at ?? 0) < Math.max(route.startedAt + 1, Number(route.taken_at ?? 0), Number(route.weight_taken_at ?? 0));
    const isOtherWeight = weighs !== route.weighs || (route.weight_wanted !== null && weight !== route.weight);
    const isNews = !isKnown || isDue || isOtherWeight || state !== route.state || trouble !== route.trouble || (inFlight === 0) !== (route.in_flight === 0);
    const learnt = { state, in_flight: inFlight, since: isUnbroken ? route.since : observedAt, observed_at: observedAt, detail, is_settled: isSettled ? 1 : 0, weighs, weight, ...(isWeightDone ? { weight_wanted: null } : {}), ...(isAsking ? {} : { trouble, is_trouble_final: 0 }) };
    return { learnt, isNews, isWorthWriting: isNews || isSettled || isWeightDone || inFlight !== route.in_flight };
  }

  return {
    noteUnseen: noteTrouble,
    noteAsked(routes, trouble) {
      if (trouble !== null) return noteTrouble(routes, trouble);
      return write(routes, (route, now) => ({ learnt: { taken_at: now, trouble: null, is_trouble_final: 0 }, isNews: route.trouble !== null || route.taken_at === null, isWorthWriting: true }));
    },
    noteWeighed(routes, trouble) {
      if (trouble !== null) return noteTrouble(routes, trouble);
      return write(routes, (_, now) => ({ learnt: { weight_taken_at: now, trouble: null, is_trouble_final: 0 }, isNews: true, isWorthWriting: true }));
    },
    async noteSeen(routes, seen, lookedAt, weighs) {
      for (const { router, target_id: targetId, wanted, state: before } of routes) {
        const { state = before, inFlight = null, detail = '' } = seen.get(targetId) ?? {};
        if (state !== before) log.info({ router, targetId, wanted, state, inFlight, detail }, 'a target is seen at a router');
      }
      const after = await write(routes, (route, now) => seenNote(route, seen.get(route.target_id), routes, Math.ceil(now - (clock.monotonic() - lookedAt)), weighs));
      for (const route of routes) if (seen.has(route.target_id)) seenHere.add(`${route.router} ${routeKey(route)}`);
      return after;
    },
  };
}

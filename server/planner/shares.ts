// What every member must weigh at its routers so that the fleet that comes in gets a share of the traffic, and no more than
// that. Pure arithmetic over whole numbers. Where a router weighs members the share is of the service as a whole: it is made
// of all weights of both fleets, whatever their sizes, of those that are in service there now, and rounded in favour of
// the fleet that has the traffic. Where a router weighs groups as a whole, the share is the group's.

import type { Weight } from './actions.ts';
import { isWeighed } from './routes.ts';
import type { Snapshot, TargetState } from './snapshot.ts';
import type { RouteState } from './traffic-state.ts';

export interface Fleets {
  readonly incoming: readonly TargetState[];
  readonly outgoing: readonly TargetState[];
}

/** Of the fleet that comes in, in percent; `full`: every member is as it is without shares, whichever fleet serves. */
export type Portion = number | { readonly full: 'incoming' | 'outgoing' };

const whole = 100;

/** By every way of both fleets. A router that can weigh nobody is left out. */
export function weightsFor({ incoming, outgoing }: Fleets, portion: Portion): readonly Weight[] {
  const all = [...incoming, ...outgoing];
  const routers = [...new Set(all.flatMap(({ routes = [] }) => routes.map(({ router }) => router)))].toSorted();
  return routers.flatMap((router): readonly Weight[] => {
    const way = ({ routes = [] }: TargetState): RouteState | undefined => routes.find((route) => route.router === router);
    const weighs = all.map(way).find((route) => route !== undefined)?.weighs ?? null;
    if (weighs === null) return [];
    const spread = weighs === 'group' ? ofGroups(portion) : ofMembers(portion, carrying(incoming, way), carrying(outgoing, way).length);
    const of = (targets: readonly TargetState[], weigh: (target: TargetState) => number): readonly Weight[] => targets.map((target) => ({ targetId: target.targetId, router, weight: weigh(target) }));
    return [...of(incoming, spread.incoming), ...of(outgoing, () => spread.outgoing)];
  });
}

interface Spread {
  readonly incoming: (target: TargetState) => number;
  readonly outgoing: number;
}

function ofGroups(portion: Portion): Spread {
  const share = typeof portion === 'number' ? portion : portion.full === 'incoming' ? whole : 0;
  return { incoming: () => share, outgoing: whole - share };
}

/** `incoming`: ids of those that are to carry the share; there is one at least of either fleet where there are any. */
function ofMembers(portion: Portion, incoming: readonly string[], outgoing: number): Spread {
  if (typeof portion !== 'number') return { incoming: () => whole, outgoing: whole };
  const { total, other } = divide(portion, incoming.length, Math.max(1, outgoing));
  const least = incoming.length === 0 ? 0 : Math.floor(total / incoming.length);
  const ofOneMore = total - least * incoming.length;
  const weightOf = new Map(incoming.map((id, index) => [id, least + Number(index < ofOneMore)]));
  return { incoming: ({ targetId }) => weightOf.get(targetId) ?? 0, outgoing: other };
}

/** What `incoming` members weigh together, and each of the `outgoing` others. */
function divide(share: number, incoming: number, outgoing: number): { readonly total: number; readonly other: number } {
  if (share === 0) return { total: 0, other: whole };
  if (share === whole) return { total: whole * incoming, other: 0 };
  const total = Math.floor((whole * outgoing * share) / (whole - share));
  if (total <= whole * incoming) return { total, other: whole };
  return { total: whole * incoming, other: Math.ceil((whole * incoming * (whole - share)) / (share * outgoing)) };
}

/** Those that get requests this way, or would but for what a check says now, where it says so of all. In order. */
function carrying(fleet: readonly TargetState[], way: (target: TargetState) => RouteState | undefined): readonly string[] {
  const inRotation = fleet.filter((target) => (way(target)?.wanted ?? 'Allowed') === 'Allowed');
  const serving = inRotation.filter((target) => way(target)?.state === 'InService');
  return (serving.length > 0 ? serving : inRotation).map(({ targetId }) => targetId).toSorted();
}

/** Those that are not asked for yet. */
export function weightsToSet(fleets: Fleets, weights: readonly Weight[]): readonly Weight[] {
  return weights.filter(({ targetId, router, weight }) => wayOf(fleets, targetId, router)?.weight?.wanted !== weight);
}

export interface UnseenWeight {
  readonly targetId: string;
  readonly route: RouteState;
}

/** Those that are not seen to be so; by `isSeen`, which says what seeing is. */
export function weightsUnseen(fleets: Fleets, weights: readonly Weight[], snapshot: Snapshot, isSeen: typeof isWeighed = isWeighed): readonly UnseenWeight[] {
  return weights.flatMap(({ targetId, router, weight }) => {
    const route = wayOf(fleets, targetId, router);
    return route === undefined || isSeen(route, weight, snapshot) ? [] : [{ targetId, route }];
  });
}

function wayOf({ incoming, outgoing }: Fleets, targetId: string, router: string): RouteState | undefined {
  return [...incoming, ...outgoing].find((target) => target.targetId === targetId)?.routes?.find((route) => route.router === router);
}

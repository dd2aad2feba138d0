// Who serves requests, as last seen at the routers, beside who has not failed. A host that is out of rotation anyway, or that
// its router finds unhealthy, is deployed to first; and as long as it does not serve, no other is taken that the minimum
// needs. A host that had succeeded and is not healthy any more counts alike: if that lasts, nothing more is started, and in
// the end the deployment fails.

import { countFleet, type Course } from './course.ts';
import { healthyHosts, roomToStart } from './healthy-hosts.ts';
import type { Instant, Snapshot, TargetState } from './snapshot.ts';
import { countStage, stageOf, type StageCourse } from './stages.ts';
import { inOrder } from './target-order.ts';

/** False where no traffic is moved. */
export function isOutOfService({ routes = [] }: TargetState): boolean {
  return routes.some((route) => route.wanted === 'Blocked' || route.state !== 'InService');
}

/** Hosts that serve nobody come first, whatever the order. */
export function servingLast(pending: readonly TargetState[]): { readonly out: readonly TargetState[]; readonly serving: readonly TargetState[] } {
  return { out: inOrder(pending.filter(isOutOfService)), serving: inOrder(pending.filter((target) => !isOutOfService(target))) };
}

export interface ServingRoom {
  /** What the minimums leave, whoever serves. */
  readonly room: number;
  /** How many of those that serve may be taken of it; 0 or less: none. */
  readonly ofServing: number;
  /** Those of the open stage that are pending and serve. */
  readonly pending: number;
  /** Hosts of the fleet that serve now, but for those in flight. */
  readonly serving: number;
  /** Targets that do not serve and have no turn now: they had succeeded, or their stage comes later. */
  readonly missing: readonly TargetState[];
}

/** What the fleet leaves, and the open zone beside it. */
export function servingRoom({ deployment }: Snapshot, courses: readonly Course[], { open }: Pick<StageCourse, 'open'>): ServingRoom {
  const { minimumHealthyHosts, stages = [] } = deployment;
  const isHere = ({ target }: Course): boolean => stages.length === 0 || stageOf(target) === open;
  const outOfService = courses.filter((course) => (course.status === 'Pending' || course.status === 'Succeeded') && isOutOfService(course.target));
  const missing = outOfService.filter((course) => course.status === 'Succeeded' || !isHere(course));
  const out = outOfService.length - missing.length;
  const fleet = countFleet(courses);
  const ofFleet = roomToStart(fleet, minimumHealthyHosts);
  const ofZone = stages[open]?.minimumHealthyHosts ?? null;
  const inZone = ofZone === null ? Infinity : roomToStart(countStage(courses, open), ofZone);
  return {
    room: Math.min(ofFleet, inZone),
    ofServing: Math.min(ofFleet - missing.length, inZone - missing.filter(isHere).length) - out,
    pending: courses.filter((course) => course.status === 'Pending' && isHere(course)).length - out,
    serving: healthyHosts(fleet) - fleet.inFlight - outOfService.length,
    missing: missing.map(({ target }) => target),
  };
}

/** Only that too few hosts serve keeps targets from being started. */
export function lacksServing({ room, ofServing, pending }: ServingRoom): boolean {
  return pending > 0 && room > 0 && ofServing <= 0;
}

/**
 * Until when a deployment with nothing in flight waits for hosts to serve again; null: nothing keeps it. Those that are kept
 * out will not by themselves: where they alone are too many it is over at once.
 */
export function waitsForServingUntil(snapshot: Snapshot, courses: readonly Course[], stage: StageCourse): Instant | null {
  const room = servingRoom(snapshot, courses, stage);
  const { traffic } = snapshot.deployment;
  if (traffic === undefined || stage.halt !== null || stage.baking !== null || !lacksServing(room) || room.missing.length === 0) return null;
  const mayComeBack = room.missing.filter(({ routes = [] }) => routes.every((route) => route.wanted !== 'Blocked'));
  if (room.ofServing + mayComeBack.length <= 0) return snapshot.now;
  return Math.min(...mayComeBack.map(({ routes = [] }) => Math.max(...routes.map((route) => (route.state === 'InService' ? 0 : (route.since ?? snapshot.now)))))) + traffic.serveMs;
}

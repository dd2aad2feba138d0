// Which instances a fleet provider is asked to take away now, and why the others are not yet. Candidates are those that were
// made for a deployment and did not become its group, and originals that a deployment lets go. What is taken away cannot be
// brought back, so each must be out of rotation as seen since this controller began to look (what a router shows is
// written down when it changes, and so is that it cannot be asked), or never have been in it; no
// unfinished deployment may have it as a target, and no group as a member.
//
//   not blocked yet, and nobody means it to serve --HoldOut--> seen out everywhere --> asked for, with those of its deployment
//
// Those of one deployment are asked for together, as far as they are seen out within a minute of its end.

import type { ReleaseHold } from '../../protocol/model/fleet-release.ts';
import type { MemberState } from '../../protocol/model/traffic-router.ts';
import type { Instant } from './snapshot.ts';

export interface ReleaseSnapshot {
  readonly now: Instant;
  readonly listeningSince: Instant;
  readonly hosts: readonly HostToRelease[];
}

export interface HostToRelease {
  /** Of its row. */
  readonly key: string;
  readonly name: string;
  readonly fleetProvider: string;
  /** The deployment that lets it go, or for which it was made. */
  readonly deploymentId: string;
  /** When that ended; null: it is under way. */
  readonly endedAt: Instant | null;
  /** Null: nobody of that name has enrolled. */
  readonly instanceId: string | null;
  /** An instance of that name is there, and is not the one that was made. */
  readonly isAnother: boolean;
  /** An unfinished deployment that it is a target of. */
  readonly targetOf: string | null;
  /** Name of a group that it is in. */
  readonly memberOf: string | null;
  /** Requests may have come to it: it served before, or was let in. */
  readonly wasInRotation: boolean;
  /** A deployment let it in and ended with it there. */
  readonly isMeantToServe: boolean;
  readonly routes: readonly HostRoute[];
}

export interface HostRoute {
  readonly router: string;
  readonly wanted: 'Blocked' | 'Allowed' | null;
  readonly takenAt: Instant | null;
  readonly state: MemberState | null;
  readonly observedAt: Instant | null;
  /** It could not be asked last. */
  readonly isTroubled: boolean;
}

export interface ReleasePlan {
  /** To be blocked at every router, so that they can be seen out of rotation. */
  readonly holdOut: readonly HostToRelease[];
  /** Each is one request. */
  readonly release: readonly (readonly HostToRelease[])[];
  /** Of all others. */
  readonly holds: readonly { readonly host: HostToRelease; readonly hold: ReleaseHold }[];
}

const togetherMs = 60_000;

export function planReleases(snapshot: ReleaseSnapshot): ReleasePlan {
  const judged = snapshot.hosts.map((host) => ({ host, hold: holdOf(host, snapshot) }));
  const free = judged.filter(({ hold }) => hold === null).map(({ host }) => host);
  const batches = new Map<string, HostToRelease[]>();
  for (const host of free) batches.set(batchOf(host), [...(batches.get(batchOf(host)) ?? []), host]);
  const late = new Map<string, number>();
  for (const { host, hold } of judged) if (hold?.reason === 'NotSeenOut' && snapshot.now < (host.endedAt ?? 0) + togetherMs) late.set(batchOf(host), (late.get(batchOf(host)) ?? 0) + 1);
  const waits = (host: HostToRelease): number => late.get(batchOf(host)) ?? 0;
  return {
    holdOut: judged.filter(({ host, hold }) => hold?.reason === 'NotSeenOut' && host.routes.some(({ wanted }) => wanted !== 'Blocked')).map(({ host }) => host),
    release: [...batches.values()].filter((batch) => waits(batch[0]!) === 0),
    holds: judged.flatMap(({ host, hold }) => (hold === null ? (waits(host) === 0 ? [] : [{ host, hold: { reason: 'WithOthers' as const, count: waits(host) } }]) : [{ host, hold }])),
  };
}

/** Null: nothing stands against it. */
function holdOf(host: HostToRelease, { listeningSince }: ReleaseSnapshot): ReleaseHold | null {
  const { endedAt, deploymentId, targetOf, memberOf, isAnother, isMeantToServe, wasInRotation, routes } = host;
  if (endedAt === null) return { reason: 'DeploymentUnderWay', deploymentId };
  if (targetOf !== null) return { reason: 'DeploymentUnderWay', deploymentId: targetOf };
  if (memberOf !== null) return { reason: 'InGroup', groupName: memberOf };
  if (isAnother) return { reason: 'NotMadeForIt' };
  const inRotation = routes.filter(({ wanted }) => wanted !== 'Blocked').map(({ router }) => router);
  if (isMeantToServe && (inRotation.length > 0 || routes.length === 0)) return { reason: 'Serves', routers: inRotation };
  if (routes.length === 0) return wasInRotation ? { reason: 'NotSeenOut', routers: [] } : null;
  const unseen = routes.filter((route) => !isSeenOut(route, listeningSince)).map(({ router }) => router);
  return unseen.length === 0 ? null : { reason: 'NotSeenOut', routers: unseen };
}

function isSeenOut({ wanted, takenAt, state, observedAt, isTroubled }: HostRoute, since: Instant): boolean {
  if (wanted !== 'Blocked' || takenAt === null || observedAt === null || isTroubled) return false;
  return (state === 'OutOfService' || state === 'Absent') && observedAt >= takenAt && observedAt >= since;
}

function batchOf({ fleetProvider, deploymentId }: HostToRelease): string {
  return `${fleetProvider} ${deploymentId}`;
}

// Says what is wrong with a plan of what is taken away: written from the promises, sharing no code with it. Asserted before
// anything is asked of a fleet provider. Nobody is taken away who serves, who is in a group, or who is a target of a deployment
// under way; nobody twice; nobody is blocked whom a deployment means to serve; and nobody is forgotten.

import type { HostToRelease, ReleasePlan, ReleaseSnapshot } from './releases.ts';

/** One sentence for each rule that the plan would break; empty when it may be carried out. */
export function checkReleases({ hosts, listeningSince }: ReleaseSnapshot, { holdOut, release, holds }: ReleasePlan): readonly string[] {
  const wrong: string[] = [];
  const released = release.flat();
  for (const host of released) {
    for (const why of whyNotReleased(host, listeningSince)) wrong.push(`${host.name} is to be taken away although ${why}.`);
  }
  for (const batch of release) {
    if (batch.length === 0) wrong.push('A provider is asked to take nobody away.');
    if (batch.some((host) => host.fleetProvider !== batch[0]!.fleetProvider || host.deploymentId !== batch[0]!.deploymentId)) wrong.push('One request is about instances of several deployments or providers.');
  }
  for (const host of holdOut) {
    if (host.endedAt === null || host.targetOf !== null) wrong.push(`${host.name} is blocked while a deployment is under way.`);
    if (host.memberOf !== null) wrong.push(`${host.name} is blocked although it is in ${host.memberOf}.`);
    if (host.isAnother) wrong.push(`${host.name} is blocked although it is another instance.`);
    if (host.isMeantToServe && host.routes.some((route) => route.wanted === 'Allowed')) wrong.push(`${host.name} is blocked although a deployment left it in rotation.`);
  }
  const told = [...released, ...holds.map(({ host }) => host)];
  for (const host of hosts) {
    const times = told.filter((other) => other.key === host.key).length;
    if (times !== 1) wrong.push(`${host.name} is ${times === 0 ? 'forgotten' : `told of ${times} times`}.`);
  }
  return wrong;
}

function whyNotReleased({ endedAt, targetOf, memberOf, isAnother, wasInRotation, isMeantToServe, instanceId, routes, deploymentId }: HostToRelease, lookedSince: number): readonly string[] {
  const reasons: string[] = [];
  if (endedAt === null) reasons.push(`${deploymentId} has not ended`);
  if (targetOf !== null) reasons.push(`it is a target of ${targetOf}`);
  if (memberOf !== null) reasons.push(`${memberOf} needs it`);
  if (isAnother) reasons.push('it was not made for the deployment');
  if (instanceId !== null && routes.length === 0 && (wasInRotation || isMeantToServe)) reasons.push('nobody can see whether it serves');
  for (const { router, wanted, state, observedAt, takenAt, isTroubled } of routes) {
    const isOut = wanted === 'Blocked' && (state === 'OutOfService' || state === 'Absent');
    const isFresh = observedAt !== null && takenAt !== null && observedAt >= Math.max(takenAt, lookedSince);
    if (!isOut || !isFresh || isTroubled) reasons.push(`it is not seen out of rotation at ${router}`);
  }
  return reasons;
}

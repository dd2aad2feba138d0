// Before the first host of a deployment that moves traffic is touched, every router must have been seen to answer for every
// target: a name that means nothing, or a balancer that cannot be reached, ends the deployment while all is as it was.

import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Outcome } from './outcome.ts';
import { noShares, routersInvalid, routersUnseen } from './sentences.ts';
import type { Instant, Snapshot } from './snapshot.ts';
import { isStopping, wasAttempted } from './standing.ts';
import { stepsOf } from './traffic-shift.ts';

export type FirstLook =
  | { readonly kind: 'go' }
  | { readonly kind: 'wait'; readonly hold: Waiting; readonly wakeAt: Instant }
  | { readonly kind: 'refuse'; readonly outcome: Outcome };

const lookMs = 60_000;

/** Asked of a deployment that has started, or starts in this plan. */
export function lookAtRouters(snapshot: Snapshot): FirstLook {
  const { now, deployment, targets } = snapshot;
  if (deployment.traffic === undefined || wasAttempted(snapshot) || isStopping(snapshot)) return { kind: 'go' };
  const startedAt = deployment.startedAt ?? now;
  // What was seen of those that were made for it before they became its targets is forgotten.
  const lookingSince = Math.max(startedAt, deployment.provisioning?.providedAt ?? 0);
  const routes = targets.flatMap((target) => target.routes ?? []);
  const refused = routes.find((route) => deployment.startedAt !== null && route.trouble?.isFinal === true);
  if (refused !== undefined) return refuse(routersInvalid(refused));
  const unseen = routes.filter(({ observedAt, trouble }) => deployment.startedAt === null || observedAt === null || observedAt <= startedAt || trouble !== null);
  const weightless = deployment.blueGreen?.direction === 'forward' && stepsOf(snapshot).length > 0 ? routes.find((route) => (route.weighs ?? null) === null) : undefined;
  if (unseen.length === 0) return weightless === undefined ? { kind: 'go' } : refuse(noShares(weightless));
  const deadline = lookingSince + lookMs;
  if (now >= deadline) return refuse(routersUnseen(unseen));
  const routers = [...new Set(unseen.map(({ router }) => router))].toSorted();
  const trouble = unseen.find((route) => deployment.startedAt !== null && route.trouble !== null)?.trouble?.message;
  return { kind: 'wait', hold: { reason: 'RoutersUnseen', routers, deadline, ...(trouble === undefined ? {} : { trouble }) }, wakeAt: deadline };
}

function refuse(message: string): FirstLook {
  return { kind: 'refuse', outcome: { status: 'Failed', error: { code: 'ELASTIC_LOAD_BALANCING_INVALID', message } } };
}

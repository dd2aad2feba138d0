// The replacement instances that somebody has to make first. The provider is asked when the deployment starts; the
// deployment goes on once as many as were asked for are here, and fails where they do not come in time, or the provider will
// not make them. Who has come is for others to find out and to make targets of (deployer/provisioner.ts).

import type { Action } from './actions.ts';
import { alarmsGoStaleAt } from './alarms.ts';
import { deploymentDeadline } from './deadlines.ts';
import type { Outcome } from './outcome.ts';
import { notProvided, provisionRefused } from './sentences.ts';
import type { Instant, Snapshot } from './snapshot.ts';
import { isStopping } from './standing.ts';
import type { Waiting } from '../../protocol/model/waiting.ts';

export type Provision =
  | { readonly kind: 'wait'; readonly actions: readonly Action[]; readonly hold: Waiting; readonly wakeAt: Instant }
  | { readonly kind: 'end'; readonly outcome: Outcome };

/** Of a deployment that has started, or starts in this plan; null where nothing is waited for. */
export function provision(snapshot: Snapshot): Provision | null {
  const { now, deployment } = snapshot;
  const { provisioning } = deployment;
  if (provisioning === undefined || provisioning.providedAt !== null || isStopping(snapshot)) return null;
  const { fleetProvider, wanted, here, missing, answer, refusal, waitMs, askedAt } = provisioning;
  if (refusal !== null) return { kind: 'end', outcome: { status: 'Failed', error: { code: 'AUTO_SCALING_CONFIGURATION', message: provisionRefused(fleetProvider, refusal) } } };
  const last = deploymentDeadline(snapshot);
  const until = Math.min(provisioning.until ?? now + waitMs, last);
  // Who is here counts, however late it is looked.
  if (now >= until && (here < wanted || now >= last)) return { kind: 'end', outcome: { status: 'Failed', error: { code: 'TIMEOUT', message: notProvided(provisioning, now) } } };
  const actions: readonly Action[] = askedAt === null ? [{ kind: 'ProvisionInstances', fleetProvider, wanted, until }] : [];
  const wakeAt = Math.min(now < until ? until : last, alarmsGoStaleAt(snapshot) ?? Infinity);
  return { kind: 'wait', actions, hold: { reason: 'ProvisioningWait', fleetProvider, wanted, here, missing: [...missing], until, ...(answer === null ? {} : { answer }) }, wakeAt };
}

export function isToBeProvided({ deployment: { provisioning } }: Snapshot): boolean {
  return provisioning !== undefined && provisioning.providedAt === null;
}

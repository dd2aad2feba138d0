// Eleventh part of `check.ts`: instances that somebody makes for the deployment. Written from the promises: the provider is
// asked once, when the deployment starts; nothing else is done before they are here; it ends for want of them exactly when
// they did not come in time, or the provider refused.

import type { Waiting } from '../../protocol/model/waiting.ts';
import type { Actions } from './actions.ts';
import { isOverdue, whyNothingNew } from './check-facts.ts';
import type { Complain, Replayed } from './check-replay.ts';
import { isToBeMade } from './check-two-fleets.ts';
import type { Instant, Snapshot } from './snapshot.ts';

export function replayProvision({ fleetProvider, wanted, until }: Actions['ProvisionInstances'], snapshot: Snapshot, after: Replayed, complain: Complain): void {
  const { provisioning } = snapshot.deployment;
  const reason = whyNothingNew(snapshot, after);
  if (reason !== null) complain(`Instances are asked for although ${reason}.`);
  if (provisioning === undefined || !isToBeMade(snapshot) || after.fleets.provideUntil !== null) return complain('Instances are asked for where none are to be made, or a second time.');
  if (after.status !== 'InProgress') complain(`Instances are asked for although the deployment is ${after.status}.`);
  if (fleetProvider !== provisioning.fleetProvider || wanted !== provisioning.wanted) complain(`${wanted} instances are asked of ${fleetProvider}, but ${provisioning.wanted} are wanted, of ${provisioning.fleetProvider}.`);
  if (until > snapshot.now + provisioning.waitMs || until <= snapshot.now) complain(`Instances are waited for until ${until}, but may take ${provisioning.waitMs} from ${snapshot.now} on.`);
  after.fleets.provideUntil = until;
}

/** As what it must end now for want of instances; empty while they are waited for. */
export function provisionOutcomes(snapshot: Snapshot, after: Replayed): readonly string[] {
  const { refusal = null, here = 0, wanted = 0 } = snapshot.deployment.provisioning ?? {};
  if (refusal !== null) return ['Failed AUTO_SCALING_CONFIGURATION'];
  const isLate = after.fleets.provideUntil !== null && snapshot.now >= after.fleets.provideUntil && here < wanted;
  return isLate || isOverdue(snapshot, after) ? ['Failed TIMEOUT'] : [];
}

export function isTrueOfProvision(waiting: Extract<Waiting, { readonly reason: 'ProvisioningWait' }>, snapshot: Snapshot, after: Replayed): boolean {
  const { provisioning } = snapshot.deployment;
  if (provisioning === undefined || !isToBeMade(snapshot) || after.startedAt === null) return false;
  const until = Math.min(after.fleets.provideUntil ?? Infinity, after.startedAt + snapshot.limits.deploymentMs);
  const isAsCounted = waiting.here === provisioning.here && waiting.wanted === provisioning.wanted && waiting.missing.join() === provisioning.missing.join();
  return isAsCounted && waiting.until === until && waiting.fleetProvider === provisioning.fleetProvider && waiting.answer === (provisioning.answer ?? undefined);
}

/** When it changes by itself that they are waited for. */
export function firstProvisionChange(snapshot: Snapshot, after: Replayed): Instant | null {
  if (!isToBeMade(snapshot) || after.startedAt === null || after.fleets.provideUntil === null) return null;
  const last = after.startedAt + snapshot.limits.deploymentMs;
  return snapshot.now < after.fleets.provideUntil ? Math.min(after.fleets.provideUntil, last) : last;
}

/** With the whole plan carried out. */
export function checkProvision(snapshot: Snapshot, after: Replayed, complain: Complain): void {
  if (!isToBeMade(snapshot) || after.finish !== null || after.startedAt === null || whyNothingNew(snapshot, after) !== null) return;
  if (after.fleets.provideUntil === null && snapshot.deployment.provisioning?.refusal === null) complain('The deployment has started, and nobody is asked for the instances that it waits for.');
}

// Which instances of a group are to be brought to the group's revision now, and why the others are not. For groups that
// opt in: instances that appeared, came back or were re-tagged after the deployment that made the revision the group's.
//
// An instance that serves nobody well (new, or failed) may be taken at any time. One that serves an older revision is
// taken only within the budget: of all members so many must stay healthy, where healthy means that its last deployment
// succeeded and its agent is there. Failed, silent and in-progress ones are all out of service, whoever made them so.

import type { Convergence } from '../../protocol/model/convergence.ts';
import { minimumHealthyHosts, type MinimumHealthyHostsRule } from './healthy-hosts.ts';
import type { InstanceStanding, Instant } from './snapshot.ts';

export interface GroupSnapshot {
  readonly now: Instant;
  /** Of the group's deployment config. */
  readonly minimum: MinimumHealthyHostsRule;
  /** After so many failed attempts an instance is left alone until a new revision comes. */
  readonly maxAttempts: number;
  /** Whether instances that run something older are brought up to date, or newcomers alone are. */
  readonly updatesOutdated: boolean;
  /** A deployment of the group that is not over; nothing is begun beside it. */
  readonly activeDeploymentId: string | null;
  readonly instances: readonly GroupInstance[];
}

export interface GroupInstance {
  readonly instanceId: string;
  readonly name: string;
  /** Against the group's revision. */
  readonly standing: InstanceStanding;
  /** Its last deployment in this group succeeded. */
  readonly isHealthy: boolean;
  readonly isConnected: boolean;
  /** The last deployment of the group that touched it; null for a newcomer. */
  readonly touched: {
    readonly deploymentId: string;
    /** before: an older one; root: the one that made the revision the group's, or a follow-on; after: a newer one, which did not succeed. */
    readonly when: 'before' | 'root' | 'after';
  } | null;
  /** Follow-on deployments of this revision that failed on it. */
  readonly failures: number;
  readonly lastFailure: { readonly at: Instant; readonly deploymentId: string } | null;
}

export interface ConvergencePlan {
  /** Instances to deploy the group's revision to now, by name; all in one deployment, all at once. */
  readonly take: readonly GroupInstance[];
  /** How each instance stands, in the order given. */
  readonly states: readonly Convergence[];
}

/** After a failed attempt the next waits for this long, times the attempts made. */
export const retryAfterMs = 60_000;

export function planConvergence(group: GroupSnapshot): ConvergencePlan {
  const judged = group.instances.map((instance) => ({ instance, hold: holdOf(instance, group) }));
  const due = judged.filter(({ hold }) => hold === null).map(({ instance }) => instance);
  const idle = group.activeDeploymentId === null ? due : [];
  const required = minimumHealthyHosts(group.minimum, group.instances.length);
  const healthy = group.instances.filter(isServing).length;
  const serving = idle.filter(isServing).toSorted(byName);
  const spared = new Set(serving.slice(Math.max(0, healthy - required)));
  const take = idle.filter((instance) => !spared.has(instance)).toSorted(byName);
  const states = judged.map(({ instance, hold }): Convergence => {
    if (hold !== null) return hold;
    if (group.activeDeploymentId !== null) return { reason: 'ActiveDeployment', deploymentId: group.activeDeploymentId };
    return spared.has(instance) ? { reason: 'OutOfServiceBudget', healthy, required } : { reason: 'Due' };
  });
  return { take, states };
}

/** Why this instance is not to be taken, whatever the others do; null when it is due. */
function holdOf(instance: GroupInstance, { now, maxAttempts, updatesOutdated }: GroupSnapshot): Convergence | null {
  const { standing, touched, failures, lastFailure } = instance;
  if (standing === 'current') return { reason: 'Current' };
  if (touched?.when === 'after') return { reason: 'LeftByDeployment', deploymentId: touched.deploymentId };
  if (touched?.when === 'before' && !updatesOutdated) return { reason: 'OutdatedIgnored' };
  if (lastFailure !== null && failures >= maxAttempts) return { reason: 'FailedTooOften', attempts: failures, deploymentId: lastFailure.deploymentId };
  if (!instance.isConnected) return { reason: 'AgentSilent' };
  const retryAt = lastFailure === null ? now : lastFailure.at + retryAfterMs * failures;
  return now < retryAt ? { reason: 'RetryLater', at: retryAt, attempts: failures } : null;
}

function isServing({ isHealthy, isConnected }: GroupInstance): boolean {
  return isHealthy && isConnected;
}

function byName(a: GroupInstance, b: GroupInstance): number {
  return a.name < b.name ? -1 : 1;
}

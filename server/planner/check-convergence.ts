// Says what is wrong with a plan for a group's convergence: written from the rules, sharing no code with it. Asserted
// before a follow-on deployment is written.

import type { ConvergencePlan, GroupInstance, GroupSnapshot } from './convergence.ts';

/** One sentence for each rule that the plan would break; empty when it may be carried out. */
export function checkConvergence(group: GroupSnapshot, { take, states }: ConvergencePlan): readonly string[] {
  const wrong: string[] = [];
  const total = group.instances.length;
  if (take.length > 0 && group.activeDeploymentId !== null) wrong.push(`Instances are taken while ${group.activeDeploymentId} is under way.`);
  for (const instance of take) {
    if (!group.instances.includes(instance)) wrong.push(`${instance.name} is taken, but is not of the group.`);
    if (instance.standing === 'current') wrong.push(`${instance.name} is taken, but runs the group's revision.`);
    if (!instance.isConnected) wrong.push(`${instance.name} is taken, but its agent is not there.`);
    if (instance.failures >= group.maxAttempts) wrong.push(`${instance.name} is taken after ${instance.failures} failures of ${group.maxAttempts}.`);
    if (instance.touched?.when === 'after') wrong.push(`${instance.name} is taken, but ${instance.touched.deploymentId} left it as it is.`);
    if (instance.touched?.when === 'before' && !group.updatesOutdated) wrong.push(`${instance.name} is taken, but outdated instances are to be left.`);
  }
  if (new Set(take.map(({ instanceId }) => instanceId)).size < take.length) wrong.push('An instance is taken twice.');
  const serving = (some: readonly GroupInstance[]): number => some.filter((instance) => instance.isHealthy && instance.isConnected).length;
  const taken = serving(take);
  const left = serving(group.instances) - taken;
  if (taken > 0 && left < mustStay(group, total)) wrong.push(`${left} of ${total} instances would be left healthy, but ${mustStay(group, total)} must be.`);
  for (const [index, instance] of group.instances.entries()) {
    const state = states[index]?.reason;
    if (state === undefined || (state === 'Due') !== take.includes(instance)) wrong.push(`${instance.name} is said to be ${state ?? 'nothing'}, which does not fit what is taken.`);
  }
  return wrong;
}

function mustStay({ minimum }: GroupSnapshot, total: number): number {
  if (minimum.type === 'HOST_COUNT') return minimum.value;
  return minimum.type === 'MOST_CONCURRENCY' ? Math.max(total - minimum.value, 0) : Math.ceil((total * minimum.value) / 100);
}

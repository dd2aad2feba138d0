// Somebody who has a deployment planned before creating it. What is then created is what was shown, or it is refused because
// something has changed; what was planned and not created leaves nothing.

import { Failure } from '../../protocol/errors.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { DeploymentDocument, readDocument } from '../../server/store/documents.ts';
import { inOrder } from '../../server/planner/target-order.ts';
import type { InstanceStanding } from '../../server/planner/snapshot.ts';
import type { Fleet } from './fleet.ts';
import type { SimRandom } from './sim-random.ts';

type Input = InputOf<typeof registry.planDeployment>;

/** Sometimes after a plan, and sometimes long after it. */
export async function createPerhapsAsPlanned(fleet: Fleet, random: SimRandom, input: Input): Promise<void> {
  if (!random.chance(0.4)) return void (await fleet.call('createDeployment', input));
  const shown = await fleet.call('planDeployment', input);
  if (random.chance(0.3)) await fleet.clock.sleep(random.below(120_000));
  const made = await fleet.call('createDeployment', { ...input, planIndex: shown.planIndex }).catch((error: unknown) => {
    if (error instanceof Failure && error.code === 'PlanOutdatedException') return null;
    throw error;
  });
  if (made === null) return void (await fleet.call('createDeployment', input));
  fleet.applied += 1;
  const { db } = fleet.store;
  const { deploymentId } = made;
  const row = await db.selectFrom('deployments').selectAll().where('deployment_id', '=', deploymentId).executeTakeFirstOrThrow();
  const targets = await db.selectFrom('targets').selectAll().where('deployment_id', '=', deploymentId).execute();
  const order = Map.groupBy(targets, ({ stage }) => stage);
  const stored = [...order.keys()].toSorted((a, b) => a - b).flatMap((stage) => inOrder(order.get(stage)!.map((target) => ({ ...target, standing: target.standing as InstanceStanding }))).map((target) => target.target_id));
  const waves = shown.waves.flatMap(({ targetIds }) => targetIds);
  const { traffic } = readDocument(DeploymentDocument, row.document, deploymentId);
  const isWhole = shown.waves.length > 0 && shown.laterTargets === undefined;
  // Behind a balancer whoever does not serve goes first.
  const isSame = traffic === undefined ? waves.join() === stored.join() : waves.toSorted().join() === stored.toSorted().join();
  if (isWhole && !isSame) fleet.violations.push(`${deploymentId} was planned as ${waves.join(' ')}, and is to go ${stored.join(' ')}`);
  if (Number(row.minimum_healthy_hosts) !== shown.minimumHealthyHosts) fleet.violations.push(`${deploymentId} was planned with a minimum of ${shown.minimumHealthyHosts}, and has ${row.minimum_healthy_hosts}`);
}

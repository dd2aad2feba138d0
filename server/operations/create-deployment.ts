// Checks what is asked for (./asked-deployment.ts), then writes and answers. It waits for no host: what is wrong with the
// content shows in GetDeployment. What was planned before is made only if it is still what was shown.

import type { registry } from '../../protocol/operations/registry.ts';
import { makeWay, supersede } from '../deployer/make-way.ts';
import { newDeployment } from '../deployer/new-deployment.ts';
import { holdAgainstPlan } from '../deployer/hold-against-plan.ts';
import { readPlanIndex } from '../deployer/plan-index.ts';
import { askedDeployment } from './asked-deployment.ts';
import type { Handler } from './services.ts';

export const createDeployment: Handler<typeof registry.createDeployment> = async (services, input, { now, accessKeyId, concerns }) => {
  const { store, world, wake } = services;
  const planned = input.planIndex === undefined ? null : readPlanIndex(input.planIndex);
  const asked = await askedDeployment(services, input, now, accessKeyId);
  const { deploymentId, superseded } = await store.transaction(async (tx) => {
    const request = await asked.lookUp(tx);
    const rivals = await makeWay(tx, request.group, input.activeDeploymentPolicy);
    const supersedes = rivals.map(({ deployment_id: id }) => id);
    const shown = planned === null ? null : { lotSeed: planned.lotSeed, holdAgainst: holdAgainstPlan(tx, planned, supersedes, now) };
    const deploymentId = await newDeployment(tx, request, { now, random: world.random }, shown);
    concerns(`deployment:${deploymentId}`);
    for (const rival of rivals) await supersede(tx, rival, deploymentId, now);
    return { deploymentId, superseded: rivals };
  });
  for (const rival of superseded) wake(rival.deployment_id);
  wake(deploymentId);
  return { deploymentId };
};

// What CreateDeployment would do: looked up and frozen in the same way, foreseen, and forgotten. What has to be known again
// to do exactly this is in the index that is answered.

import { waitingSentence } from '../../protocol/model/waiting.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { draftForUser } from '../deployer/draft-for-user.ts';
import { freezeDeployment } from '../deployer/freeze-deployment.ts';
import { newLotSeed } from '../deployer/lots.ts';
import { alreadyActive, rivalsIn } from '../deployer/make-way.ts';
import { digestPlan } from '../deployer/plan-digests.ts';
import { spellPlanIndex } from '../deployer/plan-index.ts';
import { planned, snapshotOfPlanned } from '../deployer/planned-deployment.ts';
import { askedDeployment } from './asked-deployment.ts';
import type { Handler } from './services.ts';

const goodForMs = 3_600_000;

export const planDeployment: Handler<typeof registry.planDeployment> = async (services, input, { now, accessKeyId }) => {
  const { store, world, presence } = services;
  const asked = await askedDeployment(services, input, now, accessKeyId);
  const lotSeed = newLotSeed(world.random);
  const { snapshot, rivals, digests, draft, frozen } = await store.transaction(async (tx) => {
    const request = await asked.lookUp(tx);
    const rivals = await rivalsIn(tx, request.group, input.activeDeploymentPolicy);
    const draft = draftForUser(request, now);
    const frozen = await freezeDeployment(tx, draft, lotSeed);
    const supersedes = rivals.givesWay.map(({ deployment_id: id }) => id);
    return { rivals, draft, frozen, snapshot: await snapshotOfPlanned(tx, draft, frozen, now, presence), digests: await digestPlan(tx, draft, frozen, supersedes, now) };
  });
  const shown = planned(snapshot);
  const active = rivals.refusedFor?.deployment_id;
  const expiresAt = now + goodForMs;
  return {
    applicationName: draft.applicationName,
    deploymentGroupName: draft.group.name,
    revision: draft.revision,
    deploymentConfigName: frozen.document.deploymentConfigName,
    minimumHealthyHosts: frozen.minimumHealthyHosts,
    ...shown,
    sentences: shown.waitingOn.map((waiting) => waitingSentence(waiting, now)),
    conflicts: [...(active === undefined ? [] : [{ reason: 'ActiveDeployment' as const, deploymentId: active, sentence: `${alreadyActive(draft.group.name, active)}, and has one at a time.` }]), ...shown.conflicts],
    supersedes: rivals.givesWay.map(({ deployment_id: id }) => id),
    notes: [...(frozen.document.statusMessages ?? []), ...(draft.resolved.kind === 'later' ? ['The bundle is fetched when the deployment is created: what it will be is not known yet, and no part of the plan.'] : [])],
    planIndex: spellPlanIndex({ expiresAt, lotSeed, digests }),
    expiresAt,
  };
};

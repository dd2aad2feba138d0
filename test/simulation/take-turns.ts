// Somebody who deploys from one fleet to another: the hosts are divided in two, a group is one half of them, and each
// deployment goes to the other half. Some are continued and some forgotten, some stopped in the wait in which the way back
// is open, some fail by themselves.

import type { InputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { isReleaseSettled } from './check-provided.ts';
import { isTrafficSettled } from './check-rotation.ts';
import { revisionOf } from './crowd.ts';
import type { Fleet } from './fleet.ts';
import { endedWords } from './operator.ts';
import { dead, patiently, unlessItDies } from './patiently.ts';
import { tag } from './promote.ts';
import type { SimRandom } from './sim-random.ts';

const group = { applicationName: 'web', deploymentGroupName: 'all' };

export async function takeTurns(fleet: Fleet, random: SimRandom): Promise<void> {
  await setUp(fleet, random.fork('group'));
  await handOver(fleet, random);
}

/** The same where the other half is made each time, and the one that is left is taken away. */
export async function takeMade(fleet: Fleet, random: SimRandom): Promise<void> {
  await patiently(fleet, () => fleet.call('putFleetProvider', { name: 'provider', webhookUrl: 'https://provider.example', provisionWaitSeconds: 300 }), 'InvalidInputException');
  await setUp(fleet, random.fork('group'), { autoScalingGroups: ['provider'], onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }] });
  await handOver(fleet, random);
  for (let looks = 0; looks < 1_000 && !(await isReleaseSettled(fleet)); looks += 1) await fleet.clock.sleep(5_000);
}

async function handOver(fleet: Fleet, random: SimRandom): Promise<void> {
  const { clock } = fleet;
  const rounds = 2 + random.below(3);
  for (let round = 1; round <= rounds; round += 1) {
    const key = `web/v${round}.tgz`;
    await fleet.upload(key);
    await patiently(fleet, () => fleet.call('createDeployment', { ...group, revision: revisionOf(key), activeDeploymentPolicy: 'QUEUE' }), 'DeploymentLimitExceededException');
    // In whichever of its steps it is then.
    if (random.chance(0.3)) clock.after(random.below(240_000), () => void stopAny(fleet, random));
    for (const said = new Set<string>(); ; await clock.sleep(5_000)) {
      const active = await activeDeployments(fleet);
      if (active.length === 0) break;
      for (const deploymentId of active) await lookAt(fleet, random, deploymentId, said);
    }
  }
  for (let looks = 0; looks < 24 && !(await isTrafficSettled(fleet)); looks += 1) await clock.sleep(5_000);
}

async function setUp(fleet: Fleet, random: SimRandom, made: Partial<InputOf<typeof registry.createDeploymentGroup>> = {}): Promise<void> {
  const isMade = made.autoScalingGroups !== undefined;
  await patiently(fleet, () => fleet.call('createApplication', { applicationName: 'web' }), 'ApplicationAlreadyExistsException');
  for (const [index, { host }] of fleet.members.entries()) await tag(fleet, host.name, index % 2 === 0 ? 'one' : 'other');
  const configs = ['CodeDeployDefault.OneAtATime', 'CodeDeployDefault.HalfAtATime', 'CodeDeployDefault.AllAtOnce', 'by-share', 'by-share', 'at-last'];
  const minimumHealthyHosts = { type: 'HOST_COUNT', value: 0 } as const;
  const byShares = (deploymentConfigName: string, shares: readonly (readonly [number, number])[]) => ({ deploymentConfigName, minimumHealthyHosts, trafficRoutingConfig: { type: 'TimeBasedSteps' as const, timeBasedSteps: { steps: shares.map(([percentage, bakeSeconds]) => ({ percentage, bakeSeconds })) } } });
  for (const config of [byShares('by-share', [[5, 20], [30, 40], [75, 0], [100, 15]]), byShares('at-last', [[100, 30]])]) await patiently(fleet, () => fleet.call('createDeploymentConfig', config), 'DeploymentConfigAlreadyExistsException');
  const input: InputOf<typeof registry.createDeploymentGroup> = {
    ...group,
    serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
    deploymentConfigName: configs[random.below(configs.length)]!,
    onPremisesInstanceTagFilters: [{ Key: 'stage', Value: 'one', Type: 'KEY_AND_VALUE' }],
    deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
    loadBalancerInfo: { elbInfoList: [{ name: 'balancer' }] },
    traffic: { drainSeconds: 30 + random.below(60), onDrainTimeout: random.chance(0.5) ? 'FORCE' : 'FAIL', serveSeconds: 120, minHealthySeconds: random.chance(0.3) ? 5 : 0 },
    blueGreenDeploymentConfiguration: {
      // Of the two halves, the one that is not the group.
      greenFleetProvisioningOption: isMade ? { action: 'COPY_AUTO_SCALING_GROUP' } : { action: 'DISCOVER_EXISTING', targetInstances: { onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }] } },
      deploymentReadyOption: random.chance(0.5) ? { actionOnTimeout: 'CONTINUE_DEPLOYMENT' } : { actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: 2 },
      terminateBlueInstancesOnDeploymentSuccess: random.chance(0.3) ? { action: 'KEEP_ALIVE' } : { action: 'TERMINATE', terminationWaitTimeInMinutes: random.below(4) },
    },
    autoRollbackConfiguration: { enabled: random.chance(0.7), events: ['DEPLOYMENT_FAILURE'] },
    ...made,
  };
  await patiently(fleet, () => fleet.call('createDeploymentGroup', input), 'DeploymentGroupAlreadyExistsException');
}

async function stopAny(fleet: Fleet, random: SimRandom): Promise<void> {
  const [deploymentId] = await activeDeployments(fleet);
  if (deploymentId === undefined) return;
  await patiently(fleet, () => fleet.call('stopDeployment', { deploymentId, autoRollbackEnabled: random.chance(0.7) }), 'DeploymentAlreadyCompletedException');
  fleet.chronicle.stopped(deploymentId);
}

/** Asks why it is not further along, and says what may be said: mostly that it may go on. */
async function lookAt(fleet: Fleet, random: SimRandom, deploymentId: string, said: Set<string>): Promise<void> {
  const explained = await unlessItDies(fleet, () => fleet.call('explainDeployment', { deploymentId }));
  if (explained === dead) return;
  const { status, sentences, waitingOn } = explained;
  if (!endedWords.includes(status) && sentences.length === 0) fleet.violations.push(`${deploymentId} is ${status} and nobody knows why`);
  if (sentences.some((sentence) => /NaN|undefined/.test(sentence))) fleet.violations.push(`a reason reads badly: ${sentences.join(' ')}`);
  const say = async (deploymentWaitType: 'READY_WAIT' | 'TERMINATION_WAIT', chance: number): Promise<void> => {
    const word = `${deploymentId} ${deploymentWaitType}`;
    if (said.has(word)) return;
    said.add(word);
    if (!random.chance(chance)) return;
    await patiently(fleet, () => fleet.call('continueDeployment', { deploymentId, deploymentWaitType }), 'DeploymentIsNotInReadyStateException', 'InvalidDeploymentStatusException', 'DeploymentAlreadyCompletedException');
  };
  if (waitingOn.some(({ reason }) => reason === 'ReadyWait')) await say('READY_WAIT', 0.8);
  if (waitingOn.some(({ reason }) => reason === 'TerminationWait')) await say('TERMINATION_WAIT', 0.3);
}

async function activeDeployments(fleet: Fleet): Promise<string[]> {
  const rows = await fleet.store.db.selectFrom('deployments').select('deployment_id').where('status', 'not in', endedWords).orderBy('created_at').execute();
  return rows.map((row) => row.deployment_id);
}

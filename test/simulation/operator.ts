// Somebody at the API: sets up, deploys, sometimes stops, waits for each deployment to end, looks why it does not. He tells
// the chronicle what he was answered, since only that can be held against what happened.

import { chatTrigger, hasUntold } from './check-triggers.ts';
import { drawTraffic, isTrafficSettled } from './check-rotation.ts';
import { drawAlarmConfiguration } from './check-watched-alarms.ts';
import { crowdIn, revisionOf, setWindow } from './crowd.ts';
import type { Fleet } from './fleet.ts';
import { decideAtRandom, drawGuidedFailure } from './sim-decisions.ts';
import { dead, patiently, unlessItDies } from './patiently.ts';
import { createPerhapsAsPlanned } from './sim-plans.ts';
import type { SimRandom } from './sim-random.ts';

export const endedWords = ['Succeeded', 'Failed', 'Stopped'];
const group = { applicationName: 'web', deploymentGroupName: 'all' };

export async function operate(fleet: Fleet, random: SimRandom): Promise<void> {
  const { clock } = fleet;
  await setUp(fleet, random);
  await clock.sleep(2_000);
  // Sometimes a host is registered that never gets an agent: only a deadline can end what waits for it.
  if (random.chance(0.2)) {
    await patiently(fleet, () => fleet.call('registerOnPremisesInstance', { instanceName: 'ghost', iamUserArn: 'arn:aws:iam::000000000000:user/ghost' }), 'InstanceNameAlreadyRegisteredException');
    await patiently(fleet, () => fleet.call('addTagsToOnPremisesInstances', { instanceNames: ['ghost'], tags: [{ Key: 'role', Value: 'web' }] }), 'TagLimitExceededException');
  }
  const rounds = 2 + random.below(3);
  const crowd = random.fork('crowd');
  const decider = random.fork('decisions');
  // Some never answer when they are asked what to do about a failure.
  const isAttentive = decider.chance(0.7);
  const windows = random.fork('windows');
  const planner = random.fork('plans');
  for (let round = 1; round <= rounds; round += 1) {
    const key = `web/v${round}.tgz`;
    await fleet.upload(key);
    await setWindow(fleet, windows);
    await patiently(fleet, () => createPerhapsAsPlanned(fleet, planner, { ...group, revision: revisionOf(key), ignoreApplicationStopFailures: random.chance(0.3) }), 'DeploymentLimitExceededException');
    await crowdIn(fleet, crowd, round);
    if (random.chance(0.25)) await stopFirst(fleet, random);
    for (;;) {
      const active = await activeDeployments(fleet);
      const started = await startedDeployments(fleet);
      if (started.length > 1) fleet.violations.push(`two deployments of one group run at once: ${started.join(', ')}`);
      const [deploymentId] = active;
      if (deploymentId === undefined) break;
      if (isAttentive) for (const one of started) await decideAtRandom(fleet, decider, one);
      await explainTruly(fleet, deploymentId);
      await clock.sleep(5_000);
    }
  }
  while (await isConverging(fleet)) await clock.sleep(5_000);
  while (await hasUntold(fleet)) await clock.sleep(5_000);
  // Whose application is down is never found healthy: it is not waited for without end.
  for (let looks = 0; looks < 24 && !(await isTrafficSettled(fleet)); looks += 1) await clock.sleep(5_000);
}

async function setUp(fleet: Fleet, random: SimRandom): Promise<void> {
  await patiently(fleet, () => fleet.call('createApplication', { applicationName: 'web' }), 'ApplicationAlreadyExistsException');
  const alarmConfiguration = drawAlarmConfiguration(random.fork('alarms'));
  const traffic = drawTraffic(random.fork('traffic'));
  await patiently(fleet, () => fleet.call('putAlarm', { name: 'errors', source: { kind: 'http', url: 'https://errors.example' }, pollSeconds: 5, timeoutSeconds: 5 }), 'InvalidInputException');
  const configs = ['CodeDeployDefault.OneAtATime', 'CodeDeployDefault.HalfAtATime', 'CodeDeployDefault.AllAtOnce', 'custom', 'zonal', 'canary', 'strict'];
  const half = { type: 'FLEET_PERCENT', value: 50 } as const;
  const zonalConfig = { monitorDurationInSeconds: 20, firstZoneMonitorDurationInSeconds: 40, minimumHealthyHostsPerZone: { type: 'HOST_COUNT', value: 0 } } as const;
  for (const config of [
    { deploymentConfigName: 'zonal', minimumHealthyHosts: { type: 'HOST_COUNT', value: 0 } as const, zonalConfig },
    { deploymentConfigName: 'canary', minimumHealthyHosts: half, ramp: { steps: [{ hosts: '1' }, { hosts: '40%' }, { hosts: '100%' }], bakeSeconds: 30 } },
    { deploymentConfigName: 'strict', minimumHealthyHosts: half, requireEveryTarget: true },
    { deploymentConfigName: 'custom', minimumHealthyHosts: { type: 'HOST_COUNT', value: Math.floor(fleet.members.length / 3) } as const },
  ]) {
    await patiently(fleet, () => fleet.call('createDeploymentConfig', config), 'DeploymentConfigAlreadyExistsException');
  }
  await patiently(
    fleet,
    () =>
      fleet.call('createDeploymentGroup', {
        ...group,
        serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
        deploymentConfigName: configs[random.below(configs.length)]!,
        onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
        autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_ALARM'] },
        ...(alarmConfiguration === undefined ? {} : { alarmConfiguration }),
        triggerConfigurations: [{ ...chatTrigger, triggerEvents: [...chatTrigger.triggerEvents] }],
        ...(random.chance(0.3) ? { timeouts: { silenceSeconds: 60 } } : {}),
        ...(random.chance(0.4) ? { convergence: { enabled: true } } : {}),
        ...(traffic === undefined ? {} : traffic),
        ...drawGuidedFailure(random.fork('guided')),
      }),
    'DeploymentGroupAlreadyExistsException',
  );
}

async function stopFirst(fleet: Fleet, random: SimRandom): Promise<void> {
  const [deploymentId] = await activeDeployments(fleet);
  await fleet.clock.sleep(random.below(30_000));
  if (deploymentId === undefined) return;
  await patiently(fleet, () => fleet.call('stopDeployment', { deploymentId, ...(random.chance(0.5) ? { autoRollbackEnabled: true } : {}) }), 'DeploymentAlreadyCompletedException');
  fleet.chronicle.stopped(deploymentId);
}

async function startedDeployments(fleet: Fleet): Promise<string[]> {
  const rows = await fleet.store.db.selectFrom('deployments').select('deployment_id').where('status', 'not in', endedWords).where('started_at', 'is not', null).execute();
  return rows.map((row) => row.deployment_id);
}

/** Late instances are being brought to the group's revision, or will be. */
async function isConverging(fleet: Fleet): Promise<boolean> {
  const active = await fleet.store.db.selectFrom('deployments').select('deployment_id').where('status', 'not in', endedWords).executeTakeFirst();
  if (active !== undefined || !fleet.isControllerUp) return true;
  const explained = await unlessItDies(fleet, () => fleet.call('explainDeploymentGroup', group));
  if (explained === dead) return true;
  const { instances } = explained;
  if (instances.some(({ sentence }) => /NaN|undefined/.test(sentence))) fleet.violations.push(`a state reads badly: ${JSON.stringify(instances)}`);
  const resting = ['Current', 'FailedTooOften', 'LeftByDeployment', 'OutOfServiceBudget'];
  return instances.some(({ instanceName, state }) => !resting.includes(state.reason) && !(instanceName === 'ghost' && state.reason === 'AgentSilent'));
}

/** Follow-ons aside: they give way by themselves. */
async function activeDeployments(fleet: Fleet): Promise<string[]> {
  const rows = await fleet.store.db.selectFrom('deployments').select('deployment_id').where('status', 'not in', endedWords).where('root_deployment_id', 'is', null).orderBy('created_at').execute();
  return rows.map((row) => row.deployment_id);
}

/** An unfinished deployment is never without a reason; between two plans the reason is just that. */
async function explainTruly(fleet: Fleet, deploymentId: string): Promise<void> {
  const explained = await unlessItDies(fleet, () => fleet.call('explainDeployment', { deploymentId }));
  if (explained === dead) return;
  const { status, sentences } = explained;
  if (!endedWords.includes(status) && sentences.length === 0) fleet.violations.push(`${deploymentId} is ${status} and nobody knows why`);
  if (sentences.some((sentence) => /NaN|undefined/.test(sentence))) fleet.violations.push(`a reason reads badly: ${sentences.join(' ')}`);
}

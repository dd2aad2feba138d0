// One story from one seed: a fleet enrols, an operator deploys several revisions (some of them bad, some stopped on the
// way), things go wrong, then everything heals and every deployment must come to its end. The checkers look from outside:
// at what ran on the hosts, and at what the store says at the end.

import { Failure } from '../../protocol/errors.ts';
import { inPlaceEvents } from '../../protocol/model/lifecycle-order.ts';
import { DeploymentDocument, StoredEvents, readDocument } from '../../server/store/documents.ts';
import type { DeploymentsTable } from '../../server/store/tables.ts';
import { drawFaults, type Fault, type FaultRates } from './faults.ts';
import { Fleet } from './fleet.ts';
import { SimRandom } from './sim-random.ts';

export interface Verdict {
  readonly seed: string;
  readonly violations: readonly string[];
  readonly trace: readonly string[];
  readonly deployments: readonly string[];
  readonly scriptsStarted: number;
}

const faultsUntilMs = 8 * 60_000;
const endByMs = 6 * 3_600_000;
const endedWords = ['Succeeded', 'Failed', 'Stopped'];

export async function tellStory(seed: string, rates: FaultRates): Promise<Verdict> {
  const random = new SimRandom(`${seed}/story`);
  const hosts = 1 + random.below(7);
  const badRevisions = new SimRandom(`${seed}/revisions`);
  const failing = new Map<string, boolean>();
  const once = new Map<string, readonly string[]>();
  const fleet = new Fleet({
    seed,
    hosts,
    frameBreaks: rates.frameBreaks,
    behaviour: {
      fails(host, deploymentId, event) {
        const name = `${host}/${deploymentId}/${event}`;
        if (!failing.has(name)) failing.set(name, badRevisions.fork(name).chance(rates.scriptFails));
        return failing.get(name)!;
      },
      onceEvents(deploymentId) {
        if (!once.has(deploymentId)) once.set(deploymentId, drawOnceEvents(badRevisions.fork(`${deploymentId}/once`)));
        return once.get(deploymentId)!;
      },
      takesMs: (own) => (own.chance(0.05) ? 30_000 + own.below(200_000) : 20 + own.below(4_000)),
    },
  });
  await fleet.start();
  const faults = drawFaults(random.fork('faults'), rates, hosts, faultsUntilMs);
  for (const fault of faults) schedule(fleet, fault);
  fleet.clock.after(faultsUntilMs + 130_000, () => heal(fleet));

  let isOver = false;
  operate(fleet, random.fork('operator')).then(
    () => (isOver = true),
    (error: unknown) => {
      fleet.violations.push(`the operator gave up: ${String(error instanceof Error ? error.stack : error)}`);
      isOver = true;
    },
  );
  const ended = await fleet.clock.run(endByMs, () => isOver, () => {});
  if (!ended) fleet.violations.push('not every deployment came to its end after everything had healed');
  const deployments = await checkAtEnd(fleet);
  return { seed, violations: fleet.violations, trace: fleet.trace, deployments, scriptsStarted: fleet.starts.length };
}

/** Every third revision has something to run once. */
function drawOnceEvents(random: SimRandom): readonly string[] {
  if (!random.chance(0.33)) return [];
  return ['BeforeInstall', 'AfterInstall', 'ApplicationStart', 'ValidateService'].filter(() => random.chance(0.5));
}

function schedule(fleet: Fleet, fault: Fault): void {
  fleet.clock.after(fault.atMs, () => {
    switch (fault.kind) {
      case 'killAgent':
      case 'rebootHost': {
        const member = fleet.members[fault.host]!;
        if (fault.kind === 'killAgent') fleet.killAgent(member);
        else fleet.rebootHost(member);
        fleet.clock.after(fault.backAfterMs, () => fleet.startAgent(member));
        return;
      }
      case 'killController':
        fleet.killController();
        fleet.clock.after(fault.backAfterMs, () => fleet.restartController());
        return;
      case 'breakConnections':
        return fleet.network.breakAll(fleet.members[fault.host]!.host.name);
      case 'cutHost': {
        const { name } = fleet.members[fault.host]!.host;
        fleet.note(`${name} is cut off`);
        fleet.network.cut(name);
        fleet.clock.after(fault.backAfterMs, () => {
          fleet.note(`${name} is reachable again`);
          fleet.network.heal(name);
        });
        return;
      }
      default:
        fault satisfies never;
    }
  });
}

function heal(fleet: Fleet): void {
  fleet.note('everything heals');
  fleet.network.faults = { ...fleet.network.faults, breaks: 0 };
  fleet.restartController();
  for (const member of fleet.members) {
    fleet.network.heal(member.host.name);
    fleet.startAgent(member);
  }
}

/** Somebody at the API: sets up, deploys, sometimes stops, waits for each deployment to end, looks why it does not. */
async function operate(fleet: Fleet, random: SimRandom): Promise<void> {
  const { clock } = fleet;
  await patiently(fleet, () => fleet.call('createApplication', { applicationName: 'web' }), 'ApplicationAlreadyExistsException');
  const configs = ['CodeDeployDefault.OneAtATime', 'CodeDeployDefault.HalfAtATime', 'CodeDeployDefault.AllAtOnce', 'custom'];
  await patiently(
    fleet,
    () => fleet.call('createDeploymentConfig', { deploymentConfigName: 'custom', minimumHealthyHosts: { type: 'HOST_COUNT', value: Math.floor(fleet.members.length / 3) } }),
    'DeploymentConfigAlreadyExistsException',
  );
  await patiently(
    fleet,
    () =>
      fleet.call('createDeploymentGroup', {
        applicationName: 'web',
        deploymentGroupName: 'all',
        serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
        deploymentConfigName: configs[random.below(configs.length)]!,
        onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
        autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] },
      }),
    'DeploymentGroupAlreadyExistsException',
  );
  await clock.sleep(2_000);
  // Sometimes a host is registered that never gets an agent: only a deadline can end what waits for it.
  if (random.chance(0.2)) {
    await patiently(fleet, () => fleet.call('registerOnPremisesInstance', { instanceName: 'ghost', iamUserArn: 'arn:aws:iam::000000000000:user/ghost' }), 'InstanceNameAlreadyRegisteredException');
    await patiently(fleet, () => fleet.call('addTagsToOnPremisesInstances', { instanceNames: ['ghost'], tags: [{ Key: 'role', Value: 'web' }] }), 'TagLimitExceededException');
  }
  const rounds = 2 + random.below(3);
  for (let round = 1; round <= rounds; round += 1) {
    const key = `web/v${round}.tgz`;
    await fleet.upload(key);
    await patiently(
      fleet,
      () =>
        fleet.call('createDeployment', {
          applicationName: 'web',
          deploymentGroupName: 'all',
          revision: { revisionType: 'S3', s3Location: { bucket: 'fairlead', key, bundleType: 'tgz' } },
          ignoreApplicationStopFailures: random.chance(0.3),
        }),
      'DeploymentLimitExceededException',
    );
    if (random.chance(0.25)) {
      const [deploymentId] = await activeDeployments(fleet);
      await clock.sleep(random.below(30_000));
      if (deploymentId !== undefined) {
        await patiently(
          fleet,
          () => fleet.call('stopDeployment', { deploymentId, ...(random.chance(0.5) ? { autoRollbackEnabled: true } : {}) }),
          'DeploymentAlreadyCompletedException',
        );
      }
    }
    for (;;) {
      const active = await activeDeployments(fleet);
      if (active.length > 1) fleet.violations.push(`two deployments of one group are active: ${active.join(', ')}`);
      const [deploymentId] = active;
      if (deploymentId === undefined) break;
      await explainTruly(fleet, deploymentId);
      await clock.sleep(5_000);
    }
  }
}

async function activeDeployments(fleet: Fleet): Promise<string[]> {
  const rows = await fleet.store.db.selectFrom('deployments').select('deployment_id').where('status', 'not in', endedWords).orderBy('created_at').execute();
  return rows.map((row) => row.deployment_id);
}

/** Calls until it is answered: the controller may be down. The refusal named means that an earlier try had worked. */
async function patiently(fleet: Fleet, call: () => Promise<unknown>, doneAlready: string): Promise<void> {
  for (;;) {
    if (fleet.isControllerUp) {
      try {
        await call();
        return;
      } catch (error) {
        if (error instanceof Failure) {
          if (error.code === doneAlready) return;
          throw error;
        }
        if (fleet.isControllerUp) throw error;
      }
    }
    await fleet.clock.sleep(1_000);
  }
}

/** An unfinished deployment is never without a reason; between two plans the reason is just that. */
async function explainTruly(fleet: Fleet, deploymentId: string): Promise<void> {
  if (!fleet.isControllerUp) return;
  const { status, sentences } = await fleet.call('explainDeployment', { deploymentId });
  if (!endedWords.includes(status) && sentences.length === 0) fleet.violations.push(`${deploymentId} is ${status} and nobody knows why`);
  if (sentences.some((sentence) => /NaN|undefined/.test(sentence))) fleet.violations.push(`a reason reads badly: ${sentences.join(' ')}`);
}

async function checkAtEnd(fleet: Fleet): Promise<string[]> {
  const deployments = await fleet.store.db.selectFrom('deployments').selectAll().orderBy('created_at').execute();
  for (const deployment of deployments) {
    const { deployment_id: id, status } = deployment;
    if (!endedWords.includes(status)) fleet.violations.push(`${id} has not ended: ${status}`);
    const targets = await fleet.store.db.selectFrom('targets').selectAll().where('deployment_id', '=', id).execute();
    const most = fleet.outOfService.get(id)?.most ?? 0;
    const budget = targets.length - deployment.minimum_healthy_hosts;
    if (most > Math.max(0, budget)) {
      fleet.violations.push(`${id} had ${most} of ${targets.length} hosts out of service at once; ${deployment.minimum_healthy_hosts} had to stay healthy`);
    }
    checkRollback(fleet, deployment, deployments);
    for (const target of targets) checkTarget(fleet, id, target.target_id, readDocument(StoredEvents, target.events, id), target.status);
  }
  await checkGroup(fleet, deployments);
  return deployments.map((deployment) => `${deployment.deployment_id} ${deployment.creator} ${deployment.status}`);
}

/** What a rollback rolls back is no rollback itself. */
function checkRollback(fleet: Fleet, deployment: DeploymentsTable, all: readonly DeploymentsTable[]): void {
  if (deployment.creator !== 'codeDeployRollback') return;
  const { rollbackInfo } = readDocument(DeploymentDocument, deployment.document, deployment.deployment_id);
  const cause = all.find((other) => other.deployment_id === rollbackInfo.rollbackTriggeringDeploymentId);
  if (cause === undefined || cause.status === 'Succeeded') fleet.violations.push(`${deployment.deployment_id} rolls back nothing that went wrong`);
  if (cause?.creator === 'codeDeployRollback') fleet.violations.push(`${deployment.deployment_id} rolls back a rollback`);
}

/** The group remembers its last success, whatever came after. */
async function checkGroup(fleet: Fleet, deployments: readonly DeploymentsTable[]): Promise<void> {
  const group = await fleet.store.db.selectFrom('deployment_groups').selectAll().executeTakeFirstOrThrow();
  const last = deployments.findLast((deployment) => deployment.status === 'Succeeded')?.deployment_id ?? null;
  if (group.last_successful_deployment_id !== last) {
    fleet.violations.push(`the group's last successful deployment is ${last ?? 'none'}; the store says ${group.last_successful_deployment_id ?? 'none'}`);
  }
}

/** Longer than any fault lasts: by then a report must have arrived. */
const reportWithinMs = 300_000;

function checkTarget(fleet: Fleet, deploymentId: string, host: string, events: StoredEvents, status: string): void {
  const member = fleet.members.find((candidate) => candidate.host.name === host);
  if (member === undefined) return; // a ghost: nothing ever ran there
  const scripts = [...member.host.scripts.values()];
  const mine = scripts.filter((script) => script.deploymentId === deploymentId);
  const order = mine.map((script) => inPlaceEvents.findIndex((event) => event === script.event));
  if (order.some((position, i) => i > 0 && position <= order[i - 1]!)) fleet.violations.push(`events of ${deploymentId} ran out of order on ${host}`);
  for (const event of events) {
    const ran = mine.find((script) => script.attemptId === event.attemptId);
    if (event.status === 'InProgress') fleet.violations.push(`${event.name} of ${deploymentId} on ${host} never ended`);
    if (event.status === 'Succeeded' && ran?.state !== 'succeeded') {
      fleet.violations.push(`the store says ${event.name} of ${deploymentId} succeeded on ${host}; there it ${ran?.state ?? 'never ran'}`);
    }
    const isGivenUp = event.givenUp !== undefined && event.givenUp !== null;
    if (isGivenUp && ran !== undefined && ran.endedAt !== null && event.endedAt !== null && event.endedAt - ran.endedAt > reportWithinMs) {
      fleet.violations.push(`${event.name} of ${deploymentId} on ${host} had ended long before the server gave it up: its report was lost`);
    }
    if (event.status === 'Failed' && !isGivenUp && ran?.state === 'succeeded') {
      fleet.violations.push(`the store says ${event.name} of ${deploymentId} failed on ${host} (${event.diagnostics?.message ?? ''}); there it succeeded`);
    }
    if (/reboot/.test(event.diagnostics?.message ?? '') && ran?.state !== 'rebooted') {
      fleet.violations.push(`${event.name} of ${deploymentId} on ${host} is called interrupted; there it ${ran?.state ?? 'never ran'}`);
    }
  }
  if (status === 'Succeeded' && mine.at(-1)?.event !== 'ValidateService') fleet.violations.push(`${host} counts as succeeded in ${deploymentId} without its last event`);
}

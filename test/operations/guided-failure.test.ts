import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { registry } from '../../protocol/operations/registry.ts';
import type { Report, RunEventCommand } from '../../protocol/session/frames.ts';
import { commitPlan } from '../../server/deployer/commit-plan.ts';
import { loadSnapshot } from '../../server/deployer/load-snapshot.ts';
import { storeReports } from '../../server/fleet/reports.ts';
import { commandFrames } from '../../server/fleet/command-frame.ts';
import { check } from '../../server/planner/check.ts';
import { plan } from '../../server/planner/plan.ts';
import { aController, aDeployment, aGroup, anInstance, type TestController } from './a-controller.ts';

const minuteMs = 60_000;
const limits = { eventStartMs: 5 * minuteMs, eventMs: 60 * minuteMs, deploymentMs: 480 * minuteMs };
const guided = { guidedFailure: { enabled: true, decideWithinMinutes: 30 } };
const group = { applicationName: 'web', deploymentGroupName: 'blue' };

describe('guided failure of a deployment group', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());
  const setting = async () => (await c.call(registry.getDeploymentGroup, group)).deploymentGroupInfo.guidedFailure;

  it('is off where nobody asked for it', async () => {
    await aGroup(c);
    assert.equal(await setting(), undefined);
    await anInstance(c, 'web-1');
    const row = await c.store.db.selectFrom('deployments').select('document').where('deployment_id', '=', await aDeployment(c)).executeTakeFirstOrThrow();
    assert.equal('decideWithinMs' in (JSON.parse(row.document) as object), false);
  });

  it('is read back, kept by an update that does not name it, and cleared by an empty one', async () => {
    await aGroup(c, guided);
    assert.deepEqual(await setting(), guided.guidedFailure);
    await c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', deploymentConfigName: 'CodeDeployDefault.AllAtOnce' });
    assert.deepEqual(await setting(), guided.guidedFailure);
    await c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', guidedFailure: {} });
    assert.equal(await setting(), undefined);
  });

  it('that gives no time, or more than a deployment has, is refused', async () => {
    await aGroup(c);
    for (const decideWithinMinutes of [0, 481]) {
      const refusal = await c.refused(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', guidedFailure: { enabled: true, decideWithinMinutes } }, 'ValidationException');
      assert.match(refusal.message, /decideWithinMinutes/);
    }
  });
});

describe('a decision about a failed target', () => {
  let c: TestController;
  let instances: ReadonlyMap<string, string>;
  let reports: number;
  beforeEach(async () => {
    c = await aController();
    reports = 0;
    instances = new Map([['web-1', await anInstance(c, 'web-1')], ['web-2', await anInstance(c, 'web-2')]]);
  });
  afterEach(() => c.close());

  const load = (deploymentId: string) => c.store.transaction((tx) => loadSnapshot(tx, deploymentId, c.now, { limits, isConnected: () => true, listeningSince: c.now }));

  /** As the reconciler would, until there is nothing to do. */
  async function settle(deploymentId: string): Promise<readonly string[]> {
    for (;;) {
      const loaded = (await load(deploymentId))!;
      const made = plan(loaded.snapshot);
      assert.deepEqual(check(loaded.snapshot, made), []);
      if (made.actions.length === 0) return made.waitingOn.map(({ reason }) => reason);
      assert.notEqual(await c.store.transaction((tx) => commitPlan(tx, loaded, made, c.services.world, { region: 'eu-test-1', accountId: '123456789012' })), null);
    }
  }

  const commands = async (host: string): Promise<readonly RunEventCommand[]> => {
    const rows = await c.store.db.selectFrom('commands').selectAll().where('instance_id', '=', instances.get(host)!).orderBy('number').execute();
    return rows.map((row) => JSON.parse(row.command) as RunEventCommand).filter(({ kind }) => kind === 'RunEvent');
  };

  async function report(host: string, attemptId: string, outcome: 'Succeeded' | 'Failed' | 'Interrupted'): Promise<void> {
    reports += 1;
    const diagnostics = outcome === 'Succeeded' ? { errorCode: 'Success' as const, scriptName: '', message: 'Succeeded', logTail: '' } : { errorCode: 'ScriptFailed' as const, scriptName: 'stop.sh', message: `it ${outcome.toLowerCase()}`, logTail: 'oh' };
    const said: Report = { kind: 'Ended', attemptId, outcome, diagnostics, warnings: [], startedAt: c.now, at: c.now };
    await storeReports(c.store, [{ instanceId: instances.get(host)!, reports: [{ number: reports, report: said }] }], { now: () => c.now });
  }

  /** Its first event has failed on the host, and the question stands. */
  async function aFailure(over: Parameters<typeof aGroup>[1] = {}, host = 'web-1'): Promise<string> {
    await aGroup(c, { deploymentConfigName: 'CodeDeployDefault.AllAtOnce', ...guided, ...over });
    const deploymentId = await aDeployment(c);
    await settle(deploymentId);
    await report(host, (await commands(host))[0]!.attemptId, 'Failed');
    await settle(deploymentId);
    return deploymentId;
  }

  const eventOf = async (deploymentId: string, targetId = 'web-1') => (await c.call(registry.getDeploymentTarget, { deploymentId, targetId })).deploymentTarget!.instanceTarget;

  it('is waited for, as the target shows', async () => {
    const deploymentId = await aFailure();
    const target = await eventOf(deploymentId);
    assert.equal(target.status, 'InProgress');
    assert.deepEqual(target.lifecycleEvents[0]?.heldFailure, { since: c.now, decideBy: c.now + 30 * minuteMs });
    assert.equal(target.lifecycleEvents[0]?.status, 'Failed');
    assert.ok((await settle(deploymentId)).includes('FailureDecision'));
  });

  it('to retry makes a new attempt of a new generation, beside which the old one is remembered', async () => {
    const deploymentId = await aFailure();
    const decidedAt = c.now += minuteMs;
    await c.call(registry.decideDeploymentFailure, { deploymentId, targetIds: ['web-1'], decision: 'RETRY', attempt: 1, comment: 'the disk was full' });
    assert.ok(c.woken.includes(deploymentId));
    assert.deepEqual((await eventOf(deploymentId)).lifecycleEvents[0]?.heldFailure, { since: decidedAt - minuteMs, decideBy: decidedAt + 29 * minuteMs, decision: 'RETRY', decidedAt, decidedBy: 'K', comment: 'the disk was full' });
    await settle(deploymentId);
    const [first, second] = await commands('web-1');
    assert.deepEqual([second!.event, second!.generation], [first!.event, first!.generation + 1]);
    assert.notEqual(second!.attemptId, first!.attemptId);
    const [event] = (await eventOf(deploymentId)).lifecycleEvents;
    assert.equal(event?.status, 'InProgress');
    assert.equal(event?.heldFailure, undefined);
    assert.deepEqual(event?.earlierAttempts, [{ startTime: decidedAt - minuteMs, endTime: decidedAt - minuteMs, message: 'it failed', decidedBy: 'K', comment: 'the disk was full' }]);
  });

  it('to retry leaves a late report of the old attempt without effect, whatever it says', async () => {
    const deploymentId = await aFailure();
    await c.call(registry.decideDeploymentFailure, { deploymentId, targetIds: ['web-1'], decision: 'RETRY' });
    await settle(deploymentId);
    const [old] = await commands('web-1');
    await report('web-1', old!.attemptId, 'Succeeded');
    await settle(deploymentId);
    assert.equal((await eventOf(deploymentId)).lifecycleEvents[0]?.status, 'InProgress');
    assert.equal((await commands('web-1')).length, 2);
  });

  it('to retry an event whose agent was not heard sends the old command as cancelled, and the new one after it', async () => {
    await aGroup(c, { deploymentConfigName: 'CodeDeployDefault.AllAtOnce', ...guided });
    const deploymentId = await aDeployment(c);
    await settle(deploymentId);
    c.now += 5 * minuteMs;
    await settle(deploymentId);
    await c.call(registry.decideDeploymentFailure, { deploymentId, targetIds: ['web-1'], decision: 'RETRY' });
    await settle(deploymentId);
    const rows = await c.store.db.selectFrom('commands').selectAll().where('instance_id', '=', instances.get('web-1')!).orderBy('number').execute();
    const frames = await Promise.all(rows.map((row) => commandFrames({ store: c.store, bundleUrl: (sha256: string) => sha256, openSecret: () => null }).of(row)));
    assert.deepEqual(frames.map(({ kind }) => kind), ['Cancel', 'Cancel', 'RunEvent']);
  });

  it('is asked for anew, and counted, when the next attempt fails as well; a call that is repeated does not decide about it', async () => {
    const deploymentId = await aFailure();
    const decide = { deploymentId, targetIds: ['web-1'], decision: 'RETRY' as const, attempt: 1 };
    await c.call(registry.decideDeploymentFailure, decide);
    await c.call(registry.decideDeploymentFailure, decide);
    await settle(deploymentId);
    await report('web-1', (await commands('web-1'))[1]!.attemptId, 'Interrupted');
    await settle(deploymentId);
    const refusal = await c.refused(registry.decideDeploymentFailure, decide, 'DeploymentTargetNotWaitingException');
    assert.equal(refusal.message, 'web-1 does not wait for a decision: attempt 1 at ApplicationStop is over; attempt 2 is the one that waits.');
    await c.call(registry.decideDeploymentFailure, { ...decide, attempt: 2 });
    await settle(deploymentId);
    assert.deepEqual((await eventOf(deploymentId)).lifecycleEvents[0]?.earlierAttempts?.map(({ message }) => message), ['it failed', 'it interrupted']);
  });

  it('to skip leaves the target out, unhealthy, and lets the deployment succeed with the others', async () => {
    const deploymentId = await aFailure();
    await c.call(registry.decideDeploymentFailure, { deploymentId, targetIds: ['web-1'], decision: 'SKIP' });
    await settle(deploymentId);
    assert.equal((await eventOf(deploymentId)).status, 'Skipped');
    while ((await settle(deploymentId)).length > 0) await report('web-2', (await commands('web-2')).at(-1)!.attemptId, 'Succeeded');
    const { deploymentInfo } = await c.call(registry.getDeployment, { deploymentId });
    assert.deepEqual([deploymentInfo.status, deploymentInfo.deploymentOverview?.Skipped, deploymentInfo.deploymentOverview?.Succeeded], ['Succeeded', 1, 1]);
    const standing = await c.store.db.selectFrom('group_instances').select('is_healthy').where('instance_id', '=', instances.get('web-1')!).executeTakeFirstOrThrow();
    assert.equal(standing.is_healthy, 0);
  });

  it('to fail fails the target, as silence does when the time is over', async () => {
    const deploymentId = await aFailure();
    await c.call(registry.decideDeploymentFailure, { deploymentId, targetIds: ['web-1'], decision: 'FAIL' });
    await settle(deploymentId);
    assert.equal((await eventOf(deploymentId)).status, 'Failed');
    await report('web-2', (await commands('web-2'))[0]!.attemptId, 'Failed');
    await settle(deploymentId);
    c.now += 30 * minuteMs;
    assert.deepEqual(await settle(deploymentId), []);
    const { deploymentInfo } = await c.call(registry.getDeployment, { deploymentId });
    assert.deepEqual([deploymentInfo.status, deploymentInfo.errorInformation?.code], ['Failed', 'HEALTH_CONSTRAINTS']);
  });

  it('is about all of the targets it names, or none', async () => {
    const deploymentId = await aFailure();
    await c.refused(registry.decideDeploymentFailure, { deploymentId, targetIds: ['web-1', 'web-2'], decision: 'FAIL' }, 'DeploymentTargetNotWaitingException');
    assert.equal((await eventOf(deploymentId)).lifecycleEvents[0]?.heldFailure?.decision, undefined);
    await report('web-2', (await commands('web-2'))[0]!.attemptId, 'Failed');
    await settle(deploymentId);
    await c.call(registry.decideDeploymentFailure, { deploymentId, targetIds: ['web-1', 'web-2'], decision: 'RETRY' });
    await settle(deploymentId);
    assert.deepEqual([(await commands('web-1')).length, (await commands('web-2')).length], [2, 2]);
  });

  it('is refused where there is nothing to decide about', async () => {
    const deploymentId = await aFailure();
    const decide = (over: object) => ({ deploymentId, targetIds: ['web-1'], decision: 'RETRY', ...over });
    await c.refused(registry.decideDeploymentFailure, decide({ deploymentId: 'd-AAAAAAAAA' }), 'DeploymentDoesNotExistException');
    await c.refused(registry.decideDeploymentFailure, decide({ deploymentId: 'nonsense' }), 'InvalidDeploymentIdException');
    await c.refused(registry.decideDeploymentFailure, decide({ deploymentId: undefined }), 'DeploymentIdRequiredException');
    await c.refused(registry.decideDeploymentFailure, decide({ targetIds: undefined }), 'DeploymentTargetIdRequiredException');
    await c.refused(registry.decideDeploymentFailure, decide({ targetIds: [] }), 'DeploymentTargetIdRequiredException');
    await c.refused(registry.decideDeploymentFailure, decide({ targetIds: ['web-9'] }), 'DeploymentTargetDoesNotExistException');
    await c.refused(registry.decideDeploymentFailure, decide({ targetIds: ['a b'] }), 'InvalidDeploymentTargetIdException');
    await c.refused(registry.decideDeploymentFailure, decide({ targetIds: Array.from({ length: 101 }, (_, index) => `web-${index}`) }), 'DeploymentTargetListSizeExceededException');
    await c.refused(registry.decideDeploymentFailure, decide({ decision: 'IGNORE' }), 'ValidationException');
    const running = await c.refused(registry.decideDeploymentFailure, decide({ targetIds: ['web-2'] }), 'DeploymentTargetNotWaitingException');
    assert.equal(running.message, 'web-2 does not wait for a decision: nothing has failed on it, or what failed is being tried again.');
    await c.call(registry.decideDeploymentFailure, { deploymentId, targetIds: ['web-1'], decision: 'FAIL' });
    const other = await c.refused(registry.decideDeploymentFailure, decide({}), 'DeploymentTargetNotWaitingException');
    assert.equal(other.message, 'web-1 does not wait for a decision: FAIL was decided by K already.');
    await settle(deploymentId);
    const over = await c.refused(registry.decideDeploymentFailure, decide({}), 'DeploymentTargetNotWaitingException');
    assert.equal(over.message, 'web-1 does not wait for a decision: it is Failed.');
  });

  it('is refused when it comes too late: after the time, in a deployment that stops, and in one that has ended', async () => {
    const deploymentId = await aFailure();
    const decide = { deploymentId, targetIds: ['web-1'], decision: 'RETRY' };
    c.now += 30 * minuteMs;
    const late = await c.refused(registry.decideDeploymentFailure, decide, 'DeploymentTargetNotWaitingException');
    assert.match(late.message, /the time to decide is over/);
    c.now -= minuteMs;
    await c.call(registry.stopDeployment, { deploymentId });
    const stopping = await c.refused(registry.decideDeploymentFailure, decide, 'InvalidDeploymentStatusException');
    assert.match(stopping.message, /is being stopped/);
    await settle(deploymentId);
    assert.equal((await eventOf(deploymentId)).status, 'Failed');
    await report('web-2', (await commands('web-2'))[0]!.attemptId, 'Succeeded');
    await settle(deploymentId);
    await c.refused(registry.decideDeploymentFailure, decide, 'DeploymentAlreadyCompletedException');
  });

  it('is refused where nobody is asked, and a skip where every target must succeed', async () => {
    await aGroup(c);
    const deploymentId = await aDeployment(c);
    const nobody = await c.refused(registry.decideDeploymentFailure, { deploymentId, targetIds: ['web-1'], decision: 'FAIL' }, 'InvalidDeploymentStatusException');
    assert.match(nobody.message, /asks nobody about failed targets/);
    await c.call(registry.createDeploymentConfig, { deploymentConfigName: 'strict', minimumHealthyHosts: { type: 'HOST_COUNT', value: 0 }, requireEveryTarget: true });
    await c.call(registry.deleteDeploymentGroup, group);
    const strict = await aFailure({ deploymentConfigName: 'strict' });
    const skip = await c.refused(registry.decideDeploymentFailure, { deploymentId: strict, targetIds: ['web-1'], decision: 'SKIP' }, 'InvalidDeploymentStatusException');
    assert.match(skip.message, /wants every target to succeed, so none can be skipped/);
  });

  it('is a deployer\'s, and recorded with who and why', async () => {
    const deploymentId = await aFailure();
    await c.refused(registry.decideDeploymentFailure, { deploymentId, targetIds: ['web-1'], decision: 'FAIL' }, 'AccessDeniedException', { role: 'viewer', applications: null });
    await c.call(registry.decideDeploymentFailure, { deploymentId, targetIds: ['web-1'], decision: 'FAIL', comment: 'enough' }, { role: 'deployer', applications: ['web'] });
    const { auditRecords } = await c.call(registry.listAuditRecords, { operation: 'DecideDeploymentFailure' });
    assert.deepEqual(auditRecords.map(({ outcome, accessKeyId }) => [outcome, accessKeyId]), [['Succeeded', 'K'], ['AccessDeniedException', 'K']]);
    assert.match(JSON.stringify(auditRecords[0]), /enough/);
  });
});

describe('what the controller deploys by itself', () => {
  it('asks nobody: a rollback of a deployment with guided failure has none', async () => {
    const c = await aController();
    try {
      await anInstance(c, 'web-1');
      await aGroup(c, { ...guided, autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_STOP_ON_REQUEST'] } });
      const { newDeployment } = await import('../../server/deployer/new-deployment.ts');
      const first = await aDeployment(c);
      const second = await aDeployment(c, { activeDeploymentPolicy: 'QUEUE' });
      const rollback = await c.store.transaction((tx) => newDeployment(tx, { kind: 'rollback', ofDeploymentId: first, triggeringDeploymentId: second }, { now: c.now, random: c.services.world.random }));
      const row = await c.store.db.selectFrom('deployments').select('document').where('deployment_id', '=', rollback).executeTakeFirstOrThrow();
      assert.equal('decideWithinMs' in (JSON.parse(row.document) as object), false);
    } finally {
      await c.close();
    }
  });
});

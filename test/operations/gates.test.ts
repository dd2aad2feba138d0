import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { registry } from '../../protocol/operations/registry.ts';
import { commitPlan } from '../../server/deployer/commit-plan.ts';
import { loadSnapshot, type LoadedSnapshot } from '../../server/deployer/load-snapshot.ts';
import { plan } from '../../server/planner/plan.ts';
import { aController, aDeployment, aGroup, anInstance, s3, type TestController } from './a-controller.ts';

const hourMs = 3_600_000;
const limits = { eventStartMs: 300_000, eventMs: hourMs, deploymentMs: 8 * hourMs };

describe('a deployment beside another of its group', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
    await anInstance(c, 'web1');
  });
  afterEach(() => c.close());

  const load = (deploymentId: string) => c.store.transaction((tx) => loadSnapshot(tx, deploymentId, c.now, { limits, isConnected: () => true, listeningSince: c.now }));
  const holds = async (deploymentId: string) => plan((await load(deploymentId))!.snapshot).waitingOn.map((waiting) => waiting.reason);
  const isDue = async (deploymentId: string) => plan((await load(deploymentId))!.snapshot).actions.some((action) => action.kind === 'StartDeployment');
  const info = async (deploymentId: string) => (await c.call(registry.getDeployment, { deploymentId })).deploymentInfo;
  const commit = (loaded: LoadedSnapshot) => c.store.transaction((tx) => commitPlan(tx, loaded, plan(loaded.snapshot), c.services.world, { region: 'eu-test-1', accountId: '123456789012' }));
  const start = async (deploymentId: string) => {
    const loaded = (await load(deploymentId))!;
    return commit(loaded);
  };
  const again = { applicationName: 'web', deploymentGroupName: 'blue', revision: s3('web/v2.zip') };

  it('is refused in the words that pipelines take the active id from, unless the group says otherwise', async () => {
    await aGroup(c);
    const first = await aDeployment(c);
    const refusal = await c.refused(registry.createDeployment, again, 'DeploymentLimitExceededException');
    assert.equal(refusal.message, `The Deployment Group 'blue' already has an active Deployment '${first}'`);
  });

  it('waits behind it where the group queues', async () => {
    await aGroup(c, { activeDeploymentPolicy: 'QUEUE' });
    const first = await aDeployment(c);
    c.now += 1;
    const second = await aDeployment(c);
    assert.equal(await isDue(first), true);
    assert.deepEqual([await isDue(second), await holds(second)], [false, ['EarlierDeployment']]);
  });

  it('takes its place where it supersedes: the other is stopped without rollback and says by whom', async () => {
    await aGroup(c, { autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_STOP_ON_REQUEST'] } });
    const first = await aDeployment(c);
    const second = await aDeployment(c, { activeDeploymentPolicy: 'SUPERSEDE' });
    assert.equal((await info(first)).supersededBy, second);
    const finish = plan((await load(first))!.snapshot).actions.find((action) => action.kind === 'FinishDeployment');
    assert.match(finish?.error?.message ?? '', new RegExp(`superseded by ${second}`));
    assert.ok(c.woken.includes(first));
  });

  it('cannot start beside it even when both were looked at before either started', async () => {
    await aGroup(c, { activeDeploymentPolicy: 'QUEUE' });
    const first = await aDeployment(c, { scheduledAt: c.now + 2 });
    c.now += 1;
    const second = await aDeployment(c);
    const early = (await load(second))!;
    c.now += 1;
    assert.notEqual(await start(first), null);
    assert.equal(await commit(early), null);
    assert.equal((await info(second)).status, 'Created');
    assert.deepEqual(await holds(second), ['EarlierDeployment']);
  });
});

describe('what holds a deployment before it starts', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
    await anInstance(c, 'web1');
  });
  afterEach(() => c.close());

  const waitingOn = async (deploymentId: string) => plan((await c.store.transaction((tx) => loadSnapshot(tx, deploymentId, c.now, { limits, isConnected: () => true, listeningSince: c.now })))!.snapshot).waitingOn;
  const reasons = async (deploymentId: string) => (await waitingOn(deploymentId)).map((waiting) => waiting.reason);
  const info = async (deploymentId: string) => (await c.call(registry.getDeployment, { deploymentId })).deploymentInfo;

  it('is its hour, and until then others may be created and go first', async () => {
    await aGroup(c);
    const scheduledAt = c.now + hourMs;
    const later = await aDeployment(c, { scheduledAt });
    c.now += 1;
    const now = await aDeployment(c);
    assert.deepEqual(await reasons(later), ['Scheduled']);
    assert.deepEqual(await reasons(now), ['LifecycleEvent']);
    assert.equal((await info(later)).scheduledAt, scheduledAt);
    await c.refused(registry.createDeployment, { applicationName: 'web', deploymentGroupName: 'blue', revision: s3('a.zip'), scheduledAt: c.now + 400 * 24 * hourMs }, 'ValidationException');
  });

  it('is an approval, asked of somebody else where the group wants that', async () => {
    await aGroup(c, { approval: { required: true, allowSelfApproval: false, expiresInMinutes: 60 } });
    const deploymentId = await aDeployment(c);
    assert.deepEqual(await waitingOn(deploymentId), [{ reason: 'Approval', since: c.now, expiresAt: c.now + hourMs }]);
    const refusal = await c.refused(registry.approveDeployment, { deploymentId }, 'AccessDeniedException');
    assert.match(refusal.message, /this very access key/);
    await c.call(registry.rejectDeployment, { deploymentId, comment: 'not tonight' });
    assert.deepEqual(((await info(deploymentId)).approval), {
      requestedAt: c.now, requestedBy: 'K', expiresAt: c.now + hourMs, allowSelfApproval: false, decision: 'REJECTED', decidedAt: c.now, decidedBy: 'K', comment: 'not tonight',
    });
    await c.refused(registry.approveDeployment, { deploymentId }, 'InvalidDeploymentStatusException');
  });

  it('is an approval no more once it is given', async () => {
    await aGroup(c, { approval: { required: true } });
    const deploymentId = await aDeployment(c);
    await c.call(registry.approveDeployment, { deploymentId, comment: 'go' });
    assert.deepEqual(await reasons(deploymentId), ['LifecycleEvent']);
    const { activeDeploymentPolicy: _none, ...rest } = (await c.call(registry.getDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'blue' })).deploymentGroupInfo!;
    assert.deepEqual(rest.approval, { required: true });
  });

  it('cannot be approved where nobody asked, nor after the time', async () => {
    await aGroup(c);
    const free = await aDeployment(c);
    await c.refused(registry.approveDeployment, { deploymentId: free }, 'InvalidDeploymentStatusException');
    await c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', approval: { required: true, expiresInMinutes: 1 } });
    const asked = await aDeployment(c, { activeDeploymentPolicy: 'QUEUE' });
    c.now += 60_000;
    await c.refused(registry.approveDeployment, { deploymentId: asked }, 'InvalidDeploymentStatusException');
  });

  it('is a closed window of its group, as the group is now, unless overridden with a reason', async () => {
    await aGroup(c);
    const deploymentId = await aDeployment(c);
    const minute = new Date(c.now).getUTCMinutes();
    await c.call(registry.updateDeploymentGroup, {
      applicationName: 'web', currentDeploymentGroupName: 'blue', deploymentWindows: [{ cron: `${(minute + 30) % 60} * * * *`, durationMinutes: 10 }],
    });
    assert.deepEqual(c.woken.at(-1), 'all');
    assert.deepEqual(await reasons(deploymentId), ['WindowClosed']);
    await c.call(registry.overrideDeploymentCalendar, { deploymentId, reason: 'fixes the outage' });
    assert.deepEqual(await reasons(deploymentId), ['LifecycleEvent']);
    assert.deepEqual((await info(deploymentId)).calendarOverride, { reason: 'fixes the outage', by: 'K', at: c.now });
  });

  it('is a freeze over everything, its application or its group, and no other', async () => {
    await aGroup(c);
    const deploymentId = await aDeployment(c);
    await c.call(registry.createApplication, { applicationName: 'other' });
    for (const [freezeName, scope, isHeld] of [['all', {}, true], ['app', { applicationName: 'web' }, true], ['group', { applicationName: 'web', deploymentGroupName: 'blue' }, true], ['elsewhere', { applicationName: 'other' }, false]] as const) {
      await c.call(registry.createFreeze, { freezeName, reason: 'down', ...scope });
      assert.deepEqual(await reasons(deploymentId), [isHeld ? 'Frozen' : 'LifecycleEvent'], freezeName);
      assert.deepEqual((await c.call(registry.listFreezes, {})).freezes, [{ freezeName, reason: 'down', ...scope, createdAt: c.now, createdBy: 'K', isInForce: true }]);
      await c.call(registry.deleteFreeze, { freezeName });
    }
    await c.refused(registry.deleteFreeze, { freezeName: 'all' }, 'NotFoundException');
  });

  it('is a freeze of a renamed application still', async () => {
    await aGroup(c);
    const deploymentId = await aDeployment(c);
    await c.call(registry.createFreeze, { freezeName: 'app', reason: 'down', applicationName: 'web' });
    await c.call(registry.updateApplication, { applicationName: 'web', newApplicationName: 'web2' });
    assert.deepEqual(await reasons(deploymentId), ['Frozen']);
    assert.equal((await c.call(registry.listFreezes, {})).freezes[0]?.applicationName, 'web2');
  });

  for (const [what, given] of [
    ['cron without a duration', { cron: '* * * * *' }],
    ['a duration without cron', { durationMinutes: 5 }],
    ['cron that cannot be read', { cron: 'x * * * *', durationMinutes: 5 }],
    ['a time zone nobody knows', { cron: '* * * * *', durationMinutes: 5, timeZone: 'Nowhere' }],
    ['an end that is past', { endsAt: 1 }],
    ['a group without its application', { deploymentGroupName: 'blue' }],
  ] as const) {
    it(`is never a freeze with ${what}: it is refused`, async () => {
      await c.refused(registry.createFreeze, { freezeName: 'f', reason: 'r', ...given }, 'InvalidInputException');
      assert.deepEqual((await c.call(registry.listFreezes, {})).freezes, []);
    });
  }

  it('is a freeze no longer than what it covers is there, and its name is free again', async () => {
    await aGroup(c);
    const scopes = [{ applicationName: 'web', deploymentGroupName: 'blue' }, { applicationName: 'web' }] as const;
    for (const [index, scope] of scopes.entries()) await c.call(registry.createFreeze, { freezeName: `f${index}`, reason: 'r', ...scope });
    await c.call(registry.deleteDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'blue' });
    assert.deepEqual((await c.call(registry.listFreezes, {})).freezes.map((freeze) => freeze.freezeName), ['f1']);
    await c.call(registry.deleteApplication, { applicationName: 'web' });
    assert.deepEqual((await c.call(registry.listFreezes, {})).freezes, []);
    for (const freezeName of ['f0', 'f1']) await c.call(registry.createFreeze, { freezeName, reason: 'r' });
  });

  it('cannot be made twice under one name', async () => {
    await c.call(registry.createFreeze, { freezeName: 'f', reason: 'r' });
    await c.refused(registry.createFreeze, { freezeName: 'f', reason: 'r' }, 'FreezeAlreadyExistsException');
  });

  it('is refused in a group when its window cannot be read', async () => {
    await aGroup(c);
    const refusal = await c.refused(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', deploymentWindows: [{ cron: '99 * * * *', durationMinutes: 5 }] }, 'InvalidInputException');
    assert.equal(refusal.field, 'deploymentWindows.0');
  });
});

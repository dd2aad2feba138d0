import { afterEach, beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { registry } from '../../protocol/operations/registry.ts';
import { loadDeploymentInfo } from '../../server/operations/deployment-info.ts';
import { loadDeploymentTargets } from '../../server/operations/target-info.ts';
import { explain } from '../../server/explain.ts';
import type { StoredEvent } from '../../server/store/documents.ts';
import { aController, aDeployment, aGroup, anInstance, end, start, type TestController } from './a-controller.ts';

const events = ['ApplicationStop', 'DownloadBundle', 'BeforeInstall', 'Install', 'AfterInstall', 'ApplicationStart', 'ValidateService'];

function stored(name: string, over: Partial<StoredEvent>): StoredEvent {
  return { name, status: 'Pending', attemptId: null, commandedAt: null, startedAt: null, endedAt: null, diagnostics: null, warnings: [], ...over };
}

describe('deployments', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
    await anInstance(c, 'web1');
    await anInstance(c, 'web2');
    await aGroup(c);
  });
  afterEach(() => c.close());

  it('that are unknown, missing or misspelt are refused', async () => {
    const { message } = await c.refused(registry.getDeployment, { deploymentId: 'd-AAAAAAAAA' }, 'DeploymentDoesNotExistException');
    assert.equal(message, 'The deployment d-AAAAAAAAA could not be found');
    await c.refused(registry.getDeployment, { deploymentId: '' }, 'DeploymentIdRequiredException');
    await c.refused(registry.getDeployment, {}, 'DeploymentIdRequiredException');
    await c.refused(registry.getDeployment, { deploymentId: 'd-short' }, 'InvalidDeploymentIdException');
    assert.equal(await loadDeploymentInfo(c.store.db, 'd-AAAAAAAAA'), null);
    assert.deepEqual(await loadDeploymentTargets(c.store.db, 'd-AAAAAAAAA'), []);
  });

  it('show their times, their error and their targets in numbers once they have ended', async () => {
    const deploymentId = await aDeployment(c, { description: 'second try' });
    c.now += 500;
    await end(c, deploymentId, 'Failed');
    await c.store.db.updateTable('targets').set({ status: 'Unknown' }).where('target_id', '=', 'web2').execute();
    const info = await loadDeploymentInfo(c.store.db, deploymentId);
    assert.deepEqual([info?.status, info?.description, info?.startTime, info?.completeTime], ['Failed', 'second try', c.now, c.now]);
    // A target lost for good is among the failed: CodeDeploy has no number for it.
    assert.equal(info?.deploymentOverview?.Failed, 2);
  });

  it('are answered together, unknown ones left out', async () => {
    const deploymentId = await aDeployment(c);
    const { deploymentsInfo } = await c.call(registry.batchGetDeployments, { deploymentIds: ['d-AAAAAAAAA', deploymentId, deploymentId] });
    assert.deepEqual(deploymentsInfo.map((info) => info.deploymentId), [deploymentId]);
    await c.refused(registry.batchGetDeployments, { deploymentIds: [] }, 'DeploymentIdRequiredException');
    await c.refused(registry.batchGetDeployments, { deploymentIds: ['x'] }, 'InvalidDeploymentIdException');
    await c.refused(registry.batchGetDeployments, { deploymentIds: Array.from({ length: 101 }, () => deploymentId) }, 'BatchLimitExceededException');
  });

  it('are listed newest first, by group, status and time', async () => {
    await aGroup(c, { deploymentGroupName: 'green' });
    const first = await aDeployment(c);
    await end(c, first, 'Succeeded');
    const t1 = c.now;
    c.now += 1000;
    const second = await aDeployment(c);
    c.now += 1000;
    const third = await aDeployment(c, { deploymentGroupName: 'green' });
    const list = async (input: object) => (await c.call(registry.listDeployments, input)).deployments;
    assert.deepEqual(await list({}), [third, second, first]);
    assert.deepEqual(await list({ applicationName: 'web', deploymentGroupName: 'blue' }), [second, first]);
    assert.deepEqual(await list({ includeOnlyStatuses: ['Succeeded', 'Failed'] }), [first]);
    assert.deepEqual(await list({ createTimeRange: { start: t1 + 1, end: c.now - 1 } }), [second]);
    assert.deepEqual(await list({ createTimeRange: { end: t1 } }), [first]);
    assert.deepEqual(await list({ externalId: 'stack' }), []);
  });

  it('are not listed by half a question', async () => {
    await c.refused(registry.listDeployments, { applicationName: 'web' }, 'DeploymentGroupNameRequiredException');
    await c.refused(registry.listDeployments, { deploymentGroupName: 'blue' }, 'ApplicationNameRequiredException');
    await c.refused(registry.listDeployments, { applicationName: 'x', deploymentGroupName: 'blue' }, 'ApplicationDoesNotExistException');
    await c.refused(registry.listDeployments, { applicationName: 'web', deploymentGroupName: 'x' }, 'DeploymentGroupDoesNotExistException');
    await c.refused(registry.listDeployments, { includeOnlyStatuses: ['Happy'] }, 'InvalidDeploymentStatusException');
    await c.refused(registry.listDeployments, { createTimeRange: { start: 2, end: 1 } }, 'InvalidTimeRangeException');
    await c.refused(registry.listDeployments, { nextToken: 'x' }, 'InvalidNextTokenException');
  });

  it('come in pages whose token fits the same question only', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 101; index += 1) {
      const deploymentId = await aDeployment(c);
      ids.unshift(deploymentId);
      await end(c, deploymentId, 'Failed');
      c.now += 1;
    }
    const first = await c.call(registry.listDeployments, {});
    const second = await c.call(registry.listDeployments, { nextToken: first.nextToken! });
    assert.deepEqual([...first.deployments, ...second.deployments], ids);
    assert.equal(second.nextToken, undefined);
    await c.refused(registry.listDeployments, { nextToken: first.nextToken, includeOnlyStatuses: ['Failed'] }, 'InvalidNextTokenException');
    await c.refused(registry.listApplications, { nextToken: first.nextToken }, 'InvalidNextTokenException');
  });

  describe('asked to stop', () => {
    it('remember the request, wake, and answer Pending as long as an event runs', async () => {
      const deploymentId = await aDeployment(c);
      await start(c, deploymentId);
      await c.store.db.updateTable('targets').set({ status: 'InProgress' }).where('target_id', '=', 'web1').execute();
      c.woken.length = 0;
      const statusMessage = 'No more commands will be scheduled for execution in the deployment instances';
      assert.deepEqual(await c.call(registry.stopDeployment, { deploymentId, autoRollbackEnabled: true }), { status: 'Pending', statusMessage });
      const asked = c.now;
      c.now += 9;
      await c.store.db.updateTable('targets').set({ status: 'Succeeded' }).execute();
      assert.deepEqual(await c.call(registry.stopDeployment, { deploymentId }), { status: 'Succeeded', statusMessage });
      const row = await c.store.db.selectFrom('deployments').selectAll().executeTakeFirstOrThrow();
      assert.deepEqual([row.stop_requested_at, row.stop_rollback], [asked, 1]);
      assert.deepEqual(c.woken, [deploymentId, deploymentId]);
    });

    it('are refused when they have ended, or never were', async () => {
      const deploymentId = await aDeployment(c);
      await end(c, deploymentId, 'Stopped');
      await c.refused(registry.stopDeployment, { deploymentId }, 'DeploymentAlreadyCompletedException');
      await c.refused(registry.stopDeployment, { deploymentId: 'd-AAAAAAAAA' }, 'DeploymentDoesNotExistException');
      await c.refused(registry.stopDeployment, { deploymentId: '' }, 'DeploymentIdRequiredException');
      await c.refused(registry.stopDeployment, { deploymentId: 'x' }, 'InvalidDeploymentIdException');
    });
  });

  it('explain why they are not further along', async () => {
    const deploymentId = await aDeployment(c);
    assert.deepEqual(await c.call(registry.explainDeployment, { deploymentId }), {
      deploymentId,
      status: 'Created',
      waitingOn: [{ reason: 'EarlierDeployment', deploymentId: 'd-AAAAAAAAA' }],
      sentences: ['Waiting.'],
    });
    await c.refused(registry.explainDeployment, { deploymentId: 'd-AAAAAAAAA' }, 'DeploymentDoesNotExistException');
  });

  describe('have targets', () => {
    let deploymentId: string;
    beforeEach(async () => {
      deploymentId = await aDeployment(c);
    });
    const target = async (targetId: string) => (await c.call(registry.getDeploymentTarget, { deploymentId, targetId })).deploymentTarget;
    const write = (over: object) => c.store.db.updateTable('targets').set(over).where('target_id', '=', 'web1').execute();

    it('that are not shown before it starts', async () => {
      await c.refused(registry.listDeploymentTargets, { deploymentId }, 'DeploymentNotStartedException');
      await c.refused(registry.getDeploymentTarget, { deploymentId, targetId: 'web1' }, 'DeploymentNotStartedException');
      await c.refused(registry.batchGetDeploymentTargets, { deploymentId, targetIds: ['web1'] }, 'DeploymentNotStartedException');
    });

    it('whose events are all Pending before they start, in order', async () => {
      await start(c, deploymentId);
      const { instanceTarget, deploymentTargetType } = await target('web1');
      assert.equal(deploymentTargetType, 'InstanceTarget');
      assert.deepEqual(instanceTarget.lifecycleEvents, events.map((lifecycleEventName) => ({ lifecycleEventName, status: 'Pending' })));
      assert.deepEqual([instanceTarget.deploymentId, instanceTarget.targetId, instanceTarget.status, instanceTarget.lastUpdatedAt], [deploymentId, 'web1', 'Pending', c.now]);
      assert.equal('instanceLabel' in instanceTarget, false);
    });

    it('whose events, before they start, stand in the order of a group that stops with the new revision', async () => {
      await c.call(registry.updateDeploymentGroup, { applicationName: 'web', currentDeploymentGroupName: 'blue', applicationStopPolicy: 'USE_NEW_REVISION' });
      await end(c, deploymentId, 'Succeeded');
      deploymentId = await aDeployment(c);
      await start(c, deploymentId);
      const names = (await target('web1')).instanceTarget.lifecycleEvents.map((event) => event.lifecycleEventName);
      assert.deepEqual(names.slice(0, 2), ['DownloadBundle', 'ApplicationStop']);
      assert.deepEqual((await loadDeploymentTargets(c.store.db, deploymentId))[0]?.instanceTarget.lifecycleEvents.map((event) => event.lifecycleEventName), names);
    });

    it('whose instance was deregistered are told from those enrolled anew under their name', async () => {
      await start(c, deploymentId);
      await c.store.db.updateTable('targets').set({ status: 'InProgress', events: JSON.stringify([stored('ApplicationStop', { status: 'InProgress', attemptId: 'a', commandedAt: c.now })]) }).where('target_id', '=', 'web1').execute();
      const presence = { isConnected: () => true, listeningSince: c.now, limits: { eventStartMs: 300_000, eventMs: 3_600_000, deploymentMs: 28_800_000 } };
      const said = async () => (await c.store.transaction((tx) => explain(tx, deploymentId, c.now, presence))).sentences.join(' ');
      assert.doesNotMatch(await said(), /deregistered/);
      const { instance_id: old } = await c.store.db.selectFrom('targets').select('instance_id').where('target_id', '=', 'web1').executeTakeFirstOrThrow();
      await c.call(registry.deregisterOnPremisesInstance, { instanceName: 'web1' });
      const anew = await anInstance(c, 'web1');
      assert.ok((await said()).includes(`This web1 is the instance ${old}, which was deregistered; one enrolled anew`) && !(await said()).includes(anew), await said());
    });

    it('whose events, skipped without a start, have an end and no beginning', async () => {
      await start(c, deploymentId);
      await write({ status: 'Skipped', last_updated_at: 77 });
      const [first] = (await target('web1')).instanceTarget.lifecycleEvents;
      assert.deepEqual(first, { lifecycleEventName: 'ApplicationStop', endTime: 77, status: 'Skipped' });
    });

    it('whose events tell times and diagnostics as CodeDeploy does', async () => {
      await start(c, deploymentId);
      const diagnostics = { errorCode: 'ScriptFailed' as const, scriptName: 'stop.sh', message: 'Script at specified location: stop.sh failed with exit code 1', logTail: 'no such file' };
      await write({
        status: 'Failed',
        events: JSON.stringify([
          stored('ApplicationStop', { status: 'Succeeded', commandedAt: 1, startedAt: 2, endedAt: 3 }),
          stored('DownloadBundle', { status: 'Failed', commandedAt: 4, startedAt: 5, endedAt: 6, diagnostics }),
          stored('BeforeInstall', { status: 'Skipped', endedAt: 6 }),
        ]),
      });
      assert.deepEqual((await target('web1')).instanceTarget.lifecycleEvents, [
        { lifecycleEventName: 'ApplicationStop', diagnostics: { errorCode: 'Success', scriptName: '', message: 'Succeeded', logTail: '' }, startTime: 2, endTime: 3, status: 'Succeeded' },
        { lifecycleEventName: 'DownloadBundle', diagnostics, startTime: 5, endTime: 6, status: 'Failed' },
        { lifecycleEventName: 'BeforeInstall', endTime: 6, status: 'Skipped' },
      ]);
    });

    it('whose warnings are shown at the end of the log, which stays within 4 KiB', async () => {
      await start(c, deploymentId);
      await write({ events: JSON.stringify([stored('Install', { status: 'Succeeded', startedAt: 1, endedAt: 2, warnings: ['odd mode'], diagnostics: { errorCode: 'Success', scriptName: '', message: 'Succeeded', logTail: 'x'.repeat(5000) } })]) });
      const [install] = (await target('web1')).instanceTarget.lifecycleEvents;
      assert.equal(install?.diagnostics?.message, 'Succeeded');
      assert.match(install.diagnostics.logTail, /x\nWarning: odd mode\n$/);
      assert.equal(install.diagnostics.logTail.length, 4096);
    });

    it('that answer to their name, their ARN and their suffixed name', async () => {
      await start(c, deploymentId);
      const { targetArn } = (await target('web1')).instanceTarget;
      for (const targetId of [targetArn, targetArn.slice(targetArn.lastIndexOf('/') + 1)]) {
        assert.equal((await target(targetId)).instanceTarget.targetId, 'web1');
      }
      const { deploymentTargets } = await c.call(registry.batchGetDeploymentTargets, { deploymentId, targetIds: ['web2', targetArn] });
      assert.deepEqual(deploymentTargets.map((entry) => entry.instanceTarget.targetId), ['web2', 'web1']);
      assert.deepEqual(await loadDeploymentTargets(c.store.db, deploymentId), [deploymentTargets[1], deploymentTargets[0]]);
    });

    it('that are refused when unknown, missing, impossible or too many', async () => {
      await start(c, deploymentId);
      const batch = (targetIds: string[]) => ({ deploymentId, targetIds });
      await c.refused(registry.getDeploymentTarget, { deploymentId, targetId: 'web9' }, 'DeploymentTargetDoesNotExistException');
      await c.refused(registry.getDeploymentTarget, { deploymentId, targetId: 'a b' }, 'InvalidDeploymentTargetIdException');
      await c.refused(registry.getDeploymentTarget, { deploymentId, targetId: '' }, 'DeploymentTargetIdRequiredException');
      await c.refused(registry.getDeploymentTarget, { deploymentId: 'd-AAAAAAAAA', targetId: 'web1' }, 'DeploymentDoesNotExistException');
      await c.refused(registry.batchGetDeploymentTargets, batch(['web1', 'web9']), 'DeploymentTargetDoesNotExistException');
      await c.refused(registry.batchGetDeploymentTargets, batch([]), 'DeploymentTargetIdRequiredException');
      await c.refused(registry.batchGetDeploymentTargets, batch(['']), 'DeploymentTargetIdRequiredException');
      await c.refused(registry.batchGetDeploymentTargets, batch(Array.from({ length: 101 }, String)), 'DeploymentTargetListSizeExceededException');
    });

    it('that are listed by name and narrowed by status', async () => {
      await start(c, deploymentId);
      await write({ status: 'Failed' });
      const list = async (targetFilters?: Record<string, string[]>) => (await c.call(registry.listDeploymentTargets, { deploymentId, ...(targetFilters === undefined ? {} : { targetFilters }) })).targetIds;
      assert.deepEqual(await list(), ['web1', 'web2']);
      assert.deepEqual(await list({ TargetStatus: ['Failed'] }), ['web1']);
      assert.deepEqual(await list({ TargetStatus: [] }), ['web1', 'web2']);
      const refused = (targetFilters: object, code: Parameters<typeof c.refused>[2]) => c.refused(registry.listDeploymentTargets, { deploymentId, targetFilters }, code);
      await refused({ Colour: ['Red'] }, 'InvalidTargetFilterNameException');
      await refused({ TargetStatus: ['Happy'] }, 'InvalidInstanceStatusException');
      await refused({ ServerInstanceLabel: ['Green'] }, 'InvalidDeploymentInstanceTypeException');
      await c.refused(registry.listDeploymentTargets, { deploymentId, nextToken: 'x' }, 'InvalidNextTokenException');
      await c.refused(registry.listDeploymentTargets, { deploymentId: 'd-AAAAAAAAA' }, 'DeploymentDoesNotExistException');
      await c.store.db.updateTable('deployments').set((e) => ({ document: e.fn('replace', ['document', e.val('IN_PLACE'), e.val('BLUE_GREEN')]) as never })).execute();
      await refused({ ServerInstanceLabel: ['Purple'] }, 'InvalidInstanceTypeException');
    });
  });
});

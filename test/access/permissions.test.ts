// Who may do what, asked of the real dispatch: each role and each operation; then each operation with an application
// that is the key's, and with one that is not.

import { after, before, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { Failure } from '../../protocol/errors.ts';
import { roles, type Role } from '../../protocol/model/access-key.ts';
import { operation } from '../../protocol/operations/operation.ts';
import { operations, registry } from '../../protocol/operations/registry.ts';
import type { Access } from '../../server/access/access.ts';
import { makeAuthorize } from '../../server/access/authorize.ts';
import { permissionFor } from '../../server/access/permissions.ts';
import { type OwnRoute, ownRoutes } from '../../server/faces/own-routes.ts';
import { ownBuckets } from '../../server/revisions/buckets.ts';
import { aController, aDeployment, aGroup, anApplication, anUpload, role, s3, selecting, type TestController } from '../operations/a-controller.ts';
import { namesOf, sampleInput } from '../operations/sample-input.ts';

/** Beside what viewers may. Whatever is in neither list is for viewers, and must only read. */
const deployers = ['ApproveDeployment', 'ApprovePromotion', 'CreatePromotion', 'RejectPromotion', 'StopPromotion', 'ContinueDeployment', 'CreateDeployment', 'DecideDeploymentFailure', 'OverrideDeploymentCalendar', 'PutLifecycleEventHookExecutionStatus', 'PutProvisionedInstances', 'RegisterApplicationRevision', 'RejectDeployment', 'SkipWaitTimeForInstanceTermination', 'StopDeployment', 'UploadBundle'];
const administrators = [
  'AddTagsToOnPremisesInstances', 'CreateAccessKey', 'CreateApplication', 'CreateDeploymentConfig', 'CreateDeploymentGroup', 'CreateEnrollmentToken', 'CreateFreeze', 'DeleteAlarm', 'DeleteApplication', 'DeleteDeploymentConfig',
  'DeleteDeploymentGroup', 'DeleteFleetProvider', 'DeleteFreeze', 'DeleteGitHubAccountToken', 'DeleteGroupSecret', 'DeleteResourcesByExternalId', 'DeleteTrafficRouter', 'DeregisterOnPremisesInstance', 'ListAccessKeys', 'ListAuditRecords', 'ListEnrollmentTokens', 'ListGitHubAccountTokenNames', 'PutAlarm', 'PutFleetProvider', 'PutGroupSecret', 'PutTrafficRouter',
  'RegisterOnPremisesInstance', 'RemoveTagsFromOnPremisesInstances', 'RevokeAccessKey', 'RevokeEnrollmentToken', 'RevokeInstanceKey', 'RotateInstanceKey', 'TagInstance', 'TagResource', 'UntagInstance', 'UntagResource', 'UpdateAccessKey', 'UpdateApplication',
  'UpdateDeploymentGroup', 'CreatePromotionPath', 'UpdatePromotionPath', 'DeletePromotionPath',
];
/** What concerns the whole controller beside what administrators alone may, and what is shared by all. */
const ofTheController = ['BatchGetOnPremisesInstances', 'GetOnPremisesInstance', 'ListInstances', 'ListOnPremisesInstances', 'ObserveTrafficRouter'];
const sharedByAll = ['GetDeploymentConfig', 'ListDeploymentConfigs', 'ListFreezes', 'GetAlarm', 'ListAlarms', 'GetFleetProvider', 'ListFleetProviders', 'GetTrafficRouter', 'ListTrafficRouters'];

const least = (name: string): Role => (administrators.includes(name) ? 'admin' : deployers.includes(name) ? 'deployer' : 'viewer');

describe('the table of permissions', () => {
  it('has every operation, and every route that takes an access key', () => {
    const takers = Object.entries<OwnRoute>(ownRoutes).filter(([name, { access }]) => access !== 'open' && name !== 'CallAwsJson').map(([name]) => name);
    const missing = [...operations.map(({ name }) => name), ...takers].filter((name) => permissionFor(name) === null);
    assert.deepEqual(missing, [], 'give them their line in server/access/permissions.ts');
  });

  it('lets nobody do what is not in it, administrators included', () => {
    const stranger = operation({ ...registry.listApplications, name: 'MakeCoffee' });
    assert.throws(() => makeAuthorize(null as never, ownBuckets(null, false)).role(stranger.name, { role: 'admin', applications: null }), { code: 'AccessDeniedException' });
  });

  it('lets viewers only read', () => {
    for (const { name, access } of operations) if (least(name) === 'viewer') assert.equal(access, 'read', name);
  });
});

describe('access', () => {
  let c: TestController;
  const deployments: Record<string, string> = {};
  const promotions: Record<string, string> = {};
  before(async () => {
    c = await aController();
    for (const applicationName of ['web', 'api']) {
      await anApplication(c, applicationName);
      await aGroup(c, { applicationName, ...selecting('Env', applicationName) });
      deployments[applicationName] = await aDeployment(c, { applicationName, revision: await anUpload(c, `${applicationName}/v1.zip`) });
      const path = { applicationName, promotionPathName: 'out' };
      await c.call(registry.createPromotionPath, { ...path, waves: [{ waveName: 'all', deploymentGroups: [{ deploymentGroupName: 'blue' }] }] });
      promotions[applicationName] = (await c.call(registry.createPromotion, { ...path, revision: s3(`${applicationName}/v1.zip`) })).promotionId;
    }
  });
  after(() => c.close());

  /** The code of the refusal, or null. */
  const outcome = async (name: string, input: unknown, access: Access): Promise<string | null> => {
    const definition = operations.find((each) => each.name === name)!;
    try {
      await c.call(definition, input as never, access);
      return null;
    } catch (error) {
      if (error instanceof Failure) return error.code;
      throw error;
    }
  };
  /** What is deleted is not there, so that all claims share one world. */
  const input = (name: string, applicationName: string): Record<string, unknown> => {
    const definition = operations.find((each) => each.name === name)!;
    return sampleInput(definition, { ...namesOf(applicationName, deployments[applicationName]!), promotionId: promotions[applicationName], promotionPathName: name.startsWith('Delete') ? 'none' : 'out', ...(name.startsWith('Delete') ? { deploymentGroupName: 'none' } : {}) }, name === 'ListTriggerDeliveries');
  };

  for (const held of roles) {
    it(`of a ${held} is what the table of roles and operations says`, async () => {
      for (const { name } of operations) {
        if (name === 'DeleteApplication' && held === 'admin') continue;
        const code = await outcome(name, input(name, 'web'), { role: held, applications: null });
        const isAllowed = roles.indexOf(held) >= roles.indexOf(least(name));
        assert.equal(code === 'AccessDeniedException', !isAllowed, `${held} ${name}: ${code}`);
      }
    });
  }

  for (const { name } of operations.filter(({ isSupported }) => isSupported)) {
    it(`with a scope is refused to ${name} ${sharedByAll.includes(name) ? 'nobody: it is shared' : 'of another application'}`, async () => {
      const own = { role: 'admin', applications: ['web'] } as const;
      const isControllers = ofTheController.includes(name) || (administrators.includes(name) && !/Application$|DeploymentGroup$|GroupSecret$|Resource$|PromotionPath$/.test(name));
      if (name === 'ListApplications' || name === 'ListDeployments' || name === 'ListPromotions') return; // Answer less, see below.
      const foreign = await outcome(name, input(name, 'api'), own);
      assert.equal(foreign === 'AccessDeniedException', !sharedByAll.includes(name), `${foreign}`);
      if (name === 'DeleteApplication') return;
      const ownOutcome = await outcome(name, input(name, 'web'), own);
      assert.equal(ownOutcome === 'AccessDeniedException', isControllers, `${ownOutcome}`);
    });
  }

  const own: Access = { role: 'deployer', applications: ['web'] };

  it('with a scope lists its applications and their deployments alone', async () => {
    assert.deepEqual(await c.call(registry.listApplications, {}, own), { applications: ['web'] });
    assert.deepEqual(await c.call(registry.listDeployments, {}, own), { deployments: [deployments['web']] });
    assert.deepEqual((await c.call(registry.listPromotions, {}, own)).promotions.map(({ promotionId }) => promotionId), [promotions['web']]);
    assert.equal((await c.call(registry.listDeployments, {})).deployments.length, 2);
    await c.refused(registry.listDeployments, { applicationName: 'api', deploymentGroupName: 'blue' }, 'AccessDeniedException', own);
  });

  it('with a scope cannot tell a foreign deployment from one that is not there', async () => {
    const foreign = await c.refused(registry.getDeployment, { deploymentId: deployments['api'] }, 'AccessDeniedException', own);
    const unknown = await c.refused(registry.getDeployment, { deploymentId: 'd-000000000' }, 'AccessDeniedException', own);
    assert.equal(foreign.message, unknown.message);
  });

  it('with a scope is refused when one of several is foreign', async () => {
    await c.refused(registry.batchGetDeployments, { deploymentIds: [deployments['web'], deployments['api']] }, 'AccessDeniedException', own);
    await c.refused(registry.batchGetApplications, { applicationNames: ['web', 'api'] }, 'AccessDeniedException', own);
    await c.refused(registry.updateApplication, { applicationName: 'web', newApplicationName: 'api2' }, 'AccessDeniedException', { ...own, role: 'admin' });
  });

  it('with a scope does not reach the bundles of others in the controller’s bucket', async () => {
    await c.refused(registry.registerApplicationRevision, { applicationName: 'web', revision: s3('api/v1.zip') }, 'AccessDeniedException', own);
    await c.refused(registry.createDeployment, { applicationName: 'web', deploymentGroupName: 'blue', revision: s3('api/v1.zip') }, 'AccessDeniedException', own);
    await c.call(registry.registerApplicationRevision, { applicationName: 'web', revision: s3('web/v1.zip') }, own);
  });

  it('says what role is needed, and what the scope is', async () => {
    const viewer = await c.refused(registry.stopDeployment, { deploymentId: deployments['web'] }, 'AccessDeniedException', { role: 'viewer', applications: null });
    assert.match(viewer.message, /StopDeployment takes an access key with the role deployer; this one's is viewer/);
    const foreign = await c.refused(registry.getApplication, { applicationName: 'api' }, 'AccessDeniedException', own);
    assert.match(foreign.message, /for the application web alone/);
  });

  it('is refused by role before the input is looked at', async () => {
    await c.refused(registry.createDeploymentGroup, { nonsense: 1 }, 'AccessDeniedException', { role: 'viewer', applications: null });
  });

  it('is asked for the right thing: an administrator of one application makes groups in it', async () => {
    await c.call(registry.createDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'green', serviceRoleArn: role }, { role: 'admin', applications: ['web'] });
  });
});

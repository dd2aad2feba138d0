// The unchanged AWS SDK for JavaScript against a real server and a real agent. Nothing here knows Fairlead but the
// endpoint and the upload of the bundle.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import {
  AddTagsToOnPremisesInstancesCommand,
  BatchGetApplicationRevisionsCommand,
  BatchGetApplicationsCommand,
  BatchGetDeploymentGroupsCommand,
  BatchGetDeploymentInstancesCommand,
  BatchGetDeploymentsCommand,
  BatchGetDeploymentTargetsCommand,
  BatchGetOnPremisesInstancesCommand,
  CodeDeployClient,
  ContinueDeploymentCommand,
  CreateApplicationCommand,
  CreateDeploymentCommand,
  CreateDeploymentConfigCommand,
  CreateDeploymentGroupCommand,
  DeleteApplicationCommand,
  DeleteDeploymentConfigCommand,
  DeleteDeploymentGroupCommand,
  DeleteGitHubAccountTokenCommand,
  DeleteResourcesByExternalIdCommand,
  DeregisterOnPremisesInstanceCommand,
  GetApplicationCommand,
  GetApplicationRevisionCommand,
  GetDeploymentCommand,
  GetDeploymentConfigCommand,
  GetDeploymentGroupCommand,
  GetDeploymentInstanceCommand,
  GetDeploymentTargetCommand,
  GetOnPremisesInstanceCommand,
  ListApplicationRevisionsCommand,
  ListApplicationsCommand,
  ListDeploymentConfigsCommand,
  ListDeploymentGroupsCommand,
  ListDeploymentsCommand,
  ListDeploymentInstancesCommand,
  ListDeploymentTargetsCommand,
  ListGitHubAccountTokenNamesCommand,
  ListOnPremisesInstancesCommand,
  ListTagsForResourceCommand,
  PutLifecycleEventHookExecutionStatusCommand,
  RegisterApplicationRevisionCommand,
  RegisterOnPremisesInstanceCommand,
  RemoveTagsFromOnPremisesInstancesCommand,
  SkipWaitTimeForInstanceTerminationCommand,
  StopDeploymentCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateApplicationCommand,
  UpdateDeploymentGroupCommand,
  type RevisionLocation,
} from '@aws-sdk/client-codedeploy';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { after, before, describe, it } from 'mocha';
import { bundleFolder as bundle } from '../../cli/bundle/bundle-folder.ts';
import { bundleFolder, RealFleet } from '../system/real-fleet.ts';

const serviceRoleArn = 'arn:aws:iam::000000000000:role/CodeDeploy';

describe('the AWS SDK', function () {
  this.timeout(60_000);
  let fleet: RealFleet;
  let sdk: CodeDeployClient;
  let revision: RevisionLocation;

  before(async () => {
    fleet = await RealFleet.start(['web-1']);
    const { accessKeyId, secretAccessKey } = fleet.client.connection;
    sdk = new CodeDeployClient({ endpoint: fleet.url, region: 'eu-central-1', credentials: { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! } });
  });
  after(async () => {
    sdk?.destroy();
    await fleet?.[Symbol.asyncDispose]();
  });

  const refuses = (claim: Promise<unknown>, name: string): Promise<void> =>
    assert.rejects(claim, (error: Error & { $metadata?: { httpStatusCode?: number } }) => {
      assert.equal(error.name, name, error.message);
      assert.equal(error.$metadata?.httpStatusCode, 400);
      assert.ok(error.message.length > 10, 'the refusal has a sentence');
      return true;
    });

  it('creates, reads, lists and renames applications', async () => {
    const { applicationId } = await sdk.send(new CreateApplicationCommand({ applicationName: 'first' }));
    assert.match(applicationId!, /^[0-9a-f-]{36}$/);
    await refuses(sdk.send(new CreateApplicationCommand({ applicationName: 'first' })), 'ApplicationAlreadyExistsException');
    await refuses(sdk.send(new CreateApplicationCommand({ applicationName: 'no spaces' })), 'InvalidApplicationNameException');
    await refuses(sdk.send(new CreateApplicationCommand({ applicationName: 'l', computePlatform: 'Lambda' })), 'InvalidComputePlatformException');
    await sdk.send(new UpdateApplicationCommand({ applicationName: 'first', newApplicationName: 'app' }));
    const { application } = await sdk.send(new GetApplicationCommand({ applicationName: 'app' }));
    assert.equal(application?.applicationId, applicationId);
    assert.ok(application?.createTime instanceof Date && Math.abs(application.createTime.getTime() - Date.now()) < 60_000);
    assert.equal(application.computePlatform, 'Server');
    assert.equal(application.linkedToGitHub, false);
    assert.deepEqual((await sdk.send(new ListApplicationsCommand({}))).applications, ['app']);
    assert.equal((await sdk.send(new BatchGetApplicationsCommand({ applicationNames: ['app'] }))).applicationsInfo?.length, 1);
    await refuses(sdk.send(new BatchGetApplicationsCommand({ applicationNames: ['app', 'nobody'] })), 'ApplicationDoesNotExistException');
    await refuses(sdk.send(new GetApplicationCommand({ applicationName: 'nobody' })), 'ApplicationDoesNotExistException');
    await refuses(sdk.send(new ListApplicationsCommand({ nextToken: 'made up' })), 'InvalidNextTokenException');
  });

  it('knows the predefined deployment configs and makes its own', async () => {
    const { deploymentConfigInfo } = await sdk.send(new GetDeploymentConfigCommand({ deploymentConfigName: 'CodeDeployDefault.OneAtATime' }));
    assert.equal(deploymentConfigInfo?.minimumHealthyHosts?.value, 1);
    const { deploymentConfigId } = await sdk.send(
      new CreateDeploymentConfigCommand({ deploymentConfigName: 'three-quarters', minimumHealthyHosts: { type: 'FLEET_PERCENT', value: 75 } }),
    );
    assert.ok(deploymentConfigId);
    const list = (await sdk.send(new ListDeploymentConfigsCommand({}))).deploymentConfigsList ?? [];
    for (const name of ['CodeDeployDefault.OneAtATime', 'CodeDeployDefault.HalfAtATime', 'CodeDeployDefault.AllAtOnce', 'three-quarters']) assert.ok(list.includes(name), name);
    await refuses(sdk.send(new CreateDeploymentConfigCommand({ deploymentConfigName: 'x', minimumHealthyHosts: { type: 'FLEET_PERCENT', value: 100 } })), 'InvalidMinimumHealthyHostValueException');
    await refuses(sdk.send(new CreateDeploymentConfigCommand({ deploymentConfigName: 'x' })), 'InvalidMinimumHealthyHostValueException');
    await refuses(sdk.send(new DeleteDeploymentConfigCommand({ deploymentConfigName: 'CodeDeployDefault.OneAtATime' })), 'InvalidDeploymentConfigNameException');
    await sdk.send(new CreateDeploymentConfigCommand({ deploymentConfigName: 'gone', minimumHealthyHosts: { type: 'HOST_COUNT', value: 0 } }));
    await sdk.send(new DeleteDeploymentConfigCommand({ deploymentConfigName: 'gone' }));
    await refuses(sdk.send(new GetDeploymentConfigCommand({ deploymentConfigName: 'gone' })), 'DeploymentConfigDoesNotExistException');
  });

  it('creates a deployment group with defaults materialised and updates it member by member', async () => {
    const { deploymentGroupId } = await sdk.send(
      new CreateDeploymentGroupCommand({
        applicationName: 'app',
        deploymentGroupName: 'web',
        serviceRoleArn,
        deploymentConfigName: 'CodeDeployDefault.AllAtOnce',
        onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
      }),
    );
    const { deploymentGroupInfo: group } = await sdk.send(new GetDeploymentGroupCommand({ applicationName: 'app', deploymentGroupName: 'web' }));
    assert.equal(group?.deploymentGroupId, deploymentGroupId);
    assert.deepEqual(group?.deploymentStyle, { deploymentType: 'IN_PLACE', deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' });
    assert.equal(group?.outdatedInstancesStrategy, 'UPDATE');
    assert.deepEqual(group?.autoScalingGroups, []);
    assert.deepEqual(group?.triggerConfigurations, []);
    assert.equal(group?.autoRollbackConfiguration?.enabled, false);
    assert.equal(group?.alarmConfiguration, undefined);
    await sdk.send(
      new UpdateDeploymentGroupCommand({ applicationName: 'app', currentDeploymentGroupName: 'web', autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] } }),
    );
    const { deploymentGroupsInfo } = await sdk.send(new BatchGetDeploymentGroupsCommand({ applicationName: 'app', deploymentGroupNames: ['web'] }));
    assert.deepEqual(deploymentGroupsInfo?.[0]?.autoRollbackConfiguration, { enabled: true, events: ['DEPLOYMENT_FAILURE'] });
    assert.equal(deploymentGroupsInfo?.[0]?.deploymentConfigName, 'CodeDeployDefault.AllAtOnce');
    assert.deepEqual((await sdk.send(new ListDeploymentGroupsCommand({ applicationName: 'app' }))).deploymentGroups, ['web']);
    await refuses(
      sdk.send(
        new CreateDeploymentGroupCommand({
          applicationName: 'app',
          deploymentGroupName: 'both',
          serviceRoleArn,
          ec2TagFilters: [{ Key: 'a', Type: 'KEY_ONLY' }],
          ec2TagSet: { ec2TagSetList: [[{ Key: 'a', Type: 'KEY_ONLY' }]] },
        }),
      ),
      'InvalidEC2TagCombinationException',
    );
    await refuses(sdk.send(new GetDeploymentGroupCommand({ applicationName: 'app', deploymentGroupName: 'nobody' })), 'DeploymentGroupDoesNotExistException');
  });

  it('deploys an uploaded revision, lifecycle event by lifecycle event', async () => {
    const folder = await bundleFolder(join(fleet.folder, 'bundle'), {
      'appspec.yml': 'version: 0.0\nos: linux\nfiles:\n  - source: /\n    destination: /srv/app\nhooks:\n  ValidateService:\n    - location: validate.sh\n',
      'validate.sh': '#!/bin/sh\ntest -e "$FAIRLEAD_ROOT/srv/app/appspec.yml"\n',
    });
    ({ revision } = await fleet.client.upload({ applicationName: 'app', bundleType: 'zip', key: 'app.zip', body: bundle(folder, 'zip', 0).stream() }) as { revision: RevisionLocation });
    await sdk.send(new RegisterApplicationRevisionCommand({ applicationName: 'app', revision, description: 'the first' }));
    const { revisionInfo } = await sdk.send(new GetApplicationRevisionCommand({ applicationName: 'app', revision }));
    assert.equal(revisionInfo?.description, 'the first');
    const { deploymentId } = await sdk.send(new CreateDeploymentCommand({ applicationName: 'app', deploymentGroupName: 'web', revision }));
    assert.match(deploymentId!, /^d-[A-Z0-9]{9}$/);
    assert.equal(await fleet.ended(deploymentId!), 'Succeeded');

    const { deploymentInfo: info } = await sdk.send(new GetDeploymentCommand({ deploymentId }));
    assert.equal(info?.creator, 'user');
    assert.deepEqual(info?.deploymentOverview, { Pending: 0, InProgress: 0, Succeeded: 1, Failed: 0, Skipped: 0, Ready: 0 });
    assert.ok(info?.completeTime instanceof Date && info.startTime instanceof Date && info.completeTime >= info.startTime);
    const { targetIds } = await sdk.send(new ListDeploymentTargetsCommand({ deploymentId }));
    assert.deepEqual(targetIds, ['web-1']);
    const { deploymentTargets } = await sdk.send(new BatchGetDeploymentTargetsCommand({ deploymentId, targetIds }));
    const events = deploymentTargets?.[0]?.instanceTarget?.lifecycleEvents ?? [];
    assert.deepEqual(
      events.map((event) => `${event.lifecycleEventName} ${event.status}`),
      ['ApplicationStop', 'DownloadBundle', 'BeforeInstall', 'Install', 'AfterInstall', 'ApplicationStart', 'ValidateService'].map((name) => `${name} Succeeded`),
    );
    assert.deepEqual(events[0]?.diagnostics, { errorCode: 'Success', scriptName: '', message: 'Succeeded', logTail: '' });
    assert.equal((await sdk.send(new GetDeploymentTargetCommand({ deploymentId, targetId: 'web-1' }))).deploymentTarget?.deploymentTargetType, 'InstanceTarget');
    assert.deepEqual((await sdk.send(new ListDeploymentsCommand({ applicationName: 'app', deploymentGroupName: 'web', includeOnlyStatuses: ['Succeeded'] }))).deployments, [deploymentId]);
    assert.equal((await sdk.send(new BatchGetDeploymentsCommand({ deploymentIds: [deploymentId!, 'd-ZZZZZZZZZ'] }))).deploymentsInfo?.length, 1);
    const { deploymentGroupInfo } = await sdk.send(new GetDeploymentGroupCommand({ applicationName: 'app', deploymentGroupName: 'web' }));
    assert.equal(deploymentGroupInfo?.lastSuccessfulDeployment?.deploymentId, deploymentId);
    assert.equal(deploymentGroupInfo?.targetRevision?.s3Location?.key, revision.s3Location?.key);
    assert.equal((await sdk.send(new ListApplicationRevisionsCommand({ applicationName: 'app', deployed: 'include' }))).revisions?.length, 1);
    assert.equal((await sdk.send(new BatchGetApplicationRevisionsCommand({ applicationName: 'app', revisions: [revision] }))).revisions?.length, 1);
    await refuses(sdk.send(new StopDeploymentCommand({ deploymentId })), 'DeploymentAlreadyCompletedException');
  });

  it('reads targets in their deprecated shape, where instance ids are ARNs', async () => {
    const [deploymentId] = (await sdk.send(new ListDeploymentsCommand({ applicationName: 'app', deploymentGroupName: 'web' }))).deployments!;
    const { instancesList } = await sdk.send(new ListDeploymentInstancesCommand({ deploymentId, instanceStatusFilter: ['Succeeded'] }));
    assert.deepEqual(instancesList, ['web-1']);
    const { instanceSummary } = await sdk.send(new GetDeploymentInstanceCommand({ deploymentId, instanceId: 'web-1' }));
    assert.match(instanceSummary?.instanceId ?? '', /^arn:aws:codedeploy:[^:]+:\d{12}:instance\/web-1_[A-Z0-9]{10}$/);
    assert.equal(instanceSummary?.lifecycleEvents?.length, 7);
    const { instancesSummary, errorMessage } = await sdk.send(new BatchGetDeploymentInstancesCommand({ deploymentId, instanceIds: [instanceSummary!.instanceId!, 'nobody'] }));
    assert.deepEqual(instancesSummary, [instanceSummary]);
    assert.match(errorMessage ?? '', /nobody/);
    await refuses(sdk.send(new ContinueDeploymentCommand({ deploymentId, deploymentWaitType: 'READY_WAIT' })), 'UnsupportedActionForDeploymentTypeException');
    await refuses(sdk.send(new SkipWaitTimeForInstanceTerminationCommand({ deploymentId })), 'UnsupportedActionForDeploymentTypeException');
  });

  it('deploys what its S3 client put into a bucket of the controller, by the ETag and version it was told', async () => {
    const { accessKeyId, secretAccessKey } = fleet.client.connection;
    const s3 = new S3Client({ endpoint: fleet.url, region: 'eu-central-1', forcePathStyle: true, credentials: { accessKeyId: accessKeyId!, secretAccessKey: secretAccessKey! } });
    const folder = await bundleFolder(join(fleet.folder, 'pushed'), { 'appspec.yml': 'version: 0.0\nos: linux\n' });
    const pieces: Uint8Array[] = [];
    for await (const piece of bundle(folder, 'zip', 0).stream()) pieces.push(piece);
    const { ETag, VersionId } = await s3.send(new PutObjectCommand({ Bucket: 'old-pipeline', Key: 'app.zip', Body: Buffer.concat(pieces) }));
    s3.destroy();
    const pushed: RevisionLocation = { revisionType: 'S3', s3Location: { bucket: 'old-pipeline', key: 'app.zip', bundleType: 'zip', eTag: ETag!, version: VersionId! } };
    await sdk.send(new RegisterApplicationRevisionCommand({ applicationName: 'app', revision: pushed }));
    const { deploymentId } = await sdk.send(new CreateDeploymentCommand({ applicationName: 'app', deploymentGroupName: 'web', revision: pushed, fileExistsBehavior: 'OVERWRITE' }));
    assert.equal(await fleet.ended(deploymentId!), 'Succeeded');
    const { revisions } = await sdk.send(new ListApplicationRevisionsCommand({ applicationName: 'app', deployed: 'include', s3Bucket: 'old-pipeline' }));
    assert.equal(revisions?.[0]?.s3Location?.eTag, ETag!.replaceAll('"', ''));
  });

  it('tags applications and groups under any account, and reads the tags back', async () => {
    for (const [account, name] of [['', 'application:app'], ['123456789012', 'deploymentgroup:app/web']] as const) {
      const ResourceArn = `arn:aws:codedeploy:us-east-1:${account}:${name}`;
      await sdk.send(new TagResourceCommand({ ResourceArn, Tags: [{ Key: 'team', Value: 'a' }, { Key: 'tier', Value: '1' }] }));
      await sdk.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['tier'] }));
      assert.deepEqual((await sdk.send(new ListTagsForResourceCommand({ ResourceArn }))).Tags, [{ Key: 'team', Value: 'a' }]);
    }
    await refuses(sdk.send(new ListTagsForResourceCommand({ ResourceArn: 'app' })), 'InvalidArnException');
  });

  it('knows no GitHub tokens by name', async () => {
    assert.deepEqual((await sdk.send(new ListGitHubAccountTokenNamesCommand({}))).tokenNameList, []);
    await refuses(sdk.send(new DeleteGitHubAccountTokenCommand({ tokenName: 'mine' })), 'GitHubAccountTokenDoesNotExistException');
  });

  it('meets each refusal of CreateDeployment by its own name', async () => {
    const create = (input: Partial<ConstructorParameters<typeof CreateDeploymentCommand>[0]>): Promise<unknown> =>
      sdk.send(new CreateDeploymentCommand({ applicationName: 'app', deploymentGroupName: 'web', revision, ...input }));
    await refuses(create({ applicationName: 'nobody' }), 'ApplicationDoesNotExistException');
    await refuses(create({ deploymentGroupName: 'nobody' }), 'DeploymentGroupDoesNotExistException');
    await refuses(sdk.send(new CreateDeploymentCommand({ applicationName: 'app', revision })), 'DeploymentGroupNameRequiredException');
    await refuses(sdk.send(new CreateDeploymentCommand({ applicationName: 'app', deploymentGroupName: 'web' })), 'RevisionRequiredException');
    await refuses(create({ revision: { revisionType: 'S3' } }), 'InvalidRevisionException');
    await refuses(create({ deploymentConfigName: 'nobody' }), 'DeploymentConfigDoesNotExistException');
    await refuses(create({ description: 'x'.repeat(257) }), 'DescriptionTooLongException');
    await refuses(create({ fileExistsBehavior: 'SOMETIMES' as 'RETAIN' }), 'InvalidFileExistsBehaviorException');
    await refuses(create({ autoRollbackConfiguration: { enabled: true, events: [] } }), 'InvalidAutoRollbackConfigException');
  });

  it('registers, tags, lists and deregisters on-premises instances', async () => {
    const iamUserArn = 'arn:aws:iam::000000000000:user/host-9';
    await sdk.send(new RegisterOnPremisesInstanceCommand({ instanceName: 'host-9', iamUserArn }));
    await refuses(sdk.send(new RegisterOnPremisesInstanceCommand({ instanceName: 'host-9', iamUserArn: `${iamUserArn}b` })), 'InstanceNameAlreadyRegisteredException');
    await refuses(sdk.send(new RegisterOnPremisesInstanceCommand({ instanceName: 'host-8', iamUserArn })), 'IamUserArnAlreadyRegisteredException');
    await refuses(sdk.send(new RegisterOnPremisesInstanceCommand({ instanceName: 'host-8' })), 'IamArnRequiredException');
    await refuses(sdk.send(new RegisterOnPremisesInstanceCommand({ instanceName: 'i-123', iamUserArn: `${iamUserArn}c` })), 'InvalidInstanceNameException');
    await sdk.send(new AddTagsToOnPremisesInstancesCommand({ instanceNames: ['host-9'], tags: [{ Key: 'rack', Value: '7' }] }));
    const { instanceInfo } = await sdk.send(new GetOnPremisesInstanceCommand({ instanceName: 'host-9' }));
    assert.deepEqual(instanceInfo?.tags, [{ Key: 'rack', Value: '7' }]);
    assert.match(instanceInfo?.instanceArn ?? '', /:instance\/host-9_[A-Za-z0-9]{10}$/);
    const found = await sdk.send(new ListOnPremisesInstancesCommand({ tagFilters: [{ Key: 'rack', Value: '7', Type: 'KEY_AND_VALUE' }] }));
    assert.deepEqual(found.instanceNames, ['host-9']);
    await sdk.send(new RemoveTagsFromOnPremisesInstancesCommand({ instanceNames: ['host-9'], tags: [{ Key: 'rack', Value: '7' }] }));
    await sdk.send(new DeregisterOnPremisesInstanceCommand({ instanceName: 'host-9' }));
    const { instanceInfos } = await sdk.send(new BatchGetOnPremisesInstancesCommand({ instanceNames: ['host-9'] }));
    assert.ok(instanceInfos?.[0]?.deregisterTime instanceof Date);
    await refuses(sdk.send(new AddTagsToOnPremisesInstancesCommand({ instanceNames: ['nobody'], tags: [{ Key: 'a', Value: 'b' }] })), 'InstanceNotRegisteredException');
  });

  it('hears of what belongs to other platforms by a catalogued error, never a 404', async () => {
    await refuses(sdk.send(new PutLifecycleEventHookExecutionStatusCommand({})), 'OperationNotSupportedException');
    await refuses(sdk.send(new DeleteResourcesByExternalIdCommand({ externalId: 'stack' })), 'OperationNotSupportedException');
  });

  it('is refused with a wrong secret, and an unknown key', async () => {
    const { accessKeyId } = fleet.client.connection;
    for (const [id, expected] of [[accessKeyId!, /InvalidSignatureException/], ['AKIAXXXXXXXXXXXXXXXX', /UnrecognizedClientException|InvalidSignatureException/]] as const) {
      const stranger = new CodeDeployClient({ endpoint: fleet.url, region: 'us-east-1', credentials: { accessKeyId: id, secretAccessKey: 'wrong' }, maxAttempts: 1 });
      await assert.rejects(stranger.send(new ListApplicationsCommand({})), (error: Error) => expected.test(error.name));
      stranger.destroy();
    }
  });

  it('deletes groups and applications, which is no error twice', async () => {
    for (let twice = 0; twice < 2; twice += 1) {
      await sdk.send(new DeleteDeploymentGroupCommand({ applicationName: 'app', deploymentGroupName: 'web' }));
      await sdk.send(new DeleteApplicationCommand({ applicationName: 'app' }));
    }
    assert.deepEqual((await sdk.send(new ListApplicationsCommand({}))).applications, []);
  });
});

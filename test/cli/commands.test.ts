import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { refuse, say, startFakeServer } from './fake-server.ts';
import type { Answer, Asked } from './fake-server.ts';
import { deploymentId, event, picture } from './pictures.ts';
import { environmentFor, runCommand } from './run-command.ts';
import type { Ran } from './run-command.ts';

const at = '2026-01-02T03:04:05.000Z';

async function against(answers: Readonly<Record<string, Answer>>, args: readonly string[], stdin = ''): Promise<Ran & { readonly asked: readonly Asked[] }> {
  await using server = await startFakeServer(answers);
  return { ...(await runCommand(args, { env: environmentFor(server.url), stdin })), asked: server.asked };
}

const bodyOf = (asked: readonly Asked[]): unknown => JSON.parse(asked[0]?.body.toString() ?? '');

describe('fairlead token', () => {
  const made = { token: 'fl-join-abc', tokenId: 't1', maxUses: 20, expiresAt: at };

  it('create --quiet prints the token alone', async () => {
    const ran = await against({ 'POST /v1/enrollment-tokens': say(made, 201) }, ['token', 'create', '--quiet', '--max-uses', '20', '--expires-in', '12h', '--description', 'racks']);
    assert.deepEqual([ran.status, ran.out, ran.err], [0, 'fl-join-abc\n', '']);
    assert.deepEqual(bodyOf(ran.asked), { maxUses: 20, expiresInSeconds: 43_200, description: 'racks' });
  });

  it('create says how long it is good for and what to type on the host', async () => {
    const ran = await against({ 'POST /v1/enrollment-tokens': say(made, 201) }, ['token', 'create']);
    assert.match(ran.out, /^fl-join-abc\nGood for 20 agents until 2026-01-02 03:04:05Z.*revoke t1\n.*fairlead agent --controller http/);
  });

  it('list tells good tokens from those that are not', async () => {
    const token = (tokenId: string, more: object) => ({ tokenId, description: '', maxUses: 1, uses: 0, createdAt: at, expiresAt: '2999-01-01T00:00:00.000Z', isRevoked: false, ...more });
    const enrollmentTokens = [token('a', {}), token('b', { isRevoked: true }), token('c', { uses: 1 }), token('d', { expiresAt: at })];
    const ran = await against({ 'GET /v1/enrollment-tokens': say({ enrollmentTokens }) }, ['token', 'list']);
    assert.deepEqual(ran.out.trimEnd().split('\n').slice(1).map((line) => line.split(/ {2,}/)[1]), ['good', 'revoked', 'used up', 'expired']);
  });

  it('revoke addresses the token by its id', async () => {
    const ran = await against({ 'DELETE /v1/enrollment-tokens/t1': say({}) }, ['token', 'revoke', 't1']);
    assert.equal(ran.status, 0);
  });

  it('asks for nothing when a flag is written wrong', async () => {
    const ran = await against({}, ['token', 'create', '--expires-in', 'soon']);
    assert.deepEqual([ran.status, ran.asked.length], [2, 0]);
  });
});

describe('fairlead access-key', () => {
  const key = (accessKeyId: string, more: object) => ({ accessKeyId, description: '', role: 'viewer', createdAt: at, ...more });

  it('create sends role, scope and expiry, and shows the secret once', async () => {
    const made = { accessKeyId: 'FLAK1', secretAccessKey: 'hush', role: 'deployer', applications: ['api', 'web'], expiresAt: at };
    const ran = await against({ 'POST /v1/access-keys': say(made, 201) }, ['access-key', 'create', '--role', 'deployer', '--application', 'web', '--application', 'api', '--expires-in', '90d', '--description', 'ci']);
    assert.equal(ran.status, 0, ran.err);
    assert.deepEqual(bodyOf(ran.asked), { role: 'deployer', applications: ['web', 'api'], description: 'ci', expiresInSeconds: 7_776_000 });
    assert.match(ran.out, /access key id +FLAK1\nsecret access key +hush\nrole +deployer\napplications +api, web\nexpires +2026-01-02/);
  });

  it('create refuses a role that is none before it asks', async () => {
    const ran = await against({}, ['access-key', 'create', '--role', 'root']);
    assert.deepEqual([ran.status, ran.asked.length], [2, 0]);
    assert.match(ran.err, /viewer, deployer, admin/);
  });

  it('list tells good keys from those that are not, over all pages', async () => {
    const page: Answer = (request, response) =>
      say(request.line.includes('nextToken=n') ? { accessKeys: [key('c', { expiresAt: at })] } : { accessKeys: [key('a', { applications: ['web'] }), key('b', { revokedAt: at })], nextToken: 'n' })(request, response);
    const ran = await against({ 'GET /v1/access-keys': page }, ['access-key', 'list']);
    assert.deepEqual(ran.out.trimEnd().split('\n').slice(1).map((line) => line.split(/ {2,}/).slice(0, 4)), [['a', 'viewer', 'web', 'good'], ['b', 'viewer', 'all', 'revoked'], ['c', 'viewer', 'all', 'expired']]);
  });

  it('update widens to all applications only when told so', async () => {
    const ran = await against({ 'PATCH /v1/access-keys/FLAK1': say({}) }, ['access-key', 'update', 'FLAK1', '--all-applications', '--role', 'viewer']);
    assert.deepEqual(bodyOf(ran.asked), { role: 'viewer', applications: [] });
  });

  it('revoke addresses the key by its id', async () => {
    const ran = await against({ 'DELETE /v1/access-keys/FLAK1': say({}) }, ['access-key', 'revoke', 'FLAK1']);
    assert.deepEqual([ran.status, ran.out], [0, 'FLAK1 is revoked.\n']);
  });
});

describe('fairlead application', () => {
  it('list prints one name a line, over all pages', async () => {
    const page: Answer = (request, response) => say(request.line.includes('nextToken=n') ? { applications: ['c'] } : { applications: ['a', 'b'], nextToken: 'n' })(request, response);
    const ran = await against({ 'GET /v1/applications': page }, ['application', 'list']);
    assert.equal(ran.out, 'a\nb\nc\n');
  });

  it('list --json is one JSON value, also when there is nothing', async () => {
    const ran = await against({ 'GET /v1/applications': say({ applications: [] }) }, ['application', 'list', '--json']);
    assert.deepEqual([JSON.parse(ran.out), ran.err], [{ applications: [] }, '']);
  });

  it('rename and delete do what they say', async () => {
    const renamed = await against({ 'PATCH /v1/applications/a': say(null, 204) }, ['application', 'rename', 'a', 'b']);
    assert.deepEqual([renamed.status, bodyOf(renamed.asked)], [0, { newApplicationName: 'b' }]);
    const deleted = await against({ 'DELETE /v1/applications/a': say(null, 204) }, ['application', 'delete', 'a', '--json']);
    assert.deepEqual([deleted.status, JSON.parse(deleted.out)], [0, { applicationName: 'a' }]);
  });

  it('prints the server’s refusal on standard error and nothing on standard output', async () => {
    const ran = await against({ 'POST /v1/applications': refuse(409, 'ApplicationAlreadyExistsException', 'There is one.') }, ['application', 'create', 'a']);
    assert.deepEqual([ran.status, ran.out, ran.err], [2, '', 'There is one.\nLook at it: fairlead application show NAME\n']);
  });
});

describe('fairlead deployment-group', () => {
  const create = ['deployment-group', 'create', 'production', '--application', 'my-app'];
  const created = { 'POST /v1/applications/my-app/deployment-groups': say({ deploymentGroupId: 'g' }, 201) };

  it('create turns its flags into CodeDeploy’s members, with a service role that names nobody', async () => {
    const ran = await against(created, [...create, '--tag', 'role=web', '--tag', 'canary', '--ec2-tag', 'a=b', '--config', 'C', '--auto-rollback', 'on-failure']);
    assert.equal(ran.status, 0, ran.err);
    assert.deepEqual(bodyOf(ran.asked), {
      serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead-needs-no-role',
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }, { Key: 'canary', Type: 'KEY_ONLY' }],
      ec2TagFilters: [{ Key: 'a', Value: 'b', Type: 'KEY_AND_VALUE' }],
      deploymentConfigName: 'C',
      autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] },
      deploymentGroupName: 'production',
    });
  });

  it('create and update set guided failure, and say what it lacks', async () => {
    const ran = await against(created, [...create, '--tag', 'role=web', '--guided-failure', '--decide-within', '90m']);
    assert.deepEqual((bodyOf(ran.asked) as { guidedFailure: unknown }).guidedFailure, { enabled: true, decideWithinMinutes: 90 });
    const off = await against({ 'PATCH /v1/applications/my-app/deployment-groups/production': say({}) }, ['deployment-group', 'update', 'production', '--application', 'my-app', '--no-guided-failure']);
    assert.deepEqual(bodyOf(off.asked), { guidedFailure: { enabled: false } });
    const alone = await against(created, [...create, '--decide-within', '90m']);
    assert.deepEqual([alone.status, alone.asked.length], [2, 0]);
    assert.match(alone.err, /--decide-within goes with --guided-failure/);
  });

  it('create and update say how traffic goes from one fleet to another, and what a flag needs beside it', async () => {
    const fleets = [...create, '--tag', 'fleet=blue', '--router', 'front', '--blue-green'];
    const ran = await against(created, [...fleets, '--replacement-tag', 'service=shop', '--when-ready', 'wait', '--ready-wait', '2h', '--originals', 'terminate', '--originals-wait', '30m']);
    assert.equal(ran.status, 0, ran.err);
    const body = bodyOf(ran.asked) as Record<string, unknown>;
    assert.deepEqual(body['deploymentStyle'], { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' });
    assert.deepEqual(body['blueGreenDeploymentConfiguration'], {
      greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING', targetInstances: { onPremisesInstanceTagFilters: [{ Key: 'service', Value: 'shop', Type: 'KEY_AND_VALUE' }] } },
      deploymentReadyOption: { actionOnTimeout: 'STOP_DEPLOYMENT', waitTimeInMinutes: 120 },
      terminateBlueInstancesOnDeploymentSuccess: { action: 'TERMINATE', terminationWaitTimeInMinutes: 30 },
    });
    const plain = bodyOf((await against(created, [...fleets, '--when-ready', 'continue', '--originals', 'keep'])).asked) as Record<string, unknown>;
    assert.deepEqual(plain['blueGreenDeploymentConfiguration'], { greenFleetProvisioningOption: { action: 'DISCOVER_EXISTING' }, deploymentReadyOption: { actionOnTimeout: 'CONTINUE_DEPLOYMENT', waitTimeInMinutes: 0 }, terminateBlueInstancesOnDeploymentSuccess: { action: 'KEEP_ALIVE' } });
    const made = bodyOf((await against(created, [...fleets, '--fleet-provider', 'asg', '--replacement-count', '4'])).asked) as Record<string, unknown>;
    assert.deepEqual([made['autoScalingGroups'], made['blueGreenDeploymentConfiguration']], [['asg'], { greenFleetProvisioningOption: { action: 'COPY_AUTO_SCALING_GROUP', instanceCount: 4 } }]);
    const back = await against({ 'PATCH /v1/applications/my-app/deployment-groups/production': say({}) }, ['deployment-group', 'update', 'production', '--application', 'my-app', '--no-blue-green']);
    assert.deepEqual(bodyOf(back.asked), { deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITH_TRAFFIC_CONTROL' } });
    for (const [wrong, says] of [[['--originals', 'keep'], /--originals goes with --blue-green/], [['--fleet-provider', 'asg'], /--fleet-provider goes with --blue-green/], [['--blue-green', '--replacement-count', '3'], /goes with --fleet-provider/], [['--blue-green', '--fleet-provider', 'asg', '--replacement-tag', 'a=b'], /either --fleet-provider/], [['--blue-green', '--ready-wait', '1h'], /--ready-wait goes with --when-ready wait/], [['--blue-green', '--when-ready', 'wait', '--ready-wait', '90s'], /whole minutes/]] as const) {
      const refused = await against(created, [...create, '--tag', 'a=b', '--router', 'front', ...wrong]);
      assert.deepEqual([refused.status, refused.asked.length], [2, 0]);
      assert.match(refused.err, says);
    }
  });

  it('create takes the whole shape from standard input, and flags win', async () => {
    const input = JSON.stringify({ deploymentConfigName: 'X', onPremisesTagSet: { onPremisesTagSetList: [] }, serviceRoleArn: 'arn:mine' });
    const ran = await against(created, [...create, '--json-input', '-', '--config', 'C'], input);
    const body = bodyOf(ran.asked) as Record<string, unknown>;
    assert.deepEqual([body['deploymentConfigName'], body['serviceRoleArn'], body['onPremisesTagSet']], ['C', 'arn:mine', { onPremisesTagSetList: [] }]);
  });

  it('refuses JSON input that is none, or has members the API does not have', async () => {
    for (const [input, says] of [['{', /is not JSON/], ['[]', /not hold a JSON object/], ['{"tagz":1}', /does not have: tagz/]] as const) {
      const ran = await against(created, [...create, '--json-input', '-'], input);
      assert.deepEqual([ran.status, ran.asked.length], [2, 0]);
      assert.match(ran.err, says);
    }
  });

  it('update sends only what was given, and refuses to change nothing', async () => {
    const answers = { 'PATCH /v1/applications/my-app/deployment-groups/production': say({}) };
    const update = ['deployment-group', 'update', 'production', '--application', 'my-app'];
    const ran = await against(answers, [...update, '--rename', 'prod', '--auto-rollback', 'off']);
    assert.deepEqual(bodyOf(ran.asked), { autoRollbackConfiguration: { enabled: false }, newDeploymentGroupName: 'prod' });
    assert.equal((await against(answers, update)).status, 2);
  });

  it('show puts tags, rollback and the last deployments in words', async () => {
    const deploymentGroupInfo = {
      deploymentGroupName: 'production',
      onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }, { Key: 'x', Type: 'KEY_ONLY' }],
      autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] },
      lastAttemptedDeployment: { deploymentId, status: 'Failed', createTime: at },
    };
    const ran = await against({ 'GET /v1/applications/my-app/deployment-groups/production': say({ deploymentGroupInfo }) }, ['deployment-group', 'show', 'production', '--application', 'my-app']);
    assert.match(ran.out, /on-premises tags +role=web or x\n/);
    assert.match(ran.out, /automatic rollback +DEPLOYMENT_FAILURE\n/);
    assert.match(ran.out, /last attempted +d-ABCDEFGHI +Failed +2026-01-02 03:04:05Z +-\n/);
  });
});

describe('fairlead deployment-group', () => {
  it('create takes an order by tag, the tag of zones, and how long to wait for agents', async () => {
    const answers = { 'POST /v1/applications/my-app/deployment-groups': say({ deploymentGroupId: 'g' }, 201) };
    const create = ['deployment-group', 'create', 'db', '--application', 'my-app'];
    const ran = await against(answers, [...create, '--order', 'member=replica,*,leader', '--zone-tag', 'rack', '--silence-timeout', '60', '--event-timeout', '900']);
    const body = bodyOf(ran.asked) as Record<string, unknown>;
    assert.deepEqual(body['targetOrder'], [{ tagKey: 'member', values: ['replica', '*', 'leader'] }]);
    assert.deepEqual(body['zoneTagKey'], 'rack');
    assert.deepEqual(body['timeouts'], { eventSeconds: 900, silenceSeconds: 60 });
    const converge = await against(answers, [...create, '--converge', '--converge-attempts', '5']);
    assert.deepEqual((bodyOf(converge.asked) as Record<string, unknown>)['convergence'], { enabled: true, maxAttempts: 5 });
    for (const wrong of [['--converge-attempts', '2'], ['--order', 'member'], ['--order', 'member=a,,b'], ['--silence-timeout', 'soon']]) {
      assert.equal((await against(answers, [...create, ...wrong])).status, 2, wrong.join(' '));
    }
  });
});

describe('fairlead deployment-group explain', () => {
  it('says how each instance stands towards the revision of its group', async () => {
    const route = 'GET /v1/applications/my-app/deployment-groups/production/explain';
    const explain = ['deployment-group', 'explain', 'production', '--application', 'my-app'];
    const ran = await against({ [route]: say({ rootDeploymentId: deploymentId, instances: [{ instanceName: 'a', state: { reason: 'Due' }, sentence: 'a is about to be brought there.' }] }) }, explain);
    assert.equal(ran.out, `The revision of ${deploymentId} is the group's.\na is about to be brought there.\n`);
    assert.match((await against({ [route]: say({ instances: [] }) }, explain)).out, /^Late instances are left as they are/);
  });
});

describe('fairlead deployment-config', () => {
  it('create takes exactly one minimum', async () => {
    const answers = { 'POST /v1/deployment-configs': say({ deploymentConfigId: 'c' }, 201) };
    const create = ['deployment-config', 'create', 'keep'];
    const hosts = await against(answers, [...create, '--minimum-healthy-hosts', '2']);
    assert.deepEqual(bodyOf(hosts.asked), { deploymentConfigName: 'keep', minimumHealthyHosts: { type: 'HOST_COUNT', value: 2 } });
    const percent = await against(answers, [...create, '--minimum-healthy-percent', '0']);
    assert.deepEqual(bodyOf(percent.asked), { deploymentConfigName: 'keep', minimumHealthyHosts: { type: 'FLEET_PERCENT', value: 0 } });
    for (const wrong of [[], ['--minimum-healthy-percent', '100'], ['--minimum-healthy-hosts', '1', '--minimum-healthy-percent', '1']]) {
      assert.equal((await against(answers, [...create, ...wrong])).status, 2);
    }
  });

  it('create says in which portions the fleet is gone through: by zones, or by a ramp', async () => {
    const answers = { 'POST /v1/deployment-configs': say({ deploymentConfigId: 'c' }, 201) };
    const create = ['deployment-config', 'create', 'x', '--minimum-healthy-hosts', '0'];
    const base = { deploymentConfigName: 'x', minimumHealthyHosts: { type: 'HOST_COUNT', value: 0 } };
    const zonal = await against(answers, [...create, '--zone-bake', '600', '--first-zone-bake', '1800', '--zone-minimum', '50%']);
    const zonalConfig = { monitorDurationInSeconds: 600, firstZoneMonitorDurationInSeconds: 1800, minimumHealthyHostsPerZone: { type: 'FLEET_PERCENT', value: 50 } };
    assert.deepEqual(bodyOf(zonal.asked), { ...base, zonalConfig });
    const ramp = await against(answers, [...create, '--ramp', '1,5%,100%', '--bake', '60', '--require-every-target']);
    assert.deepEqual(bodyOf(ramp.asked), { ...base, ramp: { steps: [{ hosts: '1' }, { hosts: '5%' }, { hosts: '100%' }], bakeSeconds: 60 }, requireEveryTarget: true });
    for (const wrong of [['--ramp', '1,100%', '--zone-bake', '1'], ['--bake', '60'], ['--ramp', 'few'], ['--zone-minimum', '100%']]) {
      assert.equal((await against(answers, [...create, ...wrong])).status, 2, wrong.join(' '));
    }
  });

  it('show reads the portions back', async () => {
    const info = { deploymentConfigId: 'c', deploymentConfigName: 'x', createTime: '2026-01-02T03:04:05.000Z', computePlatform: 'Server', minimumHealthyHosts: { type: 'HOST_COUNT', value: 0 } };
    const shown = async (more: object) => (await against({ 'GET /v1/deployment-configs/x': say({ deploymentConfigInfo: { ...info, ...more } }) }, ['deployment-config', 'show', 'x'])).out;
    assert.match(await shown({ zonalConfig: { monitorDurationInSeconds: 60 } }), /zone by zone +watched for 60 s, the first for 60 s\n/);
    const out = await shown({ ramp: { steps: [{ hosts: '1' }, { hosts: '5%' }, { hosts: '100%' }], bakeSeconds: 9 }, requireEveryTarget: true });
    assert.match(out, /ramp +1, 5%, 100%, each watched for 9 s/);
    assert.match(out, /every target must succeed +yes/);
  });
});

describe('fairlead deployment', () => {
  it('list shows newest first, and asks for no more than the limit', async () => {
    const ids = ['d-000000003', 'd-000000002', 'd-000000001'];
    const answers = {
      'GET /v1/deployments': say({ deployments: ids, nextToken: 'more' }),
      'POST /v1/deployments/batch-get': say({ deploymentsInfo: [2, 3].map((n) => ({ deploymentId: `d-00000000${n}`, status: 'Failed', createTime: `2026-01-0${n}T00:00:00.000Z` })) }),
    };
    const ran = await against(answers, ['deployment', 'list', '--limit', '2', '--status', 'failed', 'Stopped']);
    assert.deepEqual(ran.out.trimEnd().split('\n').slice(1).map((line) => line.split(' ')[0]), ids.slice(0, 2));
    assert.deepEqual(JSON.parse(ran.asked[1]?.body.toString() ?? ''), { deploymentIds: ids.slice(0, 2) });
    assert.match(ran.asked[0]?.line ?? '', /includeOnlyStatuses=Failed&includeOnlyStatuses=Stopped/);
  });

  it('list of an application looks into each of its groups, as the API takes no application alone', async () => {
    const answers = {
      'GET /v1/applications/my-app/deployment-groups': say({ applicationName: 'my-app', deploymentGroups: ['a', 'b'] }),
      'GET /v1/deployments': say({ deployments: [] }),
    };
    const ran = await against(answers, ['deployment', 'list', '--application', 'my-app']);
    assert.equal(ran.status, 0, ran.err);
    assert.deepEqual(ran.asked.slice(1).map((one) => one.line), ['a', 'b'].map((name) => `GET /v1/deployments?applicationName=my-app&deploymentGroupName=${name}`));
  });

  it('list asks no batch for no deployments', async () => {
    const ran = await against({ 'GET /v1/deployments': say({ deployments: [] }) }, ['deployment', 'list', '--json']);
    assert.deepEqual([ran.status, JSON.parse(ran.out), ran.asked.length], [0, { deploymentsInfo: [] }, 1]);
  });

  it('show says how each target got on, and works before there are any', async () => {
    const shown = picture('Failed', [{ id: 'web-1', status: 'Failed', events: [event('Install', 'Succeeded'), event('AfterInstall', 'Failed')] }]);
    const answers = {
      [`GET /v1/deployments/${deploymentId}`]: say({ deploymentInfo: shown.deployment }),
      [`GET /v1/deployments/${deploymentId}/targets`]: say({ targetIds: ['web-1'] }),
      [`POST /v1/deployments/${deploymentId}/targets/batch-get`]: say({ deploymentTargets: shown.targets }),
    };
    const ran = await against(answers, ['deployment', 'show', deploymentId]);
    assert.match(ran.out, /status +Failed\n[\s\S]*web-1 Install Succeeded\n.*web-1 AfterInstall Failed\n.*web-1 Failed\n$/);
    const early = await against({ ...answers, [`GET /v1/deployments/${deploymentId}/targets`]: refuse(409, 'DeploymentNotStartedException', 'Not yet.') }, ['deployment', 'show', deploymentId, '--json']);
    assert.deepEqual([early.status, (JSON.parse(early.out) as { deploymentTargets: unknown }).deploymentTargets], [0, []]);
  });

  it('stop passes on whether to roll back', async () => {
    const answers = { [`POST /v1/deployments/${deploymentId}/stop`]: say({ status: 'Pending', statusMessage: 'It ends.' }) };
    for (const [flags, body] of [[[], {}], [['--auto-rollback'], { autoRollbackEnabled: true }], [['--no-auto-rollback'], { autoRollbackEnabled: false }]] as const) {
      const ran = await against(answers, ['deployment', 'stop', deploymentId, ...flags]);
      assert.deepEqual([ran.status, bodyOf(ran.asked), ran.out], [0, body, `${deploymentId}: It ends.\n`]);
    }
  });

  it('explain prints the server’s sentences, or that there is nothing to wait for', async () => {
    const explain = (sentences: readonly string[]) => against({ [`GET /v1/deployments/${deploymentId}/explain`]: say({ deploymentId, status: 'InProgress', waitingOn: [], sentences }) }, ['deployment', 'explain', deploymentId]);
    assert.equal((await explain(['One.', 'Two.'])).out, 'One.\nTwo.\n');
    assert.equal((await explain([])).out, `${deploymentId} is InProgress and waits for nothing.\n`);
  });
});

describe('fairlead instance', () => {
  it('list marks tags that were set here, and says whether the agent is there', async () => {
    const instances = [
      { instanceName: 'web-1', instanceArn: 'x', kind: 'onPremises', tags: [{ Key: 'role', Value: 'web', setBy: 'agent' }, { Key: 'a', Value: 'b', setBy: 'api' }], isEnrolled: true, isConnected: true, lastSeenAt: at },
      { instanceName: 'i-1', instanceArn: 'x', kind: 'ec2', tags: [], isEnrolled: false, isConnected: false },
    ];
    const ran = await against({ 'GET /v1/instances': say({ instances }) }, ['instance', 'list']);
    assert.deepEqual(ran.out.split('\n').slice(1, 3), ['web-1     on-premises  connected     now        role=web a=b*', 'i-1       EC2          not enrolled  -          -']);
  });

  it('tag and untag send what they are given', async () => {
    const tagged = await against({ 'POST /v1/instances/web-1/tags': say({}) }, ['instance', 'tag', 'web-1', 'a=b', 'c=']);
    assert.deepEqual(bodyOf(tagged.asked), { tags: [{ Key: 'a', Value: 'b' }, { Key: 'c', Value: '' }] });
    const untagged = await against({ 'POST /v1/instances/web-1/tags/remove': say({}) }, ['instance', 'untag', 'web-1', 'a', 'c']);
    assert.deepEqual(bodyOf(untagged.asked), { tagKeys: ['a', 'c'] });
  });
});

describe('fairlead server and agent', () => {
  it('hand their flags on and answer with the program’s status', async () => {
    const seen: unknown[] = [];
    const keep = (options: unknown) => {
      seen.push(options);
      return Promise.resolve(7);
    };
    const rooms = { runServer: keep, runAgent: keep };
    const server = await runCommand(['server', '--data-dir', 'D', '--listen', '127.0.0.1:0', '--insecure-plaintext'], { rooms });
    const agent = await runCommand(['agent', '--controller', 'http://c', '--join-token', 'T', '--name', 'web-1', '--tag', 'role=web', '--tag', 'a=b=c', '--data-dir', 'D', '--root', 'R'], { rooms });
    assert.deepEqual([server.status, agent.status], [7, 7]);
    assert.deepEqual(seen, [
      { dataDir: 'D', listen: '127.0.0.1:0', insecurePlaintext: true },
      { controller: 'http://c', joinToken: 'T', name: 'web-1', tags: [{ Key: 'role', Value: 'web' }, { Key: 'a', Value: 'b=c' }], dataDir: 'D', root: 'R' },
    ]);
  });

  it('a setting that is wrong is a refusal, a defect keeps its stack', async () => {
    const failing = (error: Error) => runCommand(['server', '--data-dir', 'D'], { rooms: { runServer: () => Promise.reject(error) } });
    const wrong = await failing(new Error('--listen wants HOST:PORT.'));
    assert.deepEqual([wrong.status, wrong.err], [2, '--listen wants HOST:PORT.\n']);
    const defect = await failing(new TypeError('x is not a function'));
    assert.equal(defect.status, 70);
    assert.match(defect.err, /defect worth reporting[\s\S]*commands\.test\.ts/);
  });
});

describe('fairlead trigger', () => {
  const delivery = { deliveryId: 'e1', triggerName: 'chat', target: 'https://chat.example/x', event: 'DeploymentFailure', deploymentId: 'd-AAAAAAAAA', status: 'Waiting', attempts: 3, createdAt: at, lastError: 'chat.example answered 500.' };

  it('deliveries shows what did not arrive, and why', async () => {
    const ran = await against({ 'GET /v1/trigger-deliveries': say({ deliveries: [delivery] }) }, ['trigger', 'deliveries', 'd-AAAAAAAAA']);
    assert.equal(ran.status, 0);
    assert.match(ran.out, /chat +DeploymentFailure +d-AAAAAAAAA +Waiting +3 +chat\.example answered 500\./);
  });

  it('deliveries asks for a promotion by its id, and for all of a promotion path', async () => {
    const asked = async (...words: string[]) => (await against({ 'GET /v1/trigger-deliveries': say({ deliveries: [] }) }, ['trigger', 'deliveries', ...words])).asked[0]?.line;
    assert.equal(await asked('p-AAAAAAAAA'), 'GET /v1/trigger-deliveries?promotionId=p-AAAAAAAAA');
    assert.equal(await asked('--application', 'web', '--path', 'out'), 'GET /v1/trigger-deliveries?applicationName=web&promotionPathName=out');
    assert.equal((await against({}, ['trigger', 'deliveries', '--application', 'web', '--path', 'out', '--deployment-group', 'blue'])).status, 2);
  });

  it('deliveries wants a deployment, or an application and a group', async () => {
    for (const words of [[], ['d-AAAAAAAAA', '--application', 'web'], ['--application', 'web'], ['--deployment-group', 'blue']]) {
      const ran = await against({}, ['trigger', 'deliveries', ...words]);
      assert.equal(ran.status, 2, words.join(' '));
    }
    const ran = await against({ 'GET /v1/trigger-deliveries': say({ deliveries: [] }) }, ['trigger', 'deliveries', '--application', 'web', '--deployment-group', 'blue']);
    assert.equal(ran.status, 0);
  });
});

describe('fairlead alarm', () => {
  const put = async (...words: string[]) => {
    const ran = await against({ 'PUT /v1/alarms/errors': say({}) }, ['alarm', 'put', 'errors', ...words]);
    return { ...ran, body: ran.asked[0] === undefined ? null : (JSON.parse(ran.asked[0].body.toString()) as unknown) };
  };

  it('put defines an alarm of each kind', async () => {
    assert.deepEqual((await put('--prometheus', 'http://p:9090', '--query', 'up', '--below', '1', '--for', '1m', '--poll', '5s')).body, {
      source: { kind: 'prometheus', url: 'http://p:9090', query: 'up', comparison: 'LESS', threshold: 1, forSeconds: 60 },
      pollSeconds: 5,
    });
    assert.deepEqual((await put('--cloudwatch', '--region', 'eu-west-1')).body, { source: { kind: 'cloudwatch', region: 'eu-west-1' } });
    assert.deepEqual((await put('--http', 'https://a', '--pointer', '/errors', '--above', '5')).body, { source: { kind: 'http', url: 'https://a', pointer: '/errors', comparison: 'LESS_OR_EQUAL', value: 5 } });
    assert.deepEqual((await put('--http', 'https://a', '--status', '204', '--header', 'Authorization: Bearer a:b')).body, { source: { kind: 'http', url: 'https://a', expectedStatus: 204 }, headers: [{ name: 'Authorization', value: 'Bearer a:b' }] });
  });

  it('put refuses what says too little or too much, and shows no header', async () => {
    for (const words of [[], ['--http', 'a', '--cloudwatch'], ['--prometheus', 'a'], ['--prometheus', 'a', '--query', 'b'], ['--prometheus', 'a', '--query', 'b', '--above', 'x'], ['--http', 'a', '--pointer', '/b'], ['--http', 'a', '--header', 's3cret']]) {
      const ran = await put(...words);
      assert.equal(ran.status, 2, words.join(' '));
      assert.doesNotMatch(ran.err, /s3cret/);
    }
  });

  it('list and show say what names mean', async () => {
    const alarm = { name: 'errors', source: { kind: 'prometheus', url: 'http://p', query: 'up', comparison: 'LESS', threshold: 1 }, headerNames: ['Authorization'], createdAt: at, updatedAt: at };
    assert.match((await against({ 'GET /v1/alarms': say({ alarms: [alarm] }) }, ['alarm', 'list'])).out, /errors +prometheus +up LESS 1, at http:\/\/p/);
    assert.match((await against({ 'GET /v1/alarms/errors': say({ alarm }) }, ['alarm', 'show', 'errors'])).out, /headers +Authorization/);
    assert.equal((await against({ 'DELETE /v1/alarms/errors': say({}) }, ['alarm', 'delete', 'errors'])).status, 0);
  });
});

describe('fairlead deployment provisioned', () => {
  it('says what was made, or why nothing was, and never both', async () => {
    const route = { [`POST /v1/deployments/${deploymentId}/provisioned-instances`]: say({}) };
    const ran = await against(route, ['deployment', 'provisioned', deploymentId, '--instance', 'web-7', '--instance', 'web-8']);
    assert.equal(ran.status, 0, ran.err);
    assert.deepEqual(bodyOf(ran.asked), { instanceNames: ['web-7', 'web-8'] });
    assert.deepEqual(bodyOf((await against(route, ['deployment', 'provisioned', deploymentId, '--failure', 'no quota'])).asked), { failure: 'no quota' });
    for (const both of [[], ['--instance', 'a', '--failure', 'b']]) assert.deepEqual([(await against(route, ['deployment', 'provisioned', deploymentId, ...both])).status], [2]);
  });
});

describe('fairlead fleet-provider', () => {
  const fleetProvider = { name: 'web', webhookUrl: 'https://ops.example/fleets', hasSecret: true, provisionWaitSeconds: 1200, createdAt: at, updatedAt: at };

  it('put says who makes instances, and sends the secret of a file or of standard input', async () => {
    const ran = await against({ 'PUT /v1/fleet-providers/web': say({}) }, ['fleet-provider', 'put', 'web', '--webhook', 'https://ops.example/fleets', '--secret-file', '-', '--wait', '20m', '--description', 'the ASG'], 'a secret of a fair length\n');
    assert.equal(ran.status, 0, ran.err);
    assert.deepEqual(bodyOf(ran.asked), { webhookUrl: 'https://ops.example/fleets', secret: 'a secret of a fair length', provisionWaitSeconds: 1200, description: 'the ASG' });
    const missing = await against({}, ['fleet-provider', 'put', 'web', '--webhook', 'https://ops.example', '--secret-file', '/no/such/file']);
    assert.deepEqual([missing.status, missing.asked.length], [2, 0]);
  });

  it('list, show and delete', async () => {
    assert.match((await against({ 'GET /v1/fleet-providers': say({ fleetProviders: [fleetProvider] }) }, ['fleet-provider', 'list'])).out, /web +https:\/\/ops\.example\/fleets/);
    const shown = await against({ 'GET /v1/fleet-providers/web': say({ fleetProvider }) }, ['fleet-provider', 'show', 'web']);
    for (const part of [/signed with +a secret of its own/, /instances may take +1200 s/]) assert.match(shown.out, part);
    assert.equal((await against({ 'DELETE /v1/fleet-providers/web': say({}) }, ['fleet-provider', 'delete', 'web'])).status, 0);
  });
});

describe('fairlead traffic-router', () => {
  const put = async (...words: string[]) => {
    const ran = await against({ 'PUT /v1/traffic-routers/front': say({}) }, ['traffic-router', 'put', 'front', ...words]);
    return { ...ran, router: ran.asked[0] === undefined ? null : (JSON.parse(ran.asked[0].body.toString()) as { router: unknown }).router };
  };

  it('put defines a router of each kind', async () => {
    assert.deepEqual((await put('--none')).router, { kind: 'none' });
    assert.deepEqual((await put('--haproxy', 'unix:/a', '--haproxy', 'tcp:b:1', '--backend', 'web', '--member-tag', 'lb', '--sticky', '1m', '--cut-after', '1h', '--reload-grace', '5s')).router, {
      kind: 'haproxy', nodes: [{ address: 'unix:/a' }, { address: 'tcp:b:1' }], backends: ['web'], memberTagKey: 'lb', stickySeconds: 60, cutAfterSeconds: 3600, reloadGraceSeconds: 5,
    });
  });

  it('put defines target groups of AWS, by the tags of instances where there are two fleets', async () => {
    assert.deepEqual((await put('--elbv2', 'web', '--region', 'eu-west-1', '--port', '80')).router, { kind: 'elbv2', targetGroups: [{ name: 'web' }], region: 'eu-west-1', port: 80 });
    assert.deepEqual((await put('--elbv2', 'blue=b', '--elbv2', 'green=g', '--group-tag', 'colour', '--rule', 'arn:r')).router, {
      kind: 'elbv2', targetGroups: [{ name: 'b', tagValue: 'blue' }, { name: 'g', tagValue: 'green' }], groupTagKey: 'colour', ruleArn: 'arn:r',
    });
  });

  it('put defines nginx by the agents beside it', async () => {
    assert.deepEqual((await put('--nginx', 'agent:lb-1/shop', '--port', '8080', '--port-tag', 'p', '--address-tag', 'ip', '--max-fails', '0', '--fail-timeout', '5s')).router, {
      kind: 'nginx', nodes: [{ address: 'agent:lb-1/shop' }], port: 8080, portTagKey: 'p', addressTagKey: 'ip', maxFails: 0, failTimeoutSeconds: 5,
    });
  });

  it('put refuses what says too little or too much', async () => {
    for (const words of [[], ['--nginx', 'agent:a', '--port', 'http'], ['--none', '--haproxy', 'unix:/a'], ['--haproxy', 'unix:/a'], ['--settings', 'no-such-file']]) assert.equal((await put(...words)).status, 2, words.join(' '));
  });

  it('list and show say what names mean, how members stand, and what is wrong', async () => {
    const trafficRouter = { name: 'front', router: { kind: 'haproxy', nodes: [{ address: 'unix:/a' }], backends: ['web'] }, hasCredentials: false, createdAt: at, updatedAt: at };
    assert.match((await against({ 'GET /v1/traffic-routers': say({ trafficRouters: [trafficRouter] }) }, ['traffic-router', 'list'])).out, /front +haproxy +backend web at unix:\/a/);
    const observation = { drain: 'exact', hasWeights: true, members: [{ instanceName: 'web-1', state: 'Draining', inFlight: 3, weight: 100, detail: 'lb: DRAIN' }], findings: [{ severity: 'warning', rule: 'weight-base', sentence: 'Too light.' }], trouble: 'One node is gone.' };
    const routes = { 'GET /v1/traffic-routers/front': say({ trafficRouter }), 'GET /v1/traffic-routers/front/observation': say(observation) };
    const shown = await against(routes, ['traffic-router', 'show', 'front']);
    for (const part of [/drained +exact/, /web-1 +Draining +3 +100 +lb: DRAIN/, /warning weight-base: Too light\./, /One node is gone\./]) assert.match(shown.out, part);
    assert.deepEqual((JSON.parse((await against(routes, ['traffic-router', 'show', 'front', '--json'])).out) as { observation: unknown }).observation, observation);
    assert.equal((await against({ 'GET /v1/traffic-routers/front': say({ trafficRouter }) }, ['traffic-router', 'show', 'front', '--no-look'])).status, 0);
    assert.equal((await against({ 'DELETE /v1/traffic-routers/front': say({}) }, ['traffic-router', 'delete', 'front'])).status, 0);
  });
});

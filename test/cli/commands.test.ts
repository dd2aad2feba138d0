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
    assert.deepEqual(ran.out.split('\n').slice(1, 3), ['web-1     on-premises  connected     2026-01-02 03:04:05Z  role=web a=b*', 'i-1       EC2          not enrolled  -                     -']);
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

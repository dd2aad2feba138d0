import { describe, it } from 'mocha';
import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { refuse, say, startFakeServer, stream } from './fake-server.ts';
import type { Answer } from './fake-server.ts';
import { deploymentId, event, picture } from './pictures.ts';
import { environmentFor, runCommand } from './run-command.ts';

const revision = { revisionType: 'S3', s3Location: { bucket: 'fairlead', key: 'k.tgz', bundleType: 'tgz' } };
const deploy = ['deploy', '--application', 'my-app', '--deployment-group', 'production', '--revision-key', 'k.tgz'];

const answersWith = (watch: Answer, more: Readonly<Record<string, Answer>> = {}): Readonly<Record<string, Answer>> => ({
  'GET /v1/applications/my-app/revisions': say({ revisions: [{ revisionType: 'S3', s3Location: { bucket: 'fairlead', key: 'other', bundleType: 'zip' } }, revision] }),
  'POST /v1/applications/my-app/deployments': say({ deploymentId }, 201),
  [`GET /v1/deployments/${deploymentId}/watch`]: watch,
  ...more,
});

describe('fairlead deploy', () => {
  const ends = [
    ['Succeeded', 0, `${deploymentId} succeeded.`],
    ['Failed', 1, `${deploymentId} failed.`],
    ['Stopped', 3, `${deploymentId} was stopped.`],
  ] as const;
  for (const [end, status, sentence] of ends) {
    it(`ends with status ${status} when the deployment is ${end}`, async () => {
      await using server = await startFakeServer(answersWith(stream(picture('InProgress'), picture(end))));
      const ran = await runCommand(deploy, { env: environmentFor(server.url) });
      assert.equal(ran.status, status, ran.err);
      assert.equal(ran.out.trimEnd().split('\n').at(-1), sentence);
    });
  }

  it('finds bucket and kind of archive by the key, and sends what the flags say', async () => {
    await using server = await startFakeServer(answersWith(stream(picture('Succeeded'))));
    await runCommand([...deploy, '--config', 'C', '--file-exists-behavior', 'OVERWRITE', '--ignore-application-stop-failures', '--no-auto-rollback', '--description', 'd'], { env: environmentFor(server.url) });
    const created = server.asked.find((one) => one.line.startsWith('POST'));
    assert.deepEqual(JSON.parse(created?.body.toString() ?? ''), {
      deploymentGroupName: 'production',
      revision,
      deploymentConfigName: 'C',
      description: 'd',
      fileExistsBehavior: 'OVERWRITE',
      ignoreApplicationStopFailures: true,
      autoRollbackConfiguration: { enabled: false },
    });
  });

  it('names the replacement instances of a blue/green deployment by their tags', async () => {
    await using server = await startFakeServer(answersWith(stream(picture('Succeeded'))));
    await runCommand([...deploy, '--replacement-tag', 'fleet=green', 'spare', '--replacement-ec2-tag', 'fleet=green'], { env: environmentFor(server.url) });
    const created = server.asked.find((one) => one.line.startsWith('POST'));
    const green = { Key: 'fleet', Value: 'green', Type: 'KEY_AND_VALUE' };
    assert.deepEqual(JSON.parse(created?.body.toString() ?? ''), { deploymentGroupName: 'production', revision, targetInstances: { onPremisesInstanceTagFilters: [green, { Key: 'spare', Type: 'KEY_ONLY' }], tagFilters: [green] } });
  });

  const plan = {
    applicationName: 'my-app', deploymentGroupName: 'production', revision, deploymentConfigName: 'Canary', minimumHealthyHosts: 1,
    targets: [{ targetId: 'web-1', standing: 'old', isConnected: true }, { targetId: 'web-2', standing: 'old', isConnected: false }, { targetId: 'web-3', standing: 'old', isConnected: true }],
    waves: [{ targetIds: ['web-2'], step: '1', bakeSeconds: 600 }, { targetIds: ['web-1', 'web-3'], step: '100%' }],
    outcome: { status: 'Succeeded' }, alarmBakeSeconds: 90,
    waitingOn: [{ reason: 'Frozen', freezeName: 'winter', because: 'down' }], sentences: ['Frozen by winter.'],
    conflicts: [{ reason: 'AgentsAbsent', targetIds: ['web-2'], sentence: 'The agent of web-2 is not connected.' }],
    supersedes: ['d-000000001'], notes: ['Mind the gap.'], planIndex: 'plan1-abc', expiresAt: '2026-01-01T00:00:00.000Z',
  };

  it('shows with --plan what would happen, creates nothing, and says how to have exactly that done', async () => {
    await using server = await startFakeServer({ ...answersWith(refuse(500, 'InternalFailure', 'not asked')), 'POST /v1/applications/my-app/plan-deployment': say(plan) });
    const ran = await runCommand([...deploy, '--plan', '--config', 'Canary', '--at', '2025-12-31T23:00:00+01:00'], { env: environmentFor(server.url) });
    assert.equal(ran.status, 0, ran.err);
    assert.deepEqual(ran.out.trimEnd().split('\n'), [
      'my-app to production, Canary, fairlead/k.tgz',
      '3 targets, of which 1 must stay healthy; not connected: 1',
      'WAVE  PART       THEN            TARGETS',
      '1     step 1     watched 10m00s  web-2',
      '2     step 100%  -               web-1 web-3',
      'Alarms are watched for 1m30s after the last target.',
      'Supersedes d-000000001, which is stopped.',
      'Held: Frozen by winter.',
      'Conflict: The agent of web-2 is not connected.',
      'Note: Mind the gap.',
      'It succeeds if every instance does as it is told.',
    ]);
    assert.match(ran.err, /^Until 2026-01-01 00:00:00Z exactly this is done, or nothing, by the same command with --apply plan1-abc instead of --plan, and --at 2025-12-31T22:00:00\.000Z\n$/);
    const asked = server.asked.filter((one) => one.line.startsWith('POST'));
    assert.deepEqual(asked.map((one) => [one.line, JSON.parse(one.body.toString())]), [['POST /v1/applications/my-app/plan-deployment', { deploymentGroupName: 'production', revision, deploymentConfigName: 'Canary', scheduledAt: '2025-12-31T22:00:00.000Z' }]]);
  });

  it('ends with status 1 after --plan where it cannot succeed, or would be refused', async () => {
    for (const reason of ['NeverSucceeds', 'ActiveDeployment']) {
      await using server = await startFakeServer({ ...answersWith(refuse(500, 'InternalFailure', 'not asked')), 'POST /v1/applications/my-app/plan-deployment': say({ ...plan, conflicts: [{ reason, sentence: 'So it is.' }] }) });
      const ran = await runCommand([...deploy, '--plan'], { env: environmentFor(server.url) });
      assert.deepEqual([ran.status, ran.err], [1, '']);
      assert.match(ran.out, /^Conflict: So it is\.$/m);
      assert.doesNotMatch(ran.out, /It succeeds/);
    }
  });

  it('hands the index of --apply on, and shows what the server says that has changed', async () => {
    await using server = await startFakeServer(answersWith(stream(picture('Succeeded'))));
    await runCommand([...deploy, '--apply', 'plan1-abc'], { env: environmentFor(server.url) });
    const created = server.asked.find((one) => one.line.startsWith('POST'));
    assert.deepEqual(JSON.parse(created?.body.toString() ?? ''), { deploymentGroupName: 'production', revision, planIndex: 'plan1-abc' });
    await using other = await startFakeServer({ ...answersWith(stream()), 'POST /v1/applications/my-app/deployments': refuse(409, 'PlanOutdatedException', 'Not what the plan has shown.') });
    const ran = await runCommand([...deploy, '--apply', 'plan1-abc'], { env: environmentFor(other.url) });
    assert.equal(ran.status, 2);
    assert.match(ran.err, /Not what the plan has shown\./);
  });

  it('refuses flags beside --plan that are for doing it', async () => {
    for (const [flag, ...value] of [['--apply', 'plan1-abc'], ['--detach'], ['--logs']] as const) {
      const ran = await runCommand([...deploy, '--plan', flag, ...value], { env: environmentFor('http://127.0.0.1:1') });
      assert.equal(ran.status, 2);
      assert.match(ran.err, new RegExp(`${flag} is for doing it`));
    }
  });

  it('prints one plain line for each change when it is not on a terminal', async () => {
    const running = picture('InProgress', [{ id: 'web-1', status: 'InProgress', events: [event('Install', 'InProgress')] }]);
    const done = picture('Succeeded', [{ id: 'web-1', status: 'Succeeded', events: [event('Install', 'Succeeded')] }]);
    await using server = await startFakeServer(answersWith(stream(running, done)));
    const ran = await runCommand(deploy, { env: environmentFor(server.url) });
    assert.deepEqual(ran.out.split('\n'), [
      `${deploymentId} my-app to production`,
      `${deploymentId} InProgress`,
      `${deploymentId} web-1 Install InProgress`,
      `${deploymentId} web-1 Install Succeeded`,
      `${deploymentId} web-1 Succeeded`,
      `${deploymentId} Succeeded`,
      `${deploymentId} succeeded.`,
      '',
    ]);
  });

  it('redraws a bar on a terminal and leaves it tidy', async () => {
    await using server = await startFakeServer(answersWith(stream(picture('InProgress', [{ id: 'web-1', status: 'InProgress', events: [event('Install', 'InProgress')] }]), picture('Succeeded'))));
    const ran = await runCommand(deploy, { env: environmentFor(server.url), isTerminal: true });
    assert.match(ran.out, /░.* 0 of 1/);
    assert.match(ran.out, /\x1b\[1A\x1b\[0Jd-ABCDEFGHI succeeded\.\n$/);
  });

  it('follows a rollback to its end, says so, and stays a failure', async () => {
    const rollbackId = 'd-000000001';
    const rollback = picture('Succeeded', [], { deploymentId: rollbackId, creator: 'codeDeployRollback' });
    await using server = await startFakeServer(
      answersWith(stream(picture('Failed', [], { rollbackInfo: { rollbackDeploymentId: rollbackId } })), { [`GET /v1/deployments/${rollbackId}/watch`]: stream(rollback) }),
    );
    const ran = await runCommand(deploy, { env: environmentFor(server.url) });
    assert.equal(ran.status, 1);
    assert.match(ran.out, /failed and was rolled back by d-000000001\.\n$/);
  });

  it('picks up a broken watch again and repeats nothing', async () => {
    let tries = 0;
    const watch = (_: unknown, response: ServerResponse): void => {
      tries += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`event: change\ndata: ${JSON.stringify(picture(tries === 1 ? 'InProgress' : 'Succeeded'))}\n\n`);
      if (tries === 1) setImmediate(() => response.destroy());
      else response.end();
    };
    await using server = await startFakeServer(answersWith(watch));
    const ran = await runCommand(deploy, { env: environmentFor(server.url) });
    assert.equal(ran.status, 0, ran.err);
    assert.equal(ran.out, `${deploymentId} my-app to production\n${deploymentId} InProgress\n${deploymentId} Succeeded\n${deploymentId} succeeded.\n`);
    assert.match(ran.err, /Trying again/);
  });

  it('prints the id alone with --detach', async () => {
    await using server = await startFakeServer(answersWith(refuse(500, 'InternalFailure', 'not asked')));
    const ran = await runCommand([...deploy, '--detach'], { env: environmentFor(server.url) });
    assert.deepEqual([ran.status, ran.out], [0, `${deploymentId}\n`]);
    assert.match(ran.err, /fairlead deployment watch/);
  });

  it('prints one JSON value with --json, the rollback within', async () => {
    await using server = await startFakeServer(answersWith(stream(picture('InProgress'), picture('Stopped', [], { createTime: '2026-01-01T00:00:00.000Z' as unknown as number }))));
    const ran = await runCommand([...deploy, '--json'], { env: environmentFor(server.url) });
    const value = JSON.parse(ran.out) as Record<string, unknown>;
    assert.deepEqual([ran.status, value['status'], value['rollback'], (value['deployment'] as Record<string, unknown>)['createTime']], [3, 'Stopped', null, '2026-01-01T00:00:00.000Z']);
  });

  it('ends with status 130 at Ctrl-C and says that the deployment goes on', async () => {
    const { Interrupted } = await import('../../cli/program.ts');
    const interruption = new AbortController();
    const watch: Answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(`data: ${JSON.stringify(picture('InProgress'))}\n\n`);
      setImmediate(() => interruption.abort(new Interrupted()));
    };
    await using server = await startFakeServer(answersWith(watch));
    const ran = await runCommand(deploy, { env: environmentFor(server.url), signal: interruption.signal });
    assert.equal(ran.status, 130, ran.err);
    assert.match(ran.err, /The deployment goes on/);
  });

  it('asks for nothing when no revision is given, or two', async () => {
    await using server = await startFakeServer({});
    for (const args of [deploy.slice(0, 5), [...deploy, '--directory', '.']]) {
      const ran = await runCommand(args, { env: environmentFor(server.url) });
      assert.equal(ran.status, 2);
      assert.match(ran.err, /exactly one of --directory, --revision-key, --s3, .* and --restart/);
    }
    assert.deepEqual(server.asked, []);
  });

  it('creates nothing for a key that was never pushed', async () => {
    await using server = await startFakeServer(answersWith(stream()));
    const ran = await runCommand([...deploy.slice(0, 6), 'unknown.tgz'], { env: environmentFor(server.url) });
    assert.equal(ran.status, 2);
    assert.match(ran.err, /no revision with the key "unknown\.tgz"\.\n.*fairlead revision list/);
    assert.ok(server.asked.every((one) => one.line.startsWith('GET')));
  });

  it('passes on the refusal of a second deployment, with the way to the first', async () => {
    const sentence = "The Deployment Group 'production' already has an active Deployment 'd-000000009'";
    await using server = await startFakeServer({ ...answersWith(stream()), 'POST /v1/applications/my-app/deployments': refuse(409, 'DeploymentLimitExceededException', sentence) });
    const ran = await runCommand(deploy, { env: environmentFor(server.url) });
    assert.equal(ran.status, 2);
    assert.ok(ran.err.startsWith(`${sentence}\n`));
    assert.match(ran.err, /fairlead deployment watch/);
  });
});

describe('fairlead deployment watch', () => {
  it('prints one JSON value a line with --json', async () => {
    await using server = await startFakeServer({ [`GET /v1/deployments/${deploymentId}/watch`]: stream(picture('InProgress'), picture('Failed')) });
    const ran = await runCommand(['deployment', 'watch', deploymentId, '--json'], { env: environmentFor(server.url) });
    const statuses = ran.out.trimEnd().split('\n').map((line) => (JSON.parse(line) as { deployment: { status: string } }).deployment.status);
    assert.deepEqual([ran.status, statuses], [1, ['InProgress', 'Failed']]);
  });

  it('passes on what ends the stream', async () => {
    await using server = await startFakeServer({
      [`GET /v1/deployments/${deploymentId}/watch`]: (_, response) =>
        void response.writeHead(200).end(`event: failure\ndata: ${JSON.stringify({ code: 'DeploymentDoesNotExistException', message: 'Gone.', requestId: 'r' })}\n\n`),
    });
    const ran = await runCommand(['deployment', 'watch', deploymentId], { env: environmentFor(server.url) });
    assert.equal(ran.status, 2);
    assert.match(ran.err, /^Gone\.\n/);
  });
});

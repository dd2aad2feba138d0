// The AWS face as the unchanged JavaScript SDK meets it.

import { afterEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:net';
import { connect as dial } from 'node:net';
import { ApplicationDoesNotExistException, CodeDeployClient, CreateApplicationCommand, CreateDeploymentCommand, DeleteApplicationCommand, GetDeploymentCommand, ListApplicationsCommand, ListDeploymentsCommand, ListTagsForResourceCommand, paginateListApplications } from '@aws-sdk/client-codedeploy';
import { Failure } from '../../protocol/errors.ts';
import { type Door, type DoorSettings, keyId, openDoor, secret } from './open-door.ts';

describe('the AWS SDK against the AWS face', () => {
  let door: Door;
  let clients: CodeDeployClient[] = [];
  let proxies: Server[] = [];
  const open = async (settings: DoorSettings): Promise<CodeDeployClient> => {
    door = await openDoor(settings);
    return clientFor(door.url);
  };
  const clientFor = (endpoint: string, credentials = { accessKeyId: keyId, secretAccessKey: secret }): CodeDeployClient => {
    const client = new CodeDeployClient({ region: 'eu-central-1', endpoint, credentials });
    clients.push(client);
    return client;
  };
  afterEach(async () => {
    for (const client of clients) client.destroy();
    for (const proxy of proxies) proxy.close();
    [clients, proxies] = [[], []];
    await door[Symbol.asyncDispose]();
  });

  it('creates, and gets the answer and a request id', async () => {
    const client = await open({ answer: () => ({ applicationId: 'id-1' }) });
    const output = await client.send(new CreateApplicationCommand({ applicationName: 'wéb', computePlatform: 'Server' }));
    assert.equal(output.applicationId, 'id-1');
    assert.match(output.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
    assert.deepEqual(door.dispatched.map(({ name, input }) => ({ name, input })), [{ name: 'CreateApplication', input: { applicationName: 'wéb', computePlatform: 'Server' } }]);
    assert.equal(door.dispatched[0]!.context.accessKeyId, keyId);
    assert.equal(door.dispatched[0]!.context.requestId, output.$metadata.requestId);
    assert.match(door.dispatched[0]!.context.invocationId ?? '', /^[0-9a-f-]{36}$/);
  });

  it('reads instants as dates, to the millisecond', async () => {
    const createTime = Date.parse('2026-03-01T12:00:00.123Z');
    const client = await open({ answer: () => ({ deploymentInfo: { deploymentId: 'd-ABCDEFGHI', status: 'Succeeded', createTime } }) });
    const { deploymentInfo } = await client.send(new GetDeploymentCommand({ deploymentId: 'd-ABCDEFGHI' }));
    assert.equal(deploymentInfo?.createTime?.getTime(), createTime);
    assert.equal(deploymentInfo?.status, 'Succeeded');
  });

  it('sends instants that arrive as milliseconds', async () => {
    const client = await open({ answer: () => ({ deployments: [] }) });
    const [start, end] = [new Date('2026-01-01T00:00:00.500Z'), new Date('2026-01-02T00:00:00Z')];
    await client.send(new ListDeploymentsCommand({ createTimeRange: { start, end }, includeOnlyStatuses: ['Failed'] }));
    assert.deepEqual(door.dispatched[0]!.input, { createTimeRange: { start: start.getTime(), end: end.getTime() }, includeOnlyStatuses: ['Failed'] });
  });

  it('sees refusals as its own error classes, with the sentence', async () => {
    const client = await open({
      answer() {
        throw new Failure('ApplicationDoesNotExistException', 'No application found for name: web', 'applicationName');
      },
    });
    await assert.rejects(client.send(new CreateDeploymentCommand({ applicationName: 'web' })), (error: unknown) => {
      assert.ok(error instanceof ApplicationDoesNotExistException);
      assert.equal(error.message, 'No application found for name: web');
      assert.equal(error.$metadata.httpStatusCode, 400);
      return true;
    });
    assert.equal(door.dispatched.length, 1, 'a refusal is not retried');
  });

  it('gets an answer to void operations', async () => {
    const client = await open({});
    const output = await client.send(new DeleteApplicationCommand({ applicationName: 'web' }));
    assert.equal(output.$metadata.httpStatusCode, 200);
  });

  it('learns by name that an operation is not supported yet', async () => {
    const client = await open({
      answer() {
        throw new Failure('OperationNotSupportedException');
      },
    });
    await assert.rejects(client.send(new ListTagsForResourceCommand({ ResourceArn: 'arn:x' })), { name: 'OperationNotSupportedException' });
  });

  it('learns that its credentials are wrong', async () => {
    await open({});
    await assert.rejects(clientFor(door.url, { accessKeyId: keyId, secretAccessKey: 'wrong' }).send(new ListApplicationsCommand({})), { name: 'InvalidSignatureException' });
    await assert.rejects(clientFor(door.url, { accessKeyId: 'NOBODY', secretAccessKey: 'wrong' }).send(new ListApplicationsCommand({})), { name: 'InvalidSignatureException' });
    assert.equal(door.dispatched.length, 0);
  });

  it('is told in JSON when its endpoint has a path that is not ours', async () => {
    await open({});
    await assert.rejects(clientFor(`${door.url}/codedeploy`).send(new ListApplicationsCommand({})), { name: 'NotFoundException' });
  });

  it('follows pages', async () => {
    const client = await open({ answer: (_name, input) => ((input as { nextToken?: string }).nextToken === undefined ? { applications: ['a'], nextToken: 't' } : { applications: ['b'] }) });
    const names: string[] = [];
    for await (const page of paginateListApplications({ client }, {})) names.push(...(page.applications ?? []));
    assert.deepEqual(names, ['a', 'b']);
  });

  it('retries a defect of ours and learns no more than InternalFailure', async () => {
    const client = await open({
      answer() {
        throw new Error('secret detail');
      },
    });
    await assert.rejects(client.send(new ListApplicationsCommand({})), (error: Error) => error.name === 'InternalFailure' && !error.message.includes('secret detail'));
    assert.equal(door.dispatched.length, 3);
    const line = door.logged.find(({ level }) => level === 'error')!;
    assert.match(String(line.fields['error']), /secret detail/);
    assert.equal(line.fields['requestId'], door.dispatched[0]!.context.requestId);
  });

  it('creates one deployment when the answer to the first try is lost', async () => {
    let created = 0;
    await open({ answer: () => ({ deploymentId: `d-${(created += 1)}` }) });
    // Lets the request through and cuts the line when the answer comes, once.
    let cuts = 0;
    const proxy = createServer((client) => {
      const server = dial(door.port, '127.0.0.1');
      client.pipe(server);
      server.on('data', (piece) => {
        if (cuts === 0) {
          cuts += 1;
          client.destroy();
          server.destroy();
        } else client.write(piece);
      });
      client.on('error', () => server.destroy()).on('close', () => server.destroy());
      server.on('error', () => client.destroy());
    });
    proxies.push(proxy);
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as { port: number };
    const output = await clientFor(`http://127.0.0.1:${port}`).send(new CreateDeploymentCommand({ applicationName: 'web' }));
    assert.equal(output.deploymentId, 'd-1');
    assert.equal(output.$metadata.attempts, 2);
    assert.equal(created, 1);
  });
});

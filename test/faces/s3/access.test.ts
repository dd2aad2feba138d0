// Roles and scopes at the buckets' door, of a whole server.

import { after, before, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { CreateMultipartUploadCommand, GetObjectCommand, HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { Role } from '../../../protocol/model/access-key.ts';
import { registry } from '../../../protocol/operations/registry.ts';
import { aWholeServer, type WholeServer } from '../../access/a-whole-server.ts';
import { bundleOf } from './a-bucket-door.ts';

const Bucket = 'my-bucket';

describe('access to the buckets', () => {
  let server: WholeServer;
  const clients: S3Client[] = [];
  before(async () => {
    server = await aWholeServer();
    for (const applicationName of ['web', 'api']) await server.administrator.call(registry.createApplication, { applicationName });
  });
  after(async () => {
    for (const client of clients) client.destroy();
    await server[Symbol.asyncDispose]();
  });

  async function as(role: Role, applications?: string[]): Promise<S3Client> {
    const credentials = await server.administrator.call(registry.createAccessKey, { role, description: 'test', ...(applications === undefined ? {} : { applications }) });
    const client = new S3Client({ endpoint: server.url, region: 'eu-central-1', forcePathStyle: true, credentials });
    clients.push(client);
    return client;
  }
  const denied = (claim: Promise<unknown>): Promise<void> => assert.rejects(claim, { name: 'AccessDenied' });

  it('is to read for viewers, and to write for deployers', async () => {
    const [viewer, deployer] = [await as('viewer'), await as('deployer')];
    await denied(viewer.send(new PutObjectCommand({ Bucket, Key: 'k', Body: bundleOf(10) })));
    await denied(viewer.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' })));
    await deployer.send(new PutObjectCommand({ Bucket, Key: 'k', Body: bundleOf(10) }));
    await viewer.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    await viewer.send(new HeadBucketCommand({ Bucket }));
  });

  it('is below the names of a key’s applications, where it has some', async () => {
    const web = await as('deployer', ['web']);
    await web.send(new PutObjectCommand({ Bucket, Key: 'web/1.tar', Body: bundleOf(10) }));
    await web.send(new GetObjectCommand({ Bucket, Key: 'web/1.tar' }));
    for (const Key of ['api/1.tar', 'web', '1.tar']) {
      await denied(web.send(new PutObjectCommand({ Bucket, Key, Body: bundleOf(10) })));
      await denied(web.send(new GetObjectCommand({ Bucket, Key })));
    }
  });

  it('to another application’s bundle is not had by deploying it', async () => {
    const { accessKeyId, secretAccessKey } = await server.administrator.call(registry.createAccessKey, { role: 'deployer', description: 'test', applications: ['web'] });
    const revision = { revisionType: 'S3' as const, s3Location: { bucket: Bucket, key: 'api/1.tar', bundleType: 'tar' as const } };
    await assert.rejects(server.clientOf({ accessKeyId, secretAccessKey }).call(registry.registerApplicationRevision, { applicationName: 'web', revision }), { code: 'AccessDeniedException' });
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { instanceMetadata } from '../../agent/bundle/instance-metadata.ts';
import { presignObject } from '../../agent/bundle/presign.ts';
import { s3Source } from '../../server/revisions/s3.ts';
import { registry } from '../../protocol/operations/registry.ts';
import { aGroup } from '../operations/a-controller.ts';
import { aResolvingController, sha256Of } from './a-resolving-controller.ts';
import { anOrigin, bundleTar, serving, type Script } from './origin.ts';

const credentials = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', sessionToken: null };
const bytes = bundleTar();
const bundle = { sha256: sha256Of(bytes), size: bytes.length, bundleType: 'tar' };
const revision = (over: { version?: string; eTag?: string; key?: string } = {}) => ({ revisionType: 'S3' as const, s3Location: { bucket: 'releases', key: 'web/v 1.tar', bundleType: 'tar' as const, ...over } });

async function withS3(script: Script, limits: { idleTimeoutMs?: number; pausesMs?: readonly number[] } = {}) {
  const origin = await anOrigin(script);
  const settings = { endpoint: origin.url, region: null, forcePathStyle: true, credentials: async () => credentials, machineRegion: async () => null };
  const source = s3Source(settings, { idleTimeoutMs: limits.idleTimeoutMs ?? 2_000 }, { now: () => Date.UTC(2024, 0, 2, 3, 4, 5) });
  const controller = await aResolvingController({ s3: source }, { pausesMs: limits.pausesMs ?? [1, 2] });
  return Object.assign(controller, {
    origin,
    async end() {
      await controller[Symbol.asyncDispose]();
      await origin[Symbol.asyncDispose]();
    },
  });
}

describe('a revision in S3', () => {
  it('is signed as in the example that AWS publishes', () => {
    const url = presignObject({ base: 'https://examplebucket.s3.amazonaws.com', key: 'test.txt', version: null }, credentials, 'us-east-1', Date.UTC(2013, 4, 24), 86_400);
    assert.equal(url.searchParams.get('X-Amz-Signature'), 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404');
  });

  it('is answered at once and fetched afterwards: its digest is pinned and its bytes kept for the agents', async () => {
    const s3 = await withS3(serving(bytes, { etag: '"e1"' }));
    try {
      const deploymentId = await s3.create(revision());
      assert.equal(s3.origin.seen.length, 0);
      const before = await s3.document(deploymentId);
      assert.deepEqual([before.bundle, before.defect], [null, null]);
      assert.equal((await s3.c.call(registry.getDeployment, { deploymentId })).deploymentInfo.status, 'Created');
      const after = await s3.resolved(deploymentId);
      assert.deepEqual(after.bundle, bundle);
      assert.deepEqual(await s3.kept(), [bundle.sha256]);
      const asked = new URL(s3.origin.seen[0]!.url!, s3.origin.url);
      assert.equal(asked.pathname, '/releases/web/v%201.tar');
      assert.equal(asked.searchParams.get('X-Amz-Credential'), 'AKIAIOSFODNN7EXAMPLE/20240102/us-east-1/s3/aws4_request');
    } finally {
      await s3.end();
    }
  });

  it('is asked for by its version, and its eTag is compared without quotes', async () => {
    const s3 = await withS3(serving(bytes, { etag: '"e1"' }));
    try {
      assert.deepEqual((await s3.deploy(revision({ version: 'v/1', eTag: '"e1"' }))).bundle, bundle);
      assert.equal(new URL(s3.origin.seen[0]!.url!, s3.origin.url).searchParams.get('versionId'), 'v/1');
      const changed = await s3.deploy(revision({ eTag: 'e2' }));
      assert.equal(changed.defect?.code, 'INVALID_REVISION');
      assert.match(changed.defect!.message, /has the eTag e1, but the revision asks for e2/);
      assert.equal(s3.origin.seen.length, 2);
    } finally {
      await s3.end();
    }
  });

  it('is fetched once where version or eTag pin it, and anew each time where nothing does', async () => {
    const s3 = await withS3(serving(bytes, { etag: '"e1"' }));
    try {
      for (let i = 0; i < 2; i += 1) assert.deepEqual((await s3.deploy(revision({ eTag: 'e1' }))).bundle, bundle);
      assert.equal(s3.origin.seen.length, 1);
      await s3.deploy(revision());
      const next = bundleTar('two');
      s3.origin.script = serving(next, { etag: '"e2"' });
      assert.equal((await s3.deploy(revision())).bundle?.sha256, sha256Of(next));
      assert.equal(s3.origin.seen.length, 3);
    } finally {
      await s3.end();
    }
  });

  it('is fetched again by the next start of a controller that went away meanwhile', async () => {
    const s3 = await withS3((_request, response) => void response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 600)));
    try {
      const deploymentId = await s3.create(revision());
      s3.resolver.resolve(deploymentId);
      while (s3.origin.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      await s3.restart();
      assert.deepEqual([(await s3.document(deploymentId)).bundle, (await s3.document(deploymentId)).defect], [null, null]);
      assert.deepEqual(await s3.kept(), []);
      s3.origin.script = serving(bytes);
      assert.deepEqual((await s3.resolved(deploymentId)).bundle, bundle);
    } finally {
      await s3.end();
    }
  });

  it('is asked for once by two deployments that wait for it at the same time', async () => {
    const s3 = await withS3(serving(bytes));
    try {
      const first = await s3.create(revision());
      await aGroup(s3.c, { deploymentGroupName: 'green' });
      const { deploymentId: second } = await s3.c.call(registry.createDeployment, { applicationName: 'web', deploymentGroupName: 'green', revision: revision() });
      const documents = await Promise.all([s3.resolved(first), s3.resolved(second)]);
      assert.deepEqual(documents.map((document) => document.bundle), [bundle, bundle]);
      assert.equal(s3.origin.seen.length, 1);
    } finally {
      await s3.end();
    }
  });

  const status = (code: number): Script => (_request, response) => void response.writeHead(code).end();
  const failures: readonly [string, Script, RegExp, number][] = [
    ['does not exist', status(404), /answered 404 \(there is no such object or version\)/, 1],
    ['may not be read', status(403), /answered 403 \(the credentials may not read it/, 1],
    ['is behind a server that fails, after three tries', status(503), /answered 503/, 3],
    ['breaks off every time', (_request, response) => void response.writeHead(200, { 'content-length': bytes.length }).write(bytes.subarray(0, 600), () => response.destroy()), /to its end/, 3],
    ['is shorter than was announced', (_request, response) => void response.writeHead(200, { 'content-length': bytes.length + 1, connection: 'close' }).end(bytes), /to its end|ended after/, 3],
    ['redirects', (_request, response) => void response.writeHead(302, { location: 'http://169.254.169.254/' }).end(), /answered 302/, 1],
    ['is silent', () => undefined, /said nothing for 60 ms/, 3],
    ['is sent compressed', (_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'), /encoding gzip/, 1],
    ['holds no AppSpec', serving(Buffer.alloc(10_240)), /has no AppSpec/, 1],
    ['is no archive', serving(Buffer.from('<html>captive portal</html>'.repeat(40))), /cannot be unpacked/, 1],
    ['is empty', serving(Buffer.alloc(0)), /is empty/, 1],
  ];
  for (const [what, script, message, tries] of failures) {
    it(`that ${what} is a defect in a sentence, and leaves nothing behind`, async () => {
      const s3 = await withS3(script, { idleTimeoutMs: 60 });
      try {
        const { defect, bundle: none } = await s3.deploy(revision());
        assert.equal(none, null);
        assert.match(defect?.message ?? '', /^s3:\/\/releases\/web\/v 1\.tar /);
        assert.match(defect?.message ?? '', message);
        assert.equal(s3.origin.seen.length, tries);
        assert.deepEqual(await s3.kept(), []);
      } finally {
        await s3.end();
      }
    });
  }

  it('succeeds after a trouble that passes, with pauses between', async () => {
    const s3 = await withS3((request, response, count) => (count < 3 ? response.writeHead(500).end() : serving(bytes)(request, response, count)));
    try {
      assert.deepEqual((await s3.deploy(revision())).bundle, bundle);
      assert.deepEqual(s3.pauses, [1, 2]);
    } finally {
      await s3.end();
    }
  });

  it('that trickles for ever is given up when its time is over', async () => {
    const s3 = await withS3((_request, response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 5);
      response.on('close', () => clearInterval(timer));
    });
    try {
      const deploymentId = await s3.create(revision());
      const resolved = s3.resolved(deploymentId);
      while (s3.origin.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
      s3.timeIsOver();
      assert.match((await resolved).defect?.message ?? '', /was not here within 30 min/);
    } finally {
      await s3.end();
    }
  });

  it('whose key cannot be spelt in an address is refused without asking', async () => {
    const s3 = await withS3(serving(bytes));
    try {
      assert.equal((await s3.deploy(revision({ key: 'a/../b' }))).defect?.code, 'INVALID_REVISION');
      assert.equal(s3.origin.seen.length, 0);
    } finally {
      await s3.end();
    }
  });

  it('is not fetched for a deployment that was stopped meanwhile', async () => {
    const s3 = await withS3(serving(bytes));
    try {
      const deploymentId = await s3.create(revision());
      await s3.c.store.db.updateTable('deployments').set({ status: 'Stopped' }).execute();
      s3.resolver.resolve(deploymentId);
      await s3.resolver.close();
      assert.equal((await s3.document(deploymentId)).bundle, null);
      assert.equal(s3.origin.seen.length, 0);
    } finally {
      await s3.end();
    }
  });
});

describe('credentials of the instance profile', () => {
  it('come with a session token by IMDSv2, and are asked for again only shortly before they expire', async () => {
    const origin = await anOrigin((request, response) => {
      if (request.method === 'PUT') return void response.end('the-token');
      if (request.headers['x-aws-ec2-metadata-token'] !== 'the-token') return void response.writeHead(401).end();
      if (request.url!.endsWith('/')) return void response.end('deployer');
      if (request.url!.endsWith('/placement/region')) return void response.end('eu-west-1');
      response.end(JSON.stringify({ AccessKeyId: 'ASIA', SecretAccessKey: 'secret', Token: 'session', Expiration: '2024-01-01T06:00:00Z' }));
    });
    try {
      let now = Date.UTC(2024, 0, 1);
      const machine = instanceMetadata(origin.url, { now: () => now });
      assert.deepEqual(await machine.credentials(), { accessKeyId: 'ASIA', secretAccessKey: 'secret', sessionToken: 'session' });
      const asked = origin.seen.length;
      await machine.credentials();
      assert.equal(origin.seen.length, asked);
      now = Date.UTC(2024, 0, 1, 5, 56);
      await machine.credentials();
      assert.ok(origin.seen.length > asked);
      assert.equal(await machine.region(), 'eu-west-1');
    } finally {
      await origin[Symbol.asyncDispose]();
    }
  });

  it('that are not to be had are a reason, and the region then is unknown', async () => {
    const origin = await anOrigin();
    try {
      const machine = instanceMetadata(origin.url, { now: () => 0 });
      await assert.rejects(machine.credentials(), /answered 404/);
      assert.equal(await machine.region(), null);
    } finally {
      await origin[Symbol.asyncDispose]();
    }
  });
});

// The unchanged AWS command line against a real server and a real agent. Where it is not installed these claims are not
// made: they would prove nothing. The SDK's claims beside this file are always made.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'mocha';
import { bundleFolder as bundle } from '../../cli/bundle/bundle-folder.ts';
import { bundleFolder, RealFleet } from '../system/real-fleet.ts';

const run = promisify(execFile);

function isInstalled(): boolean {
  try {
    execFileSync('aws', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

if (isInstalled()) {
  describe('the AWS CLI, where it is installed', function () {
    this.timeout(180_000);
    let fleet: RealFleet;

    async function aws(...args: string[]): Promise<Record<string, unknown>> {
      const stdout = await print(...args);
      return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
    }

    async function print(...args: string[]): Promise<string> {
      const { connection } = fleet.client;
      const env = {
        ...process.env,
        AWS_ACCESS_KEY_ID: connection.accessKeyId,
        AWS_SECRET_ACCESS_KEY: connection.secretAccessKey,
        AWS_DEFAULT_REGION: 'eu-west-1',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_PAGER: '',
        AWS_ENDPOINT_URL_S3: fleet.url,
      };
      const { stdout } = await run('aws', ['deploy', ...args, '--endpoint-url', fleet.url, '--output', 'json'], { env });
      return stdout;
    }

    before(async () => {
      fleet = await RealFleet.start(['web-1']);
    });
    after(async () => fleet?.[Symbol.asyncDispose]());

    it('sets up, deploys, waits and reads back', async () => {
      await aws('create-application', '--application-name', 'app');
      await aws(
        'create-deployment-group', '--application-name', 'app', '--deployment-group-name', 'web',
        '--service-role-arn', 'arn:aws:iam::000000000000:role/CodeDeploy',
        '--deployment-config-name', 'CodeDeployDefault.AllAtOnce',
        '--on-premises-instance-tag-filters', 'Key=role,Value=web,Type=KEY_AND_VALUE',
      );
      const folder = await bundleFolder(join(fleet.folder, 'bundle'), { 'appspec.yml': 'version: 0.0\nos: linux\n' });
      const { key } = await fleet.client.upload({ applicationName: 'app', bundleType: 'tgz', key: 'app.tgz', body: bundle(folder, 'tgz').stream() });
      const { deploymentId } = await aws(
        'create-deployment', '--application-name', 'app', '--deployment-group-name', 'web',
        '--s3-location', `bucket=fairlead,key=${key},bundleType=tgz`, '--description', 'naïve über',
      );
      assert.match(String(deploymentId), /^d-[A-Z0-9]{9}$/);
      await fleet.ended(String(deploymentId));
      await aws('wait', 'deployment-successful', '--deployment-id', String(deploymentId));
      const { deploymentInfo } = (await aws('get-deployment', '--deployment-id', String(deploymentId))) as { deploymentInfo: Record<string, unknown> };
      assert.equal(deploymentInfo['status'], 'Succeeded');
      assert.equal(deploymentInfo['description'], 'naïve über');
      // Version 1 prints what it was sent, version 2 ISO 8601.
      assert.match(String(deploymentInfo['createTime']), /^(\d{4}-\d\d-\d\dT|\d{10}(\.|$))/);
      const { targetIds } = await aws('list-deployment-targets', '--deployment-id', String(deploymentId));
      assert.deepEqual(targetIds, ['web-1']);
    });

    // Below 6 MB it is one PUT, above it comes in parts.
    for (const [size, eTag] of [[10, /^[0-9a-f]{32}$/], [7_000_000, /^[0-9a-f]{32}-2$/]] as const) {
      it(`pushes a folder of ${size} bytes into a bucket of its own choice, and deploys it with the line it prints`, async () => {
        const folder = await bundleFolder(join(fleet.folder, `push-${size}`), { 'appspec.yml': 'version: 0.0\nos: linux\n', 'noise.txt': randomBytes(size).toString('base64') });
        const printed = await print('push', '--application-name', 'app', '--s3-location', `s3://my-bucket/${size}.zip`, '--source', folder);
        const location = /--s3-location (\S+)/.exec(printed)?.[1] ?? '';
        assert.match(/eTag=([^,]+)/.exec(location)?.[1] ?? '', eTag);
        const { deploymentId } = await aws('create-deployment', '--application-name', 'app', '--deployment-group-name', 'web', '--s3-location', location);
        await fleet.ended(String(deploymentId));
        await aws('wait', 'deployment-successful', '--deployment-id', String(deploymentId));
        const { revisionInfo } = (await aws('get-application-revision', '--application-name', 'app', '--s3-location', location)) as { revisionInfo: Record<string, unknown> };
        assert.match(String(revisionInfo['description']), /^Uploaded by AWS CLI .* UTC$/);
        assert.deepEqual(revisionInfo['deploymentGroups'], ['web']);
      });
    }

    it('hears why a folder could not be deployed when it pushes it', async () => {
      const folder = await bundleFolder(join(fleet.folder, 'bad'), { 'appspec.yml': 'version: 0.0\nos: plan9\n' });
      await assert.rejects(print('push', '--application-name', 'app', '--s3-location', 's3://my-bucket/bad.zip', '--source', folder), /InvalidBundle.*appspec\.yml:2/s);
    });

    it('shows a refusal by its name, with status 254 or 255', async () => {
      await assert.rejects(aws('get-application', '--application-name', 'nobody'), (error: Error & { code?: number; stderr?: string }) => {
        assert.match(error.stderr ?? '', /ApplicationDoesNotExistException/);
        assert.ok(error.code === 254 || error.code === 255, String(error.code));
        return true;
      });
    });

    it('registers and deregisters an on-premises instance with its compound commands', async () => {
      await aws('register', '--instance-name', 'host-1', '--iam-user-arn', 'arn:aws:iam::000000000000:user/host-1', '--tags', 'Key=rack,Value=1').catch((error: Error & { stdout?: string }) => {
        // It prints prose instead of JSON; that it came to its end is what counts.
        assert.ok(error instanceof SyntaxError, String(error));
      });
      assert.deepEqual((await aws('list-on-premises-instances', '--tag-filters', 'Key=rack,Value=1,Type=KEY_AND_VALUE'))['instanceNames'], ['host-1']);
      await aws('deregister', '--instance-name', 'host-1', '--no-delete-iam-user').catch((error: Error) => assert.ok(error instanceof SyntaxError, String(error)));
      assert.deepEqual((await aws('list-on-premises-instances', '--registration-status', 'Registered'))['instanceNames'], ['web-1']);
    });
  });
}

// The unchanged AWS command line against a real server and a real agent. Where it is not installed these claims are not
// made: they would prove nothing. The SDK's claims beside this file are always made.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
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
  describe('the AWS CLI', function () {
    this.timeout(180_000);
    let fleet: RealFleet;

    async function aws(...args: string[]): Promise<Record<string, unknown>> {
      const { connection } = fleet.client;
      const env = {
        ...process.env,
        AWS_ACCESS_KEY_ID: connection.accessKeyId,
        AWS_SECRET_ACCESS_KEY: connection.secretAccessKey,
        AWS_DEFAULT_REGION: 'eu-west-1',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
        AWS_PAGER: '',
      };
      const { stdout } = await run('aws', ['deploy', ...args, '--endpoint-url', fleet.url, '--output', 'json'], { env });
      return stdout.trim() === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>);
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

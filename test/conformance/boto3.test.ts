// The unchanged boto3 against a real server: pages, waiters, errors and the S3 client, in one Python process. Where it is
// not installed these claims are not made; the SDK's claims beside this file always are.

import { execFile, execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'mocha';
import { RealFleet } from '../system/real-fleet.ts';

const run = promisify(execFile);

function isInstalled(): boolean {
  try {
    execFileSync('python3', ['-c', 'import boto3'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

if (isInstalled()) {
  describe('boto3, where it is installed', function () {
    this.timeout(120_000);
    let fleet: RealFleet;
    before(async () => {
      fleet = await RealFleet.start([]);
    });
    after(async () => fleet?.[Symbol.asyncDispose]());

    it('sets up, tags, pages, pushes, registers, deploys and reads refusals by their names', async () => {
      const { accessKeyId, secretAccessKey } = fleet.client.connection;
      const env = { ...process.env, AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_DEFAULT_REGION: 'eu-west-1', AWS_ENDPOINT_URL: fleet.url, AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
      await run('python3', [join(import.meta.dirname, 'boto3_claims.py')], { env });
    });
  });
}

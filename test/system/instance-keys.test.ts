// The key of an instance, replaced and revoked from a terminal: a real server and a real agent.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RealFleet, until } from './real-fleet.ts';

const executable = join(import.meta.dirname, '../../bin/fairlead');

describe('the key of an instance', function () {
  this.timeout(120_000);
  let fleet: RealFleet;
  beforeEach(async () => {
    fleet = await RealFleet.start(['web-1']);
    await fleet.connected(1);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') for (const name of ['server', 'web-1']) appendFileSync(process.stderr.fd, `--- ${name}\n${fleet.outputOf(name).slice(-4000)}\n`);
    await fleet[Symbol.asyncDispose]();
  });
  const fairlead = (...args: readonly string[]): Promise<{ readonly status: number; readonly out: string; readonly err: string }> =>
    new Promise((resolve) => {
      const env = { PATH: process.env['PATH'] ?? '', FAIRLEAD_URL: fleet.url, FAIRLEAD_CREDENTIALS: '' };
      const child = execFile(executable, [...args, '--credentials', join(fleet.folder, 'server/administrator-access-key.json')], { env }, (_, out, err) => resolve({ status: child.exitCode ?? -1, out, err }));
    });
  const kept = async (): Promise<{ readonly key: string; readonly nextKey?: string }> => JSON.parse(await readFile(join(fleet.dataOf('web-1'), 'identity.json'), 'utf8')) as { key: string };

  it('is replaced by one that the agent makes, and the agent comes back with it, also after it was killed', async () => {
    const before = await kept();
    const { status, out, err } = await fairlead('instance', 'rotate-key', 'web-1');
    assert.deepEqual([status, out], [0, 'web-1 has a new key.\n'], err);
    await until('the old key is forgotten', async () => (await kept()).nextKey === undefined && (await kept()).key !== before.key);
    await fleet.connected(1);
    await fleet.killHard('web-1');
    await fleet.restart('web-1');
    await fleet.connected(1);
    assert.equal((await fairlead('instance', 'rotate-key', 'web-1')).status, 0);
    await fleet.connected(1);
  });

  it('is worth nothing once revoked: the agent is sent away and says what to do', async () => {
    const { status, out } = await fairlead('instance', 'revoke-key', 'web-1');
    assert.equal(status, 0);
    assert.match(out, /^The key of web-1 is revoked\. Its host comes back with a new join token/);
    await until('the agent says so', () => Promise.resolve(/The key of this instance was revoked/.test(fleet.outputOf('web-1'))));
    await fleet.connected(0);
    assert.match((await fairlead('instance', 'rotate-key', 'web-1')).err, /its agent is not connected/);
  });
});

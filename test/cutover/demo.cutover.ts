// `npm run demo -- --blue-green`, as a person sees it who has no terminal: what it tells, and how it ends.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { before, describe, it } from 'mocha';

const root = path.resolve(import.meta.dirname, '../..');

describe('npm run demo -- --blue-green', function () {
  this.timeout(320_000);
  let told = '';

  // Rejects when it ends with anything but 0.
  before(async () => {
    const { stdout } = await promisify(execFile)('npm', ['run', '--silent', 'demo', '--', '--blue-green'], { cwd: root });
    told = stdout;
  });

  it('moves the traffic to the green hosts, back to the blue ones and through them, four versions in all', () => {
    for (const version of ['1.0.0', '2.0.0', '3.0.0', '4.0.0']) assert.match(told, new RegExp(`✓ the deployment of ${version} succeeds`), told);
    assert.match(told, /✓ all four versions were seen by clients/);
  });

  it('counts the requests all the while, and the counter of those that failed stays at zero', () => {
    const counts = [...told.matchAll(/▸ (\d+) requests, (\d+) failed/g)].map(([, sent, failed]) => ({ sent: Number(sent), failed: Number(failed) }));
    assert.ok(counts.length >= 5, told);
    assert.deepEqual(counts.filter(({ failed }) => failed > 0), []);
    assert.ok(counts.at(-1)!.sent > 1_000, told);
    for (const held of ['not one request failed', 'every request that was planned was sent', 'HAProxy tried no request a second time']) assert.ok(told.includes(`✓ ${held}`), told);
  });

  it('leaves nothing running', () => {
    assert.match(told, /✓ nothing is left running\nAll \d+ expectations held\./);
  });
});

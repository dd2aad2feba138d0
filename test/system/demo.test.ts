import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { before, describe, it } from 'mocha';
import { runDemo, type DemoReport } from '../../examples/demo/run-demo.ts';

describe('the demo', function () {
  this.timeout(150_000);
  let report: DemoReport;
  let told = '';

  before(async () => {
    report = await runDemo({ out: { write: (text: string) => (told += text) } });
  });

  it('comes to its end within two minutes with every expectation held', () => {
    assert.equal(report.trouble, null, told);
    assert.deepEqual(report.expectations.filter((expectation) => !expectation.holds), [], told);
    assert.ok(report.allHeld);
    assert.ok(report.durationMs < 120_000);
  });

  it('deploys three versions, of which the third fails and is rolled back by itself', () => {
    assert.deepEqual(report.releases.map((release) => release.status), ['Succeeded', 'Succeeded', 'Failed'], told);
    assert.match(told, /roll/i);
  });

  it('leaves nothing running and nothing behind', () => {
    for (const pid of report.processIds) assert.throws(() => process.kill(pid, 0), /ESRCH/, `process ${pid} still runs`);
    assert.equal(existsSync(report.folder), false);
  });
});

// What a proof says about its load in the end. A generator without processor time proves nothing, for or against: its run
// is repeated. A lost request is never explained away by that.

import assert from 'node:assert/strict';
import type { LoadReport } from '../../examples/traffic/load-settings.ts';
import { tell } from './tell.ts';

const runsAtMost = 3;
/** One request of a hundred may be as late as this. */
const latenessMs = 1_000;

export function isStarved({ planned, sent, lateness }: LoadReport): boolean {
  return sent < planned || lateness.p99 > latenessMs;
}

/** Runs until the load was what it should be, and asserts that nothing of it was lost. `run` may be asked again. */
export async function nothingLost(run: () => Promise<LoadReport>): Promise<LoadReport> {
  for (let time = 1; ; time += 1) {
    const report = await run();
    tell(summary(report));
    assert.deepEqual(report.failures, [], `${report.failed} of ${report.sent} requests were lost`);
    assert.equal(report.failed, 0);
    if (!isStarved(report)) {
      assert.equal(report.sent, report.planned);
      assert.equal(report.succeeded, report.sent);
      return report;
    }
    assert.ok(time < runsAtMost, `the load generator got too little processor time, ${runsAtMost} times: this machine is too busy to prove anything (${summary(report)})`);
    tell('the load generator got too little processor time: this run does not count and is repeated');
  }
}

export function summary({ planned, sent, failed, latency, lateness, versions }: LoadReport): string {
  const ms = (value: number): string => `${Math.round(value)} ms`;
  const seen = Object.entries(versions).map(([version, count]) => `${version}: ${count}`).join(', ');
  return `${sent} sent of ${planned} planned, ${failed} failed; slowest ${ms(latency.max)}, median ${ms(latency.p50)}; late by ${ms(lateness.p99)} (p99), ${ms(lateness.max)} (most); answers by version ${seen}`;
}

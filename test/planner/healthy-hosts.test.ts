// service.md §2.6, as tables: M, what may be in flight, and the verdict for every order of failures worth naming.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { apply } from '../../server/planner/apply.ts';
import { minimumHealthyHosts, type MinimumHealthyHostsRule } from '../../server/planner/healthy-hosts.ts';
import type { Snapshot } from '../../server/planner/snapshot.ts';
import { aRunningSnapshot, aSnapshot, aTargetFailed, aTargetSucceeded, pendingTargets } from '../builders/a-snapshot.ts';
import { decide, verdictOf } from './decide.ts';

const oneAtATime: MinimumHealthyHostsRule = { type: 'MOST_CONCURRENCY', value: 1 };
const half: MinimumHealthyHostsRule = { type: 'FLEET_PERCENT', value: 50 };
const allAtOnce: MinimumHealthyHostsRule = { type: 'FLEET_PERCENT', value: 0 };
const percent = (value: number): MinimumHealthyHostsRule => ({ type: 'FLEET_PERCENT', value });
const hosts = (value: number): MinimumHealthyHostsRule => ({ type: 'HOST_COUNT', value });

describe('the minimum', () => {
  const table: readonly (readonly [MinimumHealthyHostsRule, number, number])[] = [
    [oneAtATime, 0, 0],
    [oneAtATime, 1, 0],
    [oneAtATime, 9, 8],
    [half, 1, 1],
    [half, 2, 1],
    [half, 3, 2],
    [half, 9, 5],
    [allAtOnce, 9, 0],
    [hosts(0), 9, 0],
    [hosts(8), 9, 8],
    [hosts(9), 4, 9],
    [percent(95), 10, 10],
    [percent(95), 20, 19],
    [percent(70), 10, 7],
    [percent(1), 1000, 10],
    [percent(1), 1001, 11],
    [percent(99), 100, 99],
    [percent(99), 101, 100],
  ];
  for (const [rule, fleetSize, expected] of table) {
    it(`is ${expected} for ${rule.type} ${rule.value} of ${fleetSize}`, () => assert.equal(minimumHealthyHosts(rule, fleetSize), expected));
  }

  it('of a percentage is the least whole number that is not below it, for every fleet up to 1000', () => {
    for (let fleetSize = 0; fleetSize <= 1000; fleetSize += 1) {
      for (let value = 0; value <= 99; value += 1) {
        const minimum = minimumHealthyHosts(percent(value), fleetSize);
        if (minimum * 100 < fleetSize * value || (minimum - 1) * 100 >= fleetSize * value) assert.fail(`${value} % of ${fleetSize} is not ${minimum}`);
      }
    }
  });

  it('is refused for what is no count', () => {
    for (const wrong of [-1, 0.5, Number.NaN]) {
      assert.throws(() => minimumHealthyHosts(hosts(wrong), 3), /whole numbers/);
      assert.throws(() => minimumHealthyHosts(half, wrong), /whole numbers/);
    }
  });
});

describe('a roll-out under a minimum', () => {
  // Targets end one by one, the one started first ends first; `failing` are those that fail, by number.
  const table: readonly {
    readonly rule: MinimumHealthyHostsRule;
    readonly fleetSize: number;
    readonly failing: readonly number[];
    readonly verdict: string;
    /** How many targets each plan starts, zeros left out. */
    readonly starts: readonly number[];
  }[] = [
    { rule: oneAtATime, fleetSize: 1, failing: [], verdict: 'Succeeded', starts: [1] },
    { rule: oneAtATime, fleetSize: 1, failing: [1], verdict: 'Failed HEALTH_CONSTRAINTS', starts: [1] },
    { rule: oneAtATime, fleetSize: 3, failing: [], verdict: 'Succeeded', starts: [1, 1, 1] },
    { rule: oneAtATime, fleetSize: 3, failing: [3], verdict: 'Succeeded', starts: [1, 1, 1] },
    { rule: oneAtATime, fleetSize: 3, failing: [2], verdict: 'Failed HEALTH_CONSTRAINTS', starts: [1, 1] },
    { rule: oneAtATime, fleetSize: 9, failing: [1], verdict: 'Failed HEALTH_CONSTRAINTS', starts: [1] },
    { rule: half, fleetSize: 2, failing: [2], verdict: 'Succeeded', starts: [1, 1] },
    { rule: half, fleetSize: 4, failing: [2], verdict: 'Succeeded', starts: [2, 1, 1] },
    { rule: half, fleetSize: 4, failing: [1, 2], verdict: 'Failed HEALTH_CONSTRAINTS', starts: [2] },
    { rule: half, fleetSize: 4, failing: [3, 4], verdict: 'Succeeded', starts: [2, 1, 1] },
    { rule: half, fleetSize: 4, failing: [2, 3], verdict: 'Failed HEALTH_CONSTRAINTS', starts: [2, 1] },
    { rule: half, fleetSize: 9, failing: [], verdict: 'Succeeded', starts: [4, 1, 1, 1, 1, 1] },
    { rule: half, fleetSize: 9, failing: [1, 2, 3], verdict: 'Succeeded', starts: [4, 1, 1, 1, 1, 1] },
    { rule: half, fleetSize: 9, failing: [6, 7, 8, 9], verdict: 'Succeeded', starts: [4, 1, 1, 1, 1, 1] },
    { rule: half, fleetSize: 9, failing: [1, 2, 3, 4], verdict: 'Failed HEALTH_CONSTRAINTS', starts: [4] },
    { rule: allAtOnce, fleetSize: 9, failing: [], verdict: 'Succeeded', starts: [9] },
    { rule: allAtOnce, fleetSize: 9, failing: [1, 2, 3, 4, 6, 7, 8, 9], verdict: 'Succeeded', starts: [9] },
    { rule: allAtOnce, fleetSize: 9, failing: [1, 2, 3, 4, 5, 6, 7, 8, 9], verdict: 'Failed HEALTH_CONSTRAINTS', starts: [9] },
    { rule: hosts(1), fleetSize: 3, failing: [1], verdict: 'Succeeded', starts: [2, 1] },
    { rule: hosts(1), fleetSize: 3, failing: [1, 3], verdict: 'Succeeded', starts: [2, 1] },
    { rule: hosts(1), fleetSize: 3, failing: [1, 2], verdict: 'Failed HEALTH_CONSTRAINTS', starts: [2] },
    { rule: percent(95), fleetSize: 20, failing: [20], verdict: 'Succeeded', starts: Array.from({ length: 20 }, () => 1) },
    { rule: percent(95), fleetSize: 20, failing: [1], verdict: 'Failed HEALTH_CONSTRAINTS', starts: [1] },
    { rule: percent(95), fleetSize: 10, failing: [], verdict: 'Failed HEALTH_CONSTRAINTS_INVALID', starts: [] },
    { rule: half, fleetSize: 1, failing: [], verdict: 'Failed HEALTH_CONSTRAINTS_INVALID', starts: [] },
    { rule: hosts(4), fleetSize: 4, failing: [], verdict: 'Failed HEALTH_CONSTRAINTS_INVALID', starts: [] },
    { rule: hosts(5), fleetSize: 4, failing: [], verdict: 'Failed HEALTH_CONSTRAINTS_INVALID', starts: [] },
    { rule: allAtOnce, fleetSize: 0, failing: [], verdict: 'Failed NO_INSTANCES', starts: [] },
  ];
  for (const { rule, fleetSize, failing, verdict, starts } of table) {
    it(`${rule.type} ${rule.value} of ${fleetSize}, ${failing.length === 0 ? 'none fails' : `${failing.join(' ')} fail`}: ${verdict}, starting ${starts.join('+') || 'none'}`, () => {
      const story = rollOut(fleetSize, minimumHealthyHosts(rule, fleetSize), failing);
      assert.deepEqual({ verdict: story.verdict, starts: story.starts }, { verdict, starts });
    });
  }

  it('keeps its promises for every fleet up to six, every minimum and every set of failures', () => {
    for (let fleetSize = 1; fleetSize <= 6; fleetSize += 1) {
      for (let minimum = 0; minimum < fleetSize; minimum += 1) {
        for (let mask = 0; mask < 2 ** fleetSize; mask += 1) {
          const failing = Array.from({ length: fleetSize }, (_, index) => index + 1).filter((n) => (mask >> (n - 1)) & 1);
          const { verdict, succeeded, failed, lowest, starts } = rollOut(fleetSize, minimum, failing);
          const story = `N ${fleetSize}, M ${minimum}, failing ${failing.join(' ')}`;
          assert.equal(starts[0], fleetSize - minimum, `${story}: the first wave is N - M`);
          assert.ok(lowest >= minimum, `${story}: ${lowest} left untouched and well while others were in flight`);
          assert.ok(failed <= fleetSize - minimum, `${story}: ${failed} failed`);
          if (verdict === 'Succeeded') assert.ok(succeeded >= Math.max(1, minimum) && succeeded + failed === fleetSize, story);
          else assert.ok(failed === fleetSize - minimum, `${story}: ${verdict} without need`);
        }
      }
    }
  });
});

describe('the room there is', () => {
  it('is taken by a target of which nobody knows what became of it, as by one that failed', () => {
    const lost = { ...aTargetFailed('i-1'), status: 'Unknown' as const };
    const snapshot = aRunningSnapshot({ targets: [lost, ...pendingTargets(3).slice(1)], minimum: 2 });
    assert.equal(verdictOf(snapshot), 'Failed HEALTH_CONSTRAINTS');
  });
});

/** Plays a whole deployment; each target either succeeds or fails as a whole. */
function rollOut(fleetSize: number, minimum: number, failing: readonly number[]) {
  let snapshot: Snapshot = aSnapshot({ minimum, targets: pendingTargets(fleetSize) });
  const inFlight: string[] = [];
  const starts: number[] = [];
  let lowest = fleetSize;
  for (;;) {
    const decided = decide(snapshot);
    const started = decided.actions.flatMap((action) => (action.kind === 'StartTarget' ? [action.targetId] : []));
    if (started.length > 0) starts.push(started.length);
    inFlight.push(...started);
    snapshot = apply(snapshot, decided);
    const count = (status: string): number => snapshot.targets.filter((target) => target.status === status).length;
    const finish = decided.actions.find((action) => action.kind === 'FinishDeployment');
    if (finish !== undefined) {
      const verdict = finish.error === null ? finish.status : `${finish.status} ${finish.error.code}`;
      return { verdict, starts, lowest, succeeded: count('Succeeded'), failed: count('Failed') };
    }
    lowest = Math.min(lowest, fleetSize - count('Failed') - count('InProgress'));
    const first = inFlight.shift() ?? assert.fail('nothing is in flight and nothing ends');
    const ended = failing.includes(Number(first.slice(2))) ? aTargetFailed(first) : aTargetSucceeded(first);
    snapshot = { ...snapshot, targets: snapshot.targets.map((target) => (target.targetId === first ? ended : target)) };
  }
}

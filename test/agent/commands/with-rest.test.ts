import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { withRest } from '../../../agent/commands/with-rest.ts';
import type { AttemptContext, Ending, Executors } from '../../../agent/executors.ts';
import { success } from '../../../agent/executors.ts';
import { runEventCommand } from '../commands-of.ts';
import { HandClock } from '../doubles.ts';

describe('an agent that has nothing to do', () => {
  /** Events that end when they are told to. */
  function start() {
    const clock = new HandClock();
    const ends: ((ending: Ending) => void)[] = [];
    const slow = () => new Promise<Ending>((resolve) => ends.push(resolve));
    const executors: Executors = { recover: async () => {}, downloadBundle: slow, install: slow, runHooks: () => Promise.reject(new Error('the disk fails')), finish: async () => {} };
    let rests = 0;
    const resting = withRest(executors, clock, () => (rests += 1));
    const run = (event: 'downloadBundle' | 'install' | 'runHooks') => resting[event](runEventCommand(), {} as AttemptContext);
    return { clock, ends, run, rests: () => rests };
  }

  it('rests two seconds after its start, once', async () => {
    const { clock, rests } = start();
    await clock.pass(1_999);
    assert.equal(rests(), 0);
    await clock.pass(600_000);
    assert.equal(rests(), 1);
  });

  it('rests not while something is carried out, and two seconds after the last of what ran side by side', async () => {
    const { clock, ends, run, rests } = start();
    const [one, other] = [run('downloadBundle'), run('install')];
    await clock.pass(60_000);
    ends[0]!(success());
    await one;
    await clock.pass(60_000);
    assert.equal(rests(), 0);
    ends[1]!(success());
    await other;
    await clock.pass(1_000);
    const third = run('install');
    await clock.pass(60_000);
    assert.equal(rests(), 0, 'the next event came in time');
    ends[2]!(success());
    await third;
    await clock.pass(2_000);
    assert.equal(rests(), 1);
  });

  it('rests also after an event that failed', async () => {
    const { clock, run, rests } = start();
    await assert.rejects(run('runHooks'), /the disk fails/);
    await clock.pass(2_000);
    assert.equal(rests(), 1);
  });
});

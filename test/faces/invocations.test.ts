import { beforeEach, describe, it } from 'mocha';
import assert from 'node:assert/strict';
import { Failure } from '../../protocol/errors.ts';
import { rememberInvocations } from '../../server/faces/invocations.ts';
import type { Clock } from '../../world/clock.ts';

describe('the memory of invocations', () => {
  let now = 0;
  let performed = 0;
  const clock = { monotonic: () => now } as Clock;
  const perform = async (): Promise<number> => (performed += 1);
  beforeEach(() => {
    now = 0;
    performed = 0;
  });

  it('gives the first answer again for ten minutes, and no longer', async () => {
    const memory = rememberInvocations(clock);
    assert.equal(await memory.once('a', perform), 1);
    now = 10 * 60_000 - 1;
    assert.equal(await memory.once('a', perform), 1);
    now = 10 * 60_000;
    assert.equal(await memory.once('a', perform), 2);
  });

  it('lets those who ask meanwhile share one execution', async () => {
    const memory = rememberInvocations(clock);
    assert.deepEqual(await Promise.all([memory.once('a', perform), memory.once('a', perform), memory.once('b', perform)]), [1, 1, 2]);
  });

  it('gives a refusal again', async () => {
    const memory = rememberInvocations(clock);
    const refuse = (): Promise<never> => Promise.reject(new Failure('ApplicationAlreadyExistsException'));
    await assert.rejects(memory.once('a', refuse), { code: 'ApplicationAlreadyExistsException' });
    await assert.rejects(memory.once('a', perform), { code: 'ApplicationAlreadyExistsException' });
    assert.equal(performed, 0);
  });

  it('tries again after a defect or throttling, which may have passed', async () => {
    const memory = rememberInvocations(clock);
    for (const error of [new Error('defect'), new Failure('ThrottlingException'), new Failure('ServiceUnavailable')]) {
      await assert.rejects(memory.once(error.message, () => Promise.reject(error)));
      assert.equal(typeof (await memory.once(error.message, perform)), 'number');
    }
    assert.equal(performed, 3);
  });

  it('forgets the oldest when it is full', async () => {
    const memory = rememberInvocations(clock, 2);
    for (const key of ['a', 'b', 'c']) await memory.once(key, perform);
    assert.equal(await memory.once('c', perform), 3);
    assert.equal(await memory.once('a', perform), 4);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HostHolds } from '../../agent/host-holds.ts';
import { mostHolds } from '../../protocol/session/hold-frames.ts';
import { parseFromAgent } from '../../server/fleet/parse-from-agent.ts';
import { settle } from './doubles.ts';

const lock = { kind: 'LockFile', path: '/run/hold' } as const;
const attempt = (number: number) => ({ attemptId: `att-${number}`, deploymentId: `d-${number}` });

describe('what holds attempts back on a host', () => {
  it('is told once for all that changes in one go, and not where nothing does', async () => {
    const holds = new HostHolds();
    const told: number[] = [];
    holds.onChange(() => told.push(holds.now.length));
    for (const number of [1, 2]) holds.note(attempt(number), lock);
    await settle();
    holds.note(attempt(1), lock);
    holds.note(attempt(3), null);
    await settle();
    holds.note(attempt(1), null);
    await settle();
    assert.deepEqual(told, [2, 1]);
    assert.deepEqual(holds.now, [{ ...attempt(2), hold: lock }]);
  });

  it('is told no more to who does not listen any more', async () => {
    const holds = new HostHolds();
    holds.onChange(() => assert.fail('it was told'));
    holds.note(attempt(1), lock);
    holds.onChange(null);
    await settle();
  });

  it('fits in a frame, however many there are', () => {
    const holds = new HostHolds();
    for (let number = 0; number < 3 * mostHolds; number += 1) holds.note(attempt(number), { kind: 'ApplicationBusy', deploymentId: 'd-0', event: 'Install' });
    assert.equal(holds.now.length, mostHolds);
    assert.notEqual(parseFromAgent(JSON.stringify({ kind: 'holds', holds: holds.now })), null);
  });

  it('is no frame where it holds what could not be shown', () => {
    const frame = (hold: object) => parseFromAgent(JSON.stringify({ kind: 'holds', holds: [{ ...attempt(1), hold }] }));
    assert.notEqual(frame(lock), null);
    assert.equal(frame({ kind: 'LockFile', path: '/run/\u001b[2Jhold' }), null);
    assert.equal(frame({ kind: 'ApplicationBusy', deploymentId: 'd-1\nall is well', event: 'Install' }), null);
  });
});

import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import Value from 'typebox/value';
import { clip } from '../../agent/outbox.ts';
import { Report } from '../../protocol/session/frames.ts';
import { openParts } from './parts.ts';

const accepted = (n: number): Report => ({ kind: 'Accepted', attemptId: `att-${n}`, at: n });

describe('the outbox', () => {
  it('offers a report only once it is durable', async () => {
    const { outbox } = await openParts();
    const recording = outbox.record(accepted(1));
    assert.deepEqual(outbox.after(0), []);
    assert.equal(outbox.cursor.lastSent, 0);
    await recording;
    assert.deepEqual(outbox.after(0).map(({ number }) => number), [1]);
  });

  it('numbers reports in order, across restarts, and never gives a number twice', async () => {
    const before = await openParts();
    await Promise.all([before.outbox.record(accepted(1)), before.outbox.record(accepted(2))]);
    before.outbox.acknowledge(1);
    await before.outbox.record(accepted(3));
    const after = await before.restart();
    assert.deepEqual(after.outbox.after(0).map(({ number }) => number), [2, 3]);
    after.outbox.acknowledge(3);
    await after.outbox.record(accepted(4));
    const last = await after.restart();
    assert.deepEqual(last.outbox.after(0).map(({ number, report }) => [number, report.attemptId]), [[4, 'att-4']]);
    assert.deepEqual(last.outbox.cursor, { lastSent: 4, acknowledged: 3 });
  });

  it('tells its listener of each report that may be sent', async () => {
    const { outbox } = await openParts();
    let told = 0;
    outbox.onMore(() => (told += 1));
    await outbox.record(accepted(1));
    outbox.onMore(null);
    await outbox.record(accepted(2));
    assert.equal(told, 1);
  });

  it('makes any report fit the protocol and the journal', () => {
    const text = fc.string({ unit: 'binary', maxLength: 30_000 });
    const ended = fc.record({ scriptName: text, message: text, logTail: text, warnings: fc.array(text, { maxLength: 40 }) });
    fc.assert(
      fc.property(ended, ({ warnings, ...texts }) => {
        const report: Report = { kind: 'Ended', attemptId: 'att-1', outcome: 'Failed', diagnostics: { errorCode: 'ScriptFailed', ...texts }, warnings, startedAt: 1, at: 2 };
        const clipped = clip(report);
        assert.ok(Value.Check(Report, clipped));
        assert.ok(Buffer.byteLength(JSON.stringify(clipped)) <= 48 * 1024);
      }),
      { numRuns: 100 },
    );
  });

  it('keeps the end of a long log, where the error is', () => {
    const logTail = `${'x'.repeat(20_000)}the error`;
    const clipped = clip({ kind: 'Ended', attemptId: 'att-1', outcome: 'Failed', diagnostics: { errorCode: 'ScriptFailed', scriptName: '', message: '', logTail }, warnings: [], startedAt: 1, at: 2 });
    assert.ok(clipped.kind === 'Ended' && clipped.diagnostics.logTail.endsWith('the error'));
  });
});

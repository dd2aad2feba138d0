import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { crc32c } from '../../../agent/crc32c.ts';
import { JournalBroken, StateCorrupt, openJournal } from '../../../agent/journal.ts';
import type { JournalEntry } from '../../../agent/journal-state.ts';
import { runEventCommand } from '../commands-of.ts';
import type { TailFate } from '../doubles.ts';
import { MemoryFiles } from '../doubles.ts';

const path = '/data/journal/journal.log';
const small = { rotateAtBytes: 600 };

/** Report number `n`, with something in it that is recognised again. */
const reported = (n: number): JournalEntry => ({ kind: 'reported', number: n, report: { kind: 'Accepted', attemptId: `att-${n}`, at: n } });

async function journalOf(count: number): Promise<MemoryFiles> {
  const files = new MemoryFiles();
  const journal = await openJournal(files, path);
  for (let n = 1; n <= count; n += 1) await journal.append(reported(n));
  await journal.close();
  return files;
}

/** Ends of the records in a journal's bytes. */
function endsOf(bytes: Buffer): readonly number[] {
  const ends: number[] = [];
  for (let at = 0; at < bytes.length; at = ends.at(-1)!) ends.push(at + 16 + bytes.readUInt32BE(at));
  return ends;
}

describe('the journal', () => {
  it('uses the Castagnoli checksum', () => {
    assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
    assert.equal(crc32c(Buffer.from('1234'), Buffer.from('56789')), 0xe3069283);
  });

  it('gives back after a restart what was appended before it', async () => {
    const files = await journalOf(3);
    const journal = await openJournal(files, path);
    assert.equal(journal.state.lastReport, 3);
    assert.deepEqual(journal.state.unacknowledged.map(({ report }) => report.attemptId), ['att-1', 'att-2', 'att-3']);
  });

  it('writes what is only mentioned with the next append, or when it is closed', async () => {
    const files = await journalOf(2);
    const journal = await openJournal(files, path);
    const before = files.bytes(path).length;
    journal.mention({ kind: 'acknowledged', upTo: 1 });
    assert.equal(journal.state.unacknowledged.length, 1);
    assert.equal(files.bytes(path).length, before);
    await journal.append(reported(3));
    assert.deepEqual((await openJournal(files, path)).state.unacknowledged.map(({ number }) => number), [2, 3]);
    journal.mention({ kind: 'acknowledged', upTo: 3 });
    await journal.close();
    assert.deepEqual((await openJournal(files, path)).state.unacknowledged, []);
  });

  it('cut off at any byte keeps exactly the whole records before, and can be appended to', async () => {
    const whole = (await journalOf(5)).bytes(path);
    const ends = endsOf(whole);
    for (let length = 0; length <= whole.length; length += 1) {
      const files = new MemoryFiles();
      files.put(path, whole.subarray(0, length));
      const journal = await openJournal(files, path);
      const kept = ends.filter((end) => end <= length).length - 1; // the first one is the base
      assert.equal(journal.state.lastReport, Math.max(0, kept), `cut at ${length}`);
      await journal.append(reported(journal.state.lastReport + 1));
      const again = await openJournal(files, path);
      assert.equal(again.state.lastReport, Math.max(0, kept) + 1, `cut at ${length}, appended to`);
    }
  });

  it('takes a tail of NUL bytes for what a power cut leaves', async () => {
    const whole = (await journalOf(4)).bytes(path);
    for (const nuls of [1, 15, 16, 17, 4096, 100_000]) {
      const files = new MemoryFiles();
      files.put(path, Buffer.concat([whole, Buffer.alloc(nuls)]));
      const journal = await openJournal(files, path);
      assert.equal(journal.state.lastReport, 4);
      assert.equal(files.bytes(path).length, whole.length);
    }
  });

  it('refuses to be trusted when any bit of any record but the last is wrong', async () => {
    const whole = (await journalOf(4)).bytes(path);
    const lastStart = endsOf(whole).at(-2)!;
    for (let bit = 0; bit < lastStart * 8; bit += 1) {
      const damaged = Buffer.from(whole);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const files = new MemoryFiles();
      files.put(path, damaged);
      await assert.rejects(openJournal(files, path), StateCorrupt, `bit ${bit}`);
      assert.deepEqual(files.bytes(path), damaged, 'a journal that is not trusted is not touched');
    }
  });

  it('never makes up a record out of a wrong bit in the last one', async () => {
    const whole = (await journalOf(4)).bytes(path);
    const lastStart = endsOf(whole).at(-2)!;
    for (let bit = lastStart * 8; bit < whole.length * 8; bit += 1) {
      const damaged = Buffer.from(whole);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      const files = new MemoryFiles();
      files.put(path, damaged);
      assert.equal((await openJournal(files, path)).state.lastReport, 3, `bit ${bit}`);
    }
  });

  it('is not to be trusted when a record in the middle is missing as a whole', async () => {
    const whole = (await journalOf(4)).bytes(path);
    const ends = endsOf(whole);
    const files = new MemoryFiles();
    files.put(path, Buffer.concat([whole.subarray(0, ends[1]), whole.subarray(ends[2])]));
    await assert.rejects(openJournal(files, path), (error: Error) => error instanceof StateCorrupt && error.message.startsWith('state_corrupt'));
  });

  it('says so when a newer agent has written it', async () => {
    const files = new MemoryFiles();
    const journal = await openJournal(files, path);
    await assert.rejects(async () => journal.append({ kind: 'invented' } as unknown as JournalEntry));
    await journal.close();
    const { encodeRecord } = await import('../../../agent/journal-record.ts');
    files.put(path, encodeRecord(1, Buffer.from('[{"kind":"invented"}]')));
    await assert.rejects(openJournal(files, path), /newer/);
  });

  it('writes what is appended in one turn with one sync, and in order', async () => {
    const files = new MemoryFiles();
    const journal = await openJournal(files, path);
    const before = files.steps;
    const order: number[] = [];
    await Promise.all([1, 2, 3, 4].map((n) => journal.append(reported(n)).then(() => order.push(n))));
    assert.equal(files.steps - before, 3, 'one append and one sync (which counts twice)');
    assert.deepEqual(order, [1, 2, 3, 4]);
  });

  it('splits what does not fit in one record between appends, never within one', async () => {
    const files = new MemoryFiles();
    const journal = await openJournal(files, path);
    const big = (n: number): JournalEntry => ({ kind: 'accepted', number: n, command: runEventCommand({ attemptId: `att-${n}`, revision: { filler: 'x'.repeat(40_000) } }), at: 0 });
    await Promise.all([1, 2, 3].map((n) => journal.append(big(n))));
    assert.equal(endsOf(files.bytes(path)).length, 1 + 3);
    assert.equal((await openJournal(files, path)).state.attempts.size, 3);
  });

  it('is replaced by a restatement when it grows, and says the same afterwards', async () => {
    const files = new MemoryFiles();
    const journal = await openJournal(files, path, small);
    for (let n = 1; n <= 200; n += 1) {
      await journal.append(reported(n));
      await journal.append({ kind: 'acknowledged', upTo: n - 1 });
    }
    assert.ok(files.bytes(path).length < 2_000, `the file has ${files.bytes(path).length} bytes`);
    const again = await openJournal(files, path, small);
    assert.deepEqual(again.state, journal.state);
  });

  it('breaks for good at the first failed write or sync', async () => {
    const files = new MemoryFiles();
    const journal = await openJournal(files, path);
    files.failAt = files.steps + 1; // the append succeeds, the sync fails
    await assert.rejects(journal.append(reported(1)), JournalBroken);
    files.failAt = null;
    await assert.rejects(journal.append(reported(2)), JournalBroken, 'a second sync that succeeds would prove nothing');
    assert.ok((await journal.broken) instanceof JournalBroken);
  });

  it('loses nothing acknowledged and splits no append, whatever the moment of a power cut and whatever became of the tail', async () => {
    const fates: readonly TailFate[] = ['lost', 'torn', 'zeroed', 'whole'];
    const scenario = fc.record({
      turns: fc.array(fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 25 }),
      cutAt: fc.nat(120),
      fate: fc.constantFrom(...fates),
      rotateAtBytes: fc.constantFrom(300, 600, 1_000_000),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ turns, cutAt, fate, rotateAtBytes }) => {
        const files = new MemoryFiles();
        files.failAt = cutAt;
        let acknowledged = 0;
        /** After how many entries an append ends: only there may a survivor end. */
        const borders = [0];
        try {
          const journal = await openJournal(files, path, { rotateAtBytes });
          let number = 0;
          for (const turn of turns) {
            const appends = turn.map((size) => {
              const entries = Array.from({ length: size }, () => reported((number += 1)));
              borders.push(number);
              const upTo = number;
              return journal.append(...entries).then(() => {
                acknowledged = Math.max(acknowledged, upTo);
              });
            });
            await Promise.all(appends);
          }
        } catch {
          // the disk is gone
        }
        const survivor = await openJournal(files.afterPowerCut(fate), path, { rotateAtBytes });
        const { lastReport, unacknowledged } = survivor.state;
        assert.ok(lastReport >= acknowledged, `${acknowledged} were acknowledged, ${lastReport} survived`);
        assert.ok(borders.includes(lastReport), `an append was split at ${lastReport}`);
        assert.deepEqual(unacknowledged.map(({ number }) => number), Array.from({ length: lastReport }, (_, index) => index + 1));
        await survivor.append(reported(lastReport + 1));
        assert.equal(survivor.state.lastReport, lastReport + 1);
      }),
      { numRuns: 500 },
    );
  });
});

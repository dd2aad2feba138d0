// A full disk, as the agent meets it: with a disk in memory that has so much room and no more. On a real one:
// full-disk.test.ts.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { JournalBroken, openJournal } from '../../agent/journal.ts';
import type { JournalEntry } from '../../agent/journal-state.ts';
import { ReserveFile, withReserve } from '../../agent/reserve.ts';
import type { Appender } from '../../world/files.ts';
import { silentLog } from '../../world/log.ts';
import { HandClock, MemoryFiles, seededRandom } from './doubles.ts';

const path = '/data/reserve';
const journalPath = '/data/journal/journal.log';
const reserveBytes = 8_192;
const reported = (n: number): JournalEntry => ({ kind: 'reported', number: n, report: { kind: 'Accepted', attemptId: `att-${n}`, at: n } });

/** Room for so many bytes; what does not fit gets there in part. */
class SmallDisk extends MemoryFiles {
  room: number;
  syncs = 0;
  /** The next sync fails. */
  failsSync = false;

  constructor(room: number) {
    super();
    this.room = room;
  }

  get used(): number {
    return [...this.stored.keys()].reduce((sum, name) => sum + this.bytes(name).length, 0);
  }

  override async writeAtomically(name: string, bytes: Uint8Array): Promise<void> {
    if (this.used + bytes.length > this.room) throw full();
    await super.writeAtomically(name, bytes);
  }

  override async openAppend(name: string): Promise<Appender> {
    const appender = await super.openAppend(name);
    return {
      ...appender,
      append: async (bytes) => {
        const fitting = Math.min(bytes.length, this.room - this.used);
        await appender.append(bytes.subarray(0, fitting));
        if (fitting < bytes.length) throw full();
      },
      sync: async () => {
        this.syncs += 1;
        if (this.failsSync) {
          this.failsSync = false;
          throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' });
        }
        await appender.sync();
      },
    };
  }
}

function full(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}

describe('the reserve for a full disk', () => {
  let disk: SmallDisk;
  let clock: HandClock;
  let reserve: ReserveFile;
  let ending: AbortController;
  let kept: Promise<void>;
  beforeEach(async () => {
    disk = new SmallDisk(20_000);
    clock = new HandClock();
    ending = new AbortController();
    reserve = new ReserveFile({ files: disk, clock, random: seededRandom('reserve'), log: silentLog, path, bytes: reserveBytes });
    kept = reserve.keep(ending.signal);
    await clock.pass(0);
  });
  afterEach(async () => {
    ending.abort();
    await kept;
  });

  const fill = (): void => disk.put('/fill', Buffer.alloc(disk.room - disk.used + (disk.stored.has('/fill') ? disk.bytes('/fill').length : 0)));

  it('is there in full, on the disk, soon after the start', () => {
    assert.equal(disk.stored.get(path)?.synced.length, reserveBytes);
  });

  it('lets the journal go on, whole and in order, where it would break without', async () => {
    for (const given of [{ reserve }, {}]) {
      if (!('reserve' in given)) disk = new SmallDisk(20_000);
      const journal = await openJournal(disk, journalPath, { rotateAtBytes: 1_000_000, ...given });
      await journal.append(reported(1));
      fill();
      if ('reserve' in given) {
        for (let n = 2; n <= 5; n += 1) await journal.append(reported(n));
        assert.equal(disk.stored.has(path), false);
        await journal.close();
        assert.equal((await openJournal(disk, journalPath)).state.lastReport, 5);
      } else {
        await assert.rejects(journal.append(reported(2)), JournalBroken);
        assert.equal((await openJournal(disk, journalPath)).state.lastReport, 1);
      }
    }
  });

  it('lets records be written, once more and no more', async () => {
    const files = withReserve(disk, reserve);
    fill();
    await files.writeAtomically('/record', Buffer.alloc(100));
    fill();
    await assert.rejects(files.writeAtomically('/record-2', Buffer.alloc(100)), /ENOSPC/);
  });

  it('is made anew when there is room, and leaves nothing while there is not', async () => {
    fill();
    assert.equal(await reserve.release(), true);
    assert.equal(await reserve.release(), false);
    fill();
    await clock.pass(60_000);
    assert.equal(disk.stored.has(path), false);
    await disk.remove('/fill');
    await clock.pass(60_000);
    assert.equal(disk.bytes(path).length, reserveBytes);
    assert.equal(await reserve.release(), true);
  });

  it('is given up also while it is being made', async () => {
    await reserve.release();
    const again = new ReserveFile({ files: disk, clock, random: seededRandom('again'), log: silentLog, path: '/other', bytes: reserveBytes });
    const making = again.keep(ending.signal);
    assert.equal(await again.release(), true);
    assert.equal(disk.stored.has('/other'), false);
    ending.abort();
    await making;
  });

  it('changes nothing about a sync that fails: the journal is broken, the sync is not tried again, and nothing is acknowledged', async () => {
    const journal = await openJournal(disk, journalPath, { rotateAtBytes: 1_000_000, reserve });
    disk.failsSync = true;
    const before = disk.syncs;
    await assert.rejects(journal.append(reported(1)), JournalBroken);
    assert.equal(disk.syncs, before + 1);
    assert.match((await journal.broken).message, /The agent stops, because it must not act on what it cannot remember/);
    await assert.rejects(journal.append(reported(2)), JournalBroken);
    assert.equal(disk.bytes(path).length, reserveBytes);
  });
});

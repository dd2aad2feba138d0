// Time as the controller has it. Rows hold instants of the wall clock, for people to read, and deadlines are counted from
// them; but a wall clock is put right, or wrong, while a deployment is under way. So every reading is held against the
// monotonic clock, and when the wall clock has been stepped:
//
//   on the old line --a reading that is off--> every instant that something is still counted from is moved by the step,
//                                              in one transaction --> on the new line
//
// Until that transaction is kept, `now` goes on along the old line: no plan ever sees new time beside old instants, and no
// deadline comes early or late. Calendars, schedules and signatures mean the wall clock, and follow it.
// A restart goes on from the mark that was left: within one boot the monotonic clock tells how long we were away, after
// that the database's clock does, where it has one. Else the wall clock is believed, but never that time has gone back.

import type { Clock, Instant } from '../world/clock.ts';
import type { World } from '../world/world.ts';
import { findSetting, writeSetting } from './store/settings.ts';
import { moveInstants } from './store/move-instants.ts';
import type { Database, Store } from './store/store.ts';

export interface SteadyTime {
  readonly clock: Clock;
  /** Milliseconds on a line without steps that goes on over restarts: what expires after a time is told by it. */
  elapsed(): number;
  /** Called when instants have been moved: whoever waits for one should look again. One listener. */
  onStep(listener: (byMs: number) => void): void;
  close(): void;
}

/** What one look at the clocks has found. */
interface Reading {
  readonly bootId: string;
  readonly at: Instant;
  /** Wall clock minus monotonic clock: changes by steps only. */
  readonly offsetMs: number;
  /** Wall clock minus the database's; null where it has none of its own. */
  readonly skewMs: number | null;
}

export interface ClockMark extends Reading {
  /** All steps followed so far, summed up. */
  readonly stepsMs: number;
}

/** What is less is followed as it comes: a deadline may be off by as much. */
const toleranceMs = 500;
/** The mark says at least this often that time has come so far. */
const markEveryMs = 60_000;
/** Two readings with more between them are of two moments, not of one. */
const oneMomentMs = 20;
const settingName = 'clock';

/** How far the wall clock has been stepped since the mark was left. */
export function stepSince(mark: ClockMark | null, { bootId, at, offsetMs, skewMs }: Reading): number {
  if (mark === null) return 0;
  if (mark.bootId === bootId) return offsetMs - mark.offsetMs;
  if (mark.skewMs !== null && skewMs !== null) return skewMs - mark.skewMs;
  return Math.min(0, at - mark.at);
}

export async function openSteadyTime(store: Store, world: Pick<World, 'clock' | 'log' | 'processes'>): Promise<SteadyTime> {
  const { clock } = world;
  const log = world.log.child({ room: 'time' });
  const bootId = await world.processes.bootId();
  let skewMs = await readSkew();
  let { offsetMs } = look();
  let stepsMs = 0;
  let following: Promise<void> | null = null;
  let tryAt = -Infinity;
  let isClosed = false;
  let hear: (byMs: number) => void = () => {};

  /** Both clocks at one moment, though the process may be held up between two readings. */
  function look(): { readonly at: Instant; readonly offsetMs: number } {
    for (;;) {
      const before = clock.monotonic();
      const at = clock.now();
      if (clock.monotonic() - before <= oneMomentMs) return { at, offsetMs: at - before };
    }
  }

  async function readSkew(): Promise<number | null> {
    if (store.now === undefined) return null;
    const asked = clock.monotonic();
    const theirs = await store.now();
    // Told in the middle of the way there and back.
    return clock.now() - (clock.monotonic() - asked) / 2 - theirs;
  }

  function now(): Instant {
    const seen = look();
    if (Math.abs(seen.offsetMs - offsetMs) <= toleranceMs) {
      ({ offsetMs } = seen);
      return seen.at;
    }
    const monotonic = clock.monotonic();
    if (following === null && monotonic >= tryAt && !isClosed) {
      tryAt = monotonic + 1_000;
      following = follow().finally(() => (following = null));
    }
    return Math.round(monotonic + offsetMs);
  }

  async function follow(): Promise<void> {
    const before = { offsetMs, stepsMs };
    try {
      skewMs = await readSkew();
      const byMs = await store.transaction(async (tx) => {
        // It may be run again.
        ({ offsetMs, stepsMs } = before);
        const seen = look();
        const step = Math.round(seen.offsetMs - offsetMs);
        await moveInstants(tx, step);
        await leaveMark(tx, { bootId, ...seen, skewMs, stepsMs: stepsMs + step });
        // Last: the next transaction reads the new time beside the new instants.
        ({ offsetMs } = seen);
        stepsMs += step;
        return step;
      });
      log.warn({ byMs }, 'the wall clock was stepped; instants that something is counted from were moved with it');
      hear(byMs);
    } catch (error) {
      ({ offsetMs, stepsMs } = before);
      if (!isClosed) log.warn({ error: String(error) }, 'a step of the wall clock could not be followed yet; it is tried again');
    }
  }

  await store.transaction(async (tx) => {
    const text = await findSetting(tx, settingName);
    const mark = text === null ? null : (JSON.parse(text) as ClockMark);
    const seen = look();
    const step = Math.round(stepSince(mark, { bootId, skewMs, ...seen }));
    const isStepped = Math.abs(step) > toleranceMs;
    stepsMs = (mark?.stepsMs ?? 0) + (isStepped ? step : 0);
    if (isStepped) await moveInstants(tx, step);
    await leaveMark(tx, { bootId, ...seen, skewMs, stepsMs });
    ({ offsetMs } = seen);
    if (isStepped) log.warn({ byMs: step }, 'the wall clock was stepped while no controller ran; instants that something is counted from were moved with it');
  });

  let timer = clock.after(markEveryMs, markLater);
  function markLater(): void {
    if (isClosed) return;
    timer = clock.after(markEveryMs, markLater);
    store
      .transaction(async (tx) => {
        const at = now();
        if (following === null) await leaveMark(tx, { bootId, at, offsetMs, skewMs, stepsMs });
      })
      .catch((error: unknown) => log.warn({ error: String(error) }, 'how far time has come could not be written down; it is tried again'));
  }

  return {
    clock: { now, monotonic: () => clock.monotonic(), sleep: (ms, signal) => clock.sleep(ms, signal), after: (ms, act) => clock.after(ms, act) },
    elapsed: () => now() - stepsMs,
    onStep(listener) {
      hear = listener;
    },
    close() {
      isClosed = true;
      timer.cancel();
    },
  };
}

async function leaveMark(tx: Database, mark: ClockMark): Promise<void> {
  await writeSetting(tx, settingName, JSON.stringify(mark));
}

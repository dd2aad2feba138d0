// A controller's hold on its database: taken at start, renewed while it lives, given back at the end. A start that finds
// a holder waits out its lease once: a holder that died renews no more, one that lives does, and then this start refuses
// and names it. A hold that was lost stays lost: `lost` is aborted, and this process can write nothing any more.

import type { World } from '../../world/world.ts';
import { holderOf, releaseLease, renewLease, takeLease, type LeaseDoor } from './lease.ts';

export interface Hold {
  /** The fencing number: every write is kept only under it. */
  readonly epoch: number;
  /** Aborted, with an Error that names the new holder, when another controller has taken the database over. */
  readonly lost: AbortSignal;
  /** To be called when a write was refused for its epoch. Returns the Error of `lost`. */
  lose(): Promise<Error>;
  release(): Promise<void>;
}

export interface HoldOptions {
  /** Says to a person who this controller is. */
  readonly holder: string;
  /** A hold that is not renewed ends after this time. */
  readonly leaseMs: number;
  /** Names the database to a person, without any secret. */
  readonly database: string;
  readonly world: Pick<World, 'clock' | 'log'>;
}

/** Throws an Error that names the holder when a living controller holds the database. */
export async function takeHold(door: LeaseDoor, { holder, leaseMs, database, world }: HoldOptions): Promise<Hold> {
  const { clock } = world;
  const log = world.log.child({ room: 'store' });
  let taken = await takeLease(door, holder, leaseMs);
  if (taken.kind === 'held') {
    log.warn({ holder: taken.holder, endsInMs: taken.endsInMs }, 'another controller holds the database; waiting whether it still lives');
    await clock.sleep(taken.endsInMs + 100);
    taken = await takeLease(door, holder, leaseMs);
  }
  if (taken.kind === 'held') {
    throw new Error(`Another controller holds ${database}: ${taken.holder}. Stop it first, or give this one a database of its own.`);
  }
  const { epoch } = taken;
  const ended = new AbortController();
  let isReleased = false;

  async function lose(): Promise<Error> {
    if (!ended.signal.aborted) {
      const by = await holderOf(door.db).catch(() => '');
      ended.abort(new Error(`Another controller has taken ${database} over${by === '' ? '' : `: ${by}`}. This one can write nothing any more and ends.`));
    }
    return ended.signal.reason as Error;
  }

  async function renew(): Promise<void> {
    try {
      if (!(await renewLease(door, epoch, leaseMs)) && !isReleased) await lose();
    } catch (error) {
      log.warn({ error: String(error) }, 'the hold on the database could not be renewed; it is tried again');
    }
    renewLater();
  }
  function renewLater(): void {
    if (!isReleased && !ended.signal.aborted) timer = clock.after(leaseMs / 4, () => void renew());
  }
  let timer = clock.after(leaseMs / 4, () => void renew());

  return {
    epoch,
    lost: ended.signal,
    lose,
    async release() {
      isReleased = true;
      timer.cancel();
      if (!ended.signal.aborted) await releaseLease(door.db, epoch).catch((error: unknown) => log.warn({ error: String(error) }, 'the hold on the database could not be given back; it ends by itself'));
    },
  };
}

// The database as one controller process reaches it: unhurried, so that what one part does comes between what another has
// read and what it writes, and with chosen writes at which the process dies. `before` such a write nothing of its transaction
// is kept; `after` it the transaction is, and nobody hears of it. Whoever is dead reads and writes nothing any more.

import type { KyselyPlugin, PluginTransformQueryArgs } from 'kysely';
import type { Database, Store } from '../../server/store/store.ts';
import type { SimClock } from './sim-clock.ts';
import type { SimProcess } from './sim-process.ts';
import type { SimRandom } from './sim-random.ts';

/** Which of all writes of a story, counted from 1. */
export interface CrashPoint {
  readonly atWrite: number;
  readonly when: 'before' | 'after';
}

export interface DatabaseOwner {
  /** Kills the controller. */
  crash(why: string): void;
  /** Rows were changed for good. */
  committed(): Promise<void>;
}

export class SimDatabase {
  readonly #store: Store;
  readonly #clock: SimClock;
  readonly #owner: DatabaseOwner;
  readonly #points = new Map<number, CrashPoint['when']>();
  /** So many were tried, by whichever process. */
  writes = 0;

  constructor(store: Store, clock: SimClock, owner: DatabaseOwner, points: readonly CrashPoint[]) {
    this.#store = store;
    this.#clock = clock;
    this.#owner = owner;
    for (const { atWrite, when } of points) this.#points.set(atWrite, when);
  }

  endCrashes(): void {
    this.#points.clear();
  }

  door(process: SimProcess, pace: SimRandom): Store {
    const store = this.#store;
    const own = process.clock(this.#clock);
    const lone = this.#lone(process);
    const door: Store = {
      ...store,
      db: lone,
      reads: lone,
      picture: (work) => door.transaction(work),
      transaction: async (work) => {
        await own.sleep(pace.below(4));
        const course = { hasWritten: false, isLast: false };
        const kept = store.transaction(async (tx) => {
          const done = await work(tx.withPlugin(this.#watch(process, course)) as Database);
          if (!process.isAlive()) throw new Error('The controller died.');
          return done;
        });
        const result = await kept.catch((error: unknown) => (process.isAlive() ? Promise.reject(error as Error) : never()));
        if (course.isLast) this.#owner.crash(`after write ${this.writes}`);
        if (course.hasWritten) await this.#owner.committed();
        return process.isAlive() ? result : never();
      },
      close: () => Promise.resolve(),
    };
    return door;
  }

  /** Statements outside of transactions: each is kept when it is done. */
  #lone(process: SimProcess): Database {
    const course = { hasWritten: false, isLast: false };
    const plugin = this.#watch(process, course);
    return this.#store.db.withPlugin({
      transformQuery: (args) => plugin.transformQuery(args),
      transformResult: async ({ result }) => {
        if (course.isLast) this.#owner.crash(`after write ${this.writes}`);
        if (!process.isAlive()) throw new Error('The controller died.');
        return result;
      },
    });
  }

  #watch(process: SimProcess, course: { hasWritten: boolean; isLast: boolean }): KyselyPlugin {
    return {
      transformQuery: ({ node }) => {
        if (!process.isAlive()) throw new Error('The controller died.');
        if (!isWrite(node)) return node;
        course.hasWritten = true;
        this.writes += 1;
        const point = this.#points.get(this.writes);
        if (point === 'after') course.isLast = true;
        if (point === 'before') {
          this.#owner.crash(`before write ${this.writes}`);
          throw new Error('The controller died.');
        }
        return node;
      },
      transformResult: ({ result }) => Promise.resolve(result),
    };
  }
}

/** What a dead process waits for. */
function never(): Promise<never> {
  return new Promise(() => {});
}

function isWrite(node: PluginTransformQueryArgs['node']): boolean {
  if (node.kind === 'RawNode') return !/^\s*select\b/i.test(node.sqlFragments[0] ?? '');
  return node.kind !== 'SelectQueryNode';
}

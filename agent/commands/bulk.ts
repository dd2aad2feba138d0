// Has bulk work on the disk done by a helper process, so that unpacking a big bundle or a disk that hangs never keeps the
// agent from answering its controller, and the memory it took is given back: a thread leaves some 24 MB behind. A helper is
// kept for a few seconds, because a deployment has more than one piece of such work, and can be asked for ahead of time.

import type { Timer } from '../../world/clock.ts';
import type { Helper, Processes } from '../../world/processes.ts';
import type { World } from '../../world/world.ts';
import type { BulkKind, BulkRequest, BulkWork, FromBulkProcess, ToBulkProcess } from './bulk-requests.ts';

/**
 * Does one piece of bulk work. Rejects when the disk fails; refusals are part of the answers. Aborting is like a crash of
 * the agent in the middle: it rejects once nothing is done any more, and the next `recover` puts right what was begun.
 */
export type DoBulk = <Kind extends BulkKind>(kind: Kind, request: BulkWork[Kind]['request'], signal?: AbortSignal) => Promise<BulkWork[Kind]['answer']>;

export interface Bulk {
  readonly work: DoBulk;
  /** There will be work soon: starts a helper, if none is at hand. */
  expect(): void;
  /** Ends what an agent that was killed left working on this data folder. */
  sweep(): Promise<void>;
}

/** How long a helper without work is kept. */
const keptMs = 5_000;

/** The helper's module: a file beside this one, in the sources and in the shipped agent alike. */
function besideThis(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './bulk-process.ts' : './bulk-process.mjs', import.meta.url);
}

/** Each piece of work has a helper to itself, which begins with the module `entry`. */
export function bulkHelpers({ processes, clock }: Pick<World, 'processes' | 'clock'>, dataFolder: string, entry: URL = besideThis()): Bulk {
  const name = `bulk:${dataFolder}`;
  const idle = new Map<Helper, Timer>();
  let expected: Promise<Helper> | null = null;

  function keep(helper: Helper): void {
    idle.set(helper, clock.after(keptMs, () => take(helper).end()));
    void helper.exited.then(() => idle.has(helper) && take(helper));
  }

  function take(helper: Helper): Helper {
    idle.get(helper)?.cancel();
    idle.delete(helper);
    return helper;
  }

  async function find(): Promise<Helper> {
    await expected?.catch(() => undefined);
    const [helper] = idle.keys();
    return helper === undefined ? processes.startHelper(entry, name) : take(helper);
  }

  return {
    async work(kind, request, signal) {
      for (let tries = 1; ; tries += 1) {
        signal?.throwIfAborted();
        const helper = await find();
        const end = () => helper.kill();
        signal?.addEventListener('abort', end, { once: true });
        try {
          if (signal?.aborted === true) end();
          const answer = await converse(helper, { kind, request }, processes);
          if (answer.kind === 'gone') {
            // Killed from outside, for want of memory perhaps. Every kind of work can be begun again.
            signal?.throwIfAborted();
            if (tries === 1) continue;
            throw new Error(`the helper for ${kind} was ended twice from outside (${answer.how}). Look for want of memory.`);
          }
          helper.rest();
          keep(helper);
          if (answer.kind === 'failed') throw new Error(answer.message);
          return answer.answer as BulkWork[typeof kind]['answer'];
        } finally {
          signal?.removeEventListener('abort', end);
        }
      }
    },
    expect() {
      if (expected !== null || idle.size > 0) return;
      expected = processes.startHelper(entry, name);
      // One that cannot be started is missed when there is work.
      expected.then(keep, () => undefined).finally(() => (expected = null));
    },
    sweep: () => processes.endHelpers(name),
  };
}

type Answer = (FromBulkProcess & { readonly kind: 'done' | 'failed' }) | { readonly kind: 'gone'; readonly how: string };

/** One request and its answer; what the helper wants run in between is run here. */
function converse(helper: Helper, request: BulkRequest, processes: Pick<Processes, 'run'>): Promise<Answer> {
  return new Promise((resolve) => {
    helper.onLine((line) => {
      const message = JSON.parse(line) as FromBulkProcess;
      if (message.kind === 'run') void run(message).then((reply) => helper.send(JSON.stringify(reply)));
      else resolve(message);
    });
    void helper.exited.then(({ code, signal }) => resolve({ kind: 'gone', how: String(code ?? signal) }));
    helper.send(JSON.stringify(request));
  });

  function run({ id, command, timeoutMs }: FromBulkProcess & { kind: 'run' }): Promise<ToBulkProcess> {
    return processes.run(command, timeoutMs).then(
      (outcome) => ({ kind: 'ran', id, outcome }),
      (error: unknown) => ({ kind: 'notRun', id, message: error instanceof Error ? error.message : String(error) }),
    );
  }
}

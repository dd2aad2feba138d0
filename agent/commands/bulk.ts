// Has bulk work on the disk done in a thread, so that unpacking a big bundle or a disk that hangs never keeps the agent
// from answering its controller, and the memory it took is given back.

import { Worker } from 'node:worker_threads';
import type { Processes } from '../../world/processes.ts';
import type { BulkKind, BulkRequest, BulkWork, FromBulkThread, ToBulkThread } from './bulk-requests.ts';

/**
 * Does one piece of bulk work. Rejects when the disk fails; refusals are part of the answers. Aborting is like a crash of
 * the agent in the middle: it rejects once nothing is done any more, and the next `recover` puts right what was begun.
 */
export type DoBulk = <Kind extends BulkKind>(kind: Kind, request: BulkWork[Kind]['request'], signal?: AbortSignal) => Promise<BulkWork[Kind]['answer']>;

/** The thread's module: a file beside this one, in the sources and in the shipped agent alike. */
function besideThis(): URL {
  return new URL(import.meta.url.endsWith('.ts') ? './bulk-thread.ts' : './bulk-thread.mjs', import.meta.url);
}

/** Each call has a thread of its own, which begins with the module `entry`. */
export function bulkThreads(processes: Pick<Processes, 'run'>, entry: URL = besideThis()): DoBulk {
  return (kind, request, signal) =>
    new Promise((resolve, reject) => {
      signal?.throwIfAborted();
      const thread = new Worker(entry, { workerData: { kind, request } satisfies BulkRequest });
      thread.on('message', (message: FromBulkThread) => {
        switch (message.kind) {
          case 'run':
            return void answer(thread, message, processes);
          case 'done':
            return resolve(message.answer as BulkWork[typeof kind]['answer']);
          case 'failed':
            return reject(new Error(message.message));
          default:
            message satisfies never;
        }
      });
      const end = () => void thread.terminate();
      signal?.addEventListener('abort', end, { once: true });
      thread.once('error', reject);
      thread.once('exit', (code) => {
        signal?.removeEventListener('abort', end);
        reject(new Error(`the thread for ${kind} ended with ${code} and no answer`));
      });
    });
}

async function answer(thread: Worker, { id, command, timeoutMs }: FromBulkThread & { kind: 'run' }, processes: Pick<Processes, 'run'>): Promise<void> {
  const reply = await processes.run(command, timeoutMs).then(
    (outcome): ToBulkThread => ({ kind: 'ran', id, outcome }),
    (error: unknown): ToBulkThread => ({ kind: 'notRun', id, message: error instanceof Error ? error.message : String(error) }),
  );
  thread.postMessage(reply);
}

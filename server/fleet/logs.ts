// Output of hooks as agents send it: checked to be of an attempt that this host was really given, stored, and only then
// acknowledged. Whatever arrives twice is passed over by its offset.

import type { LogAcknowledge, LogFrame } from '../../protocol/session/frames.ts';
import type { Store } from '../store/store.ts';
import { commandOfAttempt } from '../store/commands.ts';
import { completeLog, takeChunk, type LogLimits } from '../store/logs.ts';

export interface TakenLog {
  readonly acknowledge: LogAcknowledge;
  /** Whose readers have something new to read; null when nothing is. */
  readonly deploymentId: string | null;
}

/** Stores one frame of one instance, in one transaction. Returns null for a frame that contradicts itself. */
export async function storeLog(store: Store, instanceId: string, { attemptId, number, chunk }: LogFrame, limits: LogLimits): Promise<TakenLog | null> {
  if (chunk !== null && chunk.text.split('\n').length !== chunk.lengths.length) return null;
  const answer = { kind: 'logAcknowledge', attemptId, number } as const;
  return store.transaction(async (tx) => {
    const command = await commandOfAttempt(tx, attemptId);
    const deploymentId = command?.deployment_id ?? '';
    // Deleted with its application: what its hooks still say is nobody's to read.
    const isThere = command?.instance_id === instanceId && (await tx.selectFrom('deployments').select('deployment_id').where('deployment_id', '=', deploymentId).executeTakeFirst()) !== undefined;
    if (command === undefined || !isThere) return { acknowledge: { ...answer, has: 0, isWanted: false }, deploymentId: null };
    const attempt = { attemptId, deploymentId, targetId: command.target_id, event: command.event };
    if (chunk === null) await completeLog(tx, attempt);
    const has = chunk === null ? 0 : await takeChunk(tx, attempt, chunk, limits);
    return { acknowledge: { ...answer, has, isWanted: true }, deploymentId };
  });
}

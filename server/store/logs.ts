// What hooks print, piece by piece in the order of arrival. Of each script the beginning and the end are kept, each up to
// half of its share; what lies between is dropped, and its size is told by the bytes missing between two pieces. A piece
// counts for its text and a little more, so that very many small ones are bounded too.

import type { LogChunk } from '../../protocol/session/frames.ts';
import { endOfChunk } from '../../protocol/session/frames.ts';
import type { Database } from './store.ts';
import type { OutputPiecesTable } from './tables.ts';

export interface LogLimits {
  /** Kept of one script, both streams together, in bytes. */
  readonly scriptBytes: number;
  /** Kept of one attempt. */
  readonly attemptBytes: number;
}

export const defaultLogLimits: LogLimits = { scriptBytes: 1_048_576, attemptBytes: 16 * 1_048_576 };

/** What a piece costs besides its text. */
const pieceOverhead = 256;

export interface AttemptOfLog {
  readonly attemptId: string;
  readonly deploymentId: string;
  readonly targetId: string;
  readonly event: string;
}

/**
 * Takes a chunk: lines that were taken before are passed over. Returns up to which byte of its stream everything has been
 * taken now, kept or not.
 */
export async function takeChunk(tx: Database, attempt: AttemptOfLog, chunk: LogChunk, limits: LogLimits): Promise<number> {
  await noteAttempt(tx, attempt, false);
  const before = await streamEnd(tx, attempt.attemptId, chunk);
  const end = endOfChunk(chunk);
  if (end <= before) return before;
  await setStreamEnd(tx, attempt.attemptId, chunk, end);
  const fresh = linesAfter(chunk, before);
  const cost = Buffer.byteLength(fresh.text) + pieceOverhead;
  const { head, total, all } = await costs(tx, attempt.attemptId, chunk);
  const half = limits.scriptBytes / 2;
  // Once something is dropped the beginning is over.
  const isHead = head === total && head + cost <= half;
  const freed = all + cost > limits.attemptBytes ? await dropOldest(tx, attempt.attemptId, null, all + cost - limits.attemptBytes) : 0;
  // Beginnings alone fill the attempt's share: of its many scripts the later ones are counted only.
  if (all + cost - freed > limits.attemptBytes) return end;
  await tx
    .insertInto('output_pieces')
    .values({
      deployment_id: attempt.deploymentId,
      sequence: await nextSequence(tx, attempt.deploymentId),
      attempt_id: attempt.attemptId,
      target_id: attempt.targetId,
      event: attempt.event,
      script_index: chunk.index,
      restart: chunk.restart,
      stream: chunk.stream,
      starts_at: fresh.offset,
      ends_at: end,
      seen_at: Math.round(chunk.at),
      text: fresh.text,
      cost,
      is_head: isHead ? 1 : 0,
    })
    .execute();
  if (!isHead) await dropOldest(tx, attempt.attemptId, chunk, total - head + cost - half);
  return end;
}

/** All that the attempt printed has been sent. */
export async function completeLog(tx: Database, attempt: AttemptOfLog): Promise<void> {
  await noteAttempt(tx, attempt, true);
}

export interface LogQuestion {
  readonly targetId?: string | undefined;
  readonly event?: string | undefined;
  /** Pieces after this sequence number. */
  readonly after: number;
  readonly limit: number;
}

export interface KeptPiece extends OutputPiecesTable {
  /** Bytes of its stream that are missing right before it. */
  readonly droppedBytes: number;
}

/** Pieces in the order of arrival. */
export async function readPieces(db: Database, deploymentId: string, question: LogQuestion): Promise<readonly KeptPiece[]> {
  let query = db.selectFrom('output_pieces').selectAll().where('deployment_id', '=', deploymentId).where('sequence', '>', question.after);
  if (question.targetId !== undefined) query = query.where('target_id', '=', question.targetId);
  if (question.event !== undefined) query = query.where('event', '=', question.event);
  const pieces: KeptPiece[] = [];
  for (const row of await query.orderBy('sequence').limit(question.limit).execute()) pieces.push({ ...row, droppedBytes: Number(row.starts_at) - (await endBefore(db, row)) });
  return pieces;
}

/** Whether more is to come of attempts that have printed something. */
export async function hasIncompleteLogs(db: Database, deploymentId: string): Promise<boolean> {
  const row = await db.selectFrom('output_attempts').select('attempt_id').where('deployment_id', '=', deploymentId).where('is_complete', '=', 0).executeTakeFirst();
  return row !== undefined;
}

/** Takes the output of an application's deployments along when it is deleted. */
export async function deleteLogsOfApplication(tx: Database, applicationId: string): Promise<void> {
  const deployments = tx.selectFrom('deployments').select('deployment_id').where('application_id', '=', applicationId);
  const attempts = tx.selectFrom('output_attempts').select('attempt_id').where('deployment_id', 'in', deployments);
  await tx.deleteFrom('output_pieces').where('deployment_id', 'in', deployments).execute();
  await tx.deleteFrom('output_streams').where('attempt_id', 'in', attempts).execute();
  await tx.deleteFrom('output_attempts').where('deployment_id', 'in', deployments).execute();
}

type StreamOf = Pick<LogChunk, 'index' | 'restart' | 'stream'>;

async function noteAttempt(tx: Database, attempt: AttemptOfLog, isComplete: boolean): Promise<void> {
  await tx
    .insertInto('output_attempts')
    .values({ attempt_id: attempt.attemptId, deployment_id: attempt.deploymentId, target_id: attempt.targetId, event: attempt.event, is_complete: isComplete ? 1 : 0 })
    .onConflict((conflict) => (isComplete ? conflict.column('attempt_id').doUpdateSet({ is_complete: 1 }) : conflict.column('attempt_id').doNothing()))
    .execute();
}

async function streamEnd(db: Database, attemptId: string, { index, restart, stream }: StreamOf): Promise<number> {
  const row = await db
    .selectFrom('output_streams')
    .select('ends_at')
    .where('attempt_id', '=', attemptId)
    .where('script_index', '=', index)
    .where('restart', '=', restart)
    .where('stream', '=', stream)
    .executeTakeFirst();
  return Number(row?.ends_at ?? 0);
}

async function setStreamEnd(tx: Database, attemptId: string, { index, restart, stream }: StreamOf, end: number): Promise<void> {
  await tx
    .insertInto('output_streams')
    .values({ attempt_id: attemptId, script_index: index, restart, stream, ends_at: end })
    .onConflict((conflict) => conflict.columns(['attempt_id', 'script_index', 'restart', 'stream']).doUpdateSet({ ends_at: end }))
    .execute();
}

function linesAfter(chunk: LogChunk, end: number): { readonly offset: number; readonly text: string } {
  let { offset } = chunk;
  let passed = 0;
  for (; offset < end && passed < chunk.lengths.length; passed += 1) offset += chunk.lengths[passed]!;
  return { offset, text: passed === 0 ? chunk.text : chunk.text.split('\n').slice(passed).join('\n') };
}

async function costs(db: Database, attemptId: string, { index, restart }: StreamOf): Promise<{ readonly head: number; readonly total: number; readonly all: number }> {
  const rows = await db
    .selectFrom('output_pieces')
    .select(({ fn }) => ['script_index', 'restart', 'is_head', fn.sum<number>('cost').as('cost')])
    .where('attempt_id', '=', attemptId)
    .groupBy(['script_index', 'restart', 'is_head'])
    .execute();
  const sum = (which: typeof rows): number => which.reduce((total, { cost }) => total + Number(cost), 0);
  const mine = rows.filter((row) => row.script_index === index && row.restart === restart);
  return { head: sum(mine.filter(({ is_head }) => is_head === 1)), total: sum(mine), all: sum(rows) };
}

/** Makes room among the pieces behind the beginnings of a script, or of all: the oldest first; the newest stays. Returns the room made. */
async function dropOldest(tx: Database, attemptId: string, script: StreamOf | null, excess: number): Promise<number> {
  if (excess <= 0) return 0;
  let query = tx.selectFrom('output_pieces').select(['deployment_id', 'sequence', 'cost']).where('attempt_id', '=', attemptId).where('is_head', '=', 0);
  if (script !== null) query = query.where('script_index', '=', script.index).where('restart', '=', script.restart);
  const rows = await query.orderBy('sequence').execute();
  let freed = 0;
  for (const { deployment_id: deploymentId, sequence, cost } of rows.slice(0, -1)) {
    if (freed >= excess) break;
    await tx.deleteFrom('output_pieces').where('deployment_id', '=', deploymentId).where('sequence', '=', sequence).execute();
    freed += cost;
  }
  return freed;
}

async function nextSequence(db: Database, deploymentId: string): Promise<number> {
  const row = await db.selectFrom('output_pieces').select(({ fn }) => fn.max('sequence').as('last')).where('deployment_id', '=', deploymentId).executeTakeFirst();
  return Number(row?.last ?? 0) + 1;
}

async function endBefore(db: Database, piece: OutputPiecesTable): Promise<number> {
  const row = await db
    .selectFrom('output_pieces')
    .select('ends_at')
    .where('attempt_id', '=', piece.attempt_id)
    .where('script_index', '=', piece.script_index)
    .where('restart', '=', piece.restart)
    .where('stream', '=', piece.stream)
    .where('starts_at', '<', piece.starts_at)
    .orderBy('starts_at', 'desc')
    .limit(1)
    .executeTakeFirst();
  return Number(row?.ends_at ?? 0);
}

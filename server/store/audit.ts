// The audit log. There is a way to add to it and none to change it. Numbers and hashes are given inside the transaction
// of what is recorded, so that a record is there exactly when its change is, and none is ever missing between two.

import { createHash } from 'node:crypto';
import { type AuditHead, type AuditRecord, beforeTheFirst, chainedText } from '../../protocol/model/audit-record.ts';
import type { Database } from './store.ts';
import type { AuditRecordsTable } from './tables.ts';

export type NewAuditRecord = Omit<AuditRecord, 'sequence' | 'previousHash' | 'hash'>;

/** Adds a record to the end of the chain, in the caller's transaction. */
export async function appendAuditRecord(tx: Database, given: NewAuditRecord): Promise<void> {
  const head = await findAuditHead(tx);
  const sequence = head.sequence + 1;
  const hash = createHash('sha256').update(chainedText(head.hash, { ...given, sequence })).digest('hex');
  await tx
    .insertInto('audit_records')
    .values({
      sequence,
      at: given.at,
      actor: given.actor,
      access_key_id: given.accessKeyId ?? null,
      description: given.description ?? null,
      remote: given.remote ?? null,
      request_id: given.requestId ?? null,
      operation: given.operation,
      subjects: JSON.stringify(given.subjects),
      input: given.input ?? null,
      input_sha256: given.inputSha256,
      outcome: given.outcome,
      reason: given.reason ?? null,
      previous_hash: head.hash,
      hash,
    })
    .execute();
  const subjects = [...new Set(given.subjects)].map((subject) => ({ subject, sequence }));
  if (subjects.length > 0) await tx.insertInto('audit_subjects').values(subjects).execute();
}

export async function findAuditHead(db: Database): Promise<AuditHead> {
  const row = await db.selectFrom('audit_records').select(['sequence', 'hash']).orderBy('sequence', 'desc').limit(1).executeTakeFirst();
  return row === undefined ? beforeTheFirst : { sequence: Number(row.sequence), hash: row.hash };
}

export interface AuditQuery {
  readonly isAscending: boolean;
  /** Recorded at or after, at or before; epoch milliseconds. */
  readonly from: number | null;
  readonly to: number | null;
  readonly operation: string | null;
  readonly subject: string | null;
  readonly accessKeyId: string | null;
  /** Sequence where the last page ended; null for the first. */
  readonly after: number | null;
  readonly limit: number;
}

export async function listAuditRecords(db: Database, query: AuditQuery): Promise<readonly AuditRecord[]> {
  let rows = db.selectFrom('audit_records').selectAll().orderBy('sequence', query.isAscending ? 'asc' : 'desc').limit(query.limit);
  if (query.from !== null) rows = rows.where('at', '>=', Math.ceil(query.from));
  if (query.to !== null) rows = rows.where('at', '<=', Math.floor(query.to));
  if (query.operation !== null) rows = rows.where('operation', '=', query.operation);
  if (query.accessKeyId !== null) rows = rows.where('access_key_id', '=', query.accessKeyId);
  if (query.subject !== null) rows = rows.where('sequence', 'in', db.selectFrom('audit_subjects').select('sequence').where('subject', '=', query.subject));
  if (query.after !== null) rows = rows.where('sequence', query.isAscending ? '>' : '<', query.after);
  return (await rows.execute()).map(recordOf);
}

function recordOf(row: AuditRecordsTable): AuditRecord {
  return {
    sequence: Number(row.sequence),
    at: Number(row.at),
    actor: row.actor as AuditRecord['actor'],
    ...(row.access_key_id === null ? {} : { accessKeyId: row.access_key_id }),
    ...(row.description === null ? {} : { description: row.description }),
    ...(row.remote === null ? {} : { remote: row.remote }),
    ...(row.request_id === null ? {} : { requestId: row.request_id }),
    operation: row.operation,
    subjects: readSubjects(row.subjects),
    ...(row.input === null ? {} : { input: row.input }),
    inputSha256: row.input_sha256,
    outcome: row.outcome,
    ...(row.reason === null ? {} : { reason: row.reason }),
    previousHash: row.previous_hash,
    hash: row.hash,
  };
}

/** What somebody wrote there who should not have is shown as it is, and found by its hash. */
function readSubjects(text: string): string[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value.map(String);
  } catch {
    // As below.
  }
  return [text];
}

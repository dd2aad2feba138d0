// The audit log's records and the chain that holds them together: each carries the hash of the one before and of itself,
// so that whoever keeps the newest hash elsewhere can tell whether anything was changed, taken out, put in or cut off.
// Hashing is handed in: protocol/ runs where there is no node:crypto.

import Type, { type Static } from 'typebox';
import { InstantType } from './timestamp.ts';

export const AuditRecord = Type.Object({
  sequence: Type.Integer({ description: 'From 1, without gaps.' }),
  at: InstantType,
  actor: Type.Enum(['accessKey', 'agent', 'controller'], { type: 'string', description: 'Who did it: the holder of an access key, an agent, or the controller by itself.' }),
  accessKeyId: Type.Optional(Type.String()),
  description: Type.Optional(Type.String({ description: 'What the access key is for, as it was then.' })),
  remote: Type.Optional(Type.String({ description: 'The address it came from.' })),
  requestId: Type.Optional(Type.String()),
  operation: Type.String(),
  subjects: Type.Array(Type.String(), { description: 'What it concerned: application:web, deployment-group:web/blue, deployment:d-ABCDEFGHI, instance:web-1, …' }),
  input: Type.Optional(Type.String({ description: 'The input as JSON, with values of secret members taken out; absent when it is longer than 8 KiB or was never read.' })),
  inputSha256: Type.String({ description: 'SHA-256 of that JSON, also where it is too long to be kept.' }),
  outcome: Type.String({ description: 'Succeeded, or the code of the refusal.' }),
  reason: Type.Optional(Type.String({ description: 'Why, in the caller’s words (x-fairlead-reason).' })),
  previousHash: Type.String(),
  hash: Type.String({ description: 'SHA-256 over the hash before and this record.' }),
});

export type AuditRecord = Static<typeof AuditRecord>;

/** The newest record: enough to tell later whether what was there then is there still. */
export interface AuditHead {
  readonly sequence: number;
  readonly hash: string;
}

/** What the first record is chained to. */
export const beforeTheFirst: AuditHead = { sequence: 0, hash: '0'.repeat(64) };

/** What a record's hash is the SHA-256 of. Never changed: old records are checked against it. */
export function chainedText(previousHash: string, record: Omit<AuditRecord, 'previousHash' | 'hash'>): string {
  const { sequence, at, actor, accessKeyId, description, remote, requestId, operation, subjects, input, inputSha256, outcome, reason } = record;
  const members = [sequence, at, actor, accessKeyId, description, remote, requestId, operation, subjects, input, inputSha256, outcome, reason];
  return `${previousHash}\n${JSON.stringify(members.map((member) => member ?? null))}`;
}

export type ChainVerdict =
  | { readonly kind: 'intact'; readonly head: AuditHead }
  /** `sequence` is the first place where the log is not what it was. */
  | { readonly kind: 'broken'; readonly sequence: number; readonly why: string };

/** Judges a whole log, given from its first record on. `kept` is a head that was noted elsewhere at some time. */
export async function checkChain(
  records: AsyncIterable<AuditRecord> | Iterable<AuditRecord>,
  sha256: (text: string) => string,
  kept: AuditHead | null,
): Promise<ChainVerdict> {
  let head = beforeTheFirst;
  for await (const record of records) {
    const sequence = head.sequence + 1;
    const broken = (why: string): ChainVerdict => ({ kind: 'broken', sequence, why });
    if (record.sequence !== sequence) return broken(`Record ${sequence} is missing; record ${record.sequence} stands in its place.`);
    if (record.previousHash !== head.hash) return broken(`Record ${sequence} does not follow the record before it.`);
    if (record.hash !== sha256(chainedText(head.hash, record))) return broken(`Record ${sequence} is not what was written.`);
    if (kept?.sequence === sequence && kept.hash !== record.hash) return broken(`Record ${sequence} has another hash than the one that was kept: the log up to it was written anew.`);
    head = { sequence, hash: record.hash };
  }
  if (kept !== null && kept.sequence > head.sequence) {
    return { kind: 'broken', sequence: head.sequence + 1, why: `The log ends with record ${head.sequence}, but record ${kept.sequence} was there once.` };
  }
  return { kind: 'intact', head };
}

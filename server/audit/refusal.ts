// A write that was refused for want of access leaves a record too: somebody with a key tried.

import type { Failure } from '../../protocol/errors.ts';
import type { RequestContext } from '../operations/handler.ts';
import { appendAuditRecord } from '../store/audit.ts';
import type { Store } from '../store/store.ts';
import { auditRecord, type Origin, subjectsOf } from './entry.ts';

/** Whose attempt it was, and when. */
export type Refused = Pick<RequestContext, 'accessKeyId' | 'description' | 'remote' | 'requestId' | 'reason' | 'now'>;

export function originOf({ accessKeyId, description, remote, requestId, reason }: Omit<Refused, 'now'>): Origin {
  return { actor: 'accessKey', accessKeyId, ...(description === undefined ? {} : { description }), remote, requestId, reason: reason ?? null };
}

/** Nothing of `input` has been checked; only its digest and what it seems to name are kept. */
export async function recordRefusal(store: Store, operation: string, input: unknown, context: Refused, failure: Failure): Promise<void> {
  const given = typeof input === 'object' && input !== null ? (input as Readonly<Record<string, unknown>>) : {};
  const { inputSha256, ...record } = auditRecord(originOf(context), { at: context.now, operation, subjects: subjectsOf(given), input, outcome: failure.code });
  delete record.input;
  await store.transaction((tx) => appendAuditRecord(tx, { ...record, inputSha256 }));
}

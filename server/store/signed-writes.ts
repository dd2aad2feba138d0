// Signatures under which something was written, or refused. They outlive the process, so that a recorded request does
// nothing at the next controller either.

import type { Database } from './store.ts';

/** Whether anything was done under this signature, whatever its invocation id. */
export async function isSignatureKept(db: Database, signature: string): Promise<boolean> {
  return (await db.selectFrom('signed_writes').select('signature').where('signature', '=', signature).limit(1).executeTakeFirst()) !== undefined;
}

export async function keepSignature(db: Database, signature: string, invocationId: string, seenAt: number): Promise<void> {
  await db
    .insertInto('signed_writes')
    .values({ signature, invocation_id: invocationId, seen_at: seenAt })
    .onConflict((conflict) => conflict.columns(['signature', 'invocation_id']).doNothing())
    .execute();
}

export async function forgetSignature(db: Database, signature: string, invocationId: string): Promise<void> {
  await db.deleteFrom('signed_writes').where('signature', '=', signature).where('invocation_id', '=', invocationId).execute();
}

/** Removes those seen before. */
export async function forgetSignatures(db: Database, before: number): Promise<void> {
  await db.deleteFrom('signed_writes').where('seen_at', '<', before).execute();
}

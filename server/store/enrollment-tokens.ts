// Join tokens: what an agent shows to be let in. Only the hash of the secret is kept.

import type { Database } from './store.ts';
import type { EnrollmentTokensTable } from './tables.ts';
import { Tags, readDocument } from './documents.ts';

export async function insertEnrollmentToken(db: Database, row: EnrollmentTokensTable): Promise<void> {
  await db.insertInto('enrollment_tokens').values(row).execute();
}

export async function findEnrollmentToken(db: Database, tokenId: string): Promise<EnrollmentTokensTable | null> {
  return (await db.selectFrom('enrollment_tokens').selectAll().where('token_id', '=', tokenId).executeTakeFirst()) ?? null;
}

/** What is set on every host that enrols with it. */
export function tokenTags({ token_id, tags }: Pick<EnrollmentTokensTable, 'token_id' | 'tags'>): Tags {
  return readDocument(Tags, tags, `tags of join token ${token_id}`);
}

/** All of them, newest first. */
export async function listEnrollmentTokens(db: Database): Promise<readonly EnrollmentTokensTable[]> {
  return db.selectFrom('enrollment_tokens').selectAll().orderBy('created_at', 'desc').orderBy('token_id').execute();
}

/** Counts one use more; false when it was used up, whoever else asks at the same time. */
export async function useEnrollmentToken(tx: Database, tokenId: string): Promise<boolean> {
  const result = await tx
    .updateTable('enrollment_tokens')
    .set((e) => ({ uses: e('uses', '+', 1) }))
    .where('token_id', '=', tokenId)
    .whereRef('uses', '<', 'max_uses')
    .executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

/** The first revocation counts. */
export async function revokeEnrollmentToken(db: Database, tokenId: string, now: number): Promise<void> {
  await db
    .updateTable('enrollment_tokens')
    .set({ revoked_at: now })
    .where('token_id', '=', tokenId)
    .where('revoked_at', 'is', null)
    .execute();
}

import type { registry } from '../../protocol/operations/registry.ts';
import { listEnrollmentTokens as listRows, tokenTags } from '../store/enrollment-tokens.ts';
import type { Handler } from './services.ts';

export const listEnrollmentTokens: Handler<typeof registry.listEnrollmentTokens> = async ({ store }) => ({
  enrollmentTokens: (await listRows(store.db)).map((row) => ({
    tokenId: row.token_id,
    description: row.description,
    maxUses: row.max_uses,
    uses: row.uses,
    createdAt: Number(row.created_at),
    expiresAt: Number(row.expires_at),
    isRevoked: row.revoked_at !== null,
    ...(row.name_pattern === null ? {} : { namePattern: row.name_pattern }),
    tags: [...tokenTags(row)],
  })),
});

import type { Role } from '../../protocol/model/access-key.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { scopeOf } from '../access-keys.ts';
import { listAccessKeys as listRows } from '../store/access-keys.ts';
import { pageSize, readNamePlace, toPage } from './page.ts';
import type { Handler } from './services.ts';

export const listAccessKeys: Handler<typeof registry.listAccessKeys> = async ({ store }, input) => {
  const question = ['ListAccessKeys'];
  const after = readNamePlace(question, input.nextToken);
  const { rows, ...next } = toPage(question, await listRows(store.db, after, pageSize + 1), (row) => [row.access_key_id]);
  const accessKeys = rows.map((row) => {
    const applications = scopeOf(row);
    return {
      accessKeyId: row.access_key_id,
      description: row.description,
      role: row.role as Role,
      ...(applications === null ? {} : { applications: [...applications] }),
      createdAt: Number(row.created_at),
      ...(row.created_by === null ? {} : { createdBy: row.created_by }),
      ...instant('expiresAt', row.expires_at),
      ...instant('lastUsedAt', row.last_used_at),
      ...instant('revokedAt', row.revoked_at),
    };
  });
  return { accessKeys, ...next };
};

function instant<Name extends string>(name: Name, at: number | null): { readonly [Key in Name]?: number } {
  return (at === null ? {} : { [name]: Number(at) }) as { readonly [Key in Name]?: number };
}

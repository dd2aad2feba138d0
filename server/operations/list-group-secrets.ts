import type { registry } from '../../protocol/operations/registry.ts';
import { listGroupSecrets as listRows } from '../store/group-secrets.ts';
import { requireApplication, requireGroup } from './lookup.ts';
import type { Handler } from './services.ts';

export const listGroupSecrets: Handler<typeof registry.listGroupSecrets> = async ({ store: { db } }, { applicationName, deploymentGroupName }) => {
  const { group_id: groupId } = await requireGroup(db, await requireApplication(db, applicationName), deploymentGroupName);
  const rows = await listRows(db, groupId);
  return { secrets: rows.map(({ name, updated_at: updatedAt, updated_by: updatedBy }) => ({ name, updatedAt: Number(updatedAt), updatedBy })) };
};

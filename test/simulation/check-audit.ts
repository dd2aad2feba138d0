// The audit log once a story is over.

import { createHash } from 'node:crypto';
import { checkChain } from '../../protocol/model/audit-record.ts';
import { listAuditRecords } from '../../server/store/audit.ts';
import type { DeploymentsTable } from '../../server/store/tables.ts';
import type { Fleet } from './fleet.ts';

/** Every deployment, rollbacks too, was recorded together with its creation, and the chain of records holds. */
export async function checkAudit(fleet: Fleet, all: readonly DeploymentsTable[]): Promise<void> {
  const records = await listAuditRecords(fleet.store.db, { isAscending: true, from: null, to: null, operation: null, subject: null, accessKeyId: null, after: null, limit: 10_000 });
  const verdict = await checkChain(records, (text) => createHash('sha256').update(text).digest('hex'), null);
  if (verdict.kind === 'broken') fleet.violations.push(`the audit log is broken: ${verdict.why}`);
  const made = records.filter(({ operation }) => operation === 'CreateDeployment');
  const unrecorded = all.filter((one) => !made.some(({ actor, subjects }) => subjects.includes(`deployment:${one.deployment_id}`) && (actor === 'controller') === (one.creator !== 'user')));
  if (unrecorded.length > 0 || made.length !== all.length) fleet.violations.push(`${all.length} deployments have ${made.length} audit records; without one: ${unrecorded.map((one) => one.deployment_id).join(', ')}`);
}

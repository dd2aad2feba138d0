import { Failure } from '../../protocol/errors.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { findAuditHead, listAuditRecords as listRows } from '../store/audit.ts';
import { pageSize, readPlace, toPage } from './page.ts';
import type { Handler } from './services.ts';

export const listAuditRecords: Handler<typeof registry.listAuditRecords> = async ({ store }, input) => {
  const { sortOrder = 'descending', from = null, to = null, operation = null, subject = null, accessKeyId = null } = input;
  if (from !== null && to !== null && from > to) throw new Failure('InvalidTimeRangeException', 'from is later than to.', 'from');
  const question = ['ListAuditRecords', sortOrder, from, to, operation, subject, accessKeyId];
  const place = readPlace(question, input.nextToken, 1);
  const query = { isAscending: sortOrder === 'ascending', from, to, operation, subject, accessKeyId, after: place === null ? null : Number(place[0]), limit: pageSize + 1 };
  const { rows, ...next } = toPage(question, await listRows(store.db, query), (row) => [row.sequence]);
  return { auditRecords: [...rows], head: await findAuditHead(store.db), ...next };
};

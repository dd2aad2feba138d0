// What was found wrong with the settings of load balancers when they were last asked, by their names.

import Type, { type Static } from 'typebox';
import { Finding } from '../../protocol/model/traffic-router.ts';
import { readDocument, writeDocument } from './documents.ts';
import type { Database } from './store.ts';

const Findings = Type.Array(Finding);
export type Findings = Static<typeof Findings>;

export async function recordFindings(tx: Database, name: string, findings: readonly Finding[], now: number): Promise<void> {
  const row = { document: writeDocument(Findings, [...findings], `findings of ${name}`), observed_at: now };
  await tx
    .insertInto('router_findings')
    .values({ name, ...row })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(row))
    .execute();
}

/** Of these names, in their order; a name that was never asked has none. */
export async function listFindings(db: Database, names: readonly string[]): Promise<Findings> {
  if (names.length === 0) return [];
  const rows = await db.selectFrom('router_findings').selectAll().where('name', 'in', names).execute();
  return names.flatMap((name) => rows.filter((row) => row.name === name).flatMap((row) => readDocument(Findings, row.document, `findings of ${name}`)));
}

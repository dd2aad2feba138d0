// Instances: hosts by name. A name may have been registered several times; at most one of its rows is live (not
// deregistered), the others are records. Tags come from two sides: the agent's, overlaid by those set through the API.

import { inEvenPieces, updateRows } from './many-rows.ts';
import type { Database } from './store.ts';
import type { InstancesTable } from './tables.ts';
import { Tags, readDocument, writeDocument } from './documents.ts';

export async function insertInstance(tx: Database, row: InstancesTable): Promise<void> {
  await tx.insertInto('instances').values(row).execute();
}

/** The live instance of that name, or null. */
export async function findLiveInstance(db: Database, name: string): Promise<InstancesTable | null> {
  const row = await db
    .selectFrom('instances')
    .selectAll()
    .where('name', '=', name)
    .where('deregistered_at', 'is', null)
    .executeTakeFirst();
  return row ?? null;
}

/** The live instances of these names, in no particular order. */
export async function findLiveInstances(db: Database, names: readonly string[]): Promise<readonly InstancesTable[]> {
  if (names.length === 0) return [];
  return db.selectFrom('instances').selectAll().where('name', 'in', names).where('deregistered_at', 'is', null).execute();
}

/** Deregistered ones too. */
export async function findInstancesById(db: Database, instanceIds: readonly string[]): Promise<readonly InstancesTable[]> {
  if (instanceIds.length === 0) return [];
  return db.selectFrom('instances').selectAll().where('instance_id', 'in', instanceIds).execute();
}

/** When each of them was last heard of; null: never. */
export async function listLastSeen(db: Database, instanceIds: readonly string[]): Promise<ReadonlyMap<string, number | null>> {
  const lastSeen = new Map<string, number | null>();
  for (const piece of inEvenPieces(instanceIds)) {
    for (const row of await db.selectFrom('instances').select(['instance_id', 'last_seen_at']).where('instance_id', 'in', piece).execute()) lastSeen.set(row.instance_id, row.last_seen_at);
  }
  return lastSeen;
}

/** The live instance that was registered with this IAM ARN, or null. */
export async function findInstanceByIamArn(
  db: Database,
  column: 'iam_user_arn' | 'iam_session_arn',
  iamArn: string,
): Promise<InstancesTable | null> {
  const row = await db.selectFrom('instances').selectAll().where(column, '=', iamArn).where('deregistered_at', 'is', null).executeTakeFirst();
  return row ?? null;
}

/** Every live instance, by name. */
export async function listLiveInstances(db: Database): Promise<readonly InstancesTable[]> {
  return db.selectFrom('instances').selectAll().where('deregistered_at', 'is', null).orderBy('name').execute();
}

/**
 * On-premises instances by name, one row for each name: the live one, else the one deregistered last. `names` narrows
 * the answer; null is all.
 */
export async function listOnPremisesInstances(db: Database, names: readonly string[] | null): Promise<readonly InstancesTable[]> {
  if (names !== null && names.length === 0) return [];
  let query = db.selectFrom('instances').selectAll().where('kind', '=', 'onPremises').orderBy('name').orderBy('registered_at');
  if (names !== null) query = query.where('name', 'in', names);
  const byName = new Map<string, InstancesTable>();
  for (const row of await query.execute()) {
    const other = byName.get(row.name);
    if (other === undefined || (other.deregistered_at !== null && isLater(row.deregistered_at, other.deregistered_at))) byName.set(row.name, row);
  }
  return [...byName.values()];
}

function isLater(deregisteredAt: number | null, than: number): boolean {
  return deregisteredAt === null || deregisteredAt >= than;
}

/** Deregisters the live instance of that name and returns it; null when there is none. */
export async function deregisterInstance(tx: Database, name: string, now: number): Promise<InstancesTable | null> {
  const row = await findLiveInstance(tx, name);
  if (row === null) return null;
  await tx.updateTable('instances').set({ deregistered_at: now }).where('instance_id', '=', row.instance_id).execute();
  return { ...row, deregistered_at: now };
}

export async function writeApiTags(tx: Database, instanceId: string, tags: Tags): Promise<void> {
  const text = writeDocument(Tags, tags, `tags of instance ${instanceId}`);
  await tx.updateTable('instances').set({ api_tags: text }).where('instance_id', '=', instanceId).execute();
}

export interface EnrolledAgent {
  readonly publicKey: string;
  readonly agentTags: Tags;
  readonly agentVersion: string;
}

/** Binds an agent's key to an instance that has none yet. */
export async function bindAgent(tx: Database, instanceId: string, agent: EnrolledAgent, now: number): Promise<void> {
  await tx
    .updateTable('instances')
    .set({
      public_key: agent.publicKey,
      enrolled_at: now,
      agent_version: agent.agentVersion,
      agent_tags: writeDocument(Tags, agent.agentTags, `tags of instance ${instanceId}`),
    })
    .where('instance_id', '=', instanceId)
    .execute();
}

/** An agent was there just now. `says`: what it said of itself, when it came. */
export interface Sighting {
  readonly instanceId: string;
  readonly says?: Pick<InstancesTable, 'agent_tags' | 'agent_version' | 'boot_id' | 'zone' | 'address'>;
}

/** Of two of one instance the later counts. */
export async function sawInstances(tx: Database, sightings: readonly Sighting[], now: number): Promise<void> {
  const seen = [...new Map(sightings.map(({ instanceId }) => [instanceId, { instance_id: instanceId, last_seen_at: now }])).values()];
  const said = new Map<string, Required<Sighting>>();
  for (const { instanceId, says } of sightings) if (says !== undefined) said.set(instanceId, { instanceId, says });
  const [keys, numbers] = [['instance_id'], ['last_seen_at']] as const;
  await updateRows(tx, { table: 'instances', keys, set: ['last_seen_at'], numbers }, seen);
  await updateRows(tx, { table: 'instances', keys, set: ['agent_tags', 'agent_version', 'boot_id', 'zone', 'address'], numbers: [] }, [...said.values()].map(({ instanceId, says }) => ({ instance_id: instanceId, ...says })));
}

/** Nobody proves to be this instance any more until its host enrols again. */
export async function revokeKey(tx: Database, instanceId: string): Promise<void> {
  await tx.updateTable('instances').set({ public_key: null }).where('instance_id', '=', instanceId).execute();
}

/** Whether any instance of that name has ever had a key, deregistered ones included. */
export async function wasEverEnrolled(db: Database, name: string): Promise<boolean> {
  const row = await db.selectFrom('instances').select('instance_id').where('name', '=', name).where('enrolled_at', 'is not', null).executeTakeFirst();
  return row !== undefined;
}

/** False where `from` is not its key any more. */
export async function replaceKey(tx: Database, instanceId: string, from: string, to: string): Promise<boolean> {
  const result = await tx.updateTable('instances').set({ public_key: to }).where('instance_id', '=', instanceId).where('public_key', '=', from).executeTakeFirst();
  return Number(result.numUpdatedRows) === 1;
}

export interface EffectiveTag {
  readonly Key: string;
  readonly Value: string;
  readonly setBy: 'agent' | 'api';
}

/** The tags that count, by key: those set through the API win over those the agent brings. */
export function effectiveTags(row: Pick<InstancesTable, 'instance_id' | 'agent_tags' | 'api_tags'>): readonly EffectiveTag[] {
  const where = `tags of instance ${row.instance_id}`;
  const byKey = new Map<string, EffectiveTag>();
  for (const { Key, Value } of readDocument(Tags, row.agent_tags, where)) byKey.set(Key, { Key, Value, setBy: 'agent' });
  for (const { Key, Value } of readDocument(Tags, row.api_tags, where)) byKey.set(Key, { Key, Value, setBy: 'api' });
  return [...byKey.values()].sort((a, b) => (a.Key < b.Key ? -1 : 1));
}

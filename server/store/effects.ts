// Effects: acts on the outside (a notice sent; later a load balancer told), each a row before it is an act. Effects of
// one lane are carried out one after another: only the first that is not over has a `next_attempt_at`, and ending it
// gives one to the next. What is over has none, so the index on that column holds just what is to be done.

import type { ExpressionBuilder } from 'kysely';
import type { Database } from './store.ts';
import type { EffectsTable, Tables } from './tables.ts';

type Expressions = ExpressionBuilder<Tables, 'effects'>;

export interface NewEffect {
  readonly effectId: string;
  readonly kind: string;
  readonly groupId: string;
  /** Null for what belongs to a group as such. */
  readonly deploymentId: string | null;
  /** Who is reached; how many acts go there at once is bounded. */
  readonly farEnd: string;
  readonly lane: string;
  readonly payload: unknown;
}

/** Writes an effect as the last of its lane. */
export async function insertEffect(tx: Database, effect: NewEffect, now: number): Promise<void> {
  const last = await tx.selectFrom('effects').select((e) => e.fn.max('sequence').as('sequence')).where('lane', '=', effect.lane).executeTakeFirst();
  const before = await tx.selectFrom('effects').select('effect_id').where('lane', '=', effect.lane).where(unfinished).limit(1).executeTakeFirst();
  await tx
    .insertInto('effects')
    .values({
      effect_id: effect.effectId,
      kind: effect.kind,
      group_id: effect.groupId,
      deployment_id: effect.deploymentId,
      far_end: effect.farEnd,
      lane: effect.lane,
      sequence: Number(last?.sequence ?? 0) + 1,
      payload: JSON.stringify(effect.payload),
      created_at: now,
      attempts: 0,
      next_attempt_at: before === undefined ? now : null,
      done_at: null,
      abandoned_at: null,
      last_error: null,
    })
    .execute();
}

/** What is due, oldest first, at most `limit`; none of those under way, none for a far end that is busy. */
export async function dueEffects(db: Database, now: number, limit: number, underWay: readonly string[], busyFarEnds: readonly string[]): Promise<readonly EffectsTable[]> {
  let query = db.selectFrom('effects').selectAll().where('next_attempt_at', '<=', now).orderBy('next_attempt_at').orderBy('effect_id').limit(limit);
  if (underWay.length > 0) query = query.where('effect_id', 'not in', underWay);
  if (busyFarEnds.length > 0) query = query.where('far_end', 'not in', busyFarEnds);
  return query.execute();
}

/** When the next effect not under way is due; null when there is none. */
export async function nextDueAt(db: Database, underWay: readonly string[], busyFarEnds: readonly string[]): Promise<number | null> {
  let query = db.selectFrom('effects').select('next_attempt_at').where('next_attempt_at', 'is not', null).orderBy('next_attempt_at').limit(1);
  if (underWay.length > 0) query = query.where('effect_id', 'not in', underWay);
  if (busyFarEnds.length > 0) query = query.where('far_end', 'not in', busyFarEnds);
  const row = await query.executeTakeFirst();
  return row === undefined ? null : Number(row.next_attempt_at);
}

/** When it was asked for, as the rows have it now. */
export async function createdAtOf(db: Database, { effect_id: effectId, created_at: createdAt }: EffectsTable): Promise<number> {
  const row = await db.selectFrom('effects').select('created_at').where('effect_id', '=', effectId).executeTakeFirst();
  return Number(row?.created_at ?? createdAt);
}

/** It was tried and is to be tried again. */
export async function postponeEffect(tx: Database, effectId: string, nextAttemptAt: number, error: string): Promise<void> {
  await tx
    .updateTable('effects')
    .set((e) => ({ attempts: e('attempts', '+', 1), next_attempt_at: nextAttemptAt, last_error: error }))
    .where('effect_id', '=', effectId)
    .execute();
}

/** It is over: done, or given up with an error. The next of its lane is due at once. */
export async function endEffect(tx: Database, { effect_id: effectId, lane }: EffectsTable, now: number, error: string | null): Promise<void> {
  await tx
    .updateTable('effects')
    .set((e) => ({
      attempts: e('attempts', '+', 1),
      next_attempt_at: null,
      ...(error === null ? { done_at: now, last_error: null } : { abandoned_at: now, last_error: error }),
    }))
    .where('effect_id', '=', effectId)
    .execute();
  await releaseFirst(tx, lane, now);
}

/**
 * Makes the first of every lane due that for some reason is not: two transactions that each did not see the other's row
 * may leave one so.
 */
export async function releaseLanes(tx: Database, now: number): Promise<void> {
  const waiting = await tx.selectFrom('effects').select('lane').distinct().where(unfinished).where('next_attempt_at', 'is', null).execute();
  for (const { lane } of waiting) await releaseFirst(tx, lane, now);
}

async function releaseFirst(tx: Database, lane: string, now: number): Promise<void> {
  const first = await tx.selectFrom('effects').select(['effect_id', 'next_attempt_at']).where('lane', '=', lane).where(unfinished).orderBy('sequence').limit(1).executeTakeFirst();
  if (first === undefined || first.next_attempt_at !== null) return;
  await tx.updateTable('effects').set({ next_attempt_at: now }).where('effect_id', '=', first.effect_id).execute();
}

/** Removes what ended before `before`. */
export async function forgetEffects(tx: Database, before: number): Promise<void> {
  await tx
    .deleteFrom('effects')
    .where('created_at', '<', before)
    .where((e) => e.or([e('done_at', '<', before), e('abandoned_at', '<', before)]))
    .execute();
}

export interface EffectPlace {
  readonly createdAt: number;
  readonly effectId: string;
}

/** A page of effects of one kind, of a deployment or of a whole group, newest first. */
export async function listEffects(
  db: Database,
  kind: string,
  of: { readonly deploymentId: string } | { readonly groupId: string },
  after: EffectPlace | null,
  limit: number,
): Promise<readonly EffectsTable[]> {
  let query = db.selectFrom('effects').selectAll().where('kind', '=', kind).orderBy('created_at', 'desc').orderBy('effect_id', 'desc').limit(limit);
  query = 'deploymentId' in of ? query.where('deployment_id', '=', of.deploymentId) : query.where('group_id', '=', of.groupId);
  if (after !== null) {
    query = query.where((e) => e.or([e('created_at', '<', after.createdAt), e.and([e('created_at', '=', after.createdAt), e('effect_id', '<', after.effectId)])]));
  }
  return query.execute();
}

function unfinished(e: Expressions) {
  return e.and([e('done_at', 'is', null), e('abandoned_at', 'is', null)]);
}

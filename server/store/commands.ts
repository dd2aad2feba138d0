// Commands: what each instance was told, numbered per instance without gaps. The row is written in the transaction
// that decides it; sending is only a consequence.

import type { Command } from '../../protocol/session/frames.ts';
import type { Instant } from '../../world/clock.ts';
import { inEvenPieces, inExactPieces, updateRows } from './many-rows.ts';
import type { Database } from './store.ts';
import type { CommandsTable } from './tables.ts';

/** A command as stored: RunEvent lacks what is added when it is sent (the bundle's signed URL). */
export interface NewCommand {
  readonly instanceId: string;
  /** Empty for commands that are no attempt of their own. */
  readonly attemptId: string;
  readonly deploymentId: string;
  readonly targetId: string;
  readonly event: string;
  readonly generation: number;
  readonly command: Command;
}

/** Writes commands, each under its instance's next number, in the order given. Returns the rows. */
export async function insertCommands(tx: Database, commands: readonly NewCommand[], now: Instant): Promise<readonly CommandsTable[]> {
  const last = await lastCommands(tx, [...new Set(commands.map(({ instanceId }) => instanceId))]);
  const rows = commands.map((command): CommandsTable => {
    const before = last.get(command.instanceId);
    if (before === undefined) throw new Error(`There is no instance ${command.instanceId} to be told anything.`);
    last.set(command.instanceId, before + 1);
    return rowOf(command, before + 1, now);
  });
  const numbers = [...last].map(([instanceId, number]) => ({ instance_id: instanceId, last_command: number }));
  await updateRows(tx, { table: 'instances', keys: ['instance_id'], set: ['last_command'], numbers: ['last_command'] }, numbers);
  for (const piece of inExactPieces(rows)) await tx.insertInto('commands').values(piece).execute();
  return rows;
}

async function lastCommands(tx: Database, instanceIds: readonly string[]): Promise<Map<string, number>> {
  const last = new Map<string, number>();
  for (const piece of inEvenPieces(instanceIds)) {
    for (const row of await tx.selectFrom('instances').select(['instance_id', 'last_command']).where('instance_id', 'in', piece).execute()) last.set(row.instance_id, row.last_command);
  }
  return last;
}

function rowOf(command: NewCommand, number: number, now: Instant): CommandsTable {
  return {
    instance_id: command.instanceId,
    number,
    attempt_id: command.attemptId,
    deployment_id: command.deploymentId,
    target_id: command.targetId,
    event: command.event,
    generation: command.generation,
    command: JSON.stringify(command.command),
    created_at: now,
    accepted_at: null,
    ended_at: null,
  };
}

/** The commands of an instance after `number`, in order, at most `limit`. */
export async function commandsAfter(db: Database, instanceId: string, number: number, limit: number): Promise<CommandsTable[]> {
  return db
    .selectFrom('commands')
    .selectAll()
    .where('instance_id', '=', instanceId)
    .where('number', '>', number)
    .orderBy('number')
    .limit(limit)
    .execute();
}

/** The command of an attempt, or undefined. */
export async function commandOfAttempt(db: Database, attemptId: string): Promise<CommandsTable | undefined> {
  return db.selectFrom('commands').selectAll().where('attempt_id', '=', attemptId).executeTakeFirst();
}

/** The commands of these attempts, by attempt; none for what is no attempt of any. */
export async function commandsOfAttempts(db: Database, attemptIds: readonly string[]): Promise<ReadonlyMap<string, CommandsTable>> {
  const found = new Map<string, CommandsTable>();
  for (const piece of inEvenPieces(attemptIds.filter((id) => id !== ''))) {
    for (const row of await db.selectFrom('commands').selectAll().where('attempt_id', 'in', piece).execute()) found.set(row.attempt_id, row);
  }
  return found;
}

export async function markAccepted(tx: Database, attemptIds: readonly string[], now: Instant): Promise<void> {
  for (const piece of inEvenPieces(attemptIds)) {
    await tx.updateTable('commands').set({ accepted_at: now }).where('attempt_id', 'in', piece).where('accepted_at', 'is', null).execute();
  }
}

export async function markEnded(tx: Database, attemptIds: readonly string[], now: Instant): Promise<void> {
  for (const piece of inEvenPieces(attemptIds)) {
    await tx.updateTable('commands').set({ ended_at: now }).where('attempt_id', 'in', piece).where('ended_at', 'is', null).execute();
  }
}

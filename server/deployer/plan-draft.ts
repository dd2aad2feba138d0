// What a plan is to become, while its actions are written one after another: targets, commands and the deployment's own row
// are changed here, and saved once; everything else goes to its table at once.

import type { Command } from '../../protocol/session/frames.ts';
import type { Breath } from '../breath.ts';
import { insertCommands, type NewCommand } from '../store/commands.ts';
import { type DeploymentDocument, type StoredEvent, StoredEvents, writeDocument } from '../store/documents.ts';
import type { Database } from '../store/store.ts';
import type { CommandsTable, TargetsTable } from '../store/tables.ts';
import { replaceTargets } from '../store/targets.ts';
import type { World } from '../../world/world.ts';
import type { LoadedSnapshot } from './load-snapshot.ts';
import type { Whereabouts } from './notices.ts';

export type Chance = Pick<World, 'clock' | 'random'>;

export interface DraftedTarget {
  row: TargetsTable;
  events: StoredEvent[];
  isTouched: boolean;
}

export interface PlanDraft {
  readonly tx: Database;
  readonly loaded: LoadedSnapshot;
  readonly world: Chance;
  readonly whereabouts: Whereabouts;
  readonly targets: Map<string, DraftedTarget>;
  readonly commands: NewCommand[];
  readonly wake: string[];
  document: DeploymentDocument;
  status: string;
  startedAt: number | null;
  completedAt: number | null;
  hasEffects: boolean;
  movesTraffic: boolean;
}

export function draftPlan(tx: Database, loaded: LoadedSnapshot, world: Chance, whereabouts: Whereabouts): PlanDraft {
  const targets = new Map<string, DraftedTarget>();
  for (const [id, row] of loaded.targetRows) targets.set(id, { row: { ...row }, events: [], isTouched: false });
  return {
    tx,
    loaded,
    world,
    whereabouts,
    targets,
    commands: [],
    wake: [],
    document: loaded.document,
    status: loaded.row.status,
    startedAt: loaded.row.started_at,
    completedAt: loaded.row.completed_at,
    hasEffects: false,
    movesTraffic: false,
  };
}

export function tellAgent(draft: PlanDraft, target: TargetsTable, command: Command, attemptId: string, event: string, generation: number): void {
  draft.commands.push({ instanceId: target.instance_id, attemptId, deploymentId: draft.loaded.row.deployment_id, targetId: target.target_id, event, generation, command });
}

export function paceOf({ document, loaded }: PlanDraft): NonNullable<DeploymentDocument['pace']> {
  if (document.pace === undefined) throw new Error(`The plan moves between stages, which ${loaded.row.deployment_id} does not have.`);
  return document.pace;
}

export function touch(draft: PlanDraft, targetId: string): DraftedTarget {
  const target = draft.targets.get(targetId);
  if (target === undefined) throw new Error(`The plan names ${targetId}, which is no target of ${draft.loaded.row.deployment_id}.`);
  // A copy: what was read stays as it was, for the next plan.
  if (!target.isTouched) target.events = (draft.loaded.events.get(targetId) ?? []).map((event) => ({ ...event }));
  target.isTouched = true;
  return target;
}

export function eventOf(target: Pick<DraftedTarget, 'row' | 'events'>, name: string): StoredEvent {
  const event = target.events.find((candidate) => candidate.name === name);
  if (event === undefined) throw new Error(`The plan names ${name}, which ${target.row.target_id} does not have.`);
  return event;
}

/** Of what is saved without a breath. */
const savedAtOnce = 256;

export async function saveTargets({ tx, loaded, targets }: PlanDraft, breath: Breath): Promise<void> {
  const touched = [...targets.values()].filter((target) => target.isTouched);
  for (let at = 0; at < touched.length; at += savedAtOnce) {
    const piece = touched.slice(at, at + savedAtOnce);
    await replaceTargets(
      tx,
      piece.map(({ row, events }) => ({ ...row, events: writeDocument(StoredEvents, events, `target ${row.target_id}`), last_updated_at: loaded.snapshot.now })),
    );
    await breath.take();
  }
}

/** In the order in which the plan gave them. Returns the rows. */
export async function saveCommands({ tx, loaded, commands }: PlanDraft, breath: Breath): Promise<readonly CommandsTable[]> {
  const rows: CommandsTable[] = [];
  for (let at = 0; at < commands.length; at += savedAtOnce) {
    rows.push(...(await insertCommands(tx, commands.slice(at, at + savedAtOnce), loaded.snapshot.now)));
    await breath.take();
  }
  return rows;
}

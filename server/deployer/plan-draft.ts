// What a plan is to become, while its actions are written one after another: targets, commands and the deployment's own row
// are changed here, and saved once; everything else goes to its table at once.

import type { Command } from '../../protocol/session/frames.ts';
import type { Breath } from '../breath.ts';
import { insertCommands, type NewCommand } from '../store/commands.ts';
import type { DeploymentDocument, StoredEvent } from '../store/documents.ts';
import type { Database } from '../store/store.ts';
import { writeEvents } from '../store/stored-events.ts';
import { replaceStandings } from '../store/deployment-groups.ts';
import type { CommandsTable, GroupInstancesTable, TargetsTable } from '../store/tables.ts';
import { replaceTargets } from '../store/targets.ts';
import type { World } from '../../world/world.ts';
import type { KnownTarget } from './known-targets.ts';
import type { LoadedSnapshot } from './load-snapshot.ts';
import type { Whereabouts } from './notices.ts';

export type Chance = Pick<World, 'clock' | 'random'>;

/** A target as the plan leaves it. */
export interface DraftedTarget {
  row: TargetsTable;
  events: StoredEvent[];
}

export interface PlanDraft {
  readonly tx: Database;
  readonly loaded: LoadedSnapshot;
  readonly world: Chance;
  readonly whereabouts: Whereabouts;
  /** Those that the plan changes. */
  readonly targets: Map<string, DraftedTarget>;
  readonly commands: NewCommand[];
  /** What instances are left with. */
  readonly standings: GroupInstancesTable[];
  readonly wake: string[];
  document: DeploymentDocument;
  status: string;
  startedAt: number | null;
  completedAt: number | null;
  hasEffects: boolean;
  movesTraffic: boolean;
}

export function draftPlan(tx: Database, loaded: LoadedSnapshot, world: Chance, whereabouts: Whereabouts): PlanDraft {
  return {
    tx,
    loaded,
    world,
    whereabouts,
    targets: new Map(),
    commands: [],
    standings: [],
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
  const drafted = draft.targets.get(targetId);
  if (drafted !== undefined) return drafted;
  const { row, events } = targetOf(draft, targetId);
  // A copy: what was read stays as it was, for the next plan.
  const target = { row: { ...row }, events: events.map((event) => ({ ...event })) };
  draft.targets.set(targetId, target);
  return target;
}

/** Of all targets, as the plan leaves them. */
export function rowsOf({ loaded, targets }: PlanDraft): readonly TargetsTable[] {
  return [...loaded.targets].map(([id, { row }]) => targets.get(id)?.row ?? row);
}

export function instanceOf(draft: PlanDraft, targetId: string): string {
  return targetOf(draft, targetId).row.instance_id;
}

function targetOf({ loaded }: PlanDraft, targetId: string): KnownTarget {
  const target = loaded.targets.get(targetId);
  if (target === undefined) throw new Error(`The plan names ${targetId}, which is no target of ${loaded.row.deployment_id}.`);
  return target;
}

export function eventOf(target: Pick<DraftedTarget, 'row' | 'events'>, name: string): StoredEvent {
  const event = target.events.find((candidate) => candidate.name === name);
  if (event === undefined) throw new Error(`The plan names ${name}, which ${target.row.target_id} does not have.`);
  return event;
}

/** Of what is saved without a breath. */
const savedAtOnce = 256;

/** What is made from them next reads them from the store. */
export async function saveStandings({ tx, standings }: PlanDraft): Promise<void> {
  await replaceStandings(tx, standings.splice(0));
}

/** Returns them as they are from now on. */
export async function saveTargets({ tx, loaded, targets }: PlanDraft, breath: Breath): Promise<readonly KnownTarget[]> {
  const drafted = [...targets.values()];
  const written: KnownTarget[] = [];
  for (let at = 0; at < drafted.length; at += savedAtOnce) {
    const piece = drafted.slice(at, at + savedAtOnce).map(({ row, events }): KnownTarget => {
      const text = writeEvents(events, `target ${row.target_id}`);
      return { row: { ...row, events: text, last_updated_at: loaded.snapshot.now, version: loaded.row.version + 1 }, events };
    });
    await replaceTargets(tx, piece.map(({ row }) => row));
    written.push(...piece);
    await breath.take();
  }
  return written;
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

// The targets of a deployment as they were last read, so that looking again costs what has changed: each row says with which
// version of its deployment it was written. Who else may have written them does not matter: another controller's are read
// as well. The periodic look reads them all anew (`forget`), so that a mistake in here would not last.

import { listTargets } from '../store/targets.ts';
import type { Database } from '../store/store.ts';
import type { StoredEvent } from '../store/documents.ts';
import { readEvents } from '../store/stored-events.ts';
import type { DeploymentsTable, TargetsTable } from '../store/tables.ts';
import { type Breath, noBreath } from '../breath.ts';

/** None of it is changed in place. */
export interface KnownTarget {
  readonly row: TargetsTable;
  readonly events: readonly StoredEvent[];
}

export class KnownTargets {
  #targets = new Map<string, KnownTarget>();
  /** The version of the deployment as of which they are known; null: nothing is. */
  #asOf: number | null = null;

  /** All of them by target id, in its order; good until the next call. Call it in the transaction that read the deployment's row. */
  async read(db: Database, { deployment_id: deploymentId, version }: Pick<DeploymentsTable, 'deployment_id' | 'version'>, breath: Breath = noBreath): Promise<ReadonlyMap<string, KnownTarget>> {
    if (this.#asOf === version) return this.#targets;
    const newer = await knownTargets(await listTargets(db, deploymentId, this.#asOf ?? undefined), breath);
    this.wrote(newer.values(), version);
    return this.#targets;
  }

  /** What a plan has changed, once that is kept; `version` is the deployment's new one. */
  wrote(targets: Iterable<KnownTarget>, version: number): void {
    const before = this.#targets.size;
    for (const target of targets) this.#targets.set(target.row.target_id, target);
    if (before > 0 && this.#targets.size > before) this.#targets = new Map([...this.#targets].toSorted(([a], [b]) => (a < b ? -1 : 1)));
    this.#asOf = version;
  }

  /** Next time they are all read anew. */
  forget(): void {
    this.#targets = new Map();
    this.#asOf = null;
  }
}

/** Rows with their events, by target id, in the order given. */
export async function knownTargets(rows: readonly TargetsTable[], breath: Breath = noBreath): Promise<ReadonlyMap<string, KnownTarget>> {
  const targets = new Map<string, KnownTarget>();
  for (const row of rows) {
    targets.set(row.target_id, { row, events: readEvents(row.events, `target ${row.target_id} of ${row.deployment_id}`) });
    await breath.take();
  }
  return targets;
}

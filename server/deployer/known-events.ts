// How the lifecycle events of a deployment's targets were last read: most of them have not changed since, and are not parsed
// again. The text in the row says whether they have.

import { type StoredEvent, StoredEvents, readDocument } from '../store/documents.ts';
import type { TargetsTable } from '../store/tables.ts';

export class KnownEvents {
  readonly #known = new Map<string, { readonly text: string; readonly events: readonly StoredEvent[] }>();

  /** Not to be changed in place. */
  of({ deployment_id: deploymentId, target_id: targetId, events: text }: Pick<TargetsTable, 'deployment_id' | 'target_id' | 'events'>): readonly StoredEvent[] {
    const known = this.#known.get(targetId);
    if (known?.text === text) return known.events;
    const events = readDocument(StoredEvents, text, `target ${targetId} of ${deploymentId}`);
    this.#known.set(targetId, { text, events });
    return events;
  }
}

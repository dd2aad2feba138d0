// What a plan asks of routers, as rows: the event of the target, and what is wanted of its routes. The watch over traffic
// does the rest.

import type { Action } from '../planner/actions.ts';
import type { StoredEvent } from '../store/documents.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentsTable } from '../store/tables.ts';
import { wishForRoutes } from '../store/traffic-routes.ts';

export type TrafficAction = Extract<Action, { readonly kind: 'BlockTraffic' | 'AllowTraffic' | 'PassTraffic' | 'LetBackIn' | 'KeepOut' }>;

/** `events`: those of the target, to be changed in place. */
export async function writeTraffic(tx: Database, deployment: DeploymentsTable, instanceId: string, events: readonly StoredEvent[], action: TrafficAction, now: number): Promise<void> {
  const of = { groupId: deployment.group_id, deploymentId: deployment.deployment_id };
  switch (action.kind) {
    case 'BlockTraffic':
      if (!action.isForced) begin(events, 'BlockTraffic', now);
      return wishForRoutes(tx, of, instanceId, { wanted: 'Blocked', isForced: action.isForced }, now);
    case 'AllowTraffic':
      begin(events, 'AllowTraffic', now);
      return wishForRoutes(tx, of, instanceId, { wanted: 'Allowed' }, now);
    case 'PassTraffic': {
      const event = eventNamed(events, action.event);
      event.status = 'Succeeded';
      event.endedAt = now;
      event.givenUp = null;
      return;
    }
    case 'LetBackIn':
      return wishForRoutes(tx, of, instanceId, { wanted: 'Allowed' }, now);
    case 'KeepOut':
      return wishForRoutes(tx, of, instanceId, { wanted: 'Blocked', isKeptOut: true }, now);
  }
}

function begin(events: readonly StoredEvent[], name: string, now: number): void {
  const event = eventNamed(events, name);
  event.status = 'InProgress';
  event.commandedAt = now;
  event.startedAt = now;
}

function eventNamed(events: readonly StoredEvent[], name: string): StoredEvent {
  const event = events.find((candidate) => candidate.name === name);
  if (event === undefined) throw new Error(`The plan names ${name}, which is none of the target's events.`);
  return event;
}

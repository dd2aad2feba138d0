// What a plan says of two fleets, as rows: how far the deployment is, and who the group's members are from now on.

import type { Action } from '../planner/actions.ts';
import type { DeploymentDocument } from '../store/documents.ts';
import { writeMembers } from '../store/deployment-groups.ts';
import { noteMembers, noteNoMembers } from '../store/fleet-hosts.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentsTable, TargetsTable } from '../store/tables.ts';

export type FleetAction = Extract<Action, { readonly kind: 'NoteReady' | 'Reroute' | 'MoveGroup' | 'NoteMoved' | 'ShiftTraffic' | 'NoteShare' | 'ReturnTraffic' }>;

/** The new document and, where it changes, the new status. */
export async function writeFleets(tx: Database, deployment: DeploymentsTable, document: DeploymentDocument, targets: readonly TargetsTable[], action: FleetAction, now: number): Promise<{ readonly document: DeploymentDocument; readonly status?: string }> {
  const { blueGreen } = document;
  if (blueGreen === undefined) throw new Error(`The plan moves between fleets, which ${deployment.deployment_id} does not have.`);
  switch (action.kind) {
    case 'NoteReady':
      return action.waits
        ? { document: { ...document, blueGreen: { ...blueGreen, readyAt: now } }, status: 'Ready' }
        : { document: { ...document, blueGreen: { ...blueGreen, readyAt: now, continuedAt: now } } };
    case 'Reroute':
      return { document, status: 'InProgress' };
    case 'MoveGroup': {
      const serving = targets.filter(({ label, status }) => label === 'Green' && status === 'Succeeded').map((target) => target.instance_id);
      await writeMembers(tx, deployment.group_id, action.to === 'Green' ? serving : (blueGreen.formerMembers ?? null));
      if (action.to === 'Green') await noteMembers(tx, deployment.group_id, serving);
      else await noteNoMembers(tx, deployment.group_id, targets.filter(({ label }) => label === 'Green').map((target) => target.instance_id));
      return { document };
    }
    case 'NoteMoved':
      return { document: { ...document, blueGreen: { ...blueGreen, movedAt: now } } };
    case 'ShiftTraffic':
      return { document: { ...document, blueGreen: { ...blueGreen, shift: { step: action.step, askedAt: now, seenAt: null } } } };
    case 'NoteShare':
      return { document: { ...document, blueGreen: { ...blueGreen, shift: { step: action.step, askedAt: now, ...blueGreen.shift, seenAt: now } } } };
    case 'ReturnTraffic':
      return { document: { ...document, blueGreen: { ...blueGreen, returning: { at: now, status: action.status, error: action.error } } } };
  }
}

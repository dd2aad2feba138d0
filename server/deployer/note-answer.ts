// What a fleet provider says of instances that it was asked for, whichever way it comes: in the answer of its webhook, or by
// PutProvisionedInstances. Saying it twice is saying it once; what it says later adds to what it said before.

import { noteMade } from '../store/fleet-hosts.ts';
import { findFleetRequest, noteFleetRequest } from '../store/fleet-requests.ts';
import type { Database } from '../store/store.ts';
import type { FleetRequestsTable } from '../store/tables.ts';
import type { FleetAnswer } from './fleet-requests.ts';

/** Instances that are named after the deployment has ended are noted as well: they are to be let go. */
export async function noteProvided(tx: Database, request: FleetRequestsTable, { instanceNames, failure }: FleetAnswer): Promise<void> {
  const { request_id: requestId } = request;
  await noteMade(tx, request, instanceNames);
  if (failure !== null) return noteFleetRequest(tx, requestId, { state: 'Refused', detail: /[.!?]$/.test(failure) ? failure : `${failure}.` });
  const before = await findFleetRequest(tx, requestId);
  if (before?.state === 'Refused') return;
  const named = instanceNames.length === 0 ? '' : `The provider named ${instanceNames.slice(0, 5).join(', ')}${instanceNames.length > 5 ? ` and ${instanceNames.length - 5} more` : ''}.`;
  await noteFleetRequest(tx, requestId, { state: 'Accepted', detail: named === '' ? before?.detail || 'The provider has taken the request, and named no instance yet.' : named });
}

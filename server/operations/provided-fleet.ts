// What fleet providers have to do with deployments, as callers see it: what was asked for, and who is taken away.

import type { ProvidedFleet, ReleaseState } from '../../protocol/model/fleet-release.ts';
import { finalStatuses } from '../store/deployments.ts';
import { DeploymentDocument, readDocument } from '../store/documents.ts';
import { listHostsAbout } from '../store/fleet-hosts.ts';
import { lastTroublesOf, listFleetRequests } from '../store/fleet-requests.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentsTable, FleetHostsTable } from '../store/tables.ts';

/** Of those that have to do with one. */
export async function providedFleets(db: Database, rows: readonly DeploymentsTable[]): Promise<ReadonlyMap<string, ProvidedFleet>> {
  const documents = new Map(rows.map((row) => [row.deployment_id, readDocument(DeploymentDocument, row.document, `deployment ${row.deployment_id}`)]));
  const provided = rows.filter(({ deployment_id: id }) => documents.get(id)?.blueGreen?.fleetProvider !== undefined);
  if (provided.length === 0) return new Map();
  const ids = provided.map((row) => row.deployment_id);
  const hosts = await listHostsAbout(db, ids);
  const requests = await listFleetRequests(db, ids);
  const troubles = await lastTroublesOf(db, requests.map((request) => request.request_id));
  const answers = new Map(requests.map(({ request_id: id, detail }) => [id, troubles.get(id) ?? (detail === '' ? undefined : detail)]));
  return new Map(
    provided.map((row) => {
      const { blueGreen, provisioning } = documents.get(row.deployment_id)!;
      const releases = hosts
        .filter((host) => (host.released_by ?? host.deployment_id) === row.deployment_id)
        .flatMap((host) => {
          const state = stateOf(host, row);
          const answer = host.request_id === null ? undefined : answers.get(host.request_id);
          return state === null ? [] : [{ instanceName: host.name, state, ...(answer === undefined ? {} : { answer }) }];
        });
      const provision = provisionOf(provisioning, answers);
      return [row.deployment_id, { fleetProvider: blueGreen!.fleetProvider!, ...(provision === undefined ? {} : { provision }), releases }];
    }),
  );
}

function provisionOf(provisioning: DeploymentDocument['provisioning'], answers: ReadonlyMap<string, string | undefined>): ProvidedFleet['provision'] {
  if (provisioning?.requestId === undefined || provisioning.askedAt === undefined || provisioning.until === undefined) return undefined;
  const { requestId, wanted = 0, askedAt, until, providedAt } = provisioning;
  const answer = answers.get(requestId);
  return { instanceCount: wanted, askedAt, until, ...(providedAt === undefined ? {} : { providedAt }), ...(answer === undefined ? {} : { answer }) };
}

/** Null: it is not to be taken away. */
function stateOf({ state }: FleetHostsTable, { status }: DeploymentsTable): ReleaseState | null {
  switch (state) {
    case 'Asked':
    case 'Released':
    case 'Unanswered':
      return state;
    case 'Leaving':
      return 'Waiting';
    case 'Made':
      return finalStatuses.includes(status) ? 'Waiting' : null;
    default:
      return null;
  }
}

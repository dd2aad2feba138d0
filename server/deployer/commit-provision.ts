// A fleet provider is asked for instances: the request as an effect to be carried out, and what is known of it as a row.

import { uuid } from '../../protocol/model/names.ts';
import { madeForTagKey } from '../../protocol/model/fleet-provider.ts';
import { toIso } from '../../protocol/model/timestamp.ts';
import type { Action } from '../planner/actions.ts';
import { insertEffect } from '../store/effects.ts';
import { insertFleetRequest } from '../store/fleet-requests.ts';
import { fleetEffect } from './fleet-requests.ts';
import type { PlanDraft } from './plan-draft.ts';

export async function provisionInstances(draft: PlanDraft, { fleetProvider, wanted, until }: Extract<Action, { kind: 'ProvisionInstances' }>): Promise<void> {
  const { row, snapshot, provisioning } = draft.loaded;
  const { now } = snapshot;
  const { document } = draft;
  if (document.provisioning === undefined || provisioning === undefined) throw new Error(`The plan asks for instances, which ${row.deployment_id} is not to have made.`);
  const requestId = uuid(draft.world.random.bytes(16));
  const message = {
    request: 'provision' as const,
    requestId,
    fleetProvider,
    deploymentId: row.deployment_id,
    applicationName: row.application_name,
    deploymentGroupName: row.group_name,
    instanceCount: wanted,
    originals: provisioning.originals.map(({ instance, tags }) => ({ instanceName: instance.name, tags: [...tags] })),
    tags: [{ Key: madeForTagKey, Value: row.deployment_id }],
    until: toIso(until),
  };
  draft.document = { ...document, provisioning: { ...document.provisioning, requestId, wanted, askedAt: now, until } };
  await insertFleetRequest(draft.tx, { request_id: requestId, kind: 'Provision', provider: fleetProvider, group_id: row.group_id, deployment_id: row.deployment_id, state: 'Asked', detail: '', asked_at: now, ended_at: null });
  await insertEffect(draft.tx, fleetEffect('Provision', { groupId: row.group_id, deploymentId: row.deployment_id }, message), now);
  draft.hasEffects = true;
}

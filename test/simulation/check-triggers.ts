// What the far end of a simulated group's trigger must have heard once every story is over: all that happened, nothing else,
// and of each deployment in the order in which it happened, though some of it more than once.

import type { NotifyPayload } from '../../server/deployer/notices.ts';
import { StoredEvents, readDocument } from '../../server/store/documents.ts';
import type { Fleet } from './fleet.ts';

/** The trigger of the simulated group. */
export const chatTrigger = {
  triggerName: 'chat',
  triggerTargetArn: 'https://chat.example/hook',
  triggerEvents: ['DeploymentStart', 'DeploymentSuccess', 'DeploymentFailure', 'DeploymentStop', 'DeploymentRollback', 'InstanceStart', 'InstanceSuccess', 'InstanceFailure'] as const,
};

export async function hasUntold(fleet: Fleet): Promise<boolean> {
  const row = await fleet.store.db.selectFrom('effects').select('effect_id').where('done_at', 'is', null).where('abandoned_at', 'is', null).limit(1).executeTakeFirst();
  return row !== undefined;
}

export async function checkTriggers(fleet: Fleet): Promise<void> {
  const { db } = fleet.store;
  const effects = await db.selectFrom('effects').selectAll().orderBy('lane').orderBy('sequence').execute();
  const firstHeard = new Map<string, number>();
  fleet.chat.heard.forEach(({ id }, index) => firstHeard.has(id) || firstHeard.set(id, index));
  const lastOfLane = new Map<string, number>();
  for (const effect of effects) {
    const at = firstHeard.get(effect.effect_id);
    if (effect.done_at === null) fleet.violations.push(`a notice was not brought to its end: ${effect.payload}, ${effect.last_error ?? 'never tried'}`);
    else if (at === undefined) fleet.violations.push(`a notice counts as delivered and was never heard: ${effect.payload}`);
    else if (at < (lastOfLane.get(effect.lane) ?? -1)) fleet.violations.push(`a notice was heard before one that came earlier: ${effect.payload}`);
    else lastOfLane.set(effect.lane, at);
  }
  const known = new Set(effects.map((effect) => effect.effect_id));
  for (const { id, text } of fleet.chat.heard) if (!known.has(id)) fleet.violations.push(`a notice was heard that nobody sent: ${text}`);
  for (const deployment of await db.selectFrom('deployments').selectAll().execute()) {
    const { deployment_id: id } = deployment;
    const told = effects.filter((effect) => effect.deployment_id === id).map((effect) => wordOf(JSON.parse(effect.payload) as NotifyPayload));
    const targets = await db.selectFrom('targets').select(['arn', 'status', 'generation', 'events']).where('deployment_id', '=', id).execute();
    const isRolledBack = /"rollbackDeploymentId"/.test(deployment.document);
    const due = [
      ...(deployment.started_at === null ? [] : ['DeploymentStart']),
      ...targets.flatMap(({ arn, status, generation, events }) => [
        ...(generation === 0 ? [] : [`InstanceStart ${arn}`]),
        ...(status === 'Succeeded' ? [`InstanceSuccess ${arn}`] : []),
        // Of each failure that somebody was asked about; of others when they are final.
        ...askedAbout(events).map(() => `InstanceFailure ${arn}`),
        ...((status === 'Failed' || status === 'Unknown') && !/"held":/.test(events) ? [`InstanceFailure ${arn}`] : []),
      ]),
      ...(isRolledBack ? ['DeploymentRollback'] : []),
      { Succeeded: 'DeploymentSuccess', Failed: 'DeploymentFailure', Stopped: 'DeploymentStop' }[deployment.status] ?? 'nothing',
    ];
    if (told.toSorted().join() !== due.toSorted().join()) fleet.violations.push(`of ${id} was told: ${told.join(', ')}; due was: ${due.join(', ')}`);
  }
}

/** One entry for each attempt that failed and was asked about. */
function askedAbout(events: string): readonly unknown[] {
  return readDocument(StoredEvents, events, 'a target').flatMap(({ held, earlier = [] }) => [...earlier, ...(held === undefined ? [] : [held])]);
}

function wordOf({ event, message }: NotifyPayload): string {
  return 'instanceId' in message ? `${event} ${message.instanceId}` : `${event}`;
}

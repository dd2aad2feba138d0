// What a planned deployment was made from, part by part, as digests: two that are equal have the same deployment done. In
// them is what decides what is done; not what may change at any moment and is looked at when it counts: who is connected,
// how alarms stand, what routers show.

import { createHash } from 'node:crypto';
import { listActiveDeployments } from '../store/deployments.ts';
import { calendarHolds } from '../calendar/holds.ts';
import { listFreezesOver } from '../store/freezes.ts';
import { listGroupSecrets } from '../store/group-secrets.ts';
import type { Database } from '../store/store.ts';
import { listKeptOut } from '../store/traffic-routes.ts';
import type { Draft } from './draft.ts';
import type { FrozenDeployment } from './freeze-deployment.ts';

/** The order is that of the index. */
export const planParts = ['revision', 'settings', 'targets', 'turn', 'calendar'] as const;
export type PlanPart = (typeof planParts)[number];
export type PlanDigests = Readonly<Record<PlanPart, string>>;

/** Call it in the transaction in which the deployment was frozen. `supersedes`: those it is to stop. */
export async function digestPlan(db: Database, draft: Draft, frozen: FrozenDeployment, supersedes: readonly string[], now: number): Promise<PlanDigests> {
  const { group, groupDocument } = draft;
  const freezes = await listFreezesOver(db, group.application_id, group.group_id);
  const windows = groupDocument.deploymentWindows ?? [];
  const isOverridden = draft.gates.calendarOverride !== undefined;
  const active = await listActiveDeployments(db, group.group_id);
  const keptOut = await listKeptOut(db, group.group_id);
  const secrets = await listGroupSecrets(db, group.group_id);
  return {
    revision: digest([draft.revision, draft.resolved, draft.signature, draft.restartOf]),
    settings: digest([group.group_id, settingsOf(frozen), frozen.rules, frozen.alarms, draft.gates.scheduledAt ?? null, groupDocument.approval ?? null, secrets.map(({ name, updated_at: at }) => [name, Number(at)])]),
    targets: digest([frozen.members.map(({ instance, standing }, index) => [instance.instance_id, standing, frozen.places[index]!, frozen.labels[index] ?? null, keptOut.has(instance.instance_id)]), frozen.document.pace ?? null, frozen.minimumHealthyHosts]),
    turn: digest([group.last_successful_deployment_id, active.map(({ deployment_id: id }) => id), supersedes.toSorted()]),
    // When a hold ends moves with the time; that it holds does not.
    calendar: digest([windows, freezes, isOverridden, isOverridden ? [] : calendarHolds(windows, freezes, now).map((hold) => (hold.kind === 'Freeze' ? hold.freezeName : hold.kind))]),
  };
}

/** All that was chosen, without what is told in another part and what is only told. */
function settingsOf({ document }: FrozenDeployment): unknown {
  const { revision: _r, locationKey: _l, bundle: _b, signature: _s, previousRevision: _p, pace: _pace, defect: _d, statusMessages: _m, scheduledAt: _at, approval: _a, calendarOverride: _c, ...settings } = document;
  return settings;
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value, inOrder)).digest('hex').slice(0, 16);
}

/** Members by name, whoever made the object. */
function inOrder(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

// A deployment lets its original instances go: who is to be taken away is written down, and by whom; asking is the releaser's.

import type { Action } from '../planner/actions.ts';
import { noteLeaving } from '../store/fleet-hosts.ts';
import { instanceOf, type PlanDraft } from './plan-draft.ts';

/** Where nobody takes them away they stay, out of rotation. */
export async function releaseInstances(draft: PlanDraft, { targetIds }: Extract<Action, { kind: 'ReleaseInstances' }>): Promise<void> {
  const { row } = draft.loaded;
  const provider = draft.document.blueGreen?.fleetProvider;
  if (provider === undefined) return;
  await noteLeaving(draft.tx, { provider, group_id: row.group_id }, row.deployment_id, targetIds.map((targetId) => ({ instanceId: instanceOf(draft, targetId), name: targetId })));
}

// The load balancers that deployment groups name, and the instances of these groups as routers have to find them.

import { isSelected } from '../../protocol/model/tag-match.ts';
import { DeploymentGroupDocument, readDocument } from '../store/documents.ts';
import { effectiveTags, listLiveInstances } from '../store/instances.ts';
import type { Database } from '../store/store.ts';
import type { RoutedTarget } from '../traffic/traffic-router.ts';
import type { LoadBalancerList } from '../traffic/registry.ts';
import { routedTarget } from './routed-target.ts';
import { namesIn } from './traffic-routers.ts';

export interface NamedTargets {
  readonly name: string;
  readonly list: LoadBalancerList;
  /** Of all groups that name it, each once. */
  readonly targets: readonly RoutedTarget[];
}

/** Every name, or one alone. */
export async function namedTargets(db: Database, only: string | null = null): Promise<readonly NamedTargets[]> {
  const rows = await db.selectFrom('deployment_groups').select(['group_id', 'document']).execute();
  const groups = rows.map((row) => readDocument(DeploymentGroupDocument, row.document, `deployment group ${row.group_id}`));
  const named = new Map<string, { readonly list: LoadBalancerList; readonly groups: DeploymentGroupDocument[] }>();
  for (const group of groups) {
    for (const { name, list } of namesIn(group.loadBalancerInfo ?? {})) {
      if (only !== null && name !== only) continue;
      const known = named.get(name);
      if (known === undefined) named.set(name, { list, groups: [group] });
      else known.groups.push(group);
    }
  }
  if (named.size === 0) return [];
  const instances = (await listLiveInstances(db)).map((instance) => ({ instance, selection: { kind: instance.kind === 'ec2' ? ('ec2' as const) : ('onPremises' as const), tags: effectiveTags(instance) } }));
  return [...named].map(([name, { list, groups: naming }]) => ({
    name,
    list,
    targets: instances.filter(({ selection }) => naming.some((group) => isSelected(group, selection))).map(({ instance }) => routedTarget(instance)),
  }));
}

// An instance as a traffic router has to find it.

import { effectiveTags } from '../store/instances.ts';
import type { InstancesTable } from '../store/tables.ts';
import type { RoutedTarget } from '../traffic/traffic-router.ts';

export function routedTarget(instance: InstancesTable): RoutedTarget {
  return {
    targetId: instance.name,
    instanceId: instance.instance_id,
    tags: effectiveTags(instance).map(({ Key, Value }) => ({ Key, Value })),
    address: instance.address ?? null,
  };
}

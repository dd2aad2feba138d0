// Pictures of a deployment, for tests: few words where the API needs many.

import type { DeploymentChange } from '../../protocol/model/deployment-change.ts';
import type { DeploymentInfo, DeploymentStatus } from '../../protocol/model/deployment.ts';
import type { LifecycleEvent } from '../../protocol/model/lifecycle-event.ts';
import type { InstanceTarget } from '../../protocol/model/target.ts';

export const deploymentId = 'd-ABCDEFGHI';

export function event(name: string, status: LifecycleEvent['status'], more: Partial<LifecycleEvent> = {}): LifecycleEvent {
  return { lifecycleEventName: name, status, ...more };
}

export function picture(
  status: DeploymentStatus,
  targets: readonly { readonly id: string; readonly status: InstanceTarget['status']; readonly events?: readonly LifecycleEvent[] }[] = [],
  more: Partial<DeploymentInfo> = {},
  holds: Pick<DeploymentChange, 'waitingOn' | 'sentences'> = { waitingOn: [], sentences: [] },
): DeploymentChange {
  return {
    deployment: { deploymentId, applicationName: 'my-app', deploymentGroupName: 'production', status, ...more },
    targets: targets.map((target) => ({
      deploymentTargetType: 'InstanceTarget',
      instanceTarget: { deploymentId, targetId: target.id, targetArn: 'arn', status: target.status, lastUpdatedAt: 0, lifecycleEvents: [...(target.events ?? [])] },
    })),
    ...holds,
  };
}

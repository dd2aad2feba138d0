// From the settings of an ELBv2 router, or a name that nobody defined, to the router.

import type { Elbv2Router, RouterCredentials } from '../../../protocol/model/traffic-router.ts';
import type { TrafficRouter } from '../traffic-router.ts';
import { elbv2Router } from './elbv2.ts';
import { openElbv2Client, type Elbv2Settings } from './sdk.ts';

export function openElbv2(router: Elbv2Router, credentials: RouterCredentials | null, settings: Elbv2Settings): TrafficRouter {
  const { region, targetGroups, groupTagKey, ruleArn, port, portTagKey, addressTagKey, availabilityZone } = router;
  const elb = openElbv2Client({ ...settings, region: region ?? settings.region, credentials: credentials ?? settings.credentials });
  return elbv2Router(
    {
      groups: targetGroups.map(({ name, tagValue }) => ({ name, tagValue: tagValue ?? null })),
      groupTagKey: groupTagKey ?? null,
      ruleArn: ruleArn ?? null,
      port: port ?? null,
      portTagKey: portTagKey ?? null,
      addressTagKey: addressTagKey ?? null,
      availabilityZone: availabilityZone ?? null,
    },
    elb,
  );
}

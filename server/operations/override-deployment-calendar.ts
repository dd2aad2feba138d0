// Windows and freezes only: approval and schedule stay what they are.

import type { registry } from '../../protocol/operations/registry.ts';
import type { Handler } from './services.ts';
import { changeUnstarted } from './unstarted-deployment.ts';

export const overrideDeploymentCalendar: Handler<typeof registry.overrideDeploymentCalendar> = async (services, { deploymentId, reason }, { accessKeyId, now }) => {
  await changeUnstarted(services, deploymentId, (document) => ({ ...document, calendarOverride: { reason, by: accessKeyId, at: now } }));
  return {};
};

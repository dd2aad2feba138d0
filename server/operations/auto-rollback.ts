// When to roll back by itself, of a group or of one deployment: checked, with what was left out said.

import { Failure } from '../../protocol/errors.ts';
import type { AutoRollbackConfiguration } from '../../protocol/model/rollback.ts';

/** An absent `enabled` means false: Terraform disables by leaving it out. Throws InvalidAutoRollbackConfigException. */
export function autoRollbackConfiguration({ enabled = false, events }: AutoRollbackConfiguration): AutoRollbackConfiguration {
  if (enabled && (events === undefined || events.length === 0)) {
    throw new Failure(
      'InvalidAutoRollbackConfigException',
      'autoRollbackConfiguration is enabled, but names no event: DEPLOYMENT_FAILURE, DEPLOYMENT_STOP_ON_ALARM or DEPLOYMENT_STOP_ON_REQUEST.',
      'autoRollbackConfiguration.events',
    );
  }
  return events === undefined ? { enabled } : { enabled, events: [...new Set(events)] };
}

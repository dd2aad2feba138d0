// Commands and entries for tests, with every field set to something plausible.

import type { CancelCommand, FinishCommand, RunEventCommand } from '../../protocol/session/frames.ts';

export function runEventCommand(changes: Partial<RunEventCommand> = {}): RunEventCommand {
  return {
    kind: 'RunEvent',
    attemptId: 'att-1',
    deploymentId: 'd-ONE',
    deploymentGroupId: 'group-1',
    deploymentGroupName: 'fleet',
    applicationName: 'shop',
    deploymentCreator: 'user',
    deploymentType: 'IN_PLACE',
    event: 'ApplicationStart',
    generation: 1,
    revision: {},
    fileExistsBehavior: 'DISALLOW',
    timeoutMs: 60_000,
    ...changes,
  };
}

export function cancelCommand(attemptId: string): CancelCommand {
  return { kind: 'Cancel', attemptId, deploymentId: 'd-ONE', reason: 'the deployment was stopped' };
}

export function finishCommand(status: FinishCommand['status'] = 'Succeeded', deploymentId = 'd-ONE'): FinishCommand {
  return { kind: 'Finish', deploymentId, deploymentGroupId: 'group-1', status };
}

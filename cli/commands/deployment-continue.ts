// `fairlead deployment continue`: ends a wait of a deployment from one fleet to another.

import type { Command } from 'commander';
import { continueDeployment } from '../../protocol/operations/continue-deployment.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';

export function addContinue(deployment: Command, shell: Shell): void {
  const command = deployment
    .command('continue')
    .description('Lets traffic go to the replacement instances of a blue/green deployment that is ready, or ends the wait in which the original ones are kept.')
    .argument('<id>')
    .option('--termination-wait', 'end the wait in which the original instances are kept: there is no way back at once any more')
    .action(async (deploymentId: string, flags: ClientFlags & { readonly terminationWait?: boolean }) => {
      const isTermination = flags.terminationWait === true;
      const answer = await (await shell.client(flags)).call(continueDeployment, { deploymentId, deploymentWaitType: isTermination ? 'TERMINATION_WAIT' : 'READY_WAIT' });
      shell.print(flags, spellAnswer(continueDeployment, answer), [isTermination ? `${deploymentId} waits no longer before it ends.` : `${deploymentId} goes on: traffic moves to the replacement instances.`]);
    });
  clientCommand(command, ['fairlead deployment continue d-ABCDEFGHI', 'fairlead deployment continue d-ABCDEFGHI --termination-wait']);
}

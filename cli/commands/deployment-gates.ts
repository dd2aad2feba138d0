// `fairlead deployment approve|reject|override-calendar`: what is said to a deployment that waits to start.

import type { Command } from 'commander';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { instantWords } from '../table.ts';
import type { Approval } from '../../protocol/model/approval.ts';
import { approveDeployment } from '../../protocol/operations/approve-deployment.ts';
import { overrideDeploymentCalendar } from '../../protocol/operations/override-deployment-calendar.ts';
import { rejectDeployment } from '../../protocol/operations/reject-deployment.ts';

type DecideFlags = ClientFlags & { readonly comment?: string };

export function addDeploymentGateCommands(deployment: Command, shell: Shell): void {
  const approve = deployment
    .command('approve')
    .description('Approves a deployment that waits for it.')
    .argument('<id>')
    .option('--comment <text>', 'kept with the approval')
    .action(async (deploymentId: string, flags: DecideFlags) => {
      const answer = await (await shell.client(flags)).call(approveDeployment, { deploymentId, ...commentOf(flags) });
      shell.print(flags, spellAnswer(approveDeployment, answer), [`${deploymentId} is approved.`]);
    });
  clientCommand(approve, ['fairlead deployment approve d-ABCDEFGHI', "fairlead deployment approve d-ABCDEFGHI --comment 'checked on staging'"]);

  const reject = deployment
    .command('reject')
    .description('Refuses a deployment its approval: it is stopped, and no instance is touched.')
    .argument('<id>')
    .option('--comment <text>', 'why; shown with the deployment')
    .action(async (deploymentId: string, flags: DecideFlags) => {
      const answer = await (await shell.client(flags)).call(rejectDeployment, { deploymentId, ...commentOf(flags) });
      shell.print(flags, spellAnswer(rejectDeployment, answer), [`${deploymentId} is rejected.`]);
    });
  clientCommand(reject, ["fairlead deployment reject d-ABCDEFGHI --comment 'the migration is not ready'"]);

  const override = deployment
    .command('override-calendar')
    .description('Lets a waiting deployment start although it is outside its windows or frozen. The reason is kept with it.')
    .argument('<id>')
    .requiredOption('--reason <text>', 'why it cannot wait')
    .action(async (deploymentId: string, flags: ClientFlags & { readonly reason: string }) => {
      const answer = await (await shell.client(flags)).call(overrideDeploymentCalendar, { deploymentId, reason: flags.reason });
      shell.print(flags, spellAnswer(overrideDeploymentCalendar, answer), [`Windows and freezes no longer hold ${deploymentId}.`]);
    });
  clientCommand(override, ["fairlead deployment override-calendar d-ABCDEFGHI --reason 'fixes the outage'"]);
}

/** How the approval of a deployment stands; undefined when it needs none. */
export function approvalWords(approval: Approval | undefined): string | undefined {
  if (approval === undefined) return undefined;
  const { decision, decidedBy, comment, expiresAt } = approval;
  if (decision === undefined) return `waited for until ${instantWords(expiresAt)}`;
  return `${decision.toLowerCase()} by ${decidedBy ?? '?'}${comment === undefined ? '' : `: ${comment}`}`;
}

function commentOf({ comment }: DecideFlags): { readonly comment?: string } {
  return comment === undefined ? {} : { comment };
}

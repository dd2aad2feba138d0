// `fairlead trigger …`: what the triggers of deployment groups have sent, and what did not arrive.

import type { Command } from 'commander';
import { eachItem } from '../collect-pages.ts';
import { Refusal } from '../refusal.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { instantWords, tableLines } from '../table.ts';
import { listTriggerDeliveries } from '../../protocol/operations/list-trigger-deliveries.ts';

interface Flags extends ClientFlags {
  readonly application?: string;
  readonly deploymentGroup?: string;
}

export function addTriggerCommands(program: Command, shell: Shell): void {
  const trigger = program.command('trigger').summary('see what triggers have sent').description('Triggers of deployment groups: who is told of deployments, and whether the word arrived.');
  const deliveries = trigger
    .command('deliveries')
    .description('Lists what triggers have sent and are still to send, newest first: of one deployment, or of a whole group.')
    .argument('[deployment-id]')
    .option('--application <name>', 'with --deployment-group: all of a group, test messages included')
    .option('--deployment-group <name>')
    .action(async (deploymentId: string | undefined, flags: Flags) => {
      const input = question(deploymentId, flags);
      const client = await shell.client(flags);
      const found = await Array.fromAsync(eachItem(client, listTriggerDeliveries, input, (page) => page.deliveries));
      const rows = found.map((one) => [
        instantWords(one.createdAt),
        one.triggerName,
        one.event ?? 'test',
        one.deploymentId ?? '',
        one.status,
        String(one.attempts),
        one.lastError ?? '',
      ]);
      shell.print(flags, spellAnswer(listTriggerDeliveries, { deliveries: found }), tableLines(['WHEN', 'TRIGGER', 'EVENT', 'DEPLOYMENT', 'STATUS', 'ATTEMPTS', 'LAST ERROR'], rows));
    });
  clientCommand(deliveries, ['fairlead trigger deliveries d-A1B2C3D4E', 'fairlead trigger deliveries --application my-app --deployment-group production']);
}

function question(deploymentId: string | undefined, { application, deploymentGroup }: Flags) {
  const isGroup = application !== undefined && deploymentGroup !== undefined;
  const isNeither = application === undefined && deploymentGroup === undefined;
  if (deploymentId !== undefined && isNeither) return { deploymentId };
  if (deploymentId === undefined && isGroup) return { applicationName: application, deploymentGroupName: deploymentGroup };
  throw new Refusal('Give a deployment id, or both --application and --deployment-group.');
}

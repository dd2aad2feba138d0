// `fairlead trigger …`: what the triggers of deployment groups have sent, and what did not arrive.

import type { Command } from 'commander';
import { eachItem } from '../collect-pages.ts';
import { Refusal } from '../refusal.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { instantWords, tableLines } from '../table.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import { listTriggerDeliveries } from '../../protocol/operations/list-trigger-deliveries.ts';

interface Flags extends ClientFlags {
  readonly application?: string;
  readonly deploymentGroup?: string;
  readonly path?: string;
}

export function addTriggerCommands(program: Command, shell: Shell): void {
  const trigger = program.command('trigger').summary('see what triggers have sent').description('Triggers of deployment groups and promotion paths: who is told, and whether the word arrived.');
  const deliveries = trigger
    .command('deliveries')
    .description('Lists what triggers have sent and are still to send, newest first: of one deployment or promotion, or of a whole group or promotion path.')
    .argument('[id]', 'of a deployment or a promotion')
    .option('--application <name>', 'with --deployment-group: all of a group, test messages included')
    .option('--deployment-group <name>')
    .option('--path <name>', 'with --application: all of a promotion path, test messages included')
    .action(async (id: string | undefined, flags: Flags) => {
      const input = question(id, flags);
      const client = await shell.client(flags);
      const found = await Array.fromAsync(eachItem(client, listTriggerDeliveries, input, (page) => page.deliveries));
      const rows = found.map((one) => [
        instantWords(one.createdAt),
        one.triggerName,
        one.event ?? 'test',
        one.deploymentId ?? one.promotionId ?? '',
        one.status,
        String(one.attempts),
        one.lastError ?? '',
      ]);
      shell.print(flags, spellAnswer(listTriggerDeliveries, { deliveries: found }), tableLines(['WHEN', 'TRIGGER', 'EVENT', 'ABOUT', 'STATUS', 'ATTEMPTS', 'LAST ERROR'], rows));
    });
  clientCommand(deliveries, ['fairlead trigger deliveries d-A1B2C3D4E', 'fairlead trigger deliveries p-A1B2C3D4E', 'fairlead trigger deliveries --application my-app --deployment-group production', 'fairlead trigger deliveries --application my-app --path to-production']);
}

function question(id: string | undefined, { application, deploymentGroup, path }: Flags): InputOf<typeof listTriggerDeliveries> {
  const isNeither = application === undefined && deploymentGroup === undefined && path === undefined;
  if (id !== undefined && isNeither) return id.startsWith('p-') ? { promotionId: id } : { deploymentId: id };
  if (id === undefined && application !== undefined && (deploymentGroup === undefined) !== (path === undefined)) {
    return { applicationName: application, ...(path === undefined ? { deploymentGroupName: deploymentGroup! } : { promotionPathName: path }) };
  }
  throw new Refusal('Give the id of a deployment or promotion, or --application and either --deployment-group or --path.');
}

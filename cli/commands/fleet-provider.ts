// `fairlead fleet-provider …`: who makes the instances of blue/green deployments, and takes them away.

import type { Command } from 'commander';
import { eachItem } from '../collect-pages.ts';
import { parseDurationSeconds } from '../flags.ts';
import { showPrintable } from '../printable.ts';
import { Refusal } from '../refusal.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import type { Surroundings } from '../surroundings.ts';
import { factLines, instantWords, tableLines } from '../table.ts';
import { defaultProvisionWaitSeconds } from '../../protocol/model/fleet-provider.ts';
import { deleteFleetProvider } from '../../protocol/operations/delete-fleet-provider.ts';
import { getFleetProvider } from '../../protocol/operations/get-fleet-provider.ts';
import { listFleetProviders } from '../../protocol/operations/list-fleet-providers.ts';
import { putFleetProvider } from '../../protocol/operations/put-fleet-provider.ts';

interface PutFlags extends ClientFlags {
  readonly webhook: string;
  readonly secretFile?: string;
  readonly wait?: string;
  readonly description?: string;
}

export function addFleetProviderCommands(program: Command, shell: Shell): void {
  const provider = program
    .command('fleet-provider')
    .summary('say who makes instances for blue/green deployments')
    .description('Who makes instances for blue/green deployments and takes them away: what the names mean that autoScalingGroups of deployment groups has.');

  const put = provider
    .command('put')
    .description('Says who makes instances under a name: a webhook of yours, which Terraform, an Auto Scaling group or a script stands behind. Replaces what it meant before.')
    .argument('<name>')
    .requiredOption('--webhook <url>', 'where it is asked, by signed requests')
    .option('--secret-file <file>', 'what they are signed with, stored encrypted; - reads standard input. The controller’s own when there never was one')
    .option('--wait <duration>', 'how long instances that were asked for may take to come; 30m when not given')
    .option('--description <text>')
    .action(async (name: string, flags: PutFlags) => {
      const answer = await (await shell.client(flags)).call(putFleetProvider, {
        name,
        webhookUrl: flags.webhook,
        ...(flags.secretFile === undefined ? {} : { secret: await readSecret(flags.secretFile, shell.around) }),
        ...(flags.wait === undefined ? {} : { provisionWaitSeconds: parseDurationSeconds(flags.wait) }),
        ...(flags.description === undefined ? {} : { description: flags.description }),
      });
      shell.print(flags, spellAnswer(putFleetProvider, answer), [`The fleet provider ${name} is defined. A group has its replacements made there with: fairlead deployment-group update … --blue-green --fleet-provider ${name}`]);
    });
  clientCommand(put, ['fairlead fleet-provider put web --webhook https://ops.example/fleets --secret-file ./secret', 'fairlead fleet-provider put web --webhook https://ops.example/fleets --wait 20m']);

  const list = provider
    .command('list')
    .description('Lists the fleet providers that were defined here.')
    .action(async (flags: ClientFlags) => {
      const client = await shell.client(flags);
      const fleetProviders = await Array.fromAsync(eachItem(client, listFleetProviders, {}, (page) => page.fleetProviders));
      shell.print(flags, spellAnswer(listFleetProviders, { fleetProviders }), tableLines(['NAME', 'WEBHOOK', 'DESCRIPTION'], fleetProviders.map((one) => [one.name, one.webhookUrl, one.description ?? ''])));
    });
  clientCommand(list, ['fairlead fleet-provider list']);

  const show = provider
    .command('show')
    .description('Says who makes instances under a name.')
    .argument('<name>')
    .action(async (name: string, flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(getFleetProvider, { name });
      const { fleetProvider: found } = answer;
      shell.print(flags, spellAnswer(getFleetProvider, answer), factLines([
        ['name', found.name],
        ['description', found.description],
        ['webhook', found.webhookUrl],
        ['signed with', found.hasSecret ? 'a secret of its own, not shown' : 'the controller’s own secret'],
        ['instances may take', `${found.provisionWaitSeconds ?? defaultProvisionWaitSeconds} s`],
        ['changed', instantWords(found.updatedAt)],
      ]));
    });
  clientCommand(show, ['fairlead fleet-provider show web']);

  const remove = provider
    .command('delete')
    .description('Forgets who makes instances under a name. Groups that name it cannot deploy to new instances any more.')
    .argument('<name>')
    .action(async (name: string, flags: ClientFlags) => {
      await (await shell.client(flags)).call(deleteFleetProvider, { name });
      shell.print(flags, { name }, [`The fleet provider ${name} is no more.`]);
    });
  clientCommand(remove, ['fairlead fleet-provider delete web']);
}

/** One line break at its end is left out. */
async function readSecret(file: string, around: Surroundings): Promise<string> {
  if (file === '-') return (await around.readStdin()).replace(/\r?\n$/, '');
  const bytes = await around.readFile(file);
  if (bytes === null) throw new Refusal(`There is no file ${showPrintable(file)}.`);
  return Buffer.from(bytes).toString('utf8').replace(/\r?\n$/, '');
}

// `fairlead secret …`: what a deployment group's hooks get as environment variables and nobody reads back.

import type { Command } from 'commander';
import { Refusal } from '../refusal.ts';
import { showPrintable } from '../printable.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import type { Surroundings } from '../surroundings.ts';
import { instantWords, tableLines } from '../table.ts';
import { deleteGroupSecret } from '../../protocol/operations/delete-group-secret.ts';
import { listGroupSecrets } from '../../protocol/operations/list-group-secrets.ts';
import { putGroupSecret } from '../../protocol/operations/put-group-secret.ts';

interface Flags extends ClientFlags {
  readonly application: string;
  readonly deploymentGroup: string;
  readonly fromFile?: string;
}

const ofGroup = (command: Command): Command => command.requiredOption('--application <name>', 'application').requiredOption('--deployment-group <name>', 'whose hooks get it');
const groupOf = (flags: Flags): { readonly applicationName: string; readonly deploymentGroupName: string } => ({ applicationName: flags.application, deploymentGroupName: flags.deploymentGroup });

export function addSecretCommands(program: Command, shell: Shell): void {
  const secret = program.command('secret').summary('keep, list and delete secrets of deployment groups').description('Secrets: environment variables for hooks that are kept encrypted, taken out of their output, and never read back.');

  const put = ofGroup(secret.command('put'))
    .description('Keeps a secret, read from standard input or a file, never from the command line. Hooks started from now on get it.')
    .argument('<name>', 'name of the environment variable')
    .option('--from-file <file>', 'read it from here instead of standard input; one line break at its end is left out')
    .action(async (name: string, flags: Flags) => {
      const secretValue = await readSecret(flags.fromFile, shell.around);
      const answer = await (await shell.client(flags)).call(putGroupSecret, { ...groupOf(flags), name, secretValue });
      shell.print(flags, spellAnswer(putGroupSecret, answer), [`The secret ${name} of ${flags.deploymentGroup} is kept.`]);
    });
  clientCommand(put, [
    'printf %s "$TOKEN" | fairlead secret put API_TOKEN --application my-app --deployment-group production',
    'fairlead secret put DB_PASSWORD --application my-app --deployment-group production --from-file ./password',
  ]);

  const list = ofGroup(secret.command('list'))
    .description('Lists secrets, without their values.')
    .action(async (flags: Flags) => {
      const answer = await (await shell.client(flags)).call(listGroupSecrets, groupOf(flags));
      const rows = answer.secrets.map(({ name, updatedAt, updatedBy }) => [name, instantWords(updatedAt), updatedBy]);
      shell.print(flags, spellAnswer(listGroupSecrets, answer), tableLines(['NAME', 'CHANGED', 'BY'], rows));
      if (rows.length === 0 && flags.json !== true) shell.remark(`${flags.deploymentGroup} has no secrets.`);
    });
  clientCommand(list, ['fairlead secret list --application my-app --deployment-group production']);

  const remove = ofGroup(secret.command('delete'))
    .description('Forgets a secret. Hooks that run already keep what they got.')
    .argument('<name>')
    .action(async (name: string, flags: Flags) => {
      const answer = await (await shell.client(flags)).call(deleteGroupSecret, { ...groupOf(flags), name });
      shell.print(flags, spellAnswer(deleteGroupSecret, answer), [`The secret ${name} of ${flags.deploymentGroup} is forgotten.`]);
    });
  clientCommand(remove, ['fairlead secret delete API_TOKEN --application my-app --deployment-group production']);
}

async function readSecret(file: string | undefined, around: Surroundings): Promise<string> {
  const bytes = file === undefined ? null : await around.readFile(file);
  if (file !== undefined && bytes === null) throw new Refusal(`There is no file ${showPrintable(file)}.`);
  const text = bytes === null ? await around.readStdin() : Buffer.from(bytes).toString('utf8');
  const value = text.replace(/\r?\n$/, '');
  if (value === '') throw new Refusal('The secret is empty.');
  return value;
}

// `fairlead access-key …`: who may call the API, as what, and for which applications.

import type { Command } from 'commander';
import { collect, parseDurationSeconds } from '../flags.ts';
import { eachItem } from '../collect-pages.ts';
import { showPrintable } from '../printable.ts';
import { Refusal } from '../refusal.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { factLines, instantWords, tableLines } from '../table.ts';
import { roles, type Role } from '../../protocol/model/access-key.ts';
import { createAccessKey } from '../../protocol/operations/create-access-key.ts';
import { listAccessKeys } from '../../protocol/operations/list-access-keys.ts';
import { revokeAccessKey } from '../../protocol/operations/revoke-access-key.ts';
import { updateAccessKey } from '../../protocol/operations/update-access-key.ts';

interface KeyFlags extends ClientFlags {
  readonly role?: string;
  readonly application?: readonly string[];
  readonly allApplications?: boolean;
  readonly description?: string;
  readonly expiresIn?: string;
}

export function addAccessKeyCommands(program: Command, shell: Shell): void {
  const accessKey = program
    .command('access-key')
    .summary('make, list, change and revoke access keys')
    .description('Access keys: who may call the API. A viewer reads; a deployer also pushes revisions, deploys and stops; an admin does everything.');

  const create = accessKey
    .command('create')
    .description('Makes an access key. Its secret is shown once; put it where the pipeline keeps its secrets.')
    .requiredOption('--role <role>', roles.join(', '))
    .option('--application <name>', 'an application it is for; may be given several times (all when not given)', collect)
    .option('--description <text>', 'what it is for')
    .option('--expires-in <duration>', 'how long it is good for: 12h, 90d (for ever when not given)')
    .action(async (flags: KeyFlags) => {
      const input = {
        role: readRole(flags.role),
        ...(flags.application === undefined ? {} : { applications: [...flags.application] }),
        ...(flags.description === undefined ? {} : { description: flags.description }),
        ...(flags.expiresIn === undefined ? {} : { expiresInSeconds: parseDurationSeconds(flags.expiresIn) }),
      };
      const made = await (await shell.client(flags)).call(createAccessKey, input);
      const lines = factLines([
        ['access key id', made.accessKeyId],
        ['secret access key', made.secretAccessKey],
        ['role', made.role],
        ['applications', made.applications?.join(', ') ?? 'all'],
        ['expires', instantWords(made.expiresAt) || 'never'],
      ]);
      shell.print(flags, spellAnswer(createAccessKey, made), lines);
      if (flags.json !== true) shell.remark('The secret is shown this once.');
    });
  clientCommand(create, ['fairlead access-key create --role deployer --application web --description "pipeline of web" --expires-in 90d']);

  const list = accessKey
    .command('list')
    .description('Lists access keys, without their secrets. Revoked ones stay as a record.')
    .action(async (flags: ClientFlags) => {
      const client = await shell.client(flags);
      const accessKeys = await Array.fromAsync(eachItem(client, listAccessKeys, {}, (page) => page.accessKeys));
      const now = shell.around.clock.now();
      const rows = accessKeys.map((one) => [
        one.accessKeyId,
        one.role,
        one.applications?.join(',') ?? 'all',
        one.revokedAt !== undefined ? 'revoked' : one.expiresAt !== undefined && one.expiresAt <= now ? 'expired' : 'good',
        instantWords(one.expiresAt),
        instantWords(one.lastUsedAt),
        one.description,
      ]);
      shell.print(flags, spellAnswer(listAccessKeys, { accessKeys }), tableLines(['ACCESS KEY', 'ROLE', 'APPLICATIONS', 'STATE', 'EXPIRES', 'LAST USED', 'DESCRIPTION'], rows));
    });
  clientCommand(list, ['fairlead access-key list']);

  const update = accessKey
    .command('update')
    .description('Changes what a key may do, at once; its secret stays.')
    .argument('<id>')
    .option('--role <role>', roles.join(', '))
    .option('--application <name>', 'an application it is for from now on; may be given several times', collect)
    .option('--all-applications', 'it is for all applications from now on')
    .option('--description <text>', 'what it is for')
    .action(async (accessKeyId: string, flags: KeyFlags) => {
      const input = {
        accessKeyId,
        ...(flags.role === undefined ? {} : { role: readRole(flags.role) }),
        ...(flags.allApplications === true ? { applications: [] } : flags.application === undefined ? {} : { applications: [...flags.application] }),
        ...(flags.description === undefined ? {} : { description: flags.description }),
      };
      const answer = await (await shell.client(flags)).call(updateAccessKey, input);
      shell.print(flags, spellAnswer(updateAccessKey, answer), [`${accessKeyId} is changed.`]);
    });
  clientCommand(update, ['fairlead access-key update FLAK0123456789ABCDEF --role viewer']);

  const revoke = accessKey
    .command('revoke')
    .description('Revokes a key at once: its requests are refused and its open streams end.')
    .argument('<id>')
    .action(async (accessKeyId: string, flags: ClientFlags) => {
      const answer = await (await shell.client(flags)).call(revokeAccessKey, { accessKeyId });
      shell.print(flags, spellAnswer(revokeAccessKey, answer), [`${accessKeyId} is revoked.`]);
    });
  clientCommand(revoke, ['fairlead access-key revoke FLAK0123456789ABCDEF']);
}

function readRole(text: string | undefined): Role {
  const role = roles.find((one) => one === text);
  if (role === undefined) throw new Refusal(`${showPrintable(text ?? '')} is no role. Use one of: ${roles.join(', ')}.`);
  return role;
}

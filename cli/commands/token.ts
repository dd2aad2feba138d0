// `fairlead token …`: join tokens, with which agents enrol.

import type { Command } from 'commander';
import { collect, parseCount, parseDurationSeconds, parseTag } from '../flags.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { instantWords, tableLines } from '../table.ts';
import { createEnrollmentToken } from '../../protocol/operations/create-enrollment-token.ts';
import { listEnrollmentTokens } from '../../protocol/operations/list-enrollment-tokens.ts';
import { revokeEnrollmentToken } from '../../protocol/operations/revoke-enrollment-token.ts';

interface CreateFlags extends ClientFlags {
  readonly quiet?: boolean;
  readonly maxUses?: string;
  readonly expiresIn?: string;
  readonly description?: string;
  readonly name?: string;
  readonly tag?: readonly string[];
}

export function addTokenCommands(program: Command, shell: Shell): void {
  const token = program.command('token').summary('make, list and revoke join tokens').description('Join tokens: what an agent shows when it enrols.');

  const create = token
    .command('create')
    .description('Makes a join token. It is shown once: only its hash is kept.')
    .option('--quiet', 'print the token alone')
    .option('--max-uses <n>', 'how many agents may enrol with it (1 when not given)')
    .option('--expires-in <duration>', 'how long it is good for: 90s, 30m, 12h, 7d (30m when not given)')
    .option('--description <text>', 'what it is for')
    .option('--name <pattern>', 'names of the instances it is for: * stands for any characters, ? for one')
    .option('--tag <key=value>', 'tag set on every host that enrols with it, which the host cannot change; repeat for more', collect)
    .action(async (flags: CreateFlags) => {
      const input = {
        ...(flags.maxUses === undefined ? {} : { maxUses: parseCount(flags.maxUses, '--max-uses', 1, 100_000) }),
        ...(flags.expiresIn === undefined ? {} : { expiresInSeconds: parseDurationSeconds(flags.expiresIn) }),
        ...(flags.description === undefined ? {} : { description: flags.description }),
        ...(flags.name === undefined ? {} : { namePattern: flags.name }),
        ...(flags.tag === undefined ? {} : { tags: flags.tag.map(parseTag) }),
      };
      const client = await shell.client(flags);
      const made = await client.call(createEnrollmentToken, input);
      const uses = `${made.maxUses === 1 ? 'one agent' : `${made.maxUses} agents`}${boundWords(made)}`;
      const lines = [
        made.token,
        `Good for ${uses} until ${instantWords(made.expiresAt)}; revoke it with: fairlead token revoke ${made.tokenId}`,
        `On the host: fairlead agent --controller ${client.connection.url.origin} --join-token ${made.token} --name NAME --tag KEY=VALUE --data-dir DIR`,
      ];
      shell.print(flags, spellAnswer(createEnrollmentToken, made), flags.quiet === true ? [made.token] : lines);
    });
  clientCommand(create, ['fairlead token create', 'TOKEN=$(fairlead token create --quiet --max-uses 20 --expires-in 12h)', "fairlead token create --name 'web-*' --tag stage=production --max-uses 8 --expires-in 1d"]);

  const list = token
    .command('list')
    .description('Lists join tokens, without their secrets.')
    .action(async (flags: ClientFlags) => {
      const client = await shell.client(flags);
      const answer = await client.call(listEnrollmentTokens, {});
      const now = shell.around.clock.now();
      const rows = answer.enrollmentTokens.map((one) => [
        one.tokenId,
        one.isRevoked ? 'revoked' : one.expiresAt <= now ? 'expired' : one.uses >= one.maxUses ? 'used up' : 'good',
        `${one.uses}/${one.maxUses}`,
        instantWords(one.expiresAt),
        boundWords(one).trimStart(),
        one.description,
      ]);
      shell.print(flags, spellAnswer(listEnrollmentTokens, answer), tableLines(['ID', 'STATE', 'USES', 'EXPIRES', 'FOR', 'DESCRIPTION'], rows));
      if (rows.length === 0 && flags.json !== true) shell.remark('There is no join token. Make one with: fairlead token create');
    });
  clientCommand(list, ['fairlead token list']);

  const revoke = token
    .command('revoke')
    .description('Revokes a join token: nobody enrols with it any more. Agents enrolled earlier stay.')
    .argument('<id>', 'id of the token, from: fairlead token list')
    .action(async (tokenId: string, flags: ClientFlags) => {
      const client = await shell.client(flags);
      const answer = await client.call(revokeEnrollmentToken, { tokenId });
      shell.print(flags, spellAnswer(revokeEnrollmentToken, answer), [`The join token ${tokenId} is revoked.`]);
    });
  clientCommand(revoke, ['fairlead token revoke TOKEN_ID']);
}

/** Which hosts it is for; nothing when any. */
function boundWords({ namePattern, tags = [] }: { readonly namePattern?: string; readonly tags?: readonly { readonly Key?: string; readonly Value?: string }[] }): string {
  const tagged = tags.map(({ Key = '', Value = '' }) => `${Key}=${Value}`).join(' ');
  return `${namePattern === undefined ? '' : ` named ${namePattern}`}${tagged === '' ? '' : ` tagged ${tagged}`}`;
}

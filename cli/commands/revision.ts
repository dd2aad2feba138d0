// `fairlead revision …`: what can be deployed.

import type { Command } from 'commander';
import { eachItem } from '../collect-pages.ts';
import { clientCommand } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { tableLines } from '../table.ts';
import { listApplicationRevisions } from '../../protocol/operations/list-application-revisions.ts';

export function addRevisionCommands(program: Command, shell: Shell): void {
  const revision = program.command('revision').summary('list revisions').description('Revisions: what was pushed or registered, ready to be deployed.');

  const list = revision
    .command('list')
    .description('Lists the revisions of an application, newest first.')
    .requiredOption('--application <name>', 'the application')
    .action(async (flags: ClientFlags & { readonly application: string }) => {
      const client = await shell.client(flags);
      const input = { applicationName: flags.application, sortBy: 'registerTime', sortOrder: 'descending' } as const;
      const revisions = await Array.fromAsync(eachItem(client, listApplicationRevisions, input, (page) => page.revisions));
      const rows = revisions.map(({ s3Location, gitHubLocation, revisionType }) => [
        s3Location?.key ?? gitHubLocation?.commitId ?? '',
        s3Location?.bundleType ?? '',
        s3Location?.bucket ?? gitHubLocation?.repository ?? revisionType ?? '',
      ]);
      shell.print(flags, { revisions }, tableLines(['KEY', 'TYPE', 'BUCKET'], rows));
      if (rows.length === 0 && flags.json !== true) shell.remark(`There is no revision. Push one with: fairlead push DIR --application ${flags.application}`);
    });
  clientCommand(list, ['fairlead revision list --application my-app']);
}

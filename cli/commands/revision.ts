// `fairlead revision …`: what can be deployed.

import type { Command } from 'commander';
import { eachItem } from '../collect-pages.ts';
import { Refusal } from '../refusal.ts';
import { addRevisionOptions, revisionFlagNames, revisionOf } from '../revision-flags.ts';
import type { RevisionFlags } from '../revision-flags.ts';
import { clientCommand } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { readSignatureFile } from '../signing-flags.ts';
import { tableLines } from '../table.ts';
import { listApplicationRevisions } from '../../protocol/operations/list-application-revisions.ts';
import { registerApplicationRevision } from '../../protocol/operations/register-application-revision.ts';

interface RegisterFlags extends ClientFlags, RevisionFlags {
  readonly application: string;
  readonly description?: string;
  readonly signature?: string;
}

export function addRevisionCommands(program: Command, shell: Shell): void {
  const revision = program.command('revision').summary('list and register revisions').description('Revisions: what was pushed or registered, ready to be deployed.');

  const register = revision
    .command('register')
    .description('Registers a revision that lies elsewhere, so that it can be deployed by the same flags. Nothing is fetched yet.')
    .requiredOption('--application <name>', 'application it is a revision of')
    .option('--description <text>', 'a comment, up to 256 characters')
    .option('--signature <file>', 'its owner’s signature (see: fairlead bundle sign), handed to the hosts with the bundle');
  addRevisionOptions(register).action(async (flags: RegisterFlags) => {
    const location = revisionOf(flags);
    if (location === null) throw new Refusal(`Say which revision: one of ${revisionFlagNames.join(', ')}.`);
    const signature = flags.signature === undefined ? {} : { signature: await readSignatureFile(flags.signature, shell.around) };
    const client = await shell.client(flags);
    const description = flags.description === undefined ? {} : { description: flags.description };
    await client.call(registerApplicationRevision, { applicationName: flags.application, revision: location, ...description, ...signature });
    shell.print(flags, { revision: location }, [`Registered with ${flags.application}.`]);
  });
  clientCommand(register, [
    'fairlead revision register --application my-app --s3 s3://releases/my-app/2.1.0.tgz',
    'fairlead revision register --application my-app --github octo/cat@0123456789abcdef0123456789abcdef01234567',
    'fairlead revision register --application my-app --bundle-url https://example.com/my-app-2.1.0.tgz --sha256 "$DIGEST" --signature my-app-2.1.0.tgz.signature',
  ]);

  const list = revision
    .command('list')
    .description('Lists the revisions of an application, newest first.')
    .requiredOption('--application <name>', 'the application')
    .action(async (flags: ClientFlags & { readonly application: string }) => {
      const client = await shell.client(flags);
      const input = { applicationName: flags.application, sortBy: 'registerTime', sortOrder: 'descending' } as const;
      const revisions = await Array.fromAsync(eachItem(client, listApplicationRevisions, input, (page) => page.revisions));
      const rows = revisions.map(({ s3Location, gitHubLocation, urlLocation, gitLocation, revisionType }) => [
        s3Location?.key ?? gitHubLocation?.commitId ?? urlLocation?.sha256 ?? gitLocation?.commitId ?? gitLocation?.ref ?? '',
        s3Location?.bundleType ?? urlLocation?.bundleType ?? '',
        s3Location?.bucket ?? gitHubLocation?.repository ?? urlLocation?.url?.replace(/[?#].*$/, '') ?? gitLocation?.url ?? revisionType ?? '',
      ]);
      shell.print(flags, { revisions }, tableLines(['KEY', 'TYPE', 'FROM'], rows));
      if (rows.length === 0 && flags.json !== true) shell.remark(`There is no revision. Push one with: fairlead push DIR --application ${flags.application}`);
    });
  clientCommand(list, ['fairlead revision list --application my-app']);
}

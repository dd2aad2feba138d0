// `fairlead push`: a folder becomes a revision.

import type { Command } from 'commander';
import { Option } from 'commander';
import { bundleTypes } from '../bundle/bundle-folder.ts';
import type { BundleType } from '../bundle/bundle-folder.ts';
import { pushFolder } from '../push-folder.ts';
import { printable } from '../printable.ts';
import { clientCommand } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { addSigningOptions, signingOf } from '../signing-flags.ts';
import type { SigningFlags } from '../signing-flags.ts';

interface PushFlags extends ClientFlags, SigningFlags {
  readonly application: string;
  readonly key?: string;
  readonly bundleType: BundleType;
  readonly description?: string;
  readonly createApplication?: boolean;
}

export function addPushCommand(program: Command, shell: Shell): void {
  const command = program
    .command('push')
    .summary('upload a folder as a revision')
    .description('Checks the folder’s AppSpec, makes a bundle of all that is in the folder, uploads it and registers it as a revision. When the AppSpec is not valid, nothing is sent and the exit status is 2.')
    .argument('<dir>', 'folder with an appspec.yml')
    .requiredOption('--application <name>', 'application it is a revision of')
    .option('--key <key>', 'name to keep it under; made from its digest when not given')
    .addOption(new Option('--format, --bundle-type <type>', 'kind of archive').choices([...bundleTypes]).default('tgz'))
    .option('--description <text>', 'a comment, up to 256 characters')
    .option('--create-application', 'create the application when there is none');
  addSigningOptions(command)
    .action(async (folder: string, flags: PushFlags) => {
      const signing = await signingOf(flags, shell.around);
      const client = await shell.client(flags);
      const request = {
        folder,
        applicationName: flags.application,
        bundleType: flags.bundleType,
        key: flags.key ?? null,
        description: flags.description ?? null,
        createsApplication: flags.createApplication === true,
        ...(signing === null ? {} : { signing }),
      };
      const uploaded = await pushFolder(request, client, shell.around, (line) => shell.remark(printable(line)));
      shell.print(flags, uploaded, [
        printable(`Pushed ${uploaded.key} (${uploaded.size} bytes, SHA-256 ${uploaded.sha256}).`),
        ...(signing === null ? [] : [printable(`Signed with ${signing.key.publicText}${signing.counter === null ? '' : `, counter ${signing.counter}`}.`)]),
        printable(`Deploy it with: fairlead deploy --application ${flags.application} --deployment-group GROUP --revision-key ${shellWord(uploaded.key)}`),
      ]);
    });
  clientCommand(command, [
    'fairlead push ./my-app --application my-app --create-application',
    'fairlead push ./my-app --application my-app --key my-app/2.1.0.tgz --description "2.1.0, with the new menu"',
    'fairlead push ./my-app --application my-app --sign ~/.config/fairlead/signing-key.pem --valid-days 90',
  ]);
}

/** As it must be typed to a shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

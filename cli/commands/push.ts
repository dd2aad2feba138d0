// `fairlead push`: a folder becomes a revision.

import type { Command } from 'commander';
import { Option } from 'commander';
import { bundleTypes } from '../bundle/bundle-folder.ts';
import type { BundleType } from '../bundle/bundle-folder.ts';
import { pushFolder } from '../push-folder.ts';
import type { Signing } from '../push-folder.ts';
import { printable } from '../printable.ts';
import { Refusal } from '../refusal.ts';
import { clientCommand } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { readSigningKey } from '../sign-bundle.ts';

interface PushFlags extends ClientFlags {
  readonly application: string;
  readonly key?: string;
  readonly bundleType: BundleType;
  readonly description?: string;
  readonly createApplication?: boolean;
  readonly sign?: string;
  /** True is what commander makes of it when neither --counter nor --no-counter is given. */
  readonly counter?: number | boolean;
  readonly validDays?: number;
}

export function addPushCommand(program: Command, shell: Shell): void {
  const command = program
    .command('push')
    .summary('upload a folder as a revision')
    .description('Checks the folder’s AppSpec, makes a bundle of all that is in the folder, uploads it and registers it as a revision. Nothing is sent when the AppSpec is not valid.')
    .argument('<dir>', 'folder with an appspec.yml')
    .requiredOption('--application <name>', 'application it is a revision of')
    .option('--key <key>', 'name to keep it under; made from its digest when not given')
    .addOption(new Option('--bundle-type <type>', 'kind of archive').choices([...bundleTypes]).default('tgz'))
    .option('--description <text>', 'a comment, up to 256 characters')
    .option('--create-application', 'create the application when there is none')
    .option('--sign <keyfile>', 'sign the bundle with this key (see: fairlead key create), for hosts that require it')
    .option('--counter <number>', 'with --sign: grows from bundle to bundle, so that hosts refuse older ones; the seconds since 1970 when not given', wholeNumber)
    .option('--no-counter', 'with --sign: state no order; hosts then cannot tell an older bundle')
    .option('--valid-days <days>', 'with --sign: hosts refuse the bundle after so many days', wholeNumber)
    .action(async (folder: string, flags: PushFlags) => {
      const signing = await signingOf(flags, shell);
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

const dayMs = 24 * 3_600_000;

/** Everything that can be refused about the signing is refused before anything is sent. */
async function signingOf(flags: PushFlags, shell: Shell): Promise<Signing | null> {
  if (flags.sign === undefined) {
    if (flags.counter !== undefined && flags.counter !== true) throw new Refusal('--counter and --no-counter say how to sign; give --sign KEYFILE as well.');
    if (flags.validDays !== undefined) throw new Refusal('--valid-days says how to sign; give --sign KEYFILE as well.');
    return null;
  }
  const key = readSigningKey(flags.sign, await shell.around.readFile(flags.sign));
  const createdAt = shell.around.clock.now();
  const counter = flags.counter === false ? null : typeof flags.counter === 'number' ? flags.counter : Math.floor(createdAt / 1_000);
  return { key, createdAt, expiresAt: flags.validDays === undefined ? null : createdAt + flags.validDays * dayMs, counter };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^\d{1,16}$/.test(text) || !Number.isSafeInteger(value)) throw new Refusal(`${JSON.stringify(text.slice(0, 40))} must be a whole number.`);
  return value;
}

/** As it must be typed to a shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

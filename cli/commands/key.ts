// `fairlead key`: an owner's key for signing bundles. It never leaves the machine it is made on; hosts get its public half.

import type { Command } from 'commander';
import { printable, showPrintable } from '../printable.ts';
import { Refusal } from '../refusal.ts';
import { withExamples } from '../shell.ts';
import type { OutputFlags, Shell } from '../shell.ts';
import { createSigningKey, readSigningKey } from '../sign-bundle.ts';

export function addKeyCommands(program: Command, shell: Shell): void {
  const key = program.command('key').summary('keys for signing bundles').description('Makes and shows the Ed25519 keys with which bundles are signed (see: fairlead push --sign).');

  const create = key
    .command('create')
    .summary('make a key')
    .description('Writes a new private key to a file that only its owner can read, and prints its public half, for required_signature_keys in the policy of a host.')
    .argument('<file>', 'where to write it; must not exist')
    .option('--json', 'print one JSON value instead of text')
    .action(async (file: string, flags: OutputFlags) => {
      const made = createSigningKey();
      try {
        await shell.around.writeFile(file, once(made.pem), 0o600);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        throw new Refusal(code === 'EEXIST' ? `${showPrintable(file)} exists already; a key is never written over.` : `The key could not be written to ${showPrintable(file)}: ${printable(code ?? message)}.`);
      }
      print(flags, made.key.publicText);
      shell.remark(printable(`The private key is in ${file}. Keep a copy where you keep secrets: without it hosts that require it take no new bundle.`));
    });
  withExamples(create, ['fairlead key create ~/.config/fairlead/signing-key.pem']);

  const show = key
    .command('show')
    .summary('print the public half of a key')
    .description('Prints the public half of a private key file, as it stands in required_signature_keys of a host’s policy.')
    .argument('<file>', 'a private key file')
    .option('--json', 'print one JSON value instead of text')
    .action(async (file: string, flags: OutputFlags) => print(flags, readSigningKey(file, await shell.around.readFile(file)).publicText));
  withExamples(show, ['fairlead key show ~/.config/fairlead/signing-key.pem']);

  function print(flags: OutputFlags, publicKey: string): void {
    shell.print(flags, { publicKey }, [publicKey]);
  }
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

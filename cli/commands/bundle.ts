// `fairlead bundle …`: archives, without a server.

import { createReadStream } from 'node:fs';
import type { Command } from 'commander';
import { Option } from 'commander';
import { bundleFolder, bundleTypes } from '../bundle/bundle-folder.ts';
import type { BundleType } from '../bundle/bundle-folder.ts';
import { sourceDateEpoch } from '../bundle/source-date-epoch.ts';
import { checkFolder } from '../check-appspec.ts';
import { parseBytes } from '../flags.ts';
import { printable, showPrintable } from '../printable.ts';
import { Refusal, exitStatus } from '../refusal.ts';
import { withExamples } from '../shell.ts';
import type { OutputFlags, Shell } from '../shell.ts';
import { digestOf, signFor } from '../sign-bundle.ts';
import { addSigningOptions, signingOf } from '../signing-flags.ts';
import type { SigningFlags } from '../signing-flags.ts';

interface UnpackFlags extends OutputFlags {
  readonly bundleType?: BundleType;
  readonly maxBytes?: string;
}

interface CreateFlags extends OutputFlags {
  readonly bundleType?: BundleType;
}

interface SignFlags extends SigningFlags {
  readonly application: string;
}

export function addBundleCommands(program: Command, shell: Shell): void {
  const bundle = program.command('bundle').summary('make and unpack bundles').description('Bundles: folders with an AppSpec, as one archive.');
  const { around } = shell;

  const unpack = bundle
    .command('unpack')
    .description(
      'Unpacks a bundle as an agent does, into a folder that is complete or not there. Archives with names or links that lead out of them are refused. Exit status: 0 unpacked, 1 refused (the reason is one line on standard error), 2 cannot read or write.',
    )
    .argument('<archive>')
    .argument('<dest>', 'folder to make; it must not exist or be empty')
    .addOption(new Option('--format, --bundle-type <type>', 'what the archive is; looked at when not given').choices(['zip', 'tar', 'tgz']))
    .option('--max-bytes <n>', 'refuse what unpacks to more: 500M, 2G')
    .option('--json', 'print the outcome as one JSON value')
    .action(async (archive: string, dest: string, flags: UnpackFlags) => {
      const maxBytes = flags.maxBytes === undefined ? null : parseBytes(flags.maxBytes);
      const outcome = await around.rooms.unpack(archive, flags.bundleType ?? null, dest, maxBytes).catch((error: NodeJS.ErrnoException) => {
        if (error.code === undefined) throw error;
        throw new Refusal(`${showPrintable(archive)} could not be unpacked to ${showPrintable(dest)}: ${error.message}.`);
      });
      if (outcome.kind === 'refused') {
        shell.remark(printable(outcome.reason));
        shell.finish(exitStatus.failed);
      } else for (const warning of outcome.warnings) shell.remark(printable(`warning: ${warning}`));
      const lines = outcome.kind === 'unpacked' ? [`${outcome.entries} entries, ${outcome.bytes} bytes, are in ${dest}.`] : [];
      shell.print(flags, outcome, lines);
    });
  withExamples(unpack, ['fairlead bundle unpack my-app.tgz ./look', 'fairlead bundle unpack upload.bin ./look --bundle-type zip --max-bytes 500M']);

  const create = bundle
    .command('create')
    .description('Makes a bundle of a folder: all of it, nothing left out. The same folder gives the same bytes; SOURCE_DATE_EPOCH sets the time of every entry. A folder without a valid AppSpec is refused.')
    .argument('<dir>')
    .argument('<file>', 'archive to write; must not exist')
    .addOption(new Option('--format, --bundle-type <type>', 'by the name of the file when not given').choices([...bundleTypes]))
    .option('--json', 'print what was made as one JSON value')
    .action(async (dir: string, file: string, flags: CreateFlags) => {
      const format = flags.bundleType ?? formatOf(file);
      for (const warning of await checkFolder(dir, around)) shell.remark(warning);
      const made = bundleFolder(dir, format, sourceDateEpoch(around.env));
      await around.writeFile(file, made.stream()).catch((error: NodeJS.ErrnoException) => {
        if (error instanceof Refusal || error.code === undefined) throw error;
        throw new Refusal(`${showPrintable(file)} cannot be written: ${error.code === 'EEXIST' ? 'there is such a file already' : error.code}.`);
      });
      shell.print(flags, { file, format, entries: made.entries, bytes: made.bytes }, [`${file}: ${made.entries} entries, ${made.bytes} bytes before packing.`]);
    });
  withExamples(create, ['fairlead bundle create ./my-app my-app.tgz', 'SOURCE_DATE_EPOCH=0 fairlead bundle create ./my-app my-app.zip']);

  const sign = bundle
    .command('sign')
    .summary('sign an archive apart from it')
    .description('Prints an owner’s signature of an archive, for revisions that are not pushed but lie elsewhere: give it to fairlead deploy or fairlead revision register as --signature FILE.')
    .argument('<archive>', 'the very bytes that will be deployed')
    .requiredOption('--application <name>', 'the application it is for: for another the signature is worth nothing')
    .option('--json', 'refuse in JSON as well; the signature is JSON in any case');
  addSigningOptions(sign).action(async (archive: string, flags: SignFlags) => {
    const signing = await signingOf(flags, around);
    if (signing === null) throw new Refusal('Say which key to sign with: --sign KEYFILE.', { advice: ['Make one with: fairlead key create FILE'] });
    const sha256 = await digestOf(createReadStream(archive)).catch((error: NodeJS.ErrnoException) => {
      throw error.code === undefined ? error : new Refusal(`${showPrintable(archive)} cannot be read: ${error.code === 'ENOENT' ? 'there is no such file' : error.code}.`);
    });
    around.out.write(`${JSON.stringify(signFor(flags.application, sha256, signing))}\n`);
  });
  withExamples(sign, ['fairlead bundle sign my-app.tgz --application my-app --sign ~/.config/fairlead/signing-key.pem > my-app.tgz.signature']);
}

function formatOf(file: string): BundleType {
  if (/\.(tgz|tar\.gz)$/.test(file)) return 'tgz';
  if (file.endsWith('.zip')) return 'zip';
  if (file.endsWith('.tar')) return 'tar';
  throw new Refusal(`The name ${showPrintable(file)} does not say what to make. End it in .tgz, .zip or .tar, or give --bundle-type.`);
}

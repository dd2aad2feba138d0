// `fairlead server backup` and `restore`: on the controller's own host, by whoever may read its data folder.

import type { Command } from 'commander';
import { placeOf } from '../place.ts';
import type { PlaceFlags } from '../place.ts';
import type { OutputFlags, Shell } from '../shell.ts';
import { withExamples } from '../shell.ts';
import { startedOrRefused } from '../start-program.ts';
import type { BackupList } from '../surroundings.ts';

export function addServerBackupCommands(server: Command, shell: Shell): void {
  const backup = server
    .command('backup')
    .summary('copy all that the controller keeps, while it runs')
    .description('Copies the database as it is at one instant, the keys and the bundles into a new folder, with a list of digests. The controller may run. The folder holds its secrets: keep it where you keep secrets.')
    .requiredOption('--to <folder>', 'a new folder for it')
    .option('--data-dir <dir>', 'the controller’s data folder, where it is not that of its configuration')
    .option('--config <file>', 'the controller’s configuration file; /etc/fairlead/server.yml when there is one')
    .option('--json', 'print one JSON value instead of text')
    .action(async (_: unknown, given: Command) => {
      // `server` itself has options of the same names, and takes them first.
      const { to, ...flags } = given.optsWithGlobals<PlaceFlags & OutputFlags & { readonly to: string }>();
      const { options, environment } = await placeOf('server', flags, shell.around);
      const made = await refused(() => shell.around.rooms.backUpServer(options, environment, to));
      shell.print(flags, made, [`The controller's data are in ${to}: ${words(made)}.`]);
    });
  withExamples(backup, ['fairlead server backup --to /var/backups/fairlead/$(date +%F)']);

  const restore = server
    .command('restore')
    .summary('put a backup in place of what the controller keeps')
    .description('Puts a backup into the data folder, after every file of it was checked. The controller must not run. Hosts that were given commands after the backup was made say so when they connect, and have to be enrolled again.')
    .requiredOption('--from <folder>', 'a folder that fairlead server backup made')
    .option('--replace', 'put aside what is in the data folder, into a folder there')
    .option('--data-dir <dir>', 'the controller’s data folder, where it is not that of its configuration')
    .option('--config <file>', 'the controller’s configuration file; /etc/fairlead/server.yml when there is one')
    .option('--json', 'print one JSON value instead of text')
    .action(async (_: unknown, given: Command) => {
      const { from, replace, ...flags } = given.optsWithGlobals<PlaceFlags & OutputFlags & { readonly from: string; readonly replace?: boolean }>();
      const { options, environment } = await placeOf('server', flags, shell.around);
      const { dataFolder, manifest, keptIn } = await refused(() => shell.around.rooms.restoreServer(options, environment, from, replace === true));
      shell.print(flags, { dataFolder, keptIn, ...manifest }, [
        `${dataFolder} is as it was at ${manifest.createdAt}: ${words(manifest)}.`,
        ...(keptIn === null ? [] : [`What was there is in ${keptIn}.`]),
        'Start the controller: systemctl start fairlead-server',
      ]);
    });
  withExamples(restore, ['systemctl stop fairlead-server && fairlead server restore --from /var/backups/fairlead/2026-11-30 --replace']);
}

function words({ files }: BackupList): string {
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return `database, keys and ${files.filter(({ path }) => path.startsWith('artifacts/')).length} bundles, ${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

async function refused<Result>(act: () => Promise<Result>): Promise<Result> {
  let result: Result | undefined;
  await startedOrRefused(async () => {
    result = await act();
    return 0;
  });
  return result!;
}

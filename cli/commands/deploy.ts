// `fairlead deploy`: creates a deployment and follows it to its end; the exit status is the outcome.

import type { Command } from 'commander';
import { Option } from 'commander';
import type { Client } from '../client.ts';
import { eachItem } from '../collect-pages.ts';
import { followDeployment } from '../follow-deployment.ts';
import { parseS3Location } from '../flags.ts';
import { printable, showPrintable } from '../printable.ts';
import { pushFolder } from '../push-folder.ts';
import { Refusal } from '../refusal.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import type { FileExistsBehavior } from '../../protocol/model/deployment.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import { listApplicationRevisions } from '../../protocol/operations/list-application-revisions.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';

interface DeployFlags extends ClientFlags {
  readonly application: string;
  readonly deploymentGroup: string;
  readonly revisionKey?: string;
  readonly directory?: string;
  readonly s3Location?: string;
  readonly restart?: boolean;
  readonly config?: string;
  readonly description?: string;
  readonly fileExistsBehavior?: FileExistsBehavior;
  readonly ignoreApplicationStopFailures?: boolean;
  readonly autoRollback?: boolean;
  readonly detach?: boolean;
  readonly logs?: boolean;
}

export function addDeployCommand(program: Command, shell: Shell): void {
  const command = program
    .command('deploy')
    .summary('deploy a revision and follow it')
    .description(
      'Creates a deployment and follows it, and a rollback it causes, to the end. Exit status: 0 succeeded, 1 failed (rolled back or not), 2 refused, 3 stopped, 4 no answer from the server. Ctrl-C ends the watching, not the deployment.',
    )
    .requiredOption('--application <name>', 'application')
    .requiredOption('--deployment-group <name>', 'deployment group: which instances')
    .option('--revision-key <key>', 'a revision pushed earlier, by its key')
    .option('--directory <dir>', 'push this folder now and deploy it')
    .option('--s3-location <location>', 'bucket=BUCKET,key=KEY,bundleType=tgz[,version=V][,eTag=E]')
    .option('--restart', 'start the last successful revision again from the copies on the instances')
    .option('--config <name>', 'deployment config; the group’s when not given')
    .option('--description <text>', 'a comment, up to 256 characters')
    .addOption(new Option('--file-exists-behavior <behavior>', 'for files that are there already and were not put there by the last deployment').choices(['DISALLOW', 'OVERWRITE', 'RETAIN']))
    .option('--ignore-application-stop-failures', 'go on when the old revision’s ApplicationStop fails')
    .option('--auto-rollback', 'roll back when it fails, whatever the group says')
    .option('--no-auto-rollback', 'do not roll back, whatever the group says')
    .option('--detach', 'do not follow it; print its id')
    .option('--logs', 'print what its hooks print as well, as it comes')
    .action(async (flags: DeployFlags) => {
      checkRevisionFlags(flags);
      const client = await shell.client(flags);
      const revision = flags.restart === true ? null : await findRevision(flags, client, shell);
      const made = await client.call(createDeployment, inputOf(flags, revision));
      if (flags.detach === true) {
        shell.print(flags, spellAnswer(createDeployment, made), [made.deploymentId]);
        shell.remark(`Follow it with: fairlead deployment watch ${made.deploymentId}`);
        return;
      }
      await followDeployment(shell, client, made.deploymentId, flags.json === true ? 'one value' : flags.logs === true ? 'lines with logs' : 'lines');
    });
  clientCommand(command, [
    'fairlead deploy --application my-app --deployment-group production --directory ./my-app',
    'fairlead deploy --application my-app --deployment-group production --revision-key my-app/2.1.0.tgz --config CodeDeployDefault.HalfAtATime',
    'fairlead deploy --application my-app --deployment-group production --revision-key my-app/2.1.0.tgz --auto-rollback --detach',
  ]);
}

function checkRevisionFlags(flags: DeployFlags): void {
  const given = [flags.revisionKey, flags.directory, flags.s3Location, flags.restart].filter((value) => value !== undefined);
  if (given.length === 1) return;
  throw new Refusal(`Give exactly one of --revision-key, --directory, --s3-location and --restart; ${given.length === 0 ? 'none is' : `${given.length} are`} given.`);
}

async function findRevision(flags: DeployFlags, client: Client, shell: Shell): Promise<RevisionLocation> {
  if (flags.s3Location !== undefined) return parseS3Location(flags.s3Location);
  if (flags.revisionKey !== undefined) return revisionOfKey(flags.application, flags.revisionKey, client);
  const request = {
    folder: flags.directory ?? '.',
    applicationName: flags.application,
    bundleType: 'tgz' as const,
    key: null,
    description: flags.description ?? null,
    createsApplication: false,
  };
  const uploaded = await pushFolder(request, client, shell.around, (line) => shell.remark(printable(line)));
  shell.remark(printable(`Pushed ${uploaded.key} (${uploaded.size} bytes).`));
  return uploaded.revision;
}

/**
 * The key alone does not say the bucket or the kind of archive; the registered revisions do. One that names its digest
 * came from a push and is sure to be there; anything may have been registered under the same key.
 */
async function revisionOfKey(applicationName: string, key: string, client: Client): Promise<RevisionLocation> {
  const input = { applicationName, sortBy: 'registerTime', sortOrder: 'descending' } as const;
  let fallback: RevisionLocation | null = null;
  for await (const revision of eachItem(client, listApplicationRevisions, input, (page) => page.revisions)) {
    if (revision.s3Location?.key !== key) continue;
    if (revision.s3Location.eTag !== undefined) return revision;
    fallback ??= revision;
  }
  if (fallback !== null) return fallback;
  throw new Refusal(`The application ${applicationName} has no revision with the key ${showPrintable(key)}.`, {
    advice: [`See which there are: fairlead revision list --application ${applicationName}`],
  });
}

function inputOf(flags: DeployFlags, revision: RevisionLocation | null): InputOf<typeof createDeployment> {
  return {
    applicationName: flags.application,
    deploymentGroupName: flags.deploymentGroup,
    ...(revision === null ? { deploymentMode: 'RESTART' as const } : { revision }),
    ...(flags.config === undefined ? {} : { deploymentConfigName: flags.config }),
    ...(flags.description === undefined ? {} : { description: flags.description }),
    ...(flags.fileExistsBehavior === undefined ? {} : { fileExistsBehavior: flags.fileExistsBehavior }),
    ...(flags.ignoreApplicationStopFailures === undefined ? {} : { ignoreApplicationStopFailures: flags.ignoreApplicationStopFailures }),
    ...(flags.autoRollback === undefined
      ? {}
      : { autoRollbackConfiguration: flags.autoRollback ? { enabled: true, events: ['DEPLOYMENT_FAILURE'] } : { enabled: false } }),
  };
}

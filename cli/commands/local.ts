// `fairlead local`: a deployment to this very host, without a server. The options are those of codedeploy-local, letter
// for letter, and so is the exit status: 0, or 1 for whatever went wrong.

import { resolve } from 'node:path';
import type { Command } from 'commander';
import { printable } from '../printable.ts';
import { Refusal, exitStatus } from '../refusal.ts';
import type { OutputFlags, Shell } from '../shell.ts';
import { withExamples } from '../shell.ts';
import { startedOrRefused } from '../start-program.ts';
import type { LocalEvent, LocalOutcome } from '../../protocol/model/local-deployment.ts';

interface LocalFlags extends OutputFlags {
  readonly bundleLocation?: string;
  readonly type: string;
  readonly fileExistsBehavior: string;
  readonly deploymentGroup: string;
  readonly deploymentGroupName: string;
  readonly applicationName?: string;
  readonly events?: string;
  readonly agentConfigurationFile?: string;
  readonly appspecFilename?: string;
  readonly dataDir?: string;
  readonly root?: string;
}

export function addLocalCommand(program: Command, shell: Shell): void {
  const command = program
    .command('local')
    .summary('deploy to this host, without a server')
    .description('Deploys a bundle to this host with the agent’s own executors and records, without a server. Events print as they end. Exit status: 0 deployed, 1 not.')
    .option('-l, --bundle-location <location>', 'folder, bundle file, s3://BUCKET/KEY, https address, or https://github.com/OWNER/REPOSITORY (default: this folder)')
    .option('-t, --type <type>', 'tgz, tar, zip or directory', 'directory')
    .option('-b, --file-exists-behavior <behavior>', 'DISALLOW, OVERWRITE or RETAIN, where the AppSpec does not say', 'DISALLOW')
    .option('-g, --deployment-group <id>', 'deployment group id: whose files are replaced, and whose last revision stops', 'default-local-deployment-group')
    .option('-d, --deployment-group-name <name>', 'DEPLOYMENT_GROUP_NAME for hooks', 'LocalFleet')
    .option('-a, --application-name <name>', 'APPLICATION_NAME for hooks; the bundle location when not given')
    .option('-e, --events <events>', 'events to run, separated by commas; DownloadBundle and Install come first where they are not listed')
    .option('-c, --agent-configuration-file <file>', 'configuration file of the agent')
    .option('-A, --appspec-filename <name>', 'name of the AppSpec in the bundle (default: appspec.yml)')
    .option('--data-dir <dir>', 'the agent’s data folder; records are shared with it')
    .option('--root <dir>', 'prefix for every destination, shown to hooks as FAIRLEAD_ROOT')
    .option('--json', 'print one JSON value instead: each event with status, errorCode, message and log')
    .version(shell.around.version, '-v, --version', 'print the version')
    .action(async (flags: LocalFlags) => {
      const outcome = await deployed(flags, shell);
      shell.print(flags, outcome, lastLines(outcome));
      if (outcome.status !== 'Succeeded') shell.finish(outcome.status === 'Cancelled' ? exitStatus.interrupted : exitStatus.failed);
    });
  withExamples(command, [
    'fairlead local',
    'fairlead local --bundle-location ./my-app.tgz --type tgz --events ApplicationStop,DownloadBundle,Install,ApplicationStart',
    'fairlead local --bundle-location ./my-app --data-dir ./data --root ./root --json',
  ]);
}

async function deployed(flags: LocalFlags, shell: Shell): Promise<LocalOutcome> {
  try {
    return await tellingOutcome(flags, shell);
  } catch (error) {
    throw error instanceof Refusal ? new Refusal(error.message, { advice: error.advice, status: exitStatus.failed }) : error;
  }
}

async function tellingOutcome(flags: LocalFlags, { around, remark }: Shell): Promise<LocalOutcome> {
  const location = flags.bundleLocation ?? resolve('.');
  let outcome: LocalOutcome | null = null;
  await startedOrRefused(async () => {
    outcome = await around.rooms.runLocal({
      deployment: {
        location,
        type: flags.type,
        fileExistsBehavior: flags.fileExistsBehavior,
        groupId: flags.deploymentGroup,
        groupName: flags.deploymentGroupName,
        applicationName: flags.applicationName ?? location,
        events: flags.events ?? null,
        appSpecFilename: flags.appspecFilename ?? null,
      },
      ...(flags.dataDir === undefined ? {} : { dataDir: flags.dataDir }),
      ...(flags.root === undefined ? {} : { root: flags.root }),
      ...(flags.agentConfigurationFile === undefined ? {} : { configFile: flags.agentConfigurationFile }),
      cancelled: around.interruption(),
      onEvent: (event) => {
        for (const warning of event.warnings) remark(`warning: ${printable(warning)}`);
        if (flags.json !== true) around.out.write(`${eventLines(event).map(printable).join('\n')}\n`);
      },
    });
    return 0;
  });
  if (outcome === null) throw new Error('a local deployment ended without an outcome');
  return outcome;
}

function eventLines({ event, status, errorCode, message, log }: LocalEvent): readonly string[] {
  const line = `${event.padEnd('BeforeBlockTraffic'.length)}  ${status}`;
  if (status === 'Succeeded') return [line];
  return [`${line} (${errorCode ?? ''}): ${message}`, ...log.split('\n').filter((one) => one !== '').map((one) => `    ${one}`)];
}

function lastLines({ deploymentId, status, events, logFile }: LocalOutcome): readonly string[] {
  const hasLog = events.some(({ log }) => log !== '');
  const where = hasLog ? [`The scripts' output is in ${logFile}`] : [];
  if (status === 'Succeeded') return [`Successfully deployed bundle locally: ${deploymentId}`, ...where];
  const failed = events.find((event) => event.status !== 'Succeeded');
  return [`The local deployment ${deploymentId} failed at ${failed?.event ?? 'its end'}.`, ...where];
}

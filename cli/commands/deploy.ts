// `fairlead deploy`: creates a deployment and follows it to its end; the exit status is the outcome.

import type { Command } from 'commander';
import { Option } from 'commander';
import { findRevision } from '../find-revision.ts';
import { followDeployment } from '../follow-deployment.ts';
import { parseActivePolicy } from '../deployment-group-flags.ts';
import { parseInstant, parseTagFilter } from '../flags.ts';
import type { Client } from '../client.ts';
import { printable } from '../printable.ts';
import { exitStatus, Refusal } from '../refusal.ts';
import { canSucceed, linesOfPlan } from '../render-plan.ts';
import { addRevisionOptions, givenRevisionFlags, revisionFlagNames, revisionOf } from '../revision-flags.ts';
import type { RevisionFlags } from '../revision-flags.ts';
import { clientCommand, spellAnswer } from '../shell.ts';
import type { ClientFlags, Shell } from '../shell.ts';
import { instantWords } from '../table.ts';
import { addSigningOptions, readSignatureFile, signingOf } from '../signing-flags.ts';
import type { SigningFlags } from '../signing-flags.ts';
import type { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import type { FileExistsBehavior } from '../../protocol/model/deployment.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import { toIso } from '../../protocol/model/timestamp.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import { planDeployment } from '../../protocol/operations/plan-deployment.ts';

interface DeployFlags extends ClientFlags, RevisionFlags, SigningFlags {
  readonly application: string;
  readonly deploymentGroup: string;
  readonly revisionKey?: string;
  readonly directory?: string;
  readonly signature?: string;
  readonly restart?: boolean;
  readonly config?: string;
  readonly description?: string;
  readonly fileExistsBehavior?: FileExistsBehavior;
  readonly ignoreApplicationStopFailures?: boolean;
  readonly autoRollback?: boolean;
  readonly whenActive?: string;
  readonly at?: string;
  readonly replacementTag?: readonly string[];
  readonly replacementEc2Tag?: readonly string[];
  readonly overrideCalendar?: string;
  readonly plan?: boolean;
  readonly apply?: string;
  readonly detach?: boolean;
  readonly logs?: boolean;
}

export function addDeployCommand(program: Command, shell: Shell): void {
  const command = program
    .command('deploy')
    .summary('deploy a revision and follow it')
    .description(
      'Creates a deployment and follows it, and a rollback it causes, to the end. Exit status: 0 succeeded, 1 failed (rolled back or not), 2 refused, 3 stopped, 4 no answer from the server; with --plan 0 it may succeed, 1 it cannot. Ctrl-C ends the watching, not the deployment.',
    )
    .requiredOption('--application <name>', 'application')
    .requiredOption('--deployment-group <name>', 'deployment group: which instances')
    .option('--revision-key <key>', 'a revision pushed earlier, by its key')
    .option('--directory <dir>', 'push this folder now and deploy it')
    .option('--restart', 'start the last successful revision again from the copies on the instances');
  addRevisionOptions(command).option('--signature <file>', 'the owner’s signature of a bundle that lies elsewhere (see: fairlead bundle sign)');
  addSigningOptions(command)
    .option('--config <name>', 'deployment config; the group’s when not given')
    .option('--description <text>', 'a comment, up to 256 characters')
    .addOption(new Option('--file-exists-behavior <behavior>', 'for files that are there already and were not put there by the last deployment').choices(['DISALLOW', 'OVERWRITE', 'RETAIN']))
    .option('--ignore-application-stop-failures', 'go on when the old revision’s ApplicationStop fails')
    .option('--auto-rollback', 'roll back when it fails, whatever the group says')
    .option('--no-auto-rollback', 'do not roll back, whatever the group says')
    .option('--when-active <policy>', 'while another deployment of the group is active: refuse, queue, or supersede; the group’s when not given')
    .option('--replacement-tag <tag...>', 'blue/green: on-premises instances that bear one of these get the traffic; KEY=VALUE, or KEY for any value')
    .option('--replacement-ec2-tag <tag...>', 'the same of EC2 instances')
    .option('--at <instant>', 'not before: 2026-12-24T18:00:00+01:00, or a span from now such as 90m')
    .option('--override-calendar <reason>', 'heed neither deployment windows nor freezes; the reason is kept')
    .option('--plan', 'only show what would happen, and an index for --apply (what --directory names is pushed)')
    .option('--apply <index>', 'do exactly what --plan has shown for the same flags, or nothing')
    .option('--detach', 'do not follow it; print its id')
    .option('--logs', 'print what its hooks print as well, as it comes')
    .action(async (flags: DeployFlags) => {
      checkRevisionFlags(flags);
      checkPlanFlags(flags);
      const given = revisionOf(flags);
      const signing = await signingOf(flags, shell.around);
      const signature = flags.signature === undefined ? null : await readSignatureFile(flags.signature, shell.around);
      const client = await shell.client(flags);
      const revision = flags.restart === true ? null : (given ?? (await findRevision(flags, signing, client, shell)));
      const input = inputOf(flags, revision, signature, shell.around.clock.now());
      if (flags.plan === true) return showPlan(flags, input, client, shell);
      const made = await client.call(createDeployment, { ...input, ...(flags.apply === undefined ? {} : { planIndex: flags.apply }) });
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
    'fairlead deploy --application my-app --deployment-group production --revision-key my-app/2.1.0.tgz --plan',
    'fairlead deploy --application my-app --deployment-group production --github octo/cat@0123456789abcdef0123456789abcdef01234567',
    'fairlead deploy --application my-app --deployment-group production --git ssh://git@example.com/my-app.git@main --auto-rollback --detach',
  ]);
}

/** What would happen; the exit status says whether it can. */
async function showPlan(flags: DeployFlags, input: InputOf<typeof planDeployment>, client: Client, shell: Shell): Promise<void> {
  const plan = await client.call(planDeployment, input);
  shell.print(flags, spellAnswer(planDeployment, plan), linesOfPlan(plan));
  if (!canSucceed(plan)) return shell.finish(exitStatus.failed);
  const instead = [
    ...(flags.directory === undefined ? [] : [`--revision-key ${plan.revision.s3Location?.key ?? '?'} instead of --directory`]),
    ...(flags.at === undefined || input.scheduledAt === undefined ? [] : [`--at ${toIso(input.scheduledAt)}`]),
  ];
  shell.remark(printable(`Until ${instantWords(plan.expiresAt)} exactly this is done, or nothing, by the same command with --apply ${plan.planIndex} instead of --plan${instead.map((flag) => `, and ${flag}`).join('')}`));
}

function checkPlanFlags({ plan, apply, detach, logs }: DeployFlags): void {
  if (plan !== true) return;
  const [other] = [...(apply === undefined ? [] : ['--apply']), ...(detach === true ? ['--detach'] : []), ...(logs === true ? ['--logs'] : [])];
  if (other !== undefined) throw new Refusal(`--plan only shows what would happen; ${other} is for doing it.`);
}

function checkRevisionFlags(flags: DeployFlags): void {
  const given = [flags.revisionKey, flags.directory, flags.restart].filter((value) => value !== undefined).length + givenRevisionFlags(flags).length;
  if (given !== 1) throw new Refusal(`Give exactly one of --directory, --revision-key, ${revisionFlagNames.join(', ')} and --restart; ${given === 0 ? 'none is' : `${given} are`} given.`);
  if (flags.signWith !== undefined && flags.directory === undefined) throw new Refusal('--sign signs the bundle that --directory makes. For a bundle that is there already, give its signature as --signature FILE.', { advice: ['Make one with: fairlead bundle sign ARCHIVE --application NAME --sign KEYFILE > FILE'] });
  if (flags.signature !== undefined && flags.directory !== undefined) throw new Refusal('--signature is for a bundle that is there already. Sign the one that --directory makes with --sign KEYFILE.');
}

/** Nothing where the group is to say. */
function replacementsOf({ replacementTag, replacementEc2Tag }: DeployFlags): Pick<InputOf<typeof planDeployment>, 'targetInstances'> {
  if (replacementTag === undefined && replacementEc2Tag === undefined) return {};
  return {
    targetInstances: {
      ...(replacementTag === undefined ? {} : { onPremisesInstanceTagFilters: replacementTag.map(parseTagFilter) }),
      ...(replacementEc2Tag === undefined ? {} : { tagFilters: replacementEc2Tag.map(parseTagFilter) }),
    },
  };
}

function inputOf(flags: DeployFlags, revision: RevisionLocation | null, signature: BundleSignature | null, now: number): InputOf<typeof planDeployment> {
  return {
    applicationName: flags.application,
    deploymentGroupName: flags.deploymentGroup,
    ...(revision === null ? { deploymentMode: 'RESTART' as const } : { revision }),
    ...(signature === null ? {} : { signature }),
    ...(flags.config === undefined ? {} : { deploymentConfigName: flags.config }),
    ...(flags.description === undefined ? {} : { description: flags.description }),
    ...(flags.fileExistsBehavior === undefined ? {} : { fileExistsBehavior: flags.fileExistsBehavior }),
    ...(flags.ignoreApplicationStopFailures === undefined ? {} : { ignoreApplicationStopFailures: flags.ignoreApplicationStopFailures }),
    ...(flags.whenActive === undefined ? {} : { activeDeploymentPolicy: parseActivePolicy(flags.whenActive) }),
    ...replacementsOf(flags),
    ...(flags.at === undefined ? {} : { scheduledAt: parseInstant(flags.at, now) }),
    ...(flags.overrideCalendar === undefined ? {} : { calendarOverrideReason: flags.overrideCalendar }),
    ...(flags.autoRollback === undefined
      ? {}
      : { autoRollbackConfiguration: flags.autoRollback ? { enabled: true, events: ['DEPLOYMENT_FAILURE'] } : { enabled: false } }),
  };
}

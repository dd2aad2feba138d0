// The friendly flags of a deployment group, and the whole CodeDeploy shape for all they do not say. Both may be given:
// the flags win, member by member.

import { type Command, Option } from 'commander';
import { collect, parseAutoRollback, parseCount, parseDurationSeconds, parseTagFilter } from './flags.ts';
import { fleetMembers, fleetOptions, type FleetFlags } from './fleet-flags.ts';
import { showPrintable } from './printable.ts';
import { Refusal } from './refusal.ts';
import type { Surroundings } from './surroundings.ts';
import { trafficMembers, trafficOptions, type TrafficFlags } from './traffic-flags.ts';
import type { TargetOrder } from '../protocol/model/deployment-group.ts';
import type { DeploymentWindow } from '../protocol/model/calendar.ts';
import type { FileExistsBehavior } from '../protocol/model/deployment.ts';
import type { Parameter } from '../protocol/model/parameter.ts';
import { createDeploymentGroup } from '../protocol/operations/create-deployment-group.ts';
import type { InputOf } from '../protocol/operations/operation.ts';
import { updateDeploymentGroup } from '../protocol/operations/update-deployment-group.ts';

export interface GroupFlags extends TrafficFlags, FleetFlags {
  readonly tag?: readonly string[];
  readonly ec2Tag?: readonly string[];
  readonly config?: string;
  readonly autoRollback?: string;
  readonly applicationStop?: string;
  readonly zoneTag?: string;
  readonly order?: readonly string[];
  readonly eventStartTimeout?: string;
  readonly eventTimeout?: string;
  readonly silenceTimeout?: string;
  readonly fileExistsBehavior?: FileExistsBehavior;
  readonly parameter?: readonly string[];
  readonly whenActive?: string;
  readonly requireApproval?: boolean;
  readonly approvalExpiresIn?: string;
  readonly selfApproval?: boolean;
  readonly window?: readonly string[];
  readonly converge?: boolean;
  readonly convergeAttempts?: string;
  readonly guidedFailure?: boolean;
  readonly decideWithin?: string;
  readonly serviceRoleArn?: string;
  readonly jsonInput?: string;
}

type Members = Omit<InputOf<typeof createDeploymentGroup>, 'applicationName' | 'deploymentGroupName' | 'serviceRoleArn' | 'tags'> & { readonly serviceRoleArn?: string };

export function groupOptions(command: Command): Command {
  return fleetOptions(trafficOptions(command))
    .option('--tag <key=value>', 'instances with this tag; KEY alone for any value; repeat for more, any of which suffices', collect)
    .option('--ec2-tag <key=value>', 'the same for instances whose names are EC2 ids', collect)
    .option('--config <name>', 'deployment config; CodeDeployDefault.OneAtATime when not given')
    .option('--auto-rollback <occasions>', 'on-failure, on-stop, on-alarm (several with commas), or off')
    .option('--application-stop <policy>', 'a broken old ApplicationStop: fail, ignore, or use-new-revision to run the new one’s instead')
    .option('--zone-tag <key>', 'the tag whose value is an instance’s zone; not given: the zone its agent reports')
    .option('--order <key=values>', 'an order by tag, as role=canary,*,leader; * stands for all others; repeat for more keys', collect)
    .option('--event-start-timeout <seconds>', 'an agent must take a lifecycle event within this time')
    .option('--event-timeout <seconds>', 'a lifecycle event must end within this time')
    .option('--silence-timeout <seconds>', 'a target fails when its agent is silent for this long in the middle of an event')
    .addOption(new Option('--file-exists-behavior <behavior>', 'of deployments that do not say it themselves, for files that are there already; DISALLOW when not given').choices(['DISALLOW', 'OVERWRITE', 'RETAIN']))
    .option('--parameter <name=value>', "an environment variable for hooks; repeat for more; '' for none; for secrets see: fairlead secret", collect)
    .option('--when-active <policy>', 'a deployment created while another is active: refuse, queue, or supersede')
    .option('--require-approval', 'deployments start only once approved')
    .option('--no-require-approval', 'deployments start without approval')
    .option('--approval-expires-in <duration>', 'how long a deployment waits for approval: 30m, 12h, 7d (1d when not given); with --require-approval')
    .option('--no-self-approval', 'another access key than that of the deployment must approve; with --require-approval')
    .option('--window <cron; duration; zone>', "when deployments may start, such as '0 22 * * 1-5; 4h; Europe/Berlin'; repeat for more; '' for always", collect)
    .option('--converge', 'bring instances that appear or come back later to the group’s revision')
    .option('--no-converge', 'leave them as they are')
    .option('--converge-attempts <n>', 'with --converge: leave an instance alone after so many failures; 3 when not given')
    .option('--guided-failure', 'a target that fails waits for a decision: fairlead deployment decide-failure')
    .option('--no-guided-failure', 'a target that fails has failed')
    .option('--decide-within <duration>', 'with --guided-failure: it fails after so long without a decision, such as 30m; 1h when not given')
    .option('--service-role-arn <arn>', 'kept and given back, not used')
    .option('--json-input <file>', 'all members, as in CodeDeploy’s API; - reads standard input');
}

/** What the flags say, as members of the API. Throws a Refusal for what is written wrong, and for members the API does not have. */
export async function groupMembers(flags: GroupFlags, around: Surroundings): Promise<Members> {
  return {
    ...(flags.jsonInput === undefined ? {} : await readJsonInput(flags.jsonInput, around)),
    ...(flags.tag === undefined ? {} : { onPremisesInstanceTagFilters: flags.tag.map(parseTagFilter) }),
    ...(flags.ec2Tag === undefined ? {} : { ec2TagFilters: flags.ec2Tag.map(parseTagFilter) }),
    ...(flags.config === undefined ? {} : { deploymentConfigName: flags.config }),
    ...(flags.autoRollback === undefined ? {} : { autoRollbackConfiguration: parseAutoRollback(flags.autoRollback) }),
    ...(flags.applicationStop === undefined ? {} : { applicationStopPolicy: parseStopPolicy(flags.applicationStop) }),
    ...(flags.zoneTag === undefined ? {} : { zoneTagKey: flags.zoneTag }),
    ...(flags.order === undefined ? {} : { targetOrder: flags.order.map(parseOrder) }),
    ...timeoutsOf(flags),
    ...(flags.fileExistsBehavior === undefined ? {} : { fileExistsBehavior: flags.fileExistsBehavior }),
    ...(flags.parameter === undefined ? {} : { parameters: flags.parameter.filter((text) => text !== '').map(parseParameter) }),
    ...(flags.whenActive === undefined ? {} : { activeDeploymentPolicy: parseActivePolicy(flags.whenActive) }),
    ...approvalOf(flags),
    ...(flags.window === undefined ? {} : { deploymentWindows: flags.window.filter((text) => text.trim() !== '').map(parseWindow) }),
    ...convergenceOf(flags),
    ...trafficMembers(flags),
    ...fleetMembers(flags),
    ...guidedFailureOf(flags),
    ...(flags.serviceRoleArn === undefined ? {} : { serviceRoleArn: flags.serviceRoleArn }),
  };
}

function parseOrder(text: string): TargetOrder {
  const at = text.indexOf('=');
  const values = text.slice(at + 1).split(',');
  if (at < 1 || values.includes('')) throw new Refusal(`--order ${showPrintable(text)} is not of the form KEY=FIRST,SECOND,… such as role=canary,*,leader.`);
  return { tagKey: text.slice(0, at), values };
}

/** The member is replaced whole: all that is to hold must be given. */
function timeoutsOf({ eventStartTimeout, eventTimeout, silenceTimeout }: GroupFlags): Pick<Members, 'timeouts'> {
  const seconds = (text: string, flag: string): number => parseCount(text, flag, 1, 28_800);
  const timeouts = {
    ...(eventStartTimeout === undefined ? {} : { eventStartSeconds: seconds(eventStartTimeout, '--event-start-timeout') }),
    ...(eventTimeout === undefined ? {} : { eventSeconds: seconds(eventTimeout, '--event-timeout') }),
    ...(silenceTimeout === undefined ? {} : { silenceSeconds: seconds(silenceTimeout, '--silence-timeout') }),
  };
  return Object.keys(timeouts).length === 0 ? {} : { timeouts };
}

function convergenceOf({ converge, convergeAttempts }: GroupFlags): Pick<Members, 'convergence'> {
  if (converge !== true && convergeAttempts !== undefined) throw new Refusal('--converge-attempts goes with --converge.');
  if (converge === undefined) return {};
  return { convergence: { enabled: converge, ...(convergeAttempts === undefined ? {} : { maxAttempts: parseCount(convergeAttempts, '--converge-attempts', 1, 10) }) } };
}

function guidedFailureOf({ guidedFailure, decideWithin }: GroupFlags): Pick<Members, 'guidedFailure'> {
  if (guidedFailure !== true && decideWithin !== undefined) throw new Refusal('--decide-within goes with --guided-failure.');
  if (guidedFailure === undefined) return {};
  return { guidedFailure: { enabled: guidedFailure, ...(decideWithin === undefined ? {} : { decideWithinMinutes: Math.ceil(parseDurationSeconds(decideWithin) / 60) }) } };
}

function parseStopPolicy(text: string): 'FAIL' | 'IGNORE' | 'USE_NEW_REVISION' {
  const policy = { fail: 'FAIL', ignore: 'IGNORE', 'use-new-revision': 'USE_NEW_REVISION' } as const;
  if (Object.hasOwn(policy, text)) return policy[text as keyof typeof policy];
  throw new Refusal(`--application-stop ${showPrintable(text)} is none of fail, ignore, use-new-revision.`);
}

export function parseActivePolicy(text: string): 'REFUSE' | 'QUEUE' | 'SUPERSEDE' {
  const policy = { refuse: 'REFUSE', queue: 'QUEUE', supersede: 'SUPERSEDE' } as const;
  if (Object.hasOwn(policy, text)) return policy[text as keyof typeof policy];
  throw new Refusal(`--when-active ${showPrintable(text)} is none of refuse, queue, supersede.`);
}

function approvalOf({ requireApproval, approvalExpiresIn, selfApproval }: GroupFlags): Pick<Members, 'approval'> {
  if (requireApproval === undefined) {
    if (approvalExpiresIn === undefined && selfApproval !== false) return {};
    throw new Refusal('--approval-expires-in and --no-self-approval go with --require-approval.');
  }
  return {
    approval: {
      required: requireApproval,
      ...(approvalExpiresIn === undefined ? {} : { expiresInMinutes: Math.ceil(parseDurationSeconds(approvalExpiresIn) / 60) }),
      ...(selfApproval === false ? { allowSelfApproval: false } : {}),
    },
  };
}

function parseParameter(text: string): Parameter {
  const equals = text.indexOf('=');
  if (equals < 1) throw new Refusal(`${showPrintable(text)} is no parameter. Write it as NAME=VALUE.`);
  return { name: text.slice(0, equals), value: text.slice(equals + 1) };
}

function parseWindow(text: string): DeploymentWindow {
  const [cron, lasts, timeZone, ...rest] = text.split(';').map((part) => part.trim());
  if (cron === undefined || cron === '' || lasts === undefined || rest.length > 0) {
    throw new Refusal(`${showPrintable(text)} is no deployment window. Write cron expression, duration and, if not UTC, time zone: '0 22 * * 1-5; 4h; Europe/Berlin'.`);
  }
  return { cron, durationMinutes: Math.ceil(parseDurationSeconds(lasts) / 60), ...(timeZone === undefined || timeZone === '' ? {} : { timeZone }) };
}

const known = new Set([...Object.keys(createDeploymentGroup.input.properties), ...Object.keys(updateDeploymentGroup.input.properties)]);

async function readJsonInput(file: string, around: Surroundings): Promise<Members> {
  const shown = file === '-' ? 'Standard input' : showPrintable(file);
  const text = file === '-' ? await around.readStdin() : await readFileText(file, shown, around);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Refusal(`${shown} is not JSON: ${(error as Error).message}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refusal(`${shown} does not hold a JSON object.`);
  const unknown = Object.keys(value).filter((member) => !known.has(member));
  if (unknown.length > 0) {
    throw new Refusal(`${shown} has members that a deployment group does not have: ${unknown.join(', ')}.`, { advice: [`Known are: ${[...known].join(', ')}.`] });
  }
  return value as Members;
}

async function readFileText(file: string, shown: string, around: Surroundings): Promise<string> {
  const bytes = await around.readFile(file).catch((error: NodeJS.ErrnoException) => {
    throw new Refusal(`${shown} cannot be read: ${error.code ?? error.message}.`);
  });
  if (bytes === null) throw new Refusal(`There is no file ${shown}.`);
  return Buffer.from(bytes).toString('utf8');
}

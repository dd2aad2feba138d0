// The friendly flags of a deployment group, and the whole CodeDeploy shape for all they do not say. Both may be given:
// the flags win, member by member.

import type { Command } from 'commander';
import { collect, parseAutoRollback, parseTagFilter } from './flags.ts';
import { showPrintable } from './printable.ts';
import { Refusal } from './refusal.ts';
import type { Surroundings } from './surroundings.ts';
import { createDeploymentGroup } from '../protocol/operations/create-deployment-group.ts';
import type { InputOf } from '../protocol/operations/operation.ts';
import { updateDeploymentGroup } from '../protocol/operations/update-deployment-group.ts';

/** CodeDeploy demands a service role. This server has no use for one, so this names none that exists. */
export const placeholderRoleArn = 'arn:aws:iam::000000000000:role/fairlead-needs-no-role';

export interface GroupFlags {
  readonly tag?: readonly string[];
  readonly ec2Tag?: readonly string[];
  readonly config?: string;
  readonly autoRollback?: string;
  readonly applicationStop?: string;
  readonly serviceRoleArn?: string;
  readonly jsonInput?: string;
}

type Members = Omit<InputOf<typeof createDeploymentGroup>, 'applicationName' | 'deploymentGroupName' | 'serviceRoleArn' | 'tags'> & { readonly serviceRoleArn?: string };

export function groupOptions(command: Command): Command {
  return command
    .option('--tag <key=value>', 'instances with this tag; KEY alone for any value; repeat for more, any of which suffices', collect)
    .option('--ec2-tag <key=value>', 'the same for instances whose names are EC2 ids', collect)
    .option('--config <name>', 'deployment config; CodeDeployDefault.OneAtATime when not given')
    .option('--auto-rollback <occasions>', 'on-failure, on-stop, on-alarm (several with commas), or off')
    .option('--application-stop <policy>', 'a broken old ApplicationStop: fail, ignore, or use-new-revision to run the new one’s instead')
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
    ...(flags.serviceRoleArn === undefined ? {} : { serviceRoleArn: flags.serviceRoleArn }),
  };
}

function parseStopPolicy(text: string): 'FAIL' | 'IGNORE' | 'USE_NEW_REVISION' {
  const policy = { fail: 'FAIL', ignore: 'IGNORE', 'use-new-revision': 'USE_NEW_REVISION' } as const;
  if (Object.hasOwn(policy, text)) return policy[text as keyof typeof policy];
  throw new Refusal(`--application-stop ${showPrintable(text)} is none of fail, ignore, use-new-revision.`);
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

// `fairlead agent enroll`: enrols this host without running its agent, and in one line for a machine that is being made
// (cloud-init, Terraform, an image's first boot): starts the agent's service and waits until a deployment has succeeded.

import type { Command } from 'commander';
import { collect, parseDurationSeconds, parseTag } from '../flags.ts';
import { placeOf } from '../place.ts';
import type { PlaceFlags } from '../place.ts';
import { Refusal, exitStatus } from '../refusal.ts';
import { revisionWords } from '../render.ts';
import type { OutputFlags, Shell } from '../shell.ts';
import { withExamples } from '../shell.ts';
import { agentState } from './agent-status.ts';
import type { AgentState } from './agent-status.ts';

interface EnrollFlags extends PlaceFlags, OutputFlags {
  readonly controller?: string;
  readonly joinToken?: string;
  readonly name?: string;
  readonly tag?: readonly string[];
  readonly replaceKey?: boolean;
  readonly start?: boolean;
  readonly wait?: string;
}

const lookEveryMs = 500;

export function addAgentEnrollCommand(agent: Command, shell: Shell): void {
  const command = agent
    .command('enroll')
    .summary('enrol this host, without running its agent')
    .description(
      'Enrols this host at a controller: its key is made here and never leaves it. A host that is enrolled stays as it is, unless its key is to be replaced. With --start and --wait one line makes a new machine part of the fleet; the exit status is 0 once a deployment has succeeded on it, 1 when none has in time.',
    )
    .option('--controller <url>', 'address of the controller')
    .option('--join-token <token>', 'from: fairlead token create')
    .option('--name <name>', 'name of this instance; the host’s when not given')
    .option('--tag <key=value>', 'tag of this instance, kept in agent.d/50-enroll.yml beside the configuration; repeat for more', collect)
    .option('--replace-key', 'enrol anew, with a new key, a host whose key was revoked')
    .option('--start', 'then start the agent’s service, now and at each boot')
    .option('--wait <duration>', 'then wait until a deployment has succeeded on this host: 90s, 15m')
    .option('--data-dir <dir>', 'the agent’s data folder, where it is not that of its configuration')
    .option('--config <file>', 'the agent’s configuration file')
    .option('--json', 'print one JSON value instead')
    .action(async (_: unknown, given: Command) => {
      const flags = given.optsWithGlobals<EnrollFlags>();
      const waitMs = flags.wait === undefined ? null : 1_000 * parseDurationSeconds(flags.wait);
      const enrolled = await enroll(flags, shell);
      const { instanceId, instanceName, controllerUrl, isNew } = enrolled;
      const words = isNew ? `This host is enrolled as ${instanceName} (${instanceId}) at ${controllerUrl}.` : `This host is enrolled already, as ${instanceName} (${instanceId}) at ${controllerUrl}.`;
      if (flags.start === true) await orRefusal(() => shell.around.rooms.startAgentService());
      const deployed = waitMs === null ? null : await firstDeployment(flags, shell, waitMs);
      shell.print(flags, { ...enrolled, ...(deployed === null ? {} : { deploymentId: deployed.deploymentId }) }, [words, ...(deployed === null ? [] : [deployed.words])]);
    });
  withExamples(command, [
    'fairlead agent enroll --controller https://fairlead.example.org:4710 --join-token TOKEN --tag role=web --start --wait 15m',
    'fairlead agent enroll --replace-key --join-token TOKEN',
  ]);
}

async function enroll(flags: EnrollFlags, { around }: Shell): Promise<Awaited<ReturnType<typeof around.rooms.enrollHost>>> {
  const { options, environment } = await placeOf('agent', flags, around);
  const given = {
    ...options,
    isAnew: flags.replaceKey === true,
    ...(flags.controller === undefined ? {} : { controller: flags.controller }),
    ...(flags.joinToken === undefined ? {} : { joinToken: flags.joinToken }),
    ...(flags.name === undefined ? {} : { name: flags.name }),
    tags: (flags.tag ?? []).map(parseTag),
  };
  return orRefusal(() => around.rooms.enrollHost(given, environment, around.interruption()));
}

/** Throws a Refusal with status 1 that says what was seen last. */
async function firstDeployment(flags: EnrollFlags, shell: Shell, waitMs: number): Promise<{ readonly deploymentId: string; readonly words: string }> {
  const { clock, interruption } = shell.around;
  const until = clock.monotonic() + waitMs;
  for (;;) {
    const found = await agentState(flags, shell);
    const done = found.state === 'running' ? found.status.groups.find(({ current }) => current !== null) : undefined;
    if (done?.current) return { deploymentId: done.current.deploymentId, words: `${done.current.deploymentId} has succeeded here: ${revisionWords({ revision: done.current.revision })} of ${done.applicationName}.` };
    if (clock.monotonic() >= until) throw new Refusal(`No deployment has succeeded on this host in time. ${seen(found)}`, { status: exitStatus.failed, advice: ['fairlead agent status says how the agent is; fairlead deployment explain, on the controller, why nothing is deployed here.'] });
    await clock.sleep(lookEveryMs, interruption());
  }
}

function seen(found: AgentState): string {
  if (found.state !== 'running') return found.message;
  const { isConnected, controllerUrl, running, lastError } = found.status;
  const connection = `The agent is ${isConnected ? 'connected' : 'not connected'} to ${controllerUrl ?? 'a controller'}`;
  return `${connection}, ${running.length === 0 ? 'and runs nothing' : `and runs ${running.map(({ event, deploymentId }) => `${event} of ${deploymentId}`).join(', ')}`}.${lastError === null ? '' : ` Its last trouble: ${lastError.sentence}`}`;
}

async function orRefusal<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    const isOurs = error instanceof Error && ['NoIdentity', 'EnrollRefused', 'ConfigRefused', 'DataFolderTaken', 'Error'].includes(error.name);
    throw isOurs ? new Refusal(error.message) : error;
  }
}

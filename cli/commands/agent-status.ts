// `fairlead agent status`: asks the agent of this host itself, through its socket. The exit status is LSB's for `status`:
// 0 it runs, 1 it died and left its socket, 3 it does not run, 4 that cannot be known.

import type { Command } from 'commander';
import Value from 'typebox/value';
import { AgentStatus } from '../../protocol/model/agent-status.ts';
import type { HostRevision } from '../../protocol/model/agent-status.ts';
import { respellInstants, toIso } from '../../protocol/model/timestamp.ts';
import type { StatusAnswer } from '../../world/real/status-socket.ts';
import { placeOf } from '../place.ts';
import type { PlaceFlags } from '../place.ts';
import { printable } from '../printable.ts';
import { exitStatus } from '../refusal.ts';
import type { ExitStatus } from '../refusal.ts';
import { durationWords, revisionWords } from '../render.ts';
import type { OutputFlags, Shell } from '../shell.ts';
import { withExamples } from '../shell.ts';
import { factLines, instantWords } from '../table.ts';

export type AgentState =
  | { readonly state: 'running'; readonly status: AgentStatus }
  | { readonly state: 'dead' | 'stopped' | 'unknown'; readonly message: string };

const statuses: Readonly<Record<AgentState['state'], ExitStatus>> = { running: exitStatus.succeeded, dead: exitStatus.failed, stopped: exitStatus.stopped, unknown: exitStatus.unreachable };

export function addAgentStatusCommand(agent: Command, shell: Shell): void {
  const command = agent
    .command('status')
    .summary('how the agent of this host is')
    .description('Asks the agent of this host how it is: connected or not, as which instance, which revisions it has and had, what it runs, and what went wrong last. Exit status: 0 it runs, 1 it died, 3 it does not run, 4 that cannot be known (run it as root).')
    .option('--data-dir <dir>', 'the agent’s data folder, where it is not that of its configuration')
    .option('--config <file>', 'the agent’s configuration file')
    .option('--json', 'print one JSON value instead')
    .action(async (_: unknown, given: Command) => {
      // `agent` itself has options of the same names, and takes them first.
      const flags = given.optsWithGlobals<PlaceFlags & OutputFlags>();
      const found = await agentState(flags, shell);
      if (found.state === 'running') shell.print(flags, { state: 'running', ...(respellInstants(AgentStatus, found.status, (instant) => toIso(instant as number)) as object) }, linesOf(found.status, shell.around.clock.now()));
      else shell.print(flags, found, [found.message]);
      shell.finish(statuses[found.state]);
    });
  withExamples(command, ['fairlead agent status', 'fairlead agent status --json', 'fairlead agent status --data-dir ./web-1']);
}

/** How the agent is; never rejects. */
export async function agentState(flags: PlaceFlags, { around }: Shell): Promise<AgentState> {
  let socket: string;
  try {
    const { options, environment } = await placeOf('agent', flags, around);
    ({ statusSocket: socket } = await around.rooms.readAgentConfig(options, environment));
  } catch (error) {
    return { state: 'unknown', message: `Where the agent is cannot be known: ${(error as Error).message}` };
  }
  return stateOf(await around.rooms.askStatus(socket), socket);
}

function stateOf(answer: StatusAnswer, socket: string): AgentState {
  switch (answer.kind) {
    case 'answered':
      return Value.Check(AgentStatus, answer.value) ? { state: 'running', status: answer.value } : { state: 'unknown', message: `What answers at ${socket} is no agent of this version.` };
    case 'absent':
      return { state: 'stopped', message: 'The agent does not run.' };
    case 'dead':
      return { state: 'dead', message: `The agent has died: nobody answers at ${socket}.` };
    case 'unknown':
      return { state: 'unknown', message: `Whether the agent runs cannot be known: ${answer.why}.` };
  }
}

function linesOf(status: AgentStatus, now: number): readonly string[] {
  const { instance, controllerUrl, isConnected, connectionChangedAt, groups, running, waitingEvents, unsentReports, lastError } = status;
  const line = isConnected ? `connected to ${controllerUrl ?? 'its controller'}` : `not connected to ${controllerUrl ?? 'a controller'}`;
  return [
    ...factLines([
      ['agent', `runs (version ${status.version}, process ${status.pid}, since ${instantWords(status.startedAt)})`],
      ['instance', instance === null ? 'not enrolled yet' : `${instance.instanceName} (${instance.instanceId})`],
      ['controller', `${line} since ${instantWords(connectionChangedAt)}`],
      ...tagFacts(status.tags),
      ...(status.zone === null ? [] : ([['zone', status.zone]] as const)),
      ['hooks', `run in ${status.hooksRunIn === 'units' ? 'units of their own' : 'the agent’s own group'}`],
      ['running', running.map(({ event, applicationName, deploymentId, startedAt }) => `${event} of ${applicationName} (${deploymentId}) for ${durationWords(now - startedAt)}`).join(', ') || 'nothing'],
      ...(waitingEvents === 0 ? [] : ([['waiting', `${waitingEvents} events`]] as const)),
      ...(unsentReports === 0 ? [] : ([['unsent', `${unsentReports} reports`]] as const)),
      ['last error', lastError === null ? 'none' : `${instantWords(lastError.at)} ${lastError.sentence}`],
      ...groups.flatMap(({ applicationName, deploymentGroupName, current, previous }) => [
        [`${applicationName} / ${deploymentGroupName}`, current === null ? 'nothing yet' : deployedWords(current)] as const,
        ...(previous === null ? [] : ([['  before', deployedWords(previous)]] as const)),
      ]),
    ]),
  ].map(printable);
}

/** One line for all that were said in one place. */
function tagFacts(tags: AgentStatus['tags']): readonly (readonly [string, string])[] {
  if (tags.length === 0) return [['tags', 'none of its own']];
  const places = [...new Set(tags.map(({ from }) => from))];
  return places.map((place, i) => [i === 0 ? 'tags' : '', `${tags.filter(({ from }) => from === place).map(({ Key, Value: value }) => `${Key}=${value}`).join(' ')}${place === undefined ? '' : ` (${place})`}`]);
}

function deployedWords({ deploymentId, revision, at }: HostRevision): string {
  return `${revisionWords({ revision })} by ${deploymentId}, ${instantWords(at)}`;
}

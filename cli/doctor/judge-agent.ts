// What is well and what is not with the agent of a host. Pure.

import type { AgentStatus } from '../../protocol/model/agent-status.ts';
import type { ControllerFact, DiskFact, PathFact } from '../../world/host-facts.ts';
import { problem, warning, well } from './finding.ts';
import type { Finding } from './finding.ts';
import { judgeCertificate, judgeClock, judgeDisk, judgeOwn, judgeUnit } from './judge-host.ts';

export interface AgentFacts {
  readonly now: number;
  readonly dataFolder: string;
  readonly folder: PathFact;
  readonly identity: PathFact;
  readonly identityFile: string;
  readonly disk: DiskFact | null;
  /** What it answered, or why it did not. */
  readonly agent: AgentStatus | 'stopped' | 'dead' | { readonly why: string };
  readonly controllerUrl: string | null;
  /** Null where nobody has said which controller. */
  readonly controller: ControllerFact | null;
  /** Null without systemd, or a unit of that name. */
  readonly unit: ReadonlyMap<string, string> | null;
  readonly hookUnits: string;
}

const unitName = 'fairlead-agent.service';
const wishes = {
  name: unitName,
  properties: {
    Type: { value: 'notify', why: 'systemd does not learn when it is ready.' },
    Restart: { value: 'always', why: 'it stays down when it ends.' },
  },
} as const;

export function judgeAgent(facts: AgentFacts): readonly Finding[] {
  const { now, dataFolder, folder, identity, identityFile, disk, agent, controllerUrl, controller, unit } = facts;
  return [
    ...judgeRunning(agent),
    judgeOwn(dataFolder, folder, { owner: null, mode: 0o755 }),
    ...(identity.kind === 'absent' ? [] : [judgeOwn(identityFile, identity, { owner: folder.kind === 'there' ? folder.owner : null, mode: 0o600 })]),
    judgeDisk(dataFolder, disk),
    ...judgeController(controllerUrl, controller, now),
    ...judgeUnit(wishes, unit),
    ...judgeHooks(facts),
  ];
}

function judgeRunning(agent: AgentFacts['agent']): readonly Finding[] {
  if (agent === 'stopped') return [problem('agent', 'The agent does not run.', 'systemctl start fairlead-agent, and journalctl -u fairlead-agent for why it does not.')];
  if (agent === 'dead') return [problem('agent', 'The agent died without a word.', 'systemctl restart fairlead-agent, and journalctl -u fairlead-agent for why it died.')];
  if ('why' in agent) return [warning('agent', `Whether the agent runs cannot be seen: ${agent.why}.`, 'Run this as root.')];
  if (agent.instance === null) return [problem('agent', 'The agent runs, but this host is not enrolled.', 'Give it controller and join_token in /etc/fairlead/agent.yml (fairlead token create makes one), then systemctl restart fairlead-agent')];
  const who = `${agent.instance.instanceName} (${agent.instance.instanceId})`;
  const last = agent.lastError === null ? '' : ` The last it complained of: ${agent.lastError.sentence}`;
  return [agent.isConnected ? well('agent', `The agent runs, and is connected as ${who}.`) : problem('agent', `The agent runs, but ${who} is not connected to its controller.${last}`, 'See the findings about the controller below, and journalctl -u fairlead-agent')];
}

function judgeController(url: string | null, controller: ControllerFact | null, now: number): readonly Finding[] {
  if (url === null || controller === null) return [warning('controller', 'Nobody has said which controller this host belongs to.', 'Set controller in /etc/fairlead/agent.yml')];
  if (controller.kind === 'silent') return [problem('controller', `${url} cannot be reached: ${controller.why}.`, 'Check the address, the controller (fairlead doctor there), firewalls in between, and ca_file where its authority is your own.')];
  const reached = controller.status === 200 ? well('controller', `${url} answers.`) : problem('controller', `${url} answers HTTP ${controller.status}, as no controller does.`, 'Check the address, and what stands in between.');
  const clock = judgeClock(controller);
  const certificate = controller.certificate === null ? [] : [judgeCertificate(controller.certificate, now, 'Renew it on the controller.')];
  return [reached, ...certificate, ...(clock === null ? [] : [clock])];
}

/** Hooks that share the agent's group are ended with it, unless only its own process is. */
function judgeHooks({ agent, unit, hookUnits }: AgentFacts): readonly Finding[] {
  const isInSessions = hookUnits === 'never' || (typeof agent === 'object' && 'hooksRunIn' in agent && agent.hooksRunIn === 'sessions');
  if (!isInSessions) return [well('hooks', 'Hooks run in units of their own.')];
  const killMode = unit?.get('KillMode');
  if (unit !== null && killMode !== 'process') return [problem('hooks', `Hooks run in the agent’s own group, and KillMode of ${unitName} is ${killMode ?? 'unknown'}: a restart of the agent ends them.`, 'Set hook_units to auto, or KillMode=process in the unit.')];
  return [warning('hooks', 'Hooks run in the agent’s own group: its limits are theirs.', 'Set hook_units to auto in /etc/fairlead/agent.yml, and run the agent as root under systemd.')];
}

// What the agent is doing now: as a document for its local socket, and as one line for the service manager. Pure.

import type { AgentStatus, HostGroup, RunningEvent } from '../protocol/model/agent-status.ts';
import type { LastError } from '../world/remembering-log.ts';
import type { Agent } from './agent.ts';
import type { AgentConfig } from './config.ts';
import type { OwnTag } from './own-tags.ts';

export interface StatusFacts {
  readonly config: Pick<AgentConfig, 'agentVersion' | 'controllerUrl' | 'zone'>;
  readonly tags: readonly OwnTag[];
  readonly pid: number;
  readonly startedAt: number;
  /** Null while it starts. */
  readonly agent: Pick<Agent, 'identity' | 'underway'> | null;
  readonly isConnected: boolean;
  readonly connectionChangedAt: number;
  readonly hasUnits: boolean;
  readonly groups: readonly HostGroup[];
  readonly lastError: LastError | null;
}

export function describeStatus({ config, tags, pid, startedAt, agent, isConnected, connectionChangedAt, hasUnits, groups, lastError }: StatusFacts): AgentStatus {
  const underway = agent?.underway() ?? null;
  const identity = agent?.identity ?? null;
  return {
    version: config.agentVersion,
    pid,
    startedAt,
    instance: identity === null ? null : { instanceId: identity.instanceId, instanceName: identity.instanceName, controllerId: identity.controllerId },
    controllerUrl: config.controllerUrl ?? identity?.controllerUrl ?? null,
    isConnected,
    connectionChangedAt,
    tags: tags.map((tag) => ({ ...tag })),
    zone: config.zone ?? null,
    hooksRunIn: hasUnits ? 'units' : 'sessions',
    groups: [...groups],
    running: [...(underway?.running ?? [])],
    waitingEvents: underway?.waitingEvents ?? 0,
    unsentReports: underway?.unsentReports ?? 0,
    lastError: lastError === null ? null : { ...lastError },
  };
}

/** One line: who it is, whether it is connected, what runs. */
export function statusLine({ instance, controllerUrl, isConnected, running, waitingEvents }: Pick<AgentStatus, 'instance' | 'controllerUrl' | 'isConnected' | 'running' | 'waitingEvents'>): string {
  if (instance === null) return controllerUrl === null ? 'starting' : `not enrolled yet: asking ${controllerUrl}`;
  const where = isConnected ? `is connected to ${controllerUrl ?? 'its controller'}` : 'is not connected to the controller, trying again';
  const what = running.length === 0 ? 'idle' : `running ${running.map(eventLine).join(', ')}`;
  return `${instance.instanceName} (${instance.instanceId}) ${where}; ${what}${waitingEvents === 0 ? '' : `, ${waitingEvents} waiting`}`;
}

function eventLine({ event, applicationName, deploymentId }: RunningEvent): string {
  return `${event} of ${applicationName} (${deploymentId})`;
}

// What an agent says of itself to whoever asks on its own host: the answer of its local socket, and of
// `fairlead agent status --json`. Instants are milliseconds since 1970.

import Type, { type Static } from 'typebox';
import { InstantType } from './timestamp.ts';

/** A deployment that succeeded on this host. */
export const HostRevision = Type.Object({
  deploymentId: Type.String(),
  /** Where the bundle came from, in CodeDeploy's shape. */
  revision: Type.Record(Type.String(), Type.Unknown()),
  at: InstantType,
});
export type HostRevision = Static<typeof HostRevision>;

export const HostGroup = Type.Object({
  deploymentGroupId: Type.String(),
  applicationName: Type.String(),
  deploymentGroupName: Type.String(),
  current: Type.Union([HostRevision, Type.Null()]),
  /** What was there before; null for none. */
  previous: Type.Union([HostRevision, Type.Null()]),
});
export type HostGroup = Static<typeof HostGroup>;

export const RunningEvent = Type.Object({
  applicationName: Type.String(),
  deploymentGroupName: Type.String(),
  deploymentId: Type.String(),
  event: Type.String(),
  startedAt: InstantType,
});
export type RunningEvent = Static<typeof RunningEvent>;

export const AgentStatus = Type.Object({
  version: Type.String(),
  pid: Type.Integer(),
  startedAt: InstantType,
  /** Null until the host is enrolled. */
  instance: Type.Union([Type.Null(), Type.Object({ instanceId: Type.String(), instanceName: Type.String(), controllerId: Type.String() })]),
  controllerUrl: Type.Union([Type.String(), Type.Null()]),
  isConnected: Type.Boolean(),
  /** Since when it is connected, or is not. */
  connectionChangedAt: InstantType,
  /** Those that the host brings; `from` says who said each. */
  tags: Type.Array(Type.Object({ Key: Type.String(), Value: Type.String(), from: Type.Optional(Type.String()) })),
  zone: Type.Union([Type.String(), Type.Null()]),
  hooksRunIn: Type.Enum(['units', 'sessions'], { type: 'string' }),
  groups: Type.Array(HostGroup),
  running: Type.Array(RunningEvent),
  /** Lifecycle events accepted and not begun. */
  waitingEvents: Type.Integer(),
  /** Reports that the controller has not acknowledged. */
  unsentReports: Type.Integer(),
  /** The last warning or error in the agent's log since its start. */
  lastError: Type.Union([Type.Null(), Type.Object({ at: InstantType, sentence: Type.String() })]),
});
export type AgentStatus = Static<typeof AgentStatus>;

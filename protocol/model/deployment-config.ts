// How many instances must stay healthy while a deployment proceeds, and in which portions it goes through the fleet.

import Type, { type Static } from 'typebox';
import { ComputePlatform } from './application.ts';
import { DeploymentConfigName } from './names.ts';
import { word } from './shape.ts';
import { InstantType } from './timestamp.ts';
import { TrafficRoutingConfig } from './traffic-routing.ts';

export const MinimumHealthyHosts = Type.Object({
  type: Type.Optional(word(['HOST_COUNT', 'FLEET_PERCENT'], 'InvalidMinimumHealthyHostValueException')),
  value: Type.Optional(Type.Integer({ 'x-invalid': 'InvalidMinimumHealthyHostValueException' })),
});
export type MinimumHealthyHosts = Static<typeof MinimumHealthyHosts>;

export const MinimumHealthyHostsPerZone = Type.Object({
  type: Type.Optional(word(['HOST_COUNT', 'FLEET_PERCENT'], 'InvalidZonalDeploymentConfigurationException')),
  value: Type.Optional(Type.Integer()),
});
export type MinimumHealthyHostsPerZone = Static<typeof MinimumHealthyHostsPerZone>;

export const ZonalConfig = Type.Object({
  firstZoneMonitorDurationInSeconds: Type.Optional(Type.Integer()),
  monitorDurationInSeconds: Type.Optional(Type.Integer()),
  minimumHealthyHostsPerZone: Type.Optional(MinimumHealthyHostsPerZone),
});
export type ZonalConfig = Static<typeof ZonalConfig>;

export const RampStep = Type.Object({
  hosts: Type.String({ description: 'How many targets go up to the end of the step, those of the steps before it included: "3", or "5%" of all, rounded up.' }),
  bakeSeconds: Type.Optional(Type.Integer({ description: "How long to watch after the step; the ramp's when absent." })),
  maxFailures: Type.Optional(Type.Integer({ description: 'How many targets of the step may fail. Absent: none, and in the last step as many as the minimum leaves.' })),
});
export type RampStep = Static<typeof RampStep>;

/** Ours: a few targets first, then more; the next step begins when the last has succeeded and was watched. */
export const Ramp = Type.Object({
  steps: Type.Array(RampStep, { description: 'Each wider than the last; the last is "100%".' }),
  bakeSeconds: Type.Optional(Type.Integer({ description: 'How long to watch after each step, the last included; 0 when absent.' })),
});
export type Ramp = Static<typeof Ramp>;

/** As read back: OneAtATime is of a type that nobody may set. */
export const MinimumHealthyHostsInfo = Type.Object({
  type: Type.Optional(word(['HOST_COUNT', 'FLEET_PERCENT', 'MOST_CONCURRENCY'])),
  value: Type.Optional(Type.Integer()),
});
export type MinimumHealthyHostsInfo = Static<typeof MinimumHealthyHostsInfo>;

export const DeploymentConfigInfo = Type.Object({
  deploymentConfigId: Type.String(),
  deploymentConfigName: DeploymentConfigName,
  minimumHealthyHosts: Type.Optional(MinimumHealthyHostsInfo),
  createTime: InstantType,
  computePlatform: ComputePlatform,
  trafficRoutingConfig: Type.Optional(TrafficRoutingConfig),
  zonalConfig: Type.Optional(ZonalConfig),
  ramp: Type.Optional(Ramp),
  requireEveryTarget: Type.Optional(Type.Boolean()),
});
export type DeploymentConfigInfo = Static<typeof DeploymentConfigInfo>;

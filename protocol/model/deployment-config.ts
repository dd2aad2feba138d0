// How many instances must stay healthy while a deployment proceeds.

import Type, { type Static } from 'typebox';
import { ComputePlatform } from './application.ts';
import { DeploymentConfigName } from './names.ts';
import { word } from './shape.ts';
import { InstantType } from './timestamp.ts';

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
  trafficRoutingConfig: Type.Optional(Type.Unknown()),
  zonalConfig: Type.Optional(ZonalConfig),
});
export type DeploymentConfigInfo = Static<typeof DeploymentConfigInfo>;

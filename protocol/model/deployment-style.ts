// In place or blue/green, with or without traffic control.

import Type, { type Static } from 'typebox';
import { word } from './shape.ts';

export const DeploymentType = word(['IN_PLACE', 'BLUE_GREEN'], 'InvalidDeploymentStyleException');
export type DeploymentType = Static<typeof DeploymentType>;

export const DeploymentOption = word(['WITH_TRAFFIC_CONTROL', 'WITHOUT_TRAFFIC_CONTROL'], 'InvalidDeploymentStyleException');
export type DeploymentOption = Static<typeof DeploymentOption>;

export const DeploymentStyle = Type.Object({
  deploymentType: Type.Optional(DeploymentType),
  deploymentOption: Type.Optional(DeploymentOption),
});
export type DeploymentStyle = Static<typeof DeploymentStyle>;

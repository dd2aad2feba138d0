// An application: a name under which revisions, deployment groups and deployments are kept.

import Type, { type Static } from 'typebox';
import { ApplicationName } from './names.ts';
import { word } from './shape.ts';
import { InstantType } from './timestamp.ts';

export const ComputePlatform = word(['Server', 'Lambda', 'ECS'], 'InvalidComputePlatformException');
export type ComputePlatform = Static<typeof ComputePlatform>;

export const ApplicationInfo = Type.Object({
  applicationId: Type.String(),
  applicationName: ApplicationName,
  createTime: InstantType,
  linkedToGitHub: Type.Boolean(),
  gitHubAccountName: Type.Optional(Type.String()),
  computePlatform: ComputePlatform,
});
export type ApplicationInfo = Static<typeof ApplicationInfo>;

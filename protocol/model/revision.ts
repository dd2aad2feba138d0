// Where a bundle comes from. An S3 location in the controller's own bucket is an uploaded bundle.

import Type, { type Static } from 'typebox';
import { DeploymentGroupName, Description } from './names.ts';
import { word } from './shape.ts';
import { InstantType } from './timestamp.ts';

export const BundleType = word(['tar', 'tgz', 'zip', 'YAML', 'JSON'], 'InvalidRevisionException');
export type BundleType = Static<typeof BundleType>;

export const S3Location = Type.Object({
  bucket: Type.Optional(Type.String()),
  key: Type.Optional(Type.String()),
  bundleType: Type.Optional(BundleType),
  version: Type.Optional(Type.String()),
  eTag: Type.Optional(Type.String()),
});
export type S3Location = Static<typeof S3Location>;

export const GitHubLocation = Type.Object({
  repository: Type.Optional(Type.String()),
  commitId: Type.Optional(Type.String()),
});
export type GitHubLocation = Static<typeof GitHubLocation>;

export const RevisionLocationType = word(['S3', 'GitHub', 'String', 'AppSpecContent'], 'InvalidRevisionException');
export type RevisionLocationType = Static<typeof RevisionLocationType>;

export const RevisionLocation = Type.Object({
  revisionType: Type.Optional(RevisionLocationType),
  s3Location: Type.Optional(S3Location),
  gitHubLocation: Type.Optional(GitHubLocation),
  string: Type.Optional(Type.Unknown()),
  appSpecContent: Type.Optional(Type.Unknown()),
});
export type RevisionLocation = Static<typeof RevisionLocation>;

export const GenericRevisionInfo = Type.Object({
  description: Type.Optional(Description),
  deploymentGroups: Type.Optional(Type.Array(DeploymentGroupName)),
  firstUsedTime: Type.Optional(InstantType),
  lastUsedTime: Type.Optional(InstantType),
  registerTime: Type.Optional(InstantType),
});
export type GenericRevisionInfo = Static<typeof GenericRevisionInfo>;

export const RevisionInfo = Type.Object({
  revisionLocation: Type.Optional(RevisionLocation),
  genericRevisionInfo: Type.Optional(GenericRevisionInfo),
});
export type RevisionInfo = Static<typeof RevisionInfo>;

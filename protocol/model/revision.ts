// Where a bundle comes from. An S3 location in the controller's own bucket is an uploaded bundle.

import Type, { type Static } from 'typebox';
import { BundleSignature } from './bundle-signature.ts';
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

/** An extension: any https address, whose bytes the digest pins. */
export const UrlLocation = Type.Object({
  url: Type.Optional(Type.String()),
  sha256: Type.Optional(Type.String({ description: 'SHA-256 of the bundle, in hexadecimal digits.' })),
  bundleType: Type.Optional(BundleType),
});
export type UrlLocation = Static<typeof UrlLocation>;

/** An extension: a commit of a Git repository, or what a ref points to when the deployment is created. */
export const GitLocation = Type.Object({
  url: Type.Optional(Type.String({ description: 'https://… or ssh://… address of the repository.' })),
  ref: Type.Optional(Type.String({ description: 'Branch or tag; exactly one of ref and commitId.' })),
  commitId: Type.Optional(Type.String()),
});
export type GitLocation = Static<typeof GitLocation>;

/** Url and Git are extensions. */
export const RevisionLocationType = word(['S3', 'GitHub', 'String', 'AppSpecContent', 'Url', 'Git'], 'InvalidRevisionException');
export type RevisionLocationType = Static<typeof RevisionLocationType>;

export const RevisionLocation = Type.Object({
  revisionType: Type.Optional(RevisionLocationType),
  s3Location: Type.Optional(S3Location),
  gitHubLocation: Type.Optional(GitHubLocation),
  urlLocation: Type.Optional(UrlLocation),
  gitLocation: Type.Optional(GitLocation),
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
  /** An extension: the owner's signature registered with it. */
  signature: Type.Optional(BundleSignature),
});
export type GenericRevisionInfo = Static<typeof GenericRevisionInfo>;

export const RevisionInfo = Type.Object({
  revisionLocation: Type.Optional(RevisionLocation),
  genericRevisionInfo: Type.Optional(GenericRevisionInfo),
});
export type RevisionInfo = Static<typeof RevisionInfo>;

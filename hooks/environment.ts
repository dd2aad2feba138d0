// The environment of a hook script: what CodeDeploy promises, on top of the little the agent lets through. Pure.

import { attemptVariable } from './supervisor-files.ts';

export type BundleOrigin =
  | { readonly kind: 's3'; readonly bucket: string; readonly key: string; readonly version: string | null; readonly eTag: string | null }
  | { readonly kind: 'github'; readonly commit: string }
  | { readonly kind: 'other' };

export interface EnvironmentFacts {
  /** PATH, HOME, LANG and the like, chosen by the agent. Never its credentials. */
  readonly base: Readonly<Record<string, string>>;
  readonly lifecycleEvent: string;
  readonly deploymentId: string;
  readonly applicationName: string;
  readonly deploymentGroupName: string;
  readonly deploymentGroupId: string;
  readonly origin: BundleOrigin;
  /** The agent's folder for deployments. */
  readonly root: string;
  readonly attempt: string;
}

/** Variables by name. What the origin does not know (a version, an ETag) is unset, not empty. */
export function buildEnvironment(facts: EnvironmentFacts): Readonly<Record<string, string>> {
  return {
    ...facts.base,
    LIFECYCLE_EVENT: facts.lifecycleEvent,
    DEPLOYMENT_ID: facts.deploymentId,
    APPLICATION_NAME: facts.applicationName,
    DEPLOYMENT_GROUP_NAME: facts.deploymentGroupName,
    DEPLOYMENT_GROUP_ID: facts.deploymentGroupId,
    ...originVariables(facts.origin),
    FAIRLEAD_ROOT: facts.root,
    [attemptVariable]: facts.attempt,
  };
}

function originVariables(origin: BundleOrigin): Readonly<Record<string, string>> {
  switch (origin.kind) {
    case 's3':
      return {
        BUNDLE_BUCKET: origin.bucket,
        BUNDLE_KEY: origin.key,
        ...(origin.version === null ? {} : { BUNDLE_VERSION: origin.version }),
        ...(origin.eTag === null ? {} : { BUNDLE_ETAG: origin.eTag }),
      };
    case 'github':
      return { BUNDLE_COMMIT: origin.commit };
    case 'other':
      return {};
    default:
      return origin satisfies never;
  }
}

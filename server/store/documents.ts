// The JSON documents kept in text columns: typed here, checked when read. Never queried into.

import Type, { type Static, type TSchema } from 'typebox';
import Value from 'typebox/value';
import { AlarmConfiguration } from '../../protocol/model/alarm.ts';
import { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import { ApplicationStopPolicy } from '../../protocol/model/deployment-group.ts';
import { BlueGreenDeploymentConfiguration } from '../../protocol/model/blue-green.ts';
import { ErrorInformation, FileExistsBehavior } from '../../protocol/model/deployment.ts';
import { MinimumHealthyHosts, ZonalConfig } from '../../protocol/model/deployment-config.ts';
import { DeploymentStyle } from '../../protocol/model/deployment-style.ts';
import { Diagnostics, LifecycleEventStatus } from '../../protocol/model/lifecycle-event.ts';
import { LoadBalancerInfo } from '../../protocol/model/load-balancer.ts';
import { RevisionLocation } from '../../protocol/model/revision.ts';
import { AutoRollbackConfiguration, RollbackInfo } from '../../protocol/model/rollback.ts';
import { EC2TagFilter, EC2TagSet, OnPremisesTagSet, TagFilter } from '../../protocol/model/tag-filter.ts';
import { Tag } from '../../protocol/model/tag.ts';
import { TriggerConfig } from '../../protocol/model/trigger.ts';

/** The members of a deployment group that callers set and read back. Defaults are materialised when it is created. */
export const DeploymentGroupDocument = Type.Object({
  deploymentConfigName: Type.String(),
  serviceRoleArn: Type.String(),
  ec2TagFilters: Type.Optional(Type.Array(EC2TagFilter)),
  ec2TagSet: Type.Optional(EC2TagSet),
  onPremisesInstanceTagFilters: Type.Optional(Type.Array(TagFilter)),
  onPremisesTagSet: Type.Optional(OnPremisesTagSet),
  autoScalingGroups: Type.Array(Type.String()),
  triggerConfigurations: Type.Array(TriggerConfig),
  alarmConfiguration: Type.Optional(AlarmConfiguration),
  autoRollbackConfiguration: AutoRollbackConfiguration,
  outdatedInstancesStrategy: Type.String(),
  deploymentStyle: DeploymentStyle,
  blueGreenDeploymentConfiguration: Type.Optional(BlueGreenDeploymentConfiguration),
  loadBalancerInfo: Type.Optional(LoadBalancerInfo),
  terminationHookEnabled: Type.Boolean(),
  applicationStopPolicy: Type.Optional(ApplicationStopPolicy),
  /** Resource tags: not part of GetDeploymentGroup. */
  tags: Type.Array(Tag),
});
export type DeploymentGroupDocument = Static<typeof DeploymentGroupDocument>;

export const DeploymentConfigDocument = Type.Object({
  minimumHealthyHosts: Type.Optional(MinimumHealthyHosts),
  zonalConfig: Type.Optional(ZonalConfig),
});
export type DeploymentConfigDocument = Static<typeof DeploymentConfigDocument>;

/** What is frozen when a deployment is created, and what is learnt of it beside its columns. */
export const DeploymentDocument = Type.Object({
  revision: RevisionLocation,
  /** Canonical key of the revision, as in revisions.location_key. */
  locationKey: Type.String(),
  /** The bundle, resolved once; null when it could not be (then `defect` says why). */
  bundle: Type.Union([
    Type.Object({ sha256: Type.String(), size: Type.Number(), bundleType: Type.Enum(['tar', 'tgz', 'zip'], { type: 'string' }), signature: Type.Optional(BundleSignature) }),
    Type.Null(),
  ]),
  previousRevision: Type.Optional(RevisionLocation),
  deploymentConfigName: Type.String(),
  description: Type.String(),
  ignoreApplicationStopFailures: Type.Boolean(),
  /** Frozen from the group. */
  usesNewApplicationStop: Type.Optional(Type.Boolean()),
  updateOutdatedInstancesOnly: Type.Boolean(),
  fileExistsBehavior: FileExistsBehavior,
  /** RESTART: the instances take the bundle from where they kept it. Absent: DEPLOY. */
  deploymentMode: Type.Optional(Type.Enum(['DEPLOY', 'RESTART'], { type: 'string' })),
  autoRollbackConfiguration: AutoRollbackConfiguration,
  overrideAlarmConfiguration: Type.Optional(AlarmConfiguration),
  deploymentStyle: DeploymentStyle,
  rollbackInfo: RollbackInfo,
  errorInformation: Type.Optional(ErrorInformation),
  defect: Type.Union([ErrorInformation, Type.Null()]),
  /** What the caller should know although nothing failed: shown as deploymentStatusMessages. */
  statusMessages: Type.Optional(Type.Array(Type.String())),
});
export type DeploymentDocument = Static<typeof DeploymentDocument>;

export const StoredEvent = Type.Object({
  name: Type.String(),
  status: LifecycleEventStatus,
  attemptId: Type.Union([Type.String(), Type.Null()]),
  commandedAt: Type.Union([Type.Number(), Type.Null()]),
  startedAt: Type.Union([Type.Number(), Type.Null()]),
  endedAt: Type.Union([Type.Number(), Type.Null()]),
  diagnostics: Type.Union([Diagnostics, Type.Null()]),
  /** Why the server gave the event up; null or absent when the agent reported its end. */
  givenUp: Type.Optional(Type.Union([Type.Enum(['AgentNotHeard', 'EventTimeout', 'DeploymentTimeout', 'OnceFailedElsewhere', 'StoppedUntaken'], { type: 'string' }), Type.Null()])),
  /** Of DownloadBundle: the events of the AppSpec with scripts that run on one target only, as the agent read them. */
  onceEvents: Type.Optional(Type.Array(Type.String())),
  /** Commanded without those scripts. */
  skipsOnce: Type.Optional(Type.Boolean()),
  warnings: Type.Array(Type.String()),
});
export type StoredEvent = Static<typeof StoredEvent>;
export const StoredEvents = Type.Array(StoredEvent);
export type StoredEvents = Static<typeof StoredEvents>;

export const Tags = Type.Array(Type.Object({ Key: Type.String(), Value: Type.String() }));
export type Tags = Static<typeof Tags>;

/** Parses and checks a document read from `where`. A document that does not fit is a defect of ours: thrown. */
export function readDocument<S extends TSchema>(schema: S, text: string, where: string): Static<S> {
  const value: unknown = JSON.parse(text);
  if (!Value.Check(schema, value)) {
    const first = Value.Errors(schema, value)[0];
    throw new Error(`${where} holds a document that does not fit: ${first?.instancePath ?? ''} ${first?.message ?? ''}`);
  }
  return value as Static<S>;
}

/** Checks and serialises a document on its way into `where`. */
export function writeDocument<S extends TSchema>(schema: S, value: Static<S>, where: string): string {
  if (!Value.Check(schema, value)) {
    const first = Value.Errors(schema, value)[0];
    throw new Error(`${where} would hold a document that does not fit: ${first?.instancePath ?? ''} ${first?.message ?? ''}`);
  }
  return JSON.stringify(value);
}

// The JSON documents kept in text columns: typed here, checked when read. Never queried into.

import Type, { type Static, type TSchema } from 'typebox';
import Compile from 'typebox/compile';
import Value from 'typebox/value';
import { AlarmConfiguration } from '../../protocol/model/alarm.ts';
import { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import { ActiveDeploymentPolicy, ApplicationStopPolicy, ConvergenceSettings, GroupTimeouts, TargetOrder } from '../../protocol/model/deployment-group.ts';
import { Approval, ApprovalPolicy } from '../../protocol/model/approval.ts';
import { CalendarOverride, DeploymentWindow } from '../../protocol/model/calendar.ts';
import { BlueGreenDeploymentConfiguration, DeploymentReadyAction } from '../../protocol/model/blue-green.ts';
import { ErrorInformation, FileExistsBehavior } from '../../protocol/model/deployment.ts';
import { MinimumHealthyHosts, Ramp, ZonalConfig } from '../../protocol/model/deployment-config.ts';
import { DeploymentStyle } from '../../protocol/model/deployment-style.ts';
import { Diagnostics, LifecycleEventStatus } from '../../protocol/model/lifecycle-event.ts';
import { FailureDecision, GuidedFailureSettings } from '../../protocol/model/guided-failure.ts';
import { LoadBalancerInfo } from '../../protocol/model/load-balancer.ts';
import { Parameter } from '../../protocol/model/parameter.ts';
import { RevisionLocation } from '../../protocol/model/revision.ts';
import { AutoRollbackConfiguration, RollbackInfo } from '../../protocol/model/rollback.ts';
import { EC2TagFilter, EC2TagSet, OnPremisesTagSet, TagFilter } from '../../protocol/model/tag-filter.ts';
import { TargetInstances } from '../../protocol/model/target-instances.ts';
import { Tag } from '../../protocol/model/tag.ts';
import { TrafficSettings } from '../../protocol/model/traffic.ts';
import { TrafficRoutingConfig } from '../../protocol/model/traffic-routing.ts';
import { TriggerConfig } from '../../protocol/model/trigger.ts';
import { giveUpCauses } from '../planner/snapshot.ts';

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
  traffic: Type.Optional(TrafficSettings),
  terminationHookEnabled: Type.Boolean(),
  applicationStopPolicy: Type.Optional(ApplicationStopPolicy),
  zoneTagKey: Type.Optional(Type.String()),
  targetOrder: Type.Optional(Type.Array(TargetOrder)),
  timeouts: Type.Optional(GroupTimeouts),
  fileExistsBehavior: Type.Optional(FileExistsBehavior),
  parameters: Type.Optional(Type.Array(Parameter)),
  activeDeploymentPolicy: Type.Optional(ActiveDeploymentPolicy),
  approval: Type.Optional(ApprovalPolicy),
  deploymentWindows: Type.Optional(Type.Array(DeploymentWindow)),
  convergence: Type.Optional(ConvergenceSettings),
  guidedFailure: Type.Optional(GuidedFailureSettings),
  /** Resource tags: not part of GetDeploymentGroup. */
  tags: Type.Array(Tag),
});
export type DeploymentGroupDocument = Static<typeof DeploymentGroupDocument>;

export const DeploymentConfigDocument = Type.Object({
  minimumHealthyHosts: Type.Optional(MinimumHealthyHosts),
  zonalConfig: Type.Optional(ZonalConfig),
  ramp: Type.Optional(Ramp),
  trafficRoutingConfig: Type.Optional(TrafficRoutingConfig),
  requireEveryTarget: Type.Optional(Type.Boolean()),
});
export type DeploymentConfigDocument = Static<typeof DeploymentConfigDocument>;

const StoredStage = Type.Object({
  kind: Type.Enum(['zone', 'step'], { type: 'string' }),
  name: Type.String(),
  minimumHealthyHosts: Type.Union([Type.Number(), Type.Null()]),
  mayFail: Type.Union([Type.Number(), Type.Null()]),
  bakeMs: Type.Number(),
});

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
  /** The owner's word for a bundle that is still to be fetched, given with the deployment or the registration. */
  signature: Type.Optional(BundleSignature),
  previousRevision: Type.Optional(RevisionLocation),
  deploymentConfigName: Type.String(),
  description: Type.String(),
  ignoreApplicationStopFailures: Type.Boolean(),
  /** Frozen from the group. */
  usesNewApplicationStop: Type.Optional(Type.Boolean()),
  /** Zones or steps, frozen; and which of them has its turn. Absent: the fleet is gone through as one. */
  pace: Type.Optional(
    Type.Object({
      stages: Type.Array(StoredStage),
      mayFail: Type.Union([Type.Number(), Type.Null()]),
      open: Type.Number(),
      baking: Type.Union([Type.Object({ since: Type.Number(), until: Type.Number() }), Type.Null()]),
    }),
  ),
  /** Frozen from the group, in milliseconds. */
  timeouts: Type.Optional(Type.Object({ eventStartMs: Type.Optional(Type.Number()), eventMs: Type.Optional(Type.Number()), silenceMs: Type.Optional(Type.Number()) })),
  /** How long a failed target waits for a decision; absent: it fails at once. Frozen from the group. */
  decideWithinMs: Type.Optional(Type.Number()),
  updateOutdatedInstancesOnly: Type.Boolean(),
  fileExistsBehavior: FileExistsBehavior,
  /** RESTART: the instances take the bundle from where they kept it. Absent: DEPLOY. */
  deploymentMode: Type.Optional(Type.Enum(['DEPLOY', 'RESTART'], { type: 'string' })),
  autoRollbackConfiguration: AutoRollbackConfiguration,
  overrideAlarmConfiguration: Type.Optional(AlarmConfiguration),
  /** Of the alarms that are watched (rows of their own); frozen. Absent: none are. */
  alarms: Type.Optional(Type.Object({ ignoresPollFailure: Type.Boolean(), bakeMs: Type.Number() })),
  alarmStop: Type.Optional(Type.Object({ at: Type.Number(), alarms: Type.Array(Type.String()), message: Type.String() })),
  notedAlarms: Type.Optional(Type.Array(Type.String())),
  alarmBakeUntil: Type.Optional(Type.Number()),
  /** Frozen from the group. Absent: none. */
  triggers: Type.Optional(Type.Array(TriggerConfig)),
  deploymentStyle: DeploymentStyle,
  /** Frozen from the group, in milliseconds. Absent: no traffic is moved. */
  traffic: Type.Optional(
    Type.Object({
      routers: Type.Array(Type.Object({ name: Type.String(), list: Type.String() })),
      drainMs: Type.Number(),
      onDrainTimeout: Type.Enum(['FAIL', 'FORCE'], { type: 'string' }),
      forceMs: Type.Number(),
      serveMs: Type.Number(),
      minHealthyMs: Type.Number(),
    }),
  ),
  /** From one fleet to another: what was chosen, and how far it is. Absent: in place. */
  blueGreen: Type.Optional(
    Type.Object({
      direction: Type.Enum(['forward', 'back'], { type: 'string' }),
      readyAction: DeploymentReadyAction,
      readyWaitMs: Type.Number(),
      terminationWaitMs: Type.Number(),
      releases: Type.Boolean(),
      /** Ids of the instances that were the group; absent: those selected by tag. */
      formerMembers: Type.Optional(Type.Array(Type.String())),
      /** Who takes instances away that are let go; absent: nobody. */
      fleetProvider: Type.Optional(Type.String()),
      readyAt: Type.Optional(Type.Number()),
      continuedAt: Type.Optional(Type.Number()),
      movedAt: Type.Optional(Type.Number()),
      terminationSkippedAt: Type.Optional(Type.Number()),
      /** By shares; absent: at once. */
      trafficSteps: Type.Optional(Type.Array(Type.Object({ share: Type.Number(), bakeMs: Type.Number() }))),
      shift: Type.Optional(Type.Object({ step: Type.Number(), askedAt: Type.Number(), seenAt: Type.Union([Type.Number(), Type.Null()]) })),
      returning: Type.Optional(Type.Object({ at: Type.Number(), status: Type.Enum(['Failed', 'Stopped'], { type: 'string' }), error: ErrorInformation })),
    }),
  ),
  /** Its replacement instances are made for it: who is asked, and how far that is. Absent: they are there. */
  provisioning: Type.Optional(
    Type.Object({
      fleetProvider: Type.String(),
      waitMs: Type.Number(),
      /** As many as there are originals where it is absent. */
      instanceCount: Type.Optional(Type.Number()),
      /** The next four from when it was asked. */
      requestId: Type.Optional(Type.String()),
      wanted: Type.Optional(Type.Number()),
      askedAt: Type.Optional(Type.Number()),
      until: Type.Optional(Type.Number()),
      /** When they became targets. */
      providedAt: Type.Optional(Type.Number()),
    }),
  ),
  /** These three as they were given, to be shown. */
  targetInstances: Type.Optional(TargetInstances),
  blueGreenDeploymentConfiguration: Type.Optional(BlueGreenDeploymentConfiguration),
  loadBalancerInfo: Type.Optional(LoadBalancerInfo),
  rollbackInfo: RollbackInfo,
  errorInformation: Type.Optional(ErrorInformation),
  defect: Type.Union([ErrorInformation, Type.Null()]),
  /** The group's, as they were when it was created. */
  parameters: Type.Optional(Type.Array(Parameter)),
  /** Epoch milliseconds; absent: at once. */
  scheduledAt: Type.Optional(Type.Number()),
  approval: Type.Optional(Approval),
  /** Windows and freezes do not hold it: somebody said so, and why. */
  calendarOverride: Type.Optional(CalendarOverride),
  /** The deployment that stops this one. */
  supersededBy: Type.Optional(Type.String()),
  /** What the caller should know although nothing failed: shown as deploymentStatusMessages. */
  statusMessages: Type.Optional(Type.Array(Type.String())),
});
export type DeploymentDocument = Static<typeof DeploymentDocument>;

const StoredHold = Type.Object({
  since: Type.Number(),
  until: Type.Number(),
  decision: Type.Union([FailureDecision, Type.Null()]),
  decidedAt: Type.Optional(Type.Number()),
  decidedBy: Type.Optional(Type.String()),
  comment: Type.Optional(Type.String()),
});

const EarlierStoredAttempt = Type.Object({
  /** Null where the agent was never told. */
  attemptId: Type.Union([Type.String(), Type.Null()]),
  startedAt: Type.Union([Type.Number(), Type.Null()]),
  endedAt: Type.Union([Type.Number(), Type.Null()]),
  message: Type.String(),
  decidedBy: Type.Optional(Type.String()),
  comment: Type.Optional(Type.String()),
});

export const StoredEvent = Type.Object({
  name: Type.String(),
  status: LifecycleEventStatus,
  attemptId: Type.Union([Type.String(), Type.Null()]),
  commandedAt: Type.Union([Type.Number(), Type.Null()]),
  startedAt: Type.Union([Type.Number(), Type.Null()]),
  endedAt: Type.Union([Type.Number(), Type.Null()]),
  diagnostics: Type.Union([Diagnostics, Type.Null()]),
  /** Why the server gave the event up; null or absent when the agent reported its end. */
  givenUp: Type.Optional(Type.Union([Type.Enum([...giveUpCauses], { type: 'string' }), Type.Null()])),
  /** Of DownloadBundle: the events of the AppSpec with scripts that run on one target only, as the agent read them. */
  onceEvents: Type.Optional(Type.Array(Type.String())),
  /** Commanded without those scripts. */
  skipsOnce: Type.Optional(Type.Boolean()),
  warnings: Type.Array(Type.String()),
  /** An operator is, or was, asked about its failure. */
  held: Type.Optional(StoredHold),
  /** Attempts that failed and were followed by another, oldest first. */
  earlier: Type.Optional(Type.Array(EarlierStoredAttempt)),
});
export type StoredEvent = Static<typeof StoredEvent>;
export const StoredEvents = Type.Array(StoredEvent);
export type StoredEvents = Static<typeof StoredEvents>;

export const Tags = Type.Array(Type.Object({ Key: Type.String(), Value: Type.String() }));
export type Tags = Static<typeof Tags>;

/** Parses and checks a document read from `where`. A document that does not fit is a defect of ours: thrown. */
export function readDocument<S extends TSchema>(schema: S, text: string, where: string): Static<S> {
  const value: unknown = JSON.parse(text);
  if (!fits(schema, value)) {
    const first = Value.Errors(schema, value)[0];
    throw new Error(`${where} holds a document that does not fit: ${first?.instancePath ?? ''} ${first?.message ?? ''}`);
  }
  return value as Static<S>;
}

/** Checks and serialises a document on its way into `where`. */
export function writeDocument<S extends TSchema>(schema: S, value: Static<S>, where: string): string {
  if (!fits(schema, value)) {
    const first = Value.Errors(schema, value)[0];
    throw new Error(`${where} would hold a document that does not fit: ${first?.instancePath ?? ''} ${first?.message ?? ''}`);
  }
  return JSON.stringify(value);
}

/** Every load of a snapshot reads many of these, so that each schema is compiled once. */
const compiled = new WeakMap<TSchema, { Check(value: unknown): boolean }>();

function fits(schema: TSchema, value: unknown): boolean {
  let validator = compiled.get(schema);
  if (validator === undefined) compiled.set(schema, (validator = Compile(schema)));
  return validator.Check(value);
}

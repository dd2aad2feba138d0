// Writes a new deployment: everything the planner will go by is decided here and frozen (the bundle's digest, the
// targets in their drawn order, the minimum as a number). What is wrong with it becomes a defect, not an error: the
// answer is an id, and the deployment ends with a reason. User's deployments and rollbacks come through the same door.

import { newDeploymentId, uuid } from '../../protocol/model/names.ts';
import type { AlarmConfiguration } from '../../protocol/model/alarm.ts';
import type { ErrorInformation, FileExistsBehavior } from '../../protocol/model/deployment.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import type { AutoRollbackConfiguration, RollbackInfo } from '../../protocol/model/rollback.ts';
import type { Random } from '../../world/random.ts';
import { minimumHealthyHosts } from '../planner/healthy-hosts.ts';
import { locationKey } from '../revisions/location.ts';
import type { ResolvedRevision } from '../revisions/registry.ts';
import { findDeploymentGroupById, noteAttempted } from '../store/deployment-groups.ts';
import { findDeployment, insertDeployment } from '../store/deployments.ts';
import { DeploymentDocument, DeploymentGroupDocument, readDocument, writeDocument } from '../store/documents.ts';
import { defaultConfigName, findMinimumRule } from '../store/predefined-configs.ts';
import { findRevision, insertRevision, noteRevisionUsed } from '../store/revisions.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentGroupsTable } from '../store/tables.ts';
import { insertTargets } from '../store/targets.ts';
import { findMembers, type Member } from './members.ts';

export type NewDeployment =
  | {
      readonly kind: 'user';
      readonly applicationName: string;
      readonly group: DeploymentGroupsTable;
      /** Canonical. */
      readonly revision: RevisionLocation;
      readonly resolved: ResolvedRevision;
      /** The deployment whose revision is started again from the copies on the instances; null to deploy as usual. */
      readonly restartOf: string | null;
      /** These three: null takes the group's, or the default. */
      readonly deploymentConfigName: string | null;
      readonly autoRollbackConfiguration: AutoRollbackConfiguration | null;
      readonly overrideAlarmConfiguration: AlarmConfiguration | null;
      readonly description: string;
      readonly ignoreApplicationStopFailures: boolean;
      readonly updateOutdatedInstancesOnly: boolean;
      readonly fileExistsBehavior: FileExistsBehavior;
    }
  | {
      /** Deploys again what `ofDeploymentId` deployed, because `triggeringDeploymentId` went wrong. */
      readonly kind: 'rollback';
      readonly ofDeploymentId: string;
      readonly triggeringDeploymentId: string;
    };

export interface Chance {
  readonly now: number;
  readonly random: Random;
}

/** What differs between the two kinds, once looked up. */
interface Draft {
  readonly applicationName: string;
  readonly group: DeploymentGroupsTable;
  readonly groupDocument: DeploymentGroupDocument;
  readonly creator: 'user' | 'codeDeployRollback';
  readonly revision: RevisionLocation;
  readonly resolved: ResolvedRevision;
  readonly restartOf: string | null;
  /** Tried in this order until one exists. */
  readonly configNames: readonly string[];
  readonly autoRollback: AutoRollbackConfiguration;
  readonly alarms: AlarmConfiguration | null;
  readonly description: string;
  readonly ignoreApplicationStopFailures: boolean;
  readonly onlyOutdated: boolean;
  readonly fileExistsBehavior: FileExistsBehavior;
  readonly rollbackInfo: RollbackInfo;
}

/**
 * Writes the deployment, its targets and its traces (revision, group) in the caller's transaction; returns its id. The
 * caller wakes it after the commit, and notes a rollback in the deployment that triggered it. Whether the group already
 * has an active deployment is the caller's to ask.
 */
export async function newDeployment(tx: Database, request: NewDeployment, { now, random }: Chance): Promise<string> {
  const deploymentId = await freeDeploymentId(tx, random);
  const draft = request.kind === 'user' ? draftForUser(request) : await draftForRollback(tx, deploymentId, request);
  const { group, groupDocument } = draft;
  const key = locationKey(draft.revision);
  const { members, hint } = await findMembers(tx, group.group_id, groupDocument, key, draft.onlyOutdated);
  const config = await chooseConfig(tx, draft.configNames, members.length);
  const document: DeploymentDocument = {
    revision: draft.revision,
    locationKey: key,
    bundle: draft.resolved.kind === 'bundle' ? draft.resolved.bundle : null,
    ...(group.target_revision === null ? {} : { previousRevision: JSON.parse(group.target_revision) as RevisionLocation }),
    deploymentConfigName: config.name,
    description: draft.description,
    ignoreApplicationStopFailures: draft.ignoreApplicationStopFailures || groupDocument.applicationStopPolicy === 'IGNORE',
    ...(groupDocument.applicationStopPolicy === 'USE_NEW_REVISION' ? { usesNewApplicationStop: true } : {}),
    updateOutdatedInstancesOnly: draft.onlyOutdated,
    fileExistsBehavior: draft.fileExistsBehavior,
    ...(draft.restartOf === null ? {} : { deploymentMode: 'RESTART' as const }),
    autoRollbackConfiguration: draft.autoRollback,
    ...(draft.alarms === null ? {} : { overrideAlarmConfiguration: draft.alarms }),
    deploymentStyle: groupDocument.deploymentStyle,
    rollbackInfo: draft.rollbackInfo,
    defect: findDefect(groupDocument, draft.resolved, hint),
    statusMessages: [...(draft.restartOf === null ? [] : [`This deployment starts the revision of ${draft.restartOf} again, from the copy on each instance.`]), ...cautions(groupDocument, draft.alarms)],
  };
  await insertDeployment(tx, {
    deployment_id: deploymentId,
    application_id: group.application_id,
    group_id: group.group_id,
    application_name: draft.applicationName,
    group_name: group.name,
    status: 'Created',
    creator: draft.creator,
    created_at: now,
    started_at: null,
    completed_at: null,
    minimum_healthy_hosts: config.minimum,
    stop_requested_at: null,
    stop_rollback: null,
    wake_at: now,
    version: 0,
    document: writeDocument(DeploymentDocument, document, `deployment ${deploymentId}`),
  });
  await freezeTargets(tx, deploymentId, members, { now, random });
  await noteRevision(tx, group.application_id, draft.revision, deploymentId, { now, random });
  await noteAttempted(tx, group.group_id, deploymentId);
  return deploymentId;
}

async function freeDeploymentId(tx: Database, random: Random): Promise<string> {
  for (;;) {
    const deploymentId = newDeploymentId((n) => random.below(n));
    if ((await findDeployment(tx, deploymentId)) === null) return deploymentId;
  }
}

function draftForUser(request: Extract<NewDeployment, { kind: 'user' }>): Draft {
  const groupDocument = readGroup(request.group);
  const ownConfig = request.deploymentConfigName === null ? [] : [request.deploymentConfigName];
  return {
    applicationName: request.applicationName,
    group: request.group,
    groupDocument,
    creator: 'user',
    revision: request.revision,
    resolved: request.resolved,
    restartOf: request.restartOf,
    configNames: [...ownConfig, groupDocument.deploymentConfigName, defaultConfigName],
    autoRollback: request.autoRollbackConfiguration ?? groupDocument.autoRollbackConfiguration,
    alarms: request.overrideAlarmConfiguration,
    description: request.description,
    ignoreApplicationStopFailures: request.ignoreApplicationStopFailures,
    onlyOutdated: request.updateOutdatedInstancesOnly,
    fileExistsBehavior: request.fileExistsBehavior,
    rollbackInfo: {},
  };
}

/**
 * The revision and the file-exists behaviour come from the deployment gone back to; the pace and what is forgiven from
 * the one that went wrong, whose operator chose them for this fleet as it is now. A rollback is never rolled back.
 */
async function draftForRollback(tx: Database, deploymentId: string, request: Extract<NewDeployment, { kind: 'rollback' }>): Promise<Draft> {
  const of = await findDeployment(tx, request.ofDeploymentId);
  const triggering = await findDeployment(tx, request.triggeringDeploymentId);
  const group = triggering === null ? null : await findDeploymentGroupById(tx, triggering.group_id);
  if (of === null || triggering === null || group === null) {
    throw new Error(`Deployment ${request.triggeringDeploymentId} cannot be rolled back to ${request.ofDeploymentId}: one of them or their group is gone.`);
  }
  const old = readDocument(DeploymentDocument, of.document, `deployment ${of.deployment_id}`);
  const failed = readDocument(DeploymentDocument, triggering.document, `deployment ${triggering.deployment_id}`);
  const groupDocument = readGroup(group);
  return {
    applicationName: triggering.application_name,
    group,
    groupDocument,
    creator: 'codeDeployRollback',
    revision: old.revision,
    resolved:
      old.bundle === null
        ? { kind: 'defect', defect: { code: 'REVISION_MISSING', message: `Deployment ${of.deployment_id} had no bundle to go back to.` } }
        : { kind: 'bundle', bundle: old.bundle },
    restartOf: null,
    configNames: [failed.deploymentConfigName, groupDocument.deploymentConfigName, defaultConfigName],
    autoRollback: { enabled: false },
    alarms: null,
    description: '',
    ignoreApplicationStopFailures: failed.ignoreApplicationStopFailures,
    onlyOutdated: false,
    fileExistsBehavior: old.fileExistsBehavior,
    rollbackInfo: {
      rollbackTriggeringDeploymentId: triggering.deployment_id,
      rollbackMessage: `Deployment ${deploymentId} is triggered to roll back deployment ${triggering.deployment_id}.`,
    },
  };
}

function readGroup(group: DeploymentGroupsTable): DeploymentGroupDocument {
  return readDocument(DeploymentGroupDocument, group.document, `deployment group ${group.group_id}`);
}

/** The first config that exists; a custom one may have been deleted since it was chosen. */
async function chooseConfig(tx: Database, names: readonly string[], fleetSize: number): Promise<{ readonly name: string; readonly minimum: number }> {
  for (const name of names) {
    const rule = await findMinimumRule(tx, name);
    if (rule !== null) return { name, minimum: minimumHealthyHosts(rule, fleetSize) };
  }
  throw new Error(`None of the deployment configs ${names.join(', ')} exists.`);
}

function findDefect(group: DeploymentGroupDocument, resolved: ResolvedRevision, hint: string | null): ErrorInformation | null {
  const traffic = findTrafficDefect(group);
  if (traffic !== null) return traffic;
  if (resolved.kind === 'defect') return resolved.defect;
  return hint === null ? null : { code: 'NO_INSTANCES', message: hint };
}

/** Groups that move traffic can be kept and read back, but nothing here moves traffic yet: better to fail than to pretend. */
function findTrafficDefect(group: DeploymentGroupDocument): ErrorInformation | null {
  const { deploymentType, deploymentOption } = group.deploymentStyle;
  const isBlueGreen = deploymentType === 'BLUE_GREEN';
  if (isBlueGreen && group.blueGreenDeploymentConfiguration === undefined) {
    return { code: 'MISSING_BLUE_GREEN_DEPLOYMENT_CONFIGURATION', message: 'The group deploys blue/green, but has no blueGreenDeploymentConfiguration.' };
  }
  if (!isBlueGreen && deploymentOption !== 'WITH_TRAFFIC_CONTROL') return null;
  if (group.loadBalancerInfo === undefined) {
    return { code: 'MISSING_ELB_INFORMATION', message: 'The group deploys with traffic control, but has no loadBalancerInfo.' };
  }
  return {
    code: 'ELASTIC_LOAD_BALANCING_INVALID',
    message: `${isBlueGreen ? 'Blue/green deployments are' : 'Traffic control is'} not supported yet: this controller cannot reach a load balancer. Set the group's deploymentStyle to IN_PLACE and WITHOUT_TRAFFIC_CONTROL to deploy to it.`,
  };
}

/** What the group asks for and this controller does not do yet. Said with the deployment rather than kept silent. */
function cautions(group: DeploymentGroupDocument, override: AlarmConfiguration | null): string[] {
  const said: string[] = [];
  if ((override ?? group.alarmConfiguration)?.enabled === true) {
    said.push('Alarms are not watched yet: this deployment does not stop when one of its alarms is active.');
  }
  if (group.triggerConfigurations.length > 0) said.push('Triggers are not sent yet: nobody is notified of this deployment.');
  if (group.autoScalingGroups.length > 0) said.push('Instances of Auto Scaling groups are not looked up yet: only those selected by tag are deployed to.');
  return said;
}

async function freezeTargets(tx: Database, deploymentId: string, members: readonly Member[], { now, random }: Chance): Promise<void> {
  const lots = shuffledLots(members.length, random);
  await insertTargets(
    tx,
    members.map(({ instance, standing }, index) => ({
      deployment_id: deploymentId,
      target_id: instance.name,
      instance_id: instance.instance_id,
      arn: instance.arn,
      status: 'Pending',
      standing,
      lot: lots[index]!,
      generation: 0,
      events: '[]',
      last_updated_at: now,
    })),
  );
}

/** 0 to count - 1 in random order (Fisher and Yates). */
function shuffledLots(count: number, random: Random): readonly number[] {
  const lots = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    const other = random.below(last + 1);
    [lots[last], lots[other]] = [lots[other]!, lots[last]!];
  }
  return lots;
}

/** A location not registered before is registered by being deployed. */
async function noteRevision(tx: Database, applicationId: string, revision: RevisionLocation, deploymentId: string, { now, random }: Chance): Promise<void> {
  const found = await findRevision(tx, applicationId, locationKey(revision));
  const revisionId = found?.revision_id ?? uuid(random.bytes(16));
  if (found === null) {
    await insertRevision(tx, {
      revision_id: revisionId,
      application_id: applicationId,
      location_key: locationKey(revision),
      location: JSON.stringify(revision),
      s3_bucket: revision.s3Location?.bucket ?? null,
      s3_key: revision.s3Location?.key ?? null,
      description: `Application revision registered by Deployment ID: ${deploymentId}`,
      registered_at: now,
      first_used_at: null,
      last_used_at: null,
    });
  }
  await noteRevisionUsed(tx, revisionId, now);
}

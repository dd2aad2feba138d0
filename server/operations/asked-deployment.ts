// What the input of CreateDeployment or PlanDeployment asks for: checked in the order that gives the helpful error first, then
// looked up. What is wrong with the content (no instances, no such bundle) is no refusal: it shows in the deployment.

import { Failure } from '../../protocol/errors.ts';
import type { TargetInstances } from '../../protocol/model/deployment.ts';
import { matchesFilter } from '../../protocol/model/tag-match.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import type { TagFilter } from '../../protocol/model/tag-filter.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import type { UserDeployment } from '../deployer/draft-for-user.ts';
import { canonicalLocation } from '../revisions/location.ts';
import { registeredSignature } from '../revisions/registered-signature.ts';
import { resolveRevision } from '../revisions/registry.ts';
import { requireUseful, signedBundle } from '../revisions/signature.ts';
import { findDeployment } from '../store/deployments.ts';
import { DeploymentDocument, DeploymentGroupDocument, readDocument } from '../store/documents.ts';
import { effectiveTags, listLiveInstances } from '../store/instances.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentGroupsTable } from '../store/tables.ts';
import { alarmConfiguration } from './alarms.ts';
import { autoRollbackConfiguration } from './auto-rollback.ts';
import { checkAutoScalingGroups } from './auto-scaling-groups.ts';
import { requireApplication, requireConfig, requireGroup } from './lookup.ts';
import type { Services } from './services.ts';

export interface AskedDeployment {
  /** In the transaction in which it is frozen. */
  readonly lookUp: (tx: Database) => Promise<UserDeployment>;
}

/** No source of revisions is asked here: the answer does not wait for it. */
export async function askedDeployment({ store, buckets, sources = {} }: Pick<Services, 'store' | 'buckets' | 'sources'>, input: InputOf<typeof registry.planDeployment>, now: number, accessKeyId: string): Promise<AskedDeployment> {
  const application = await requireApplication(store.db, input.applicationName);
  const found = await requireGroup(store.db, application, input.deploymentGroupName);
  checkMode(input.deploymentMode, input.revision);
  if (input.signature !== undefined) requireUseful(input.signature, input.applicationName, now);
  const { revision, resolved, restartOf } = input.revision === undefined ? await lastSuccess(store.db, found) : { ...(await resolve(input.revision)), restartOf: null };
  if (input.scheduledAt !== undefined) checkSchedule(input.scheduledAt, now);

  return {
    async lookUp(tx) {
      const group = await requireGroup(tx, await requireApplication(tx, input.applicationName), input.deploymentGroupName);
      if (input.deploymentConfigName !== undefined) await requireConfig(tx, input.deploymentConfigName);
      await checkTargetInstances(tx, group, input.targetInstances);
      const { autoRollbackConfiguration: rollback, overrideAlarmConfiguration: alarms } = input;
      const own = {
        autoRollbackConfiguration: rollback === undefined ? null : autoRollbackConfiguration(rollback),
        overrideAlarmConfiguration: alarms === undefined ? null : alarmConfiguration(alarms, 'overrideAlarmConfiguration'),
      };
      const signature = input.signature ?? (restartOf === null ? await registeredSignature(tx, group.application_id, revision, resolved) : undefined);
      return {
        kind: 'user',
        creator: 'user',
        applicationName: application.name,
        group,
        revision,
        resolved: resolved.kind === 'bundle' && signature !== undefined ? signedBundle(resolved.bundle, signature) : resolved,
        signature: resolved.kind === 'later' ? (signature ?? null) : null,
        restartOf,
        deploymentConfigName: input.deploymentConfigName ?? null,
        ...own,
        description: input.description ?? '',
        ignoreApplicationStopFailures: input.ignoreApplicationStopFailures ?? false,
        updateOutdatedInstancesOnly: input.updateOutdatedInstancesOnly ?? false,
        fileExistsBehavior: input.fileExistsBehavior ?? null,
        scheduledAt: input.scheduledAt ?? null,
        calendarOverrideReason: input.calendarOverrideReason ?? null,
        createdBy: accessKeyId,
      };
    },
  };

  async function resolve(given: RevisionLocation): Promise<Pick<UserDeployment, 'revision' | 'resolved'>> {
    const canonical = canonicalLocation(given);
    return { revision: canonical, resolved: await resolveRevision(canonical, { db: store.db, buckets, sources }) };
  }
}

/** What is deployed. */
type What = Pick<UserDeployment, 'revision' | 'resolved' | 'restartOf'>;

function checkMode(mode: 'DEPLOY' | 'RESTART' | undefined, revision: RevisionLocation | undefined): void {
  if (mode !== 'RESTART' && revision === undefined) throw new Failure('RevisionRequiredException', 'revision is required, but is missing.', 'revision');
  if (mode === 'RESTART' && revision !== undefined) {
    throw new Failure('InvalidRevisionException', 'A RESTART takes the group\'s last successful revision: leave revision out, or deploymentMode to deploy the one you name.', 'revision');
  }
}

/** The revision of the group's last successful deployment, with the very bundle it had. */
async function lastSuccess(db: Database, { name, last_successful_deployment_id: restartOf }: DeploymentGroupsTable): Promise<What> {
  const last = restartOf === null ? null : await findDeployment(db, restartOf);
  const document = last === null ? null : readDocument(DeploymentDocument, last.document, `deployment ${restartOf}`);
  if (restartOf === null || document === null || document.bundle === null) {
    throw new Failure('RevisionDoesNotExistException', `The Deployment Group '${name}' has no successful deployment yet, so there is nothing to restart. Deploy a revision first.`, 'deploymentMode');
  }
  return { revision: document.revision, resolved: { kind: 'bundle', bundle: document.bundle }, restartOf };
}

const yearMs = 366 * 86_400_000;

function checkSchedule(scheduledAt: number, now: number): void {
  if (!Number.isFinite(scheduledAt) || scheduledAt > now + yearMs) throw new Failure('ValidationException', 'scheduledAt lies more than a year ahead.', 'scheduledAt');
}

/** They name the replacement instances of a blue/green deployment, and must name some. */
async function checkTargetInstances(tx: Database, group: DeploymentGroupsTable, given: TargetInstances | undefined): Promise<void> {
  const filters = [...(given?.tagFilters ?? []), ...(given?.ec2TagSet?.ec2TagSetList ?? []).flat()];
  if (filters.length === 0 && (given?.autoScalingGroups ?? []).length === 0) return;
  const { deploymentStyle } = readDocument(DeploymentGroupDocument, group.document, `deployment group ${group.group_id}`);
  checkAutoScalingGroups(given?.autoScalingGroups ?? [], 'targetInstances.autoScalingGroups');
  if (deploymentStyle.deploymentType !== 'BLUE_GREEN') throw invalidTargets(`targetInstances is for blue/green deployments; deployment group ${group.name} deploys in place.`);
  if (filters.length > 10) throw invalidTargets(`targetInstances names ${filters.length} tags, but at most 10 are allowed.`);
  const ec2 = (await listLiveInstances(tx)).filter((instance) => instance.kind === 'ec2').map(effectiveTags);
  const unborne = filters.find((filter) => !ec2.some((tags) => matchesFilter(filter, tags)));
  if (unborne !== undefined) throw invalidTargets(`No EC2 instance bears the tag ${describeFilter(unborne)} of targetInstances.`);
}

function describeFilter({ Key = '*', Value = '*' }: TagFilter): string {
  return `${Key}=${Value}`;
}

function invalidTargets(sentence: string): Failure {
  return new Failure('InvalidTargetInstancesException', sentence, 'targetInstances');
}

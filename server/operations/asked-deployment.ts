// What the input of CreateDeployment or PlanDeployment asks for: checked in the order that gives the helpful error first, then
// looked up. What is wrong with the content (no instances, no such bundle) is no refusal: it shows in the deployment.

import { Failure } from '../../protocol/errors.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { readGroup } from '../deployer/draft.ts';
import { findProviderOf, makesInstances, noSuchProvider } from '../deployer/find-provider.ts';
import type { UserDeployment } from '../deployer/draft-for-user.ts';
import { canonicalLocation } from '../revisions/location.ts';
import { registeredSignature } from '../revisions/registered-signature.ts';
import { resolveRevision } from '../revisions/registry.ts';
import { requireUseful, signedBundle } from '../revisions/signature.ts';
import { findDeployment } from '../store/deployments.ts';
import { DeploymentDocument, readDocument } from '../store/documents.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentGroupsTable } from '../store/tables.ts';
import { alarmConfiguration } from './alarms.ts';
import { autoRollbackConfiguration } from './auto-rollback.ts';
import { refuseSharesInPlace } from './config-traffic.ts';
import { requireApplication, requireConfig, requireGroup } from './lookup.ts';
import type { Services } from './services.ts';
import { checkTargetInstances } from './target-instances.ts';

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
      if (input.deploymentConfigName !== undefined) {
        await requireConfig(tx, input.deploymentConfigName);
        await refuseSharesInPlace(tx, input.deploymentConfigName, readGroup(group).deploymentStyle, group.name);
      }
      if (restartOf !== null) checkRestarts(group);
      await checkProvider(tx, group);
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
        targetInstances: input.targetInstances ?? null,
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

/** Better refused at once than a deployment that ends with the same reason. */
async function checkProvider(tx: Database, group: DeploymentGroupsTable): Promise<void> {
  const document = readGroup(group);
  if (makesInstances(document) && (await findProviderOf(tx, document)) === null) throw new Failure('InvalidAutoScalingGroupException', noSuchProvider(document), 'deploymentGroupName');
}

/** Replacement instances have no copy of the revision that could be started again. */
function checkRestarts(group: DeploymentGroupsTable): void {
  if (readGroup(group).deploymentStyle.deploymentType !== 'BLUE_GREEN') return;
  throw new Failure('ValidationException', `Deployment group ${group.name} deploys blue/green, where nothing is started again in place: leave deploymentMode out.`, 'deploymentMode');
}

const yearMs = 366 * 86_400_000;

function checkSchedule(scheduledAt: number, now: number): void {
  if (!Number.isFinite(scheduledAt) || scheduledAt > now + yearMs) throw new Failure('ValidationException', 'scheduledAt lies more than a year ahead.', 'scheduledAt');
}

// Deployments as callers see them: the frozen document, the columns that move, and how the targets stand in numbers.

import type { AlarmState, ObservedAlarm } from '../../protocol/model/alarm.ts';
import type { DeploymentCreator, DeploymentInfo, DeploymentOverview, DeploymentStatus, RelatedDeployments } from '../../protocol/model/deployment.ts';
import type { ProvidedFleet } from '../../protocol/model/fleet-release.ts';
import { providedFleets } from './provided-fleet.ts';
import { findDeployment, listFollowOns } from '../store/deployments.ts';
import { DeploymentDocument, readDocument } from '../store/documents.ts';
import type { Database } from '../store/store.ts';
import { listPromotionDeployments, listPromotionsOf } from '../store/promotions.ts';
import type { DeploymentsTable, WatchedAlarmsTable } from '../store/tables.ts';
import { countTargets } from '../store/targets.ts';
import { listWatchedAlarmsOf } from '../store/watched-alarms.ts';

/** The deployment of that id, or null. */
export async function loadDeploymentInfo(db: Database, deploymentId: string): Promise<DeploymentInfo | null> {
  const row = await findDeployment(db, deploymentId);
  return row === null ? null : (await deploymentInfos(db, [row]))[0]!;
}

/** In the order of `rows`. */
export async function deploymentInfos(db: Database, rows: readonly DeploymentsTable[]): Promise<DeploymentInfo[]> {
  const ids = rows.map((row) => row.deployment_id);
  const counts = await countTargets(db, ids);
  const followOns = await listFollowOns(db, ids);
  const promoted = await findPromoted(db, rows);
  const alarms = await listWatchedAlarmsOf(db, ids);
  const fleets = await providedFleets(db, rows);
  return rows.map((row) => withFleet(fleets.get(row.deployment_id), deploymentInfo(row, counts.get(row.deployment_id) ?? new Map(), { ...followedBy(row, followOns.get(row.deployment_id) ?? []), ...promoted.get(row.deployment_id) }, alarms.get(row.deployment_id) ?? [])));
}

/** Who was to be taken away and was not is somebody's business: it is said where everybody looks. */
function withFleet(providedFleet: ProvidedFleet | undefined, info: DeploymentInfo): DeploymentInfo {
  if (providedFleet === undefined) return info;
  const unanswered = providedFleet.releases.filter(({ state }) => state === 'Unanswered').map(({ instanceName }) => instanceName);
  const said = unanswered.length === 0 ? [] : [`The fleet provider ${providedFleet.fleetProvider} was asked to take away ${unanswered.join(', ')}, and never said yes: see to it by hand.`];
  return { ...info, deploymentStatusMessages: [...(info.deploymentStatusMessages ?? []), ...said], providedFleet };
}

function deploymentInfo(row: DeploymentsTable, counts: ReadonlyMap<string, number>, relatedDeployments: RelatedDeployments, alarms: readonly WatchedAlarmsTable[]): DeploymentInfo {
  const document = readDocument(DeploymentDocument, row.document, `deployment ${row.deployment_id}`);
  const { description, previousRevision, errorInformation, overrideAlarmConfiguration, scheduledAt, approval, calendarOverride, supersededBy, targetInstances, blueGreen, blueGreenDeploymentConfiguration, loadBalancerInfo } = document;
  return {
    applicationName: row.application_name,
    deploymentGroupName: row.group_name,
    deploymentConfigName: document.deploymentConfigName,
    deploymentId: row.deployment_id,
    ...(previousRevision === undefined ? {} : { previousRevision }),
    revision: document.revision,
    status: row.status as DeploymentStatus,
    ...(errorInformation === undefined ? {} : { errorInformation }),
    createTime: Number(row.created_at),
    ...(row.started_at === null ? {} : { startTime: Number(row.started_at) }),
    ...(row.completed_at === null ? {} : { completeTime: Number(row.completed_at) }),
    deploymentOverview: overview(counts),
    ...(description === '' ? {} : { description }),
    creator: row.creator as DeploymentCreator,
    ignoreApplicationStopFailures: document.ignoreApplicationStopFailures,
    autoRollbackConfiguration: document.autoRollbackConfiguration,
    updateOutdatedInstancesOnly: document.updateOutdatedInstancesOnly,
    rollbackInfo: document.rollbackInfo,
    deploymentStyle: document.deploymentStyle,
    ...(targetInstances === undefined ? {} : { targetInstances }),
    instanceTerminationWaitTimeStarted: blueGreen?.movedAt !== undefined,
    ...(blueGreenDeploymentConfiguration === undefined ? {} : { blueGreenDeploymentConfiguration }),
    ...(loadBalancerInfo === undefined ? {} : { loadBalancerInfo }),
    fileExistsBehavior: document.fileExistsBehavior,
    deploymentStatusMessages: document.statusMessages ?? [],
    computePlatform: 'Server',
    ...(overrideAlarmConfiguration === undefined ? {} : { overrideAlarmConfiguration }),
    ...(scheduledAt === undefined ? {} : { scheduledAt }),
    ...(approval === undefined ? {} : { approval }),
    ...(calendarOverride === undefined ? {} : { calendarOverride }),
    ...(supersededBy === undefined ? {} : { supersededBy }),
    ...(alarms.length === 0 ? {} : { observedAlarms: alarms.map(observedAlarm) }),
    ...(Object.keys(relatedDeployments).length === 0 ? {} : { relatedDeployments }),
  };
}

function observedAlarm({ name, is_dry_run: isDryRun, state, detail, observed_at: observedAt, active_at: activeAt }: WatchedAlarmsTable): ObservedAlarm {
  return {
    name,
    dryRun: Number(isDryRun) === 1,
    ...(state === null ? {} : { state: state as AlarmState, detail }),
    ...(observedAt === null ? {} : { observedAt: Number(observedAt) }),
    ...(activeAt === null ? {} : { activeAt: Number(activeAt) }),
  };
}

/** Of a follow-on the deployment it follows, of that one all its follow-ons; nothing of the others. */
function followedBy({ root_deployment_id: rootDeploymentId = null }: DeploymentsTable, followOns: readonly string[]): RelatedDeployments {
  if (rootDeploymentId !== null) return { autoUpdateOutdatedInstancesRootDeploymentId: rootDeploymentId };
  return followOns.length === 0 ? {} : { autoUpdateOutdatedInstancesDeploymentIds: [...followOns] };
}

/** Of those that are a promotion's: which, and all the deployments of it. */
async function findPromoted(db: Database, rows: readonly DeploymentsTable[]): Promise<ReadonlyMap<string, RelatedDeployments>> {
  const mine = await listPromotionsOf(db, rows.filter(({ creator }) => creator === 'CodeDeploy').map((row) => row.deployment_id));
  const all = await listPromotionDeployments(db, [...new Set(mine.map((row) => row.promotion_id))]);
  return new Map(
    mine.map(({ deployment_id: id, promotion_id: promotionId }) => [id, { promotionId, promotionDeploymentIds: all.filter((one) => one.promotion_id === promotionId).map((one) => one.deployment_id) }]),
  );
}

/** A target whose fate is not known counts as failed: no other number would hold it. */
function overview(counts: ReadonlyMap<string, number>): DeploymentOverview {
  const of = (status: string): number => counts.get(status) ?? 0;
  return {
    Pending: of('Pending'),
    InProgress: of('InProgress'),
    Succeeded: of('Succeeded'),
    Failed: of('Failed') + of('Unknown'),
    Skipped: of('Skipped'),
    Ready: of('Ready'),
  };
}

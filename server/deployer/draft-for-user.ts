// A deployment that somebody asked for: what they said, completed by what the group says.

import type { AlarmConfiguration } from '../../protocol/model/alarm.ts';
import type { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import type { FileExistsBehavior } from '../../protocol/model/deployment.ts';
import type { TargetInstances } from '../../protocol/model/target-instances.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import type { AutoRollbackConfiguration } from '../../protocol/model/rollback.ts';
import type { ResolvedRevision } from '../revisions/registry.ts';
import type { DeploymentGroupDocument } from '../store/documents.ts';
import { defaultConfigName } from '../store/predefined-configs.ts';
import type { DeploymentGroupsTable } from '../store/tables.ts';
import { type Draft, readGroup } from './draft.ts';

export interface UserDeployment {
  readonly kind: 'user';
  /** 'CodeDeploy': the controller itself, for something greater that somebody asked for. */
  readonly creator: 'user' | 'CodeDeploy';
  readonly applicationName: string;
  readonly group: DeploymentGroupsTable;
  /** Canonical. */
  readonly revision: RevisionLocation;
  readonly resolved: ResolvedRevision;
  /** For a bundle that has to be fetched first; null when there is none. */
  readonly signature: BundleSignature | null;
  /** The deployment whose revision is started again from the copies on the instances; null to deploy as usual. */
  readonly restartOf: string | null;
  /** These three: null takes the group's, or the default. */
  readonly deploymentConfigName: string | null;
  readonly autoRollbackConfiguration: AutoRollbackConfiguration | null;
  readonly overrideAlarmConfiguration: AlarmConfiguration | null;
  readonly description: string;
  readonly ignoreApplicationStopFailures: boolean;
  readonly updateOutdatedInstancesOnly: boolean;
  /** Null takes the group's, or DISALLOW. */
  readonly fileExistsBehavior: FileExistsBehavior | null;
  /** Of a blue/green deployment: the replacement instances; null: none are named. */
  readonly targetInstances: TargetInstances | null;
  /** Epoch milliseconds; null: at once. */
  readonly scheduledAt: number | null;
  /** Why windows and freezes do not hold it; null when they do. */
  readonly calendarOverrideReason: string | null;
  /** Id of the access key; of the one that asked for the greater thing, where that is so. */
  readonly createdBy: string;
}

export function draftForUser(request: UserDeployment, now: number): Draft {
  const groupDocument = readGroup(request.group);
  const ownConfig = request.deploymentConfigName === null ? [] : [request.deploymentConfigName];
  return {
    applicationName: request.applicationName,
    group: request.group,
    groupDocument,
    creator: request.creator,
    revision: request.revision,
    resolved: request.resolved,
    signature: request.signature,
    restartOf: request.restartOf,
    configNames: [...ownConfig, groupDocument.deploymentConfigName, defaultConfigName],
    autoRollback: request.autoRollbackConfiguration ?? groupDocument.autoRollbackConfiguration,
    alarms: request.overrideAlarmConfiguration,
    description: request.description,
    ignoreApplicationStopFailures: request.ignoreApplicationStopFailures,
    onlyOutdated: request.updateOutdatedInstancesOnly,
    fileExistsBehavior: request.fileExistsBehavior ?? groupDocument.fileExistsBehavior ?? 'DISALLOW',
    parameters: groupDocument.parameters ?? [],
    rollbackInfo: {},
    deploymentStyle: groupDocument.deploymentStyle,
    fleets: groupDocument.deploymentStyle.deploymentType === 'BLUE_GREEN' ? { direction: 'forward', targetInstances: request.targetInstances ?? {} } : null,
    followOn: null,
    gates: gatesOf(request, groupDocument, now),
  };
}

const defaultApprovalMinutes = 24 * 60;

function gatesOf({ scheduledAt, calendarOverrideReason, createdBy }: UserDeployment, { approval }: DeploymentGroupDocument, now: number): Draft['gates'] {
  return {
    ...(scheduledAt === null ? {} : { scheduledAt }),
    ...(calendarOverrideReason === null ? {} : { calendarOverride: { reason: calendarOverrideReason, by: createdBy, at: now } }),
    ...(approval?.required === true
      ? {
          approval: {
            requestedAt: now,
            requestedBy: createdBy,
            expiresAt: Math.max(now, scheduledAt ?? now) + (approval.expiresInMinutes ?? defaultApprovalMinutes) * 60_000,
            allowSelfApproval: approval.allowSelfApproval ?? true,
          },
        }
      : {}),
  };
}

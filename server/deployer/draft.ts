// What is to be deployed, to whom and how: what the three kinds of deployments (a user's, a rollback, a follow-on) have in
// common once each has been looked up in its own way (./draft-for-*.ts). Nothing is decided or written here.

import type { AlarmConfiguration } from '../../protocol/model/alarm.ts';
import type { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import type { FileExistsBehavior } from '../../protocol/model/deployment.ts';
import type { TargetInstances } from '../../protocol/model/target-instances.ts';
import type { DeploymentStyle } from '../../protocol/model/deployment-style.ts';
import type { Parameter } from '../../protocol/model/parameter.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import type { AutoRollbackConfiguration, RollbackInfo } from '../../protocol/model/rollback.ts';
import type { ResolvedRevision } from '../revisions/registry.ts';
import { type DeploymentDocument, DeploymentGroupDocument, readDocument } from '../store/documents.ts';
import type { DeploymentGroupsTable } from '../store/tables.ts';

export interface Draft {
  readonly applicationName: string;
  readonly group: DeploymentGroupsTable;
  readonly groupDocument: DeploymentGroupDocument;
  readonly creator: 'user' | 'CodeDeploy' | 'codeDeployRollback' | 'autoscaling' | 'CodeDeployAutoUpdate';
  readonly revision: RevisionLocation;
  readonly resolved: ResolvedRevision;
  readonly signature: BundleSignature | null;
  readonly restartOf: string | null;
  /** Tried in this order until one exists. */
  readonly configNames: readonly string[];
  readonly autoRollback: AutoRollbackConfiguration;
  readonly alarms: AlarmConfiguration | null;
  readonly description: string;
  readonly ignoreApplicationStopFailures: boolean;
  readonly onlyOutdated: boolean;
  readonly fileExistsBehavior: FileExistsBehavior;
  readonly parameters: readonly Parameter[];
  readonly rollbackInfo: RollbackInfo;
  readonly gates: Pick<DeploymentDocument, 'scheduledAt' | 'approval' | 'calendarOverride'>;
  readonly deploymentStyle: DeploymentStyle;
  /** From one fleet to another; null: in place. */
  readonly fleets: Fleets | null;
  /** Of a follow-on. Its minimum is 0: whoever chose the instances has kept the group's. */
  readonly followOn: { readonly rootDeploymentId: string; readonly instanceIds: readonly string[] } | null;
}

export type Fleets =
  /** To the instances that these select; the group's own are the originals. */
  | { readonly direction: 'forward'; readonly targetInstances: TargetInstances }
  /** Traffic returns to the instances that this deployment had left. */
  | { readonly direction: 'back'; readonly ofDeploymentId: string };

export function readGroup(group: DeploymentGroupsTable): DeploymentGroupDocument {
  return readDocument(DeploymentGroupDocument, group.document, `deployment group ${group.group_id}`);
}

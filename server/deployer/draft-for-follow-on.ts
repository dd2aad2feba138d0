// A deployment that brings late instances to the revision their group has.

import { findDeployment } from '../store/deployments.ts';
import { DeploymentDocument, readDocument } from '../store/documents.ts';
import { defaultConfigName } from '../store/predefined-configs.ts';
import type { Database } from '../store/store.ts';
import type { DeploymentGroupsTable } from '../store/tables.ts';
import { type Draft, readGroup } from './draft.ts';

/** Brings these instances of the group, and no others, to what `ofDeploymentId` deployed. */
export interface FollowOnDeployment {
  readonly kind: 'followOn';
  readonly ofDeploymentId: string;
  readonly group: DeploymentGroupsTable;
  readonly instanceIds: readonly string[];
  readonly creator: 'autoscaling' | 'CodeDeployAutoUpdate';
}

/** As the deployment was whose revision it is, but for the pace: it is never rolled back, as that would lead to the same revision. */
export async function draftForFollowOn(tx: Database, request: FollowOnDeployment): Promise<Draft> {
  const root = await findDeployment(tx, request.ofDeploymentId);
  if (root === null) throw new Error(`Deployment ${request.ofDeploymentId} is gone, so nothing can follow on it.`);
  const old = readDocument(DeploymentDocument, root.document, `deployment ${root.deployment_id}`);
  const groupDocument = readGroup(request.group);
  return {
    applicationName: root.application_name,
    group: request.group,
    groupDocument,
    creator: request.creator,
    revision: old.revision,
    resolved:
      old.bundle === null
        ? { kind: 'defect', defect: { code: 'REVISION_MISSING', message: `Deployment ${root.deployment_id} had no bundle to follow on with.` } }
        : { kind: 'bundle', bundle: old.bundle },
    signature: null,
    restartOf: null,
    configNames: [groupDocument.deploymentConfigName, defaultConfigName],
    autoRollback: { enabled: false },
    alarms: null,
    description: '',
    ignoreApplicationStopFailures: old.ignoreApplicationStopFailures,
    onlyOutdated: false,
    fileExistsBehavior: old.fileExistsBehavior,
    parameters: old.parameters ?? [],
    rollbackInfo: {},
    gates: {},
    // Late instances of a group that goes from fleet to fleet join the one that serves.
    deploymentStyle: { ...groupDocument.deploymentStyle, deploymentType: 'IN_PLACE' },
    fleets: null,
    followOn: { rootDeploymentId: root.deployment_id, instanceIds: request.instanceIds },
  };
}

// A deployment that takes another one back: what worked before, deployed again.

import { findDeploymentGroupById } from '../store/deployment-groups.ts';
import { findDeployment } from '../store/deployments.ts';
import { DeploymentDocument, readDocument } from '../store/documents.ts';
import { defaultConfigName } from '../store/predefined-configs.ts';
import type { Database } from '../store/store.ts';
import { type Draft, readGroup } from './draft.ts';

/** Deploys again what `ofDeploymentId` deployed, because `triggeringDeploymentId` went wrong. */
export interface RollbackDeployment {
  readonly kind: 'rollback';
  readonly ofDeploymentId: string;
  readonly triggeringDeploymentId: string;
}

/**
 * The revision and the file-exists behaviour come from the deployment gone back to; the pace and what is forgiven from
 * the one that went wrong, whose operator chose them for this fleet as it is now. A rollback is never rolled back.
 */
export async function draftForRollback(tx: Database, deploymentId: string, request: RollbackDeployment): Promise<Draft> {
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
    signature: null,
    restartOf: null,
    configNames: [failed.deploymentConfigName, groupDocument.deploymentConfigName, defaultConfigName],
    autoRollback: { enabled: false },
    alarms: null,
    description: '',
    ignoreApplicationStopFailures: failed.ignoreApplicationStopFailures,
    onlyOutdated: false,
    fileExistsBehavior: old.fileExistsBehavior,
    // What the revision worked with, not what may have been changed for the one that failed.
    parameters: old.parameters ?? [],
    rollbackInfo: {
      rollbackTriggeringDeploymentId: triggering.deployment_id,
      rollbackMessage: `Deployment ${deploymentId} is triggered to roll back deployment ${triggering.deployment_id}.`,
    },
    gates: {},
    // As the one that went wrong, whatever has become of the group.
    deploymentStyle: failed.deploymentStyle,
    fleets: failed.blueGreen === undefined ? null : { direction: 'back', ofDeploymentId: triggering.deployment_id },
    followOn: null,
  };
}

// Whether a deployment goes from one fleet to another.

import { DeploymentDocument, readDocument } from '../store/documents.ts';
import type { DeploymentsTable } from '../store/tables.ts';

export function isBlueGreen(row: DeploymentsTable): boolean {
  return readDocument(DeploymentDocument, row.document, `deployment ${row.deployment_id}`).deploymentStyle.deploymentType === 'BLUE_GREEN';
}

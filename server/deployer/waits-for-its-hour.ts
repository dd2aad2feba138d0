// Whether a deployment that has not started waits for something far off: others of its group need not wait for it.

import { DeploymentDocument, readDocument } from '../store/documents.ts';
import type { DeploymentsTable } from '../store/tables.ts';

/** It is scheduled, or nobody has decided on it yet. */
export function waitsForItsHour(row: DeploymentsTable): boolean {
  const { scheduledAt, approval } = readDocument(DeploymentDocument, row.document, `deployment ${row.deployment_id}`);
  return scheduledAt !== undefined || (approval !== undefined && approval.decision === undefined);
}

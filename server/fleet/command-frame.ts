// A stored command as it goes over the wire: with the bundle's address for DownloadBundle, signed when it is sent, and
// with a Cancel in place of an attempt that has ended here meanwhile, so that numbers stay without gaps.

import type { Command } from '../../protocol/session/frames.ts';
import type { FleetServices } from './fleet.ts';
import type { CommandsTable } from '../store/tables.ts';
import { DeploymentDocument, readDocument } from '../store/documents.ts';

export async function commandFrame(services: FleetServices, row: CommandsTable): Promise<Command> {
  const command = JSON.parse(row.command) as Command;
  if (command.kind !== 'RunEvent') return command;
  if (row.ended_at !== null) {
    return { kind: 'Cancel', attemptId: row.attempt_id, deploymentId: row.deployment_id, reason: 'This attempt has ended at the controller.' };
  }
  if (command.event !== 'DownloadBundle') return command;
  const deployment = await services.store.db
    .selectFrom('deployments')
    .select('document')
    .where('deployment_id', '=', row.deployment_id)
    .executeTakeFirst();
  if (deployment === undefined) return command;
  const { bundle } = readDocument(DeploymentDocument, deployment.document, `deployment ${row.deployment_id}`);
  return bundle === null ? command : { ...command, bundle: { ...bundle, url: services.bundleUrl(bundle.sha256) } };
}

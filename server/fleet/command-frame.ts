// A stored command as it goes over the wire: with the bundle's address for DownloadBundle, signed when it is sent, with the
// group's parameters and secrets for all others, and
// with a Cancel in place of an attempt that has ended here meanwhile, so that numbers stay without gaps.

import type { RevisionLocation } from '../../protocol/model/revision.ts';
import type { Command, RunEventCommand } from '../../protocol/session/frames.ts';
import type { FleetServices } from './fleet.ts';
import type { CommandsTable } from '../store/tables.ts';
import { DeploymentDocument, readDocument } from '../store/documents.ts';
import { groupSecretBinding, listGroupSecrets } from '../store/group-secrets.ts';
import { findNewestUpload } from '../store/uploads.ts';

export async function commandFrame(services: FleetServices, row: CommandsTable): Promise<Command> {
  const command = JSON.parse(row.command) as Command;
  if (command.kind !== 'RunEvent') return command;
  if (row.ended_at !== null) {
    return { kind: 'Cancel', attemptId: row.attempt_id, deploymentId: row.deployment_id, reason: 'This attempt has ended at the controller.' };
  }
  const deployment = await services.store.db
    .selectFrom('deployments')
    .select('document')
    .where('deployment_id', '=', row.deployment_id)
    .executeTakeFirst();
  if (deployment === undefined) return command;
  const document = readDocument(DeploymentDocument, deployment.document, `deployment ${row.deployment_id}`);
  if (command.event !== 'DownloadBundle') return { ...command, ...(await variablesOf(services, command, document)) };
  const { bundle, revision, deploymentMode } = document;
  if (bundle === null) return command;
  return { ...command, bundle: { ...bundle, url: services.bundleUrl(bundle.sha256) }, sourceKind: await sourceKindOf(services, revision), ...(deploymentMode === 'RESTART' ? { deploymentMode } : {}) };
}

/**
 * What the group hands to its hooks: parameters as they were when the deployment was created, secrets as they are now. They
 * are opened here and nowhere else, so that no row and no log holds one. A secret wins over a parameter of its name.
 */
async function variablesOf({ store, openSecret }: FleetServices, { deploymentGroupId }: RunEventCommand, { parameters = [] }: DeploymentDocument): Promise<Pick<RunEventCommand, 'environment' | 'redact'>> {
  const secrets = (await listGroupSecrets(store.db, deploymentGroupId)).map(({ name, value_encrypted: sealed }) => {
    const value = openSecret(sealed, groupSecretBinding(deploymentGroupId, name));
    if (value === null) throw new Error(`The secret ${name} of deployment group ${deploymentGroupId} cannot be opened with this key file. Put it again.`);
    return { name, value };
  });
  if (parameters.length + secrets.length === 0) return {};
  return {
    environment: Object.fromEntries([...parameters, ...secrets].map(({ name, value }) => [name, value])),
    ...(secrets.length === 0 ? {} : { redact: secrets.map(({ value }) => value) }),
  };
}

type SourceKind = NonNullable<RunEventCommand['sourceKind']>;

async function sourceKindOf({ store }: FleetServices, { revisionType, s3Location }: RevisionLocation): Promise<SourceKind> {
  const kinds: Readonly<Record<string, SourceKind>> = { GitHub: 'github', Url: 'url', Git: 'git' };
  const kind = kinds[revisionType ?? ''];
  if (kind !== undefined) return kind;
  // Only the controller's own bucket holds uploads.
  return (await findNewestUpload(store.db, s3Location?.bucket ?? '', s3Location?.key ?? '')) === null ? 's3' : 'upload';
}

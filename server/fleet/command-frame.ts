// A stored command as it goes over the wire: with the bundle's address for DownloadBundle, signed when it is sent, with the
// group's parameters and secrets for all others, and with a Cancel in place of an attempt that has ended here meanwhile, so
// that numbers stay without gaps.

import type { RevisionLocation } from '../../protocol/model/revision.ts';
import type { Command, RunEventCommand } from '../../protocol/session/frames.ts';
import type { FleetServices } from './fleet.ts';
import type { CommandsTable } from '../store/tables.ts';
import { DeploymentDocument, readDocument } from '../store/documents.ts';
import { groupSecretBinding, listGroupSecrets } from '../store/group-secrets.ts';
import { findNewestUpload } from '../store/uploads.ts';

type FrameServices = Pick<FleetServices, 'store' | 'bundleUrl' | 'openSecret'>;
type Variables = Pick<RunEventCommand, 'environment' | 'redact'>;
type BundleMembers = Pick<RunEventCommand, 'bundle' | 'sourceKind' | 'deploymentMode'>;

/** What many commands have in common is read once for as many as are sent together. */
export interface CommandFrames {
  of(row: CommandsTable): Promise<Command>;
}

export function commandFrames(services: FrameServices): CommandFrames {
  const documents = new Map<string, Promise<DeploymentDocument | null>>();
  const variables = new Map<string, Promise<Variables>>();
  const bundles = new Map<string, Promise<BundleMembers>>();
  return {
    async of(row) {
      const command = JSON.parse(row.command) as Command;
      if (command.kind !== 'RunEvent') return command;
      if (row.ended_at !== null) {
        return { kind: 'Cancel', attemptId: row.attempt_id, deploymentId: row.deployment_id, reason: 'This attempt has ended at the controller.' };
      }
      const document = await once(documents, row.deployment_id, () => readDeployment(services, row.deployment_id));
      if (document === null) return command;
      if (command.event !== 'DownloadBundle') return { ...command, ...(await once(variables, row.deployment_id, () => variablesOf(services, command, document))) };
      return { ...command, ...(await once(bundles, row.deployment_id, () => bundleOf(services, document))) };
    },
  };
}

function once<Value>(known: Map<string, Promise<Value>>, key: string, read: () => Promise<Value>): Promise<Value> {
  const value = known.get(key) ?? read();
  known.set(key, value);
  return value;
}

async function readDeployment({ store }: FrameServices, deploymentId: string): Promise<DeploymentDocument | null> {
  const row = await store.db.selectFrom('deployments').select('document').where('deployment_id', '=', deploymentId).executeTakeFirst();
  return row === undefined ? null : readDocument(DeploymentDocument, row.document, `deployment ${deploymentId}`);
}

async function bundleOf(services: FrameServices, { bundle, revision, deploymentMode }: DeploymentDocument): Promise<BundleMembers> {
  if (bundle === null) return {};
  return { bundle: { ...bundle, url: services.bundleUrl(bundle.sha256) }, sourceKind: await sourceKindOf(services, revision), ...(deploymentMode === 'RESTART' ? { deploymentMode } : {}) };
}

/**
 * What the group hands to its hooks: parameters as they were when the deployment was created, secrets as they are now. They
 * are opened here and nowhere else, so that no row and no log holds one. A secret wins over a parameter of its name.
 */
async function variablesOf({ store, openSecret }: FrameServices, { deploymentGroupId }: RunEventCommand, { parameters = [] }: DeploymentDocument): Promise<Variables> {
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

async function sourceKindOf({ store }: FrameServices, { revisionType, s3Location }: RevisionLocation): Promise<SourceKind> {
  const kinds: Readonly<Record<string, SourceKind>> = { GitHub: 'github', Url: 'url', Git: 'git' };
  const kind = kinds[revisionType ?? ''];
  if (kind !== undefined) return kind;
  // Only the controller's own bucket holds uploads.
  return (await findNewestUpload(store.db, s3Location?.bucket ?? '', s3Location?.key ?? '')) === null ? 's3' : 'upload';
}

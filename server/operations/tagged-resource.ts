// What bears resource tags, by its ARN. Region and account are not looked at: clients build ARNs themselves, and
// Terraform leaves the account empty where it may not ask for it.

import { Failure } from '../../protocol/errors.ts';
import { findApplication, writeApplicationTags } from '../store/applications.ts';
import { findDeploymentGroup, writeGroupDocument } from '../store/deployment-groups.ts';
import { DeploymentGroupDocument, readDocument, Tags, writeDocument } from '../store/documents.ts';
import type { Database } from '../store/store.ts';

/** Names out of an ARN, not yet looked up. */
export interface TaggedName {
  readonly applicationName: string;
  /** Null for the application itself. */
  readonly deploymentGroupName: string | null;
}

export interface TaggedResource {
  readonly kind: 'known';
  readonly tags: Tags;
  write(tags: Tags): Promise<void>;
}

/** Throws InvalidArnException, ArnNotSupportedException. */
export function parseTagArn(arn: string): TaggedName {
  const match = /^arn:[a-z0-9-]+:codedeploy:[a-z0-9-]*:\d*:([a-z]+)[:/](.+)$/s.exec(arn);
  if (match === null) {
    throw new Failure('InvalidArnException', 'ResourceArn must look like arn:aws:codedeploy:REGION:ACCOUNT:application:NAME or …:deploymentgroup:APPLICATION/GROUP.', 'ResourceArn');
  }
  const [, kind, name = ''] = match;
  if (kind !== 'application' && kind !== 'deploymentgroup') {
    throw new Failure('ArnNotSupportedException', `Resource tags belong to applications and deployment groups; a ${kind} has none.`, 'ResourceArn');
  }
  if (kind === 'application') return { applicationName: name, deploymentGroupName: null };
  const slash = name.indexOf('/');
  if (slash < 1 || slash === name.length - 1) throw new Failure('InvalidArnException', 'The ARN of a deployment group ends in APPLICATION/GROUP.', 'ResourceArn');
  return { applicationName: name.slice(0, slash), deploymentGroupName: name.slice(slash + 1) };
}

/** Throws ApplicationDoesNotExistException, DeploymentGroupDoesNotExistException. */
export async function requireTagged(tx: Database, named: TaggedName): Promise<TaggedResource> {
  const found = await findTagged(tx, named);
  if (found.kind === 'unknown') throw found.failure;
  return found;
}

/** The resource, or the refusal that says what is not there. */
export async function findTagged(db: Database, { applicationName, deploymentGroupName }: TaggedName): Promise<TaggedResource | { readonly kind: 'unknown'; readonly failure: Failure }> {
  const application = await findApplication(db, applicationName);
  if (application === null) return { kind: 'unknown', failure: new Failure('ApplicationDoesNotExistException', `No application found for name: ${applicationName}`, 'ResourceArn') };
  if (deploymentGroupName === null) {
    const where = `application ${application.name}`;
    return {
      kind: 'known',
      tags: readDocument(Tags, application.tags, where),
      write: (tags) => writeApplicationTags(db, application.application_id, writeDocument(Tags, tags, where)),
    };
  }
  const group = await findDeploymentGroup(db, application.application_id, deploymentGroupName);
  if (group === null) return { kind: 'unknown', failure: new Failure('DeploymentGroupDoesNotExistException', `No Deployment Group found for name: ${deploymentGroupName}`, 'ResourceArn') };
  const where = `deployment group ${group.group_id}`;
  const document = readDocument(DeploymentGroupDocument, group.document, where);
  return {
    kind: 'known',
    tags: document.tags as Tags,
    write: (tags) => writeGroupDocument(db, group.group_id, writeDocument(DeploymentGroupDocument, { ...document, tags }, where)),
  };
}

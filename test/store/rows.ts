// Rows with everything filled in, of which a claim says only what matters to it.

import type { ApplicationsTable, DeploymentGroupsTable, DeploymentsTable, InstancesTable, RevisionsTable, TargetsTable, UploadsTable } from '../../server/store/tables.ts';
import type { DeploymentDocument } from '../../server/store/documents.ts';
import { groupDefaults } from '../../server/operations/group-settings.ts';

export function anApplication(name: string, over: Partial<ApplicationsTable> = {}): ApplicationsTable {
  return { application_id: `id-of-${name}`, name, created_at: 1, tags: '[]', ...over };
}

export function aGroup(name: string, over: Partial<DeploymentGroupsTable> = {}): DeploymentGroupsTable {
  return {
    group_id: `id-of-${name}`,
    application_id: 'id-of-web',
    name,
    created_at: 1,
    document: JSON.stringify({ ...groupDefaults, serviceRoleArn: 'arn:aws:iam::1:role/r' }),
    last_attempted_deployment_id: null,
    last_successful_deployment_id: null,
    target_revision: null,
    running_deployment_id: null,
    ...over,
  };
}

export function aDeployment(deploymentId: string, over: Partial<DeploymentsTable> = {}): DeploymentsTable {
  return {
    deployment_id: deploymentId,
    application_id: 'id-of-web',
    group_id: 'id-of-blue',
    application_name: 'web',
    group_name: 'blue',
    status: 'Created',
    creator: 'user',
    created_at: 1,
    started_at: null,
    completed_at: null,
    minimum_healthy_hosts: 0,
    stop_requested_at: null,
    stop_rollback: null,
    wake_at: null,
    version: 0,
    document: '{}',
    ...over,
  };
}

export function aTarget(targetId: string, over: Partial<TargetsTable> = {}): TargetsTable {
  return {
    deployment_id: 'd-AAAAAAAAA',
    target_id: targetId,
    instance_id: `id-of-${targetId}`,
    arn: `arn:aws:codedeploy:r:1:instance/${targetId}_X`,
    status: 'Pending',
    standing: 'old',
    lot: 0,
    rank: 0,
    stage: 0,
    generation: 0,
    events: '[]',
    last_updated_at: 1,
    version: 0,
    ...over,
  };
}

export function anInstance(name: string, over: Partial<InstancesTable> = {}): InstancesTable {
  return {
    instance_id: `id-of-${name}`,
    name,
    kind: 'onPremises',
    arn: `arn:aws:codedeploy:r:1:instance/${name}_X`,
    iam_user_arn: null,
    iam_session_arn: null,
    registered_at: 1,
    deregistered_at: null,
    public_key: null,
    enrolled_at: null,
    agent_tags: '[]',
    api_tags: '[]',
    agent_version: null,
    boot_id: null,
    last_seen_at: null,
    last_report: 0,
    last_command: 0,
    ...over,
  };
}

export function aRevision(key: string, over: Partial<RevisionsTable> = {}): RevisionsTable {
  return {
    revision_id: `id-of-${key}`,
    application_id: 'id-of-web',
    location_key: `key-of-${key}`,
    location: '{}',
    s3_bucket: 'bucket',
    s3_key: key,
    description: '',
    registered_at: 1,
    first_used_at: null,
    last_used_at: null,
    ...over,
  };
}

export function anUpload(over: Partial<UploadsTable> = {}): UploadsTable {
  return { bucket: 'fairlead', key: 'web/a.zip', version: 'v1', sha256: 'a'.repeat(64), size: 3, bundle_type: 'zip', created_at: 1, ...over };
}

/** What is frozen of a deployment that says nothing special. */
export function aDeploymentDocument(over: Partial<DeploymentDocument> = {}): string {
  const document: DeploymentDocument = {
    revision: { revisionType: 'S3', s3Location: { bucket: 'fairlead', key: 'web/a.zip', bundleType: 'zip' } },
    locationKey: 'key-of-web/a.zip',
    bundle: null,
    deploymentConfigName: 'CodeDeployDefault.OneAtATime',
    description: '',
    ignoreApplicationStopFailures: false,
    updateOutdatedInstancesOnly: false,
    fileExistsBehavior: 'DISALLOW',
    autoRollbackConfiguration: { enabled: false, events: [] },
    deploymentStyle: { deploymentType: 'IN_PLACE', deploymentOption: 'WITHOUT_TRAFFIC_CONTROL' },
    rollbackInfo: {},
    defect: null,
    ...over,
  };
  return JSON.stringify(document);
}

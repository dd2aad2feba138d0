// Newest first. Application and group go together, or neither: then every deployment is listed.

import { Failure } from '../../protocol/errors.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { listDeployments as listRows } from '../store/deployments.ts';
import type { Database } from '../store/store.ts';
import { requireApplication, requireGroup } from './lookup.ts';
import { pageSize, readPlace, toPage } from './page.ts';
import type { Handler } from './services.ts';

export const listDeployments: Handler<typeof registry.listDeployments> = async ({ store }, input, { access: { applications } }) => {
  const { start = null, end = null } = input.createTimeRange ?? {};
  if (start !== null && end !== null && start > end) {
    throw new Failure('InvalidTimeRangeException', 'createTimeRange starts after it ends.', 'createTimeRange');
  }
  const groupId = await groupOf(store.db, input);
  // No deployment here comes from CloudFormation, so none has an external id.
  if (input.externalId !== undefined && input.externalId !== '') return { deployments: [] };
  const statuses = [...new Set(input.includeOnlyStatuses ?? [])].sort();
  const question = ['ListDeployments', groupId, statuses, start, end, applications];
  const place = readPlace(question, input.nextToken, 2);
  const rows = await listRows(store.db, {
    groupId,
    applicationNames: applications,
    statuses,
    createdFrom: start,
    createdTo: end,
    after: place === null ? null : { createdAt: Number(place[0]), deploymentId: String(place[1]) },
    limit: pageSize + 1,
  });
  const page = toPage(question, rows, (row) => [row.createdAt, row.deploymentId]);
  return {
    deployments: page.rows.map((row) => row.deploymentId),
    ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
  };
};

async function groupOf(db: Database, { applicationName, deploymentGroupName }: InputOf<typeof registry.listDeployments>): Promise<string | null> {
  if (applicationName === undefined && deploymentGroupName === undefined) return null;
  if (applicationName === undefined) {
    throw new Failure('ApplicationNameRequiredException', `Say which application deployment group ${deploymentGroupName} belongs to.`, 'applicationName');
  }
  if (deploymentGroupName === undefined) {
    throw new Failure('DeploymentGroupNameRequiredException', 'Deployment Group name is missing', 'deploymentGroupName');
  }
  return (await requireGroup(db, await requireApplication(db, applicationName), deploymentGroupName)).group_id;
}

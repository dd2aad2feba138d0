// An application's row as callers see it: without its ARN and tags, as in CodeDeploy.

import type { ApplicationInfo } from '../../protocol/model/application.ts';
import type { ApplicationsTable } from '../store/tables.ts';

export function applicationInfo(row: ApplicationsTable): ApplicationInfo {
  return {
    applicationId: row.application_id,
    applicationName: row.name,
    createTime: Number(row.created_at),
    linkedToGitHub: false,
    computePlatform: 'Server',
  };
}

// Traffic routers as callers see them: the definition, and whether there are credentials, never which.

import { TrafficRouterDefinition } from '../../protocol/model/traffic-router.ts';
import type { OutputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { readDocument } from '../store/documents.ts';
import type { TrafficRoutersTable } from '../store/tables.ts';

export function trafficRouterInfo(row: TrafficRoutersTable): OutputOf<typeof registry.getTrafficRouter>['trafficRouter'] {
  return {
    ...readDocument(TrafficRouterDefinition, row.document, `traffic router ${row.name}`),
    hasCredentials: row.credentials_encrypted !== null,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}

// Fleet providers as callers see them: the definition, and whether there is a secret, never which.

import { FleetProviderDefinition } from '../../protocol/model/fleet-provider.ts';
import type { OutputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { readDocument } from '../store/documents.ts';
import type { FleetProvidersTable } from '../store/tables.ts';

export function fleetProviderInfo(row: FleetProvidersTable): OutputOf<typeof registry.getFleetProvider>['fleetProvider'] {
  return {
    ...readDocument(FleetProviderDefinition, row.document, `fleet provider ${row.name}`),
    hasSecret: row.secret_encrypted !== null,
    createdAt: Number(row.created_at),
    updatedAt: Number(row.updated_at),
  };
}

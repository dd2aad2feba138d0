// Brings the tables up to date: every migration not yet recorded runs, in order, with its record in one transaction.
// A database written by a newer Fairlead is refused before anything is touched.

import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.ts';
import { up as firstTables } from './migrations/0001-first-tables.ts';
import { up as applicationTags } from './migrations/0002-application-tags.ts';
import { up as oneLiveInstance } from './migrations/0003-one-live-instance.ts';
import { up as hookOutput } from './migrations/0004-hook-output.ts';
import { up as uploadSignatures } from './migrations/0005-upload-signatures.ts';
import { up as revisionSignatures } from './migrations/0006-revision-signatures.ts';
import { up as accessKeyRoles } from './migrations/0007-access-key-roles.ts';
import { up as effects } from './migrations/0008-effects.ts';
import { up as zones } from './migrations/0009-zones.ts';
import { up as uploadEtags } from './migrations/0010-upload-etags.ts';
import { up as turnsAndFreezes } from './migrations/0011-turns-and-freezes.ts';
import { up as auditRecords } from './migrations/0012-audit-records.ts';
import { up as followOnDeployments } from './migrations/0013-follow-on-deployments.ts';
import { up as groupSecrets } from './migrations/0014-group-secrets.ts';
import { up as alarms } from './migrations/0015-alarms.ts';
import { up as promotions } from './migrations/0017-promotions.ts';
import { up as trafficRouters } from './migrations/0018-traffic-routers.ts';
import { up as signedWrites } from './migrations/0019-signed-writes.ts';
import { up as trafficRoutes } from './migrations/0021-traffic-routes.ts';
import { up as twoFleets } from './migrations/0022-two-fleets.ts';
import { up as tokenBounds } from './migrations/0023-token-bounds.ts';
import { up as fleetProviders } from './migrations/0024-fleet-providers.ts';
import { up as trafficWeights } from './migrations/0025-traffic-weights.ts';
import { up as targetsByInstance } from './migrations/0026-targets-by-instance.ts';
import { up as targetVersions } from './migrations/0027-target-versions.ts';

const migrations: readonly { readonly name: string; readonly up: (db: Kysely<never>) => Promise<void> }[] = [
  { name: '0001-first-tables', up: firstTables },
  { name: '0002-application-tags', up: applicationTags },
  { name: '0003-one-live-instance', up: oneLiveInstance },
  { name: '0004-hook-output', up: hookOutput },
  { name: '0005-upload-signatures', up: uploadSignatures },
  { name: '0006-revision-signatures', up: revisionSignatures },
  { name: '0007-access-key-roles', up: accessKeyRoles },
  { name: '0008-effects', up: effects },
  { name: '0009-zones', up: zones },
  { name: '0010-upload-etags', up: uploadEtags },
  { name: '0011-turns-and-freezes', up: turnsAndFreezes },
  { name: '0012-audit-records', up: auditRecords },
  { name: '0013-follow-on-deployments', up: followOnDeployments },
  { name: '0014-group-secrets', up: groupSecrets },
  { name: '0015-alarms', up: alarms },
  { name: '0017-promotions', up: promotions },
  { name: '0018-traffic-routers', up: trafficRouters },
  { name: '0019-signed-writes', up: signedWrites },
  { name: '0021-traffic-routes', up: trafficRoutes },
  { name: '0022-two-fleets', up: twoFleets },
  { name: '0023-token-bounds', up: tokenBounds },
  { name: '0024-fleet-providers', up: fleetProviders },
  { name: '0025-traffic-weights', up: trafficWeights },
  { name: '0026-targets-by-instance', up: targetsByInstance },
  { name: '0027-target-versions', up: targetVersions },
];

/** A sentence when a database with these migrations was written by a newer Fairlead; null when this one can use it. */
export function whyTooNew(done: readonly string[]): string | null {
  const known = new Set(migrations.map(({ name }) => name));
  const newer = done.find((name) => !known.has(name));
  return newer === undefined ? null : `This database was written by a newer Fairlead (it has ${newer}). Install that version, or restore a backup made with this one.`;
}

export async function migrate(db: Kysely<Tables>): Promise<void> {
  await sql`create table if not exists migrations (name text primary key)`.execute(db);
  await db.transaction().execute(async (tx) => {
    const { rows } = await sql<{ name: string }>`select name from migrations`.execute(tx);
    const done = new Set(rows.map((row) => row.name));
    const refusal = whyTooNew([...done]);
    if (refusal !== null) throw new Error(refusal);
    for (const { name, up } of migrations) {
      if (done.has(name)) continue;
      await up(tx as unknown as Kysely<never>);
      await sql`insert into migrations (name) values (${name})`.execute(tx);
    }
  });
}

// What an input reaches: the applications it touches, so that they can be held against the scope of an access key.
// Everything hangs from an application; what hangs from none is the controller's, which no key with a scope may touch.

import type { OwnBuckets } from '../revisions/buckets.ts';
import type { Database } from '../store/store.ts';
import { findApplication, findApplicationNames } from '../store/applications.ts';
import { findDeployments } from '../store/deployments.ts';
import { findPromotionPath, readPathDocument } from '../store/promotion-paths.ts';
import { findPromotion, readPromotionDocument } from '../store/promotions.ts';

/** An input that passed its operation's check, or the parameters of a route. */
export type Given = Readonly<Record<string, unknown>>;

export type Reach =
  /** Shared by all: any key may, whatever its scope. */
  | { readonly kind: 'shared' }
  /** The whole controller: keys with a scope may not. */
  | { readonly kind: 'controller' }
  /** The applications found by `of`; where there are none, nobody with a scope may. */
  | { readonly kind: 'applications'; readonly of: FindApplications }
  /** As before, but where there are none the handler answers what is in the caller's scope alone. */
  | { readonly kind: 'list'; readonly of: FindApplications };

/** Names of the applications an input touches; null among them for something that cannot be found. */
export type FindApplications = (given: Given, db: Database) => readonly (string | null)[] | Promise<readonly (string | null)[]>;

type ApplicationsReach = Extract<Reach, { kind: 'applications' }>;

export const shared: Reach = { kind: 'shared' };
export const controller: Reach = { kind: 'controller' };

/** The applications that these members name: a name or a list of names. */
export function applicationsNamedIn(...members: readonly string[]): Reach {
  return { kind: 'applications', of: (given) => textsOf(given, members) };
}

/** A list that an application narrows, if one is given. */
export function listNarrowedBy(member: string): Reach {
  return { kind: 'list', of: (given) => textsOf(given, [member]) };
}

/** The applications of the deployments that these members name. */
export function deploymentsNamedIn(...members: readonly string[]): Reach {
  return { kind: 'applications', of: (given, db) => applicationsOfDeployments(textsOf(given, members), db) };
}

const byApplicationOrDeployment: ApplicationsReach = {
  kind: 'applications',
  of: async (given, db) => [...textsOf(given, ['applicationName']), ...(await applicationsOfDeployments(textsOf(given, ['deploymentId']), db))],
};

async function applicationsOfDeployments(ids: readonly string[], db: Database): Promise<readonly (string | null)[]> {
  const rows = await findDeployments(db, ids);
  return ids.map((id) => rows.find((row) => row.deployment_id === id)?.application_name ?? null);
}

/** The application of a promotion path, those of the groups it names, and those of the waves that are given for it. */
export const promotionPathGiven: ApplicationsReach = {
  kind: 'applications',
  of: async (given, db) => {
    const [applicationName = '', pathName = ''] = [textsOf(given, ['applicationName'])[0], textsOf(given, ['promotionPathName'])[0]];
    const application = await findApplication(db, applicationName);
    const path = application === null ? null : await findPromotionPath(db, application.application_id, pathName);
    const kept = path === null ? [] : await findApplicationNames(db, readPathDocument(path).waves.flatMap(({ groups }) => groups.map(({ applicationId }) => applicationId)));
    return [...new Set([applicationName, ...kept, ...namedInWaves(given['waves'])])];
  },
};

/** What `applicationName` says anywhere in the waves of an input. */
function namedInWaves(waves: unknown): readonly string[] {
  const groups = Array.isArray(waves) ? (waves as readonly { readonly deploymentGroups?: unknown }[]).flatMap(({ deploymentGroups }) => (Array.isArray(deploymentGroups) ? (deploymentGroups as readonly Given[]) : [])) : [];
  return groups.flatMap((group) => textsOf(group, ['applicationName']));
}

/** The application of a promotion, and those of the groups it goes to. */
export const promotionGiven: ApplicationsReach = {
  kind: 'applications',
  of: async (given, db) => {
    const row = await findPromotion(db, textsOf(given, ['promotionId'])[0] ?? '');
    if (row === null) return [null];
    const ids = readPromotionDocument(row).waves.flatMap(({ groups }) => groups.map(({ applicationId }) => applicationId));
    return findApplicationNames(db, [row.application_id, ...ids]);
  },
};

/** What triggers are asked about: a promotion or a path, else an application by name or that of a deployment, whichever is given. */
export const triggersGiven: Reach = {
  kind: 'applications',
  of: (given, db) => {
    if (textsOf(given, ['promotionId']).length > 0) return promotionGiven.of(given, db);
    if (textsOf(given, ['promotionPathName']).length > 0) return promotionPathGiven.of(given, db);
    return byApplicationOrDeployment.of(given, db);
  },
};

/** The application of an ARN of an application or a deployment group (`…:application:NAME`, `…:deploymentgroup:NAME/GROUP`). */
export function arnNamedIn(member: string): Reach {
  return {
    kind: 'applications',
    of: (given) => textsOf(given, [member]).map((arn) => /^arn:[^:]*:codedeploy:[^:]*:[^:]*:(?:application|deploymentgroup):([^/]+)/.exec(arn)?.[1] ?? null),
  };
}

/** Keys in the controller's own buckets anywhere in an input: `s3Location` with such a bucket, however deep. */
export function ownKeysIn(value: unknown, buckets: OwnBuckets): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  const found = Object.values(value).flatMap((member) => ownKeysIn(member, buckets));
  const location = (value as { readonly s3Location?: { readonly bucket?: unknown; readonly key?: unknown } | null }).s3Location;
  return typeof location?.bucket === 'string' && buckets.isOwn(location.bucket) && typeof location.key === 'string' ? [location.key, ...found] : found;
}

function textsOf(given: Given, members: readonly string[]): readonly string[] {
  return members
    .map((member) => (Object.hasOwn(given, member) ? given[member] : undefined))
    .flat()
    .filter((value) => typeof value === 'string');
}

// Without sortBy the order is that of registration. A revision never used sorts as used before all others.

import { Failure } from '../../protocol/errors.ts';
import type { InputOf } from '../../protocol/operations/operation.ts';
import type { registry } from '../../protocol/operations/registry.ts';
import { listRevisions, type RevisionOrder, type RevisionQuery } from '../store/revisions.ts';
import { requireApplication } from './lookup.ts';
import { pageSize, readPlace, toPage } from './page.ts';
import { groupsByTargetRevision, revisionLocation } from './revision-info.ts';
import type { Handler } from './services.ts';

type Input = InputOf<typeof registry.listApplicationRevisions>;

const orders: Readonly<Record<NonNullable<Input['sortBy']>, RevisionOrder>> = {
  registerTime: 'registered_at',
  firstUsedTime: 'first_used_at',
  lastUsedTime: 'last_used_at',
};

const longestKeyBytes = 1024;

export const listApplicationRevisions: Handler<typeof registry.listApplicationRevisions> = async ({ store }, input) => {
  const { sortBy = 'registerTime', sortOrder = 'ascending', deployed = 'ignore', s3Bucket = null } = input;
  const s3KeyPrefix = input.s3KeyPrefix === undefined || input.s3KeyPrefix === '' ? null : input.s3KeyPrefix;
  if (s3Bucket === '') throw new Failure('InvalidBucketNameFilterException', 's3Bucket is empty; leave it out to list revisions of every bucket.', 's3Bucket');
  if (s3KeyPrefix !== null && Buffer.byteLength(s3KeyPrefix) > longestKeyBytes) {
    throw new Failure('InvalidKeyPrefixFilterException', `s3KeyPrefix is longer than ${longestKeyBytes} bytes, the most that a key may have.`, 's3KeyPrefix');
  }
  if (s3KeyPrefix !== null && s3Bucket === null) {
    throw new Failure('BucketNameFilterRequiredException', 's3KeyPrefix needs s3Bucket beside it.', 's3Bucket');
  }
  const application = await requireApplication(store.db, input.applicationName);
  const question = ['ListApplicationRevisions', application.application_id, sortBy, sortOrder, deployed, s3Bucket, s3KeyPrefix];
  const place = readPlace(question, input.nextToken, 2);
  const rows = await listRevisions(store.db, {
    applicationId: application.application_id,
    orderBy: orders[sortBy],
    isDescending: sortOrder === 'descending',
    bucket: s3Bucket,
    keyPrefix: s3KeyPrefix,
    locationKeys: await deployedKeys(store.db, application.application_id, deployed),
    after: place === null ? null : { instant: Number(place[0]), revisionId: String(place[1]) },
    limit: pageSize + 1,
  });
  const page = toPage(question, rows, (row) => [row.place.instant, row.place.revisionId]);
  return {
    revisions: page.rows.map(revisionLocation),
    ...(page.nextToken === undefined ? {} : { nextToken: page.nextToken }),
  };
};

/** `include`: only target revisions of a group; `exclude`: only others. */
async function deployedKeys(
  db: Parameters<typeof listRevisions>[0],
  applicationId: string,
  deployed: NonNullable<Input['deployed']>,
): Promise<RevisionQuery['locationKeys']> {
  if (deployed === 'ignore') return null;
  const keys = [...(await groupsByTargetRevision(db, applicationId)).keys()];
  return deployed === 'include' ? { only: keys } : { except: keys };
}

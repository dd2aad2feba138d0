// Which buckets are the controller's own: what is pushed to them is kept here, and S3 locations in them are never asked
// of anybody else. Where no S3 is configured every bucket is, so that `aws deploy push` to the bucket of an old pipeline
// works unchanged; where one is, only its own and those that the configuration lists.

/** The bucket that uploads over REST go to. */
export const ownBucket = 'fairlead';

export interface OwnBuckets {
  isOwn(bucket: string): boolean;
  /** Those known by name, whether they hold anything or not. */
  readonly named: readonly string[];
}

/** `listed` as in the configuration; null when it lists none. */
export function ownBuckets(listed: readonly string[] | null, hasS3Source: boolean): OwnBuckets {
  const named = [...new Set([ownBucket, ...(listed ?? [])])];
  const isAny = listed === null && !hasS3Source;
  return { named, isOwn: (bucket) => (isAny ? isBucketName(bucket) : named.includes(bucket)) };
}

export function isBucketName(text: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$/.test(text);
}

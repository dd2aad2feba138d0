// An S3 object as the source of a local deployment: who asks for it, and the address that is signed for them.

import { instanceMetadata } from './bundle/instance-metadata.ts';
import { type AwsCredentials, bucketAddress, presignObject } from './bundle/presign.ts';
import type { LocalSource } from './local-options.ts';

/** What the environment says of AWS, in its own variables. */
export interface AwsSurroundings {
  readonly credentials: AwsCredentials | null;
  readonly region: string | null;
  /** An S3-compatible service (AWS_ENDPOINT_URL_S3); null for AWS. */
  readonly endpoint: string | null;
  /** The metadata service, asked where the variables say nothing. */
  readonly metadataEndpoint: string;
}

const signatureSeconds = 900;

export function awsSurroundings(env: Readonly<Record<string, string | undefined>>): AwsSurroundings {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  return {
    credentials: accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, sessionToken: env['AWS_SESSION_TOKEN'] || null } : null,
    region: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || null,
    endpoint: env['AWS_ENDPOINT_URL_S3'] || null,
    metadataEndpoint: env['AWS_EC2_METADATA_SERVICE_ENDPOINT'] || 'http://169.254.169.254',
  };
}

/** Throws an Error that says what is missing. */
export async function addressOfObject({ bucket, key, version }: LocalSource & { readonly kind: 's3' }, aws: AwsSurroundings, clock: { now(): number }): Promise<URL> {
  const machine = instanceMetadata(aws.metadataEndpoint, clock);
  const credentials = aws.credentials ?? (await machine.credentials().catch((error: unknown) => {
    throw new Error(`there are no credentials for S3: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine an instance profile (${(error as Error).message})`);
  }));
  const region = aws.region ?? (aws.endpoint === null ? await machine.region() : null) ?? 'us-east-1';
  const base = bucketAddress({ endpoint: aws.endpoint, forcePathStyle: aws.endpoint !== null }, bucket, region);
  return presignObject({ base, key, version }, credentials, region, clock.now(), signatureSeconds);
}

// A GET of one S3 object as an address that carries its own signature (SigV4 in the query). Ours rather than an SDK's:
// it is one HMAC chain, and S3 alone encodes the path once. Pure.

import { createHash, createHmac } from 'node:crypto';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken: string | null;
}

export interface ObjectAddress {
  /** Scheme and host, and for path style the bucket: nothing after it but the key. No slash at the end. */
  readonly base: string;
  readonly key: string;
  readonly version: string | null;
}

/** Where a bucket is: `endpoint` null is AWS. A bucket with dots would not fit AWS's certificate, so it goes into the path. */
export function bucketAddress({ endpoint, forcePathStyle }: { readonly endpoint: string | null; readonly forcePathStyle: boolean }, bucket: string, region: string): string {
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const service = new URL(endpoint ?? `https://s3.${region}.${domain}`);
  if (forcePathStyle || (endpoint === null && bucket.includes('.'))) return `${service.href.replace(/\/$/, '')}/${bucket}`;
  return `${service.protocol}//${bucket}.${service.host}`;
}

/** `now` in epoch milliseconds; `region` as in the credential scope. The address is good for `seconds`. */
export function presignObject(address: ObjectAddress, credentials: AwsCredentials, region: string, now: number, seconds: number): URL {
  const base = new URL(address.base);
  const at = new Date(now).toISOString().replace(/[-:]|\.[0-9]{3}/g, '');
  const scope = `${at.slice(0, 8)}/${region}/s3/aws4_request`;
  const path = `${base.pathname.replace(/\/$/, '')}/${address.key.split('/').map(encode).join('/')}`;
  const members: Record<string, string> = {
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${credentials.accessKeyId}/${scope}`,
    'X-Amz-Date': at,
    'X-Amz-Expires': String(seconds),
    'X-Amz-SignedHeaders': 'host',
    ...(credentials.sessionToken === null ? {} : { 'X-Amz-Security-Token': credentials.sessionToken }),
    ...(address.version === null ? {} : { versionId: address.version }),
  };
  const query = Object.keys(members)
    .sort()
    .map((name) => `${encode(name)}=${encode(members[name]!)}`)
    .join('&');
  const canonical = ['GET', path, query, `host:${base.host}`, '', 'host', 'UNSIGNED-PAYLOAD'].join('\n');
  const toSign = ['AWS4-HMAC-SHA256', at, scope, createHash('sha256').update(canonical).digest('hex')].join('\n');
  const key = scope.split('/').reduce<Buffer>((secret, part) => hmac(secret, part), Buffer.from(`AWS4${credentials.secretAccessKey}`));
  return new URL(`${base.origin}${path}?${query}&X-Amz-Signature=${hmac(key, toSign).toString('hex')}`);
}

/** AWS encodes everything but letters, digits and - . _ ~ */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

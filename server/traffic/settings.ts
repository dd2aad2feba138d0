// What the operator says of load balancers of AWS in the configuration file. Secrets are named by file and read at start.

import Type, { type Static, type TObject } from 'typebox';
import type { Files } from '../../world/files.ts';
import type { Elbv2Settings } from './elbv2/sdk.ts';

/** A section of the server's configuration file. */
export const trafficSections = {
  elbv2: Type.Optional(
    Type.Object(
      {
        region: Type.Optional(Type.String({ pattern: '^[a-z0-9-]+$', description: 'Absent: what the AWS SDK finds.' })),
        endpoint: Type.Optional(Type.String({ pattern: '^https?://', description: 'A service that speaks Elastic Load Balancing; AWS when absent.' })),
        'access-key-id': Type.Optional(Type.String({ description: 'Absent: what the AWS SDK finds.' })),
        'secret-access-key-file': Type.Optional(Type.String()),
      },
      { additionalProperties: false },
    ),
  ),
};
export type TrafficSections = Static<TObject<typeof trafficSections>>;

/** What is not said is left to the AWS SDK. */
export const usualElbv2Settings: Elbv2Settings = { region: null, endpoint: null, credentials: null };

/** Throws an Error that says which setting is wrong. */
export function checkTrafficSections({ elbv2 }: TrafficSections): void {
  if ((elbv2?.['access-key-id'] === undefined) !== (elbv2?.['secret-access-key-file'] === undefined)) throw new Error('In the section elbv2 set both access-key-id and secret-access-key-file, or neither.');
}

/** Throws an Error that names a file that cannot be used. */
export async function readElbv2Settings({ elbv2 }: TrafficSections, files: Pick<Files, 'read'>): Promise<Elbv2Settings> {
  const accessKeyId = elbv2?.['access-key-id'];
  const file = elbv2?.['secret-access-key-file'];
  const secret = file === undefined ? null : await files.read(file);
  if (file !== undefined && secret === null) throw new Error(`elbv2.secret-access-key-file: there is no file ${file}.`);
  const credentials = accessKeyId === undefined || secret === null ? null : { accessKeyId, secretAccessKey: Buffer.from(secret).toString('utf8').trim() };
  return { region: elbv2?.region ?? null, endpoint: elbv2?.endpoint ?? null, credentials };
}

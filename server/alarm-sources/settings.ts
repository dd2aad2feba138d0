// What the operator says of alarm sources in the configuration file. Secrets are named by file and read at start.

import Type, { type Static, type TObject } from 'typebox';
import type { World } from '../../world/world.ts';
import { makeAlarmSources, type AlarmSources } from './registry.ts';

/** A section of the server's configuration file. */
export const alarmSections = {
  cloudwatch: Type.Optional(
    Type.Object(
      {
        default: Type.Optional(Type.Boolean({ description: 'Alarms that nobody has defined here are looked up in CloudWatch.' })),
        region: Type.Optional(Type.String({ pattern: '^[a-z0-9-]+$', description: 'Absent: what the AWS SDK finds.' })),
        endpoint: Type.Optional(Type.String({ pattern: '^https?://', description: 'A service that speaks CloudWatch; AWS when absent.' })),
        'access-key-id': Type.Optional(Type.String({ description: 'Absent: what the AWS SDK finds.' })),
        'secret-access-key-file': Type.Optional(Type.String()),
      },
      { additionalProperties: false },
    ),
  ),
};
export type AlarmSections = Static<TObject<typeof alarmSections>>;

/** Throws an Error that says which setting is wrong. */
export function checkAlarmSections({ cloudwatch }: AlarmSections): void {
  if ((cloudwatch?.['access-key-id'] === undefined) !== (cloudwatch?.['secret-access-key-file'] === undefined)) {
    throw new Error('In the section cloudwatch set both access-key-id and secret-access-key-file, or neither.');
  }
}

/** Throws an Error that names a file that cannot be used. */
export async function openAlarmSources({ cloudwatch }: AlarmSections, { files, clock }: Pick<World, 'files' | 'clock'>): Promise<AlarmSources> {
  const accessKeyId = cloudwatch?.['access-key-id'];
  const file = cloudwatch?.['secret-access-key-file'];
  const secret = file === undefined ? null : await files.read(file);
  if (file !== undefined && secret === null) throw new Error(`cloudwatch.secret-access-key-file: there is no file ${file}.`);
  const credentials = accessKeyId === undefined || secret === null ? null : { accessKeyId, secretAccessKey: Buffer.from(secret).toString('utf8').trim() };
  return makeAlarmSources(
    { cloudWatch: { region: cloudwatch?.region ?? null, endpoint: cloudwatch?.endpoint ?? null, credentials }, isCloudWatchDefault: cloudwatch?.default ?? false },
    clock,
  );
}

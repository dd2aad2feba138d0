// What the operator says of sources in the configuration file, decided but not yet read: secrets are named by file, and
// `openSources` reads them at start, so that a missing one is said then and not at the first deployment.

import { readFile } from 'node:fs/promises';
import Type, { type Static, type TObject } from 'typebox';
import type { Proxy } from '../../agent/bundle/proxy.ts';
import type { World } from '../../world/world.ts';
import { instanceMetadata } from '../../agent/bundle/instance-metadata.ts';
import { gitSource } from './git.ts';
import { gitHubSource } from './github.ts';
import { urlSource } from './https-url.ts';
import type { AwsCredentials } from '../../agent/bundle/presign.ts';
import { s3Source } from './s3.ts';
import type { RevisionSources } from './source.ts';
import type { WayOut } from './source-request.ts';

const closed = { additionalProperties: false };

/** It ends up in the command that git starts ssh with. */
const Path = Type.String({ pattern: '^/[A-Za-z0-9._/@+-]+$' });

/** Sections of the server's configuration file. A source without its section is never asked. */
export const sourceSections = {
  s3: Type.Optional(
    Type.Object(
      {
        endpoint: Type.Optional(Type.String({ pattern: '^https?://', description: 'An S3-compatible service; AWS when absent.' })),
        region: Type.Optional(Type.String({ pattern: '^[a-z0-9-]+$' })),
        'force-path-style': Type.Optional(Type.Boolean({ description: 'The bucket stands in the path. True where an endpoint is given and nothing else said.' })),
        'access-key-id': Type.Optional(Type.String({ description: 'Absent: the environment, else the instance profile.' })),
        'secret-access-key-file': Type.Optional(Type.String()),
        'metadata-endpoint': Type.Optional(Type.String({ pattern: '^https?://', description: 'The metadata service that knows the instance profile.' })),
      },
      closed,
    ),
  ),
  github: Type.Optional(
    Type.Object(
      {
        'base-url': Type.Optional(Type.String({ pattern: '^https?://', description: 'https://HOST/api/v3 of GitHub Enterprise.' })),
        'token-file': Type.Optional(Type.String({ description: 'Absent: asked as anybody.' })),
      },
      closed,
    ),
  ),
  url: Type.Optional(Type.Object({}, closed)),
  git: Type.Optional(
    Type.Object(
      {
        'ca-file': Type.Optional(Path),
        'ssh-key-file': Type.Optional(Path),
        'known-hosts-file': Type.Optional(Path),
        credentials: Type.Optional(
          Type.Array(
            Type.Object({ url: Type.String({ pattern: '^https://[^/]+/' }), user: Type.Optional(Type.String({ pattern: '^[^:\\s]+$' })), 'token-file': Type.String() }, closed),
            { description: 'Sent to addresses that begin with url.' },
          ),
        ),
      },
      closed,
    ),
  ),
  'source-proxy': Type.Optional(Type.String({ pattern: '^https?://', description: 'Proxy to all sources.' })),
  'source-no-proxy': Type.Optional(Type.String({ description: 'Hosts reached without it, separated by commas.' })),
  'source-ca-file': Type.Optional(Type.String({ description: 'PEM of an authority to trust besides the system\'s.' })),
};
export type SourceSections = Static<TObject<typeof sourceSections>>;

export interface SourceSettings {
  readonly sections: SourceSections;
  /** From the environment, or null. */
  readonly awsCredentials: AwsCredentials | null;
  readonly awsRegion: string | null;
  /** Where git is looked for. */
  readonly path: string;
}

const idleTimeoutMs = 30_000;
const largestRepositoryBytes = 4 * 1024 ** 3;

/** Throws an Error that says which setting is wrong. */
export function decideSourceSettings(sections: SourceSections, env: Readonly<Record<string, string | undefined>>): SourceSettings {
  const { s3 } = sections;
  if ((s3?.['access-key-id'] === undefined) !== (s3?.['secret-access-key-file'] === undefined)) {
    throw new Error('In the section s3 set both access-key-id and secret-access-key-file, or neither.');
  }
  const accessKeyId = env['AWS_ACCESS_KEY_ID'];
  const secretAccessKey = env['AWS_SECRET_ACCESS_KEY'];
  const isGiven = accessKeyId !== undefined && accessKeyId !== '' && secretAccessKey !== undefined;
  return {
    sections,
    awsCredentials: isGiven ? { accessKeyId, secretAccessKey, sessionToken: env['AWS_SESSION_TOKEN'] || null } : null,
    awsRegion: env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || null,
    path: env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin',
  };
}

/** Reads the files that settings name and makes the sources. Throws an Error that names a file that cannot be read. */
export async function openSources({ sections, awsCredentials, awsRegion, path }: SourceSettings, world: Pick<World, 'clock' | 'processes'>): Promise<RevisionSources> {
  const { s3, github, url, git } = sections;
  const way = await wayOut(sections);
  return {
    ...(s3 === undefined ? {} : { s3: await openS3(s3, awsCredentials, awsRegion, way, world) }),
    ...(github === undefined ? {} : { gitHub: gitHubSource({ baseUrl: (github['base-url'] ?? 'https://api.github.com').replace(/\/+$/, ''), token: await secretIn(github['token-file'], 'github.token-file') }, way) }),
    ...(url === undefined ? {} : { url: urlSource(way) }),
    ...(git === undefined ? {} : { git: await openGit(git, path, world) }),
  };
}

async function openS3(s3: NonNullable<SourceSections['s3']>, fromEnvironment: AwsCredentials | null, awsRegion: string | null, way: WayOut, { clock }: Pick<World, 'clock'>) {
  const secretAccessKey = await secretIn(s3['secret-access-key-file'], 's3.secret-access-key-file');
  const accessKeyId = s3['access-key-id'];
  const fixed = accessKeyId !== undefined && secretAccessKey !== null ? { accessKeyId, secretAccessKey, sessionToken: null } : fromEnvironment;
  const machine = instanceMetadata(s3['metadata-endpoint'] ?? 'http://169.254.169.254', clock);
  const endpoint = s3.endpoint ?? null;
  const settings = {
    endpoint,
    region: s3.region ?? awsRegion,
    forcePathStyle: s3['force-path-style'] ?? endpoint !== null,
    credentials: fixed === null ? () => machine.credentials() : () => Promise.resolve(fixed),
    machineRegion: () => (fixed === null ? machine.region() : Promise.resolve(null)),
  };
  return s3Source(settings, way, clock);
}

async function openGit(git: NonNullable<SourceSections['git']>, path: string, world: Pick<World, 'clock' | 'processes'>) {
  const credentials = await Promise.all(
    (git.credentials ?? []).map(async (one) => ({ url: one.url, user: one.user ?? 'x-access-token', token: (await secretIn(one['token-file'], 'git.credentials.token-file')) ?? '' })),
  );
  const settings = { path, caFile: git['ca-file'] ?? null, sshKeyFile: git['ssh-key-file'] ?? null, knownHostsFile: git['known-hosts-file'] ?? null, credentials, largestBytes: largestRepositoryBytes };
  return gitSource(settings, world);
}

async function wayOut(sections: SourceSections): Promise<WayOut> {
  const { 'source-proxy': url, 'source-no-proxy': noProxy, 'source-ca-file': caFile } = sections;
  const proxy: Proxy | null = url === undefined ? null : { url, noProxy: noProxy ?? '' };
  const ca = caFile === undefined ? null : await contentOf(caFile, 'source-ca-file');
  return { idleTimeoutMs, ...(proxy === null ? {} : { proxy }), ...(ca === null ? {} : { ca }) };
}

async function secretIn(file: string | undefined, setting: string): Promise<string | null> {
  if (file === undefined) return null;
  const secret = (await contentOf(file, setting)).trim();
  if (secret === '' || /\s/.test(secret)) throw new Error(`${setting} ${file} must hold one secret and nothing else.`);
  return secret;
}

function contentOf(file: string, setting: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: unknown) => {
    throw new Error(`${setting} ${file} cannot be read: ${(error as Error).message}`);
  });
}

// The server's configuration: flags over environment over file, decided once and frozen. All defaults are here.

import { parse } from 'yaml';
import Type, { type Static } from 'typebox';
import Value from 'typebox/value';
import { decideSourceSettings, sourceSections, type SourceSettings } from './revisions/settings.ts';

/** What may stand in the configuration file (YAML), under the same names as the flags. */
export const ServerFile = Type.Object(
  {
    'data-dir': Type.Optional(Type.String({ description: 'Where the database, bundles and keys live.' })),
    listen: Type.Optional(Type.String({ description: 'HOST:PORT to listen on.' })),
    'insecure-plaintext': Type.Optional(Type.Boolean({ description: 'Allow plain HTTP on an address that is not loopback.' })),
    'tls-certificate': Type.Optional(Type.String({ description: 'PEM file of the certificate and its chain; with tls-key the server speaks HTTPS.' })),
    'tls-key': Type.Optional(Type.String({ description: 'PEM file of the private key.' })),
    region: Type.Optional(Type.String({ description: 'The region in ARNs.' })),
    'account-id': Type.Optional(Type.String({ description: 'The account in ARNs.' })),
    verbose: Type.Optional(Type.Boolean({ description: 'Log at debug level.' })),
    'event-start-timeout-seconds': Type.Optional(
      Type.Integer({ minimum: 1, description: 'An agent must accept an event within this time.' }),
    ),
    'event-timeout-seconds': Type.Optional(Type.Integer({ minimum: 1, description: 'An accepted event must end within this time.' })),
    'deployment-timeout-seconds': Type.Optional(Type.Integer({ minimum: 1, description: 'A deployment must end within this time.' })),
    'ping-seconds': Type.Optional(Type.Integer({ minimum: 1, description: 'How often agents and server say they are there.' })),
    ...sourceSections,
  },
  { additionalProperties: false },
);
export type ServerFile = Static<typeof ServerFile>;

export interface ServerConfig {
  readonly dataDir: string;
  readonly host: string;
  readonly port: number;
  readonly allowInsecurePlaintext: boolean;
  /** Files of certificate and key; null speaks plaintext. */
  readonly tlsFiles: { readonly certificate: string; readonly key: string } | null;
  readonly region: string;
  readonly accountId: string;
  readonly isVerbose: boolean;
  /** Set from the environment; null lets the first start make one. */
  readonly administrator: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
  readonly limits: { readonly eventStartMs: number; readonly eventMs: number; readonly deploymentMs: number };
  readonly pingEveryMs: number;
  readonly lookEveryMs: number;
  /** How long a bundle's signed URL is good for. */
  readonly bundleUrlMs: number;
  /** Where bundles may come from besides uploads. */
  readonly sources: SourceSettings;
}

export interface ServerFlags {
  readonly dataDir?: string | undefined;
  readonly listen?: string | undefined;
  readonly insecurePlaintext?: boolean | undefined;
  readonly tlsCertificate?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly verbose?: boolean | undefined;
}

/** Throws an Error whose message says which setting is wrong and what it should be. */
export function decideServerConfig(flags: ServerFlags, env: Readonly<Record<string, string | undefined>>, fileText: string | null): ServerConfig {
  const file = fileText === null ? {} : readServerFile(fileText);
  const { host, port } = splitListen(flags.listen ?? env['FAIRLEAD_LISTEN'] ?? file.listen ?? '127.0.0.1:4710');
  const certificate = flags.tlsCertificate ?? file['tls-certificate'];
  const key = flags.tlsKey ?? file['tls-key'];
  if ((certificate === undefined) !== (key === undefined)) throw new Error('TLS needs both --tls-certificate and --tls-key.');
  const accessKeyId = env['FAIRLEAD_ADMIN_ACCESS_KEY_ID'];
  const secretAccessKey = env['FAIRLEAD_ADMIN_SECRET_ACCESS_KEY'];
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined)) {
    throw new Error('Set both FAIRLEAD_ADMIN_ACCESS_KEY_ID and FAIRLEAD_ADMIN_SECRET_ACCESS_KEY, or neither.');
  }
  if (accessKeyId !== undefined && !/^[A-Za-z0-9_]{4,128}$/.test(accessKeyId)) {
    throw new Error('FAIRLEAD_ADMIN_ACCESS_KEY_ID must be 4 to 128 letters, digits or underscores.');
  }
  if (secretAccessKey !== undefined && secretAccessKey.length < 8) {
    throw new Error('FAIRLEAD_ADMIN_SECRET_ACCESS_KEY must have at least 8 characters.');
  }
  return Object.freeze({
    dataDir: flags.dataDir ?? env['FAIRLEAD_DATA_DIR'] ?? file['data-dir'] ?? '/var/lib/fairlead-server',
    host,
    port,
    allowInsecurePlaintext: flags.insecurePlaintext ?? file['insecure-plaintext'] ?? false,
    tlsFiles: certificate === undefined || key === undefined ? null : { certificate, key },
    region: file.region ?? 'us-east-1',
    accountId: file['account-id'] ?? '000000000000',
    isVerbose: flags.verbose ?? file.verbose ?? false,
    administrator: accessKeyId === undefined || secretAccessKey === undefined ? null : { accessKeyId, secretAccessKey },
    limits: {
      eventStartMs: 1000 * (file['event-start-timeout-seconds'] ?? 300),
      eventMs: 1000 * (file['event-timeout-seconds'] ?? 3600),
      deploymentMs: 1000 * (file['deployment-timeout-seconds'] ?? 8 * 3600),
    },
    pingEveryMs: 1000 * (file['ping-seconds'] ?? 5),
    lookEveryMs: 15_000,
    bundleUrlMs: 3600_000,
    sources: decideSourceSettings(file, env),
  });
}

function readServerFile(text: string): ServerFile {
  const value: unknown = parse(text) ?? {};
  if (Value.Check(ServerFile, value)) return value;
  const first = Value.Errors(ServerFile, value)[0];
  const known = Object.keys(ServerFile.properties).join(', ');
  throw new Error(`The configuration file does not fit: ${first?.instancePath ?? ''} ${first?.message ?? ''}. Known keys: ${known}.`);
}

function splitListen(listen: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]*)):(\d{1,5})$/.exec(listen);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) throw new Error(`--listen wants HOST:PORT, such as 127.0.0.1:4710; it was given '${listen}'.`);
  return { host: match[1] ?? (match[2] === '' ? '0.0.0.0' : match[2]!), port };
}

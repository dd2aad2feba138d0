// The server's configuration: flags over environment over file, decided once and frozen. All defaults are here.

import { join } from 'node:path';
import Type, { type Static } from 'typebox';
import { alarmSections, checkAlarmSections, type AlarmSections } from './alarm-sources/settings.ts';
import { readSettings } from './config-file.ts';
import { decideLimits, LimitsSection, type ServerLimits } from './limits.ts';
import { checkNotifierSections, notifierSections, type NotifierSections } from './notifiers/settings.ts';
import { checkTrafficSections, trafficSections, type TrafficSections } from './traffic/settings.ts';
import { decideEc2Enrolment, ec2Sections, type Ec2Enrolment } from './ec2/settings.ts';
import { isLoopback } from './faces/loopback.ts';
import { ownFiles } from './tls/own-authority.ts';
import { decideSourceSettings, sourceSections, type SourceSettings } from './revisions/settings.ts';

/** What may stand in the configuration file (YAML), under the same names as the flags. */
export const ServerFile = Type.Object(
  {
    'data-dir': Type.Optional(Type.String({ description: 'Where the database, bundles and keys live.' })),
    database: Type.Optional(Type.String({ description: 'URL of a database on a server, instead of a file in data-dir; bundles and keys stay in data-dir.' })),
    listen: Type.Optional(Type.String({ description: 'HOST:PORT to listen on.' })),
    'insecure-plaintext': Type.Optional(Type.Boolean({ description: 'Allow plain HTTP on an address that is not loopback.' })),
    'tls-certificate': Type.Optional(Type.String({ description: 'PEM file of the certificate and its chain; with tls-key the server speaks HTTPS.' })),
    'tls-key': Type.Optional(Type.String({ description: 'PEM file of the private key.' })),
    'tls-own': Type.Optional(Type.Boolean({ description: 'Speak HTTPS with a certificate that the controller makes itself; so it does, too, on an address that is not loopback and without tls-certificate.' })),
    'tls-names': Type.Optional(Type.Array(Type.String({ pattern: '^[A-Za-z0-9.:_-]{1,253}$' }), { maxItems: 50, description: 'Names and addresses for that certificate besides those of this host.' })),
    region: Type.Optional(Type.String({ description: 'The region in ARNs.' })),
    'account-id': Type.Optional(Type.String({ description: 'The account in ARNs.' })),
    verbose: Type.Optional(Type.Boolean({ description: 'Log at debug level.' })),
    'log-dir': Type.Optional(Type.String({ description: 'Folder for files of the log besides standard error: 8 of 16 MiB at most.' })),
    'event-start-timeout-seconds': Type.Optional(
      Type.Integer({ minimum: 1, description: 'An agent must accept an event within this time.' }),
    ),
    'event-timeout-seconds': Type.Optional(Type.Integer({ minimum: 1, description: 'An accepted event must end within this time.' })),
    'deployment-timeout-seconds': Type.Optional(Type.Integer({ minimum: 1, description: 'A deployment must end within this time.' })),
    'ping-seconds': Type.Optional(Type.Integer({ minimum: 1, description: 'How often agents and server say they are there.' })),
    buckets: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{1,61}[A-Za-z0-9]$' }), {
        description: 'Buckets kept by the controller itself, besides fairlead: for aws deploy push with AWS_ENDPOINT_URL_S3. Absent: every bucket, or with a section s3 only fairlead.',
      }),
    ),
    limits: Type.Optional(LimitsSection),
    ...sourceSections,
    ...notifierSections,
    ...alarmSections,
    ...trafficSections,
    ...ec2Sections,
  },
  { additionalProperties: false },
);
export type ServerFile = Static<typeof ServerFile>;

export interface ServerConfig {
  readonly dataDir: string;
  /** URL of a database on a server, password and all: never to be shown. Null keeps it in `dataDir`. */
  readonly database: string | null;
  readonly host: string;
  readonly port: number;
  readonly allowInsecurePlaintext: boolean;
  /** The controller makes these files itself; null: it does not. */
  readonly ownTls: { readonly names: readonly string[] } | null;
  /** Files of certificate and key; null speaks plaintext. */
  readonly tlsFiles: { readonly certificate: string; readonly key: string } | null;
  readonly region: string;
  readonly accountId: string;
  readonly isVerbose: boolean;
  /** Null: the log goes to standard error alone. */
  readonly logFolder: string | null;
  /** Set from the environment; null lets the first start make one. */
  readonly administrator: { readonly accessKeyId: string; readonly secretAccessKey: string } | null;
  /** How long events and deployments may take where nothing else is said. */
  readonly limits: { readonly eventStartMs: number; readonly eventMs: number; readonly deploymentMs: number };
  /** What each door puts up with. */
  readonly doors: ServerLimits;
  readonly pingEveryMs: number;
  readonly lookEveryMs: number;
  /** How long a bundle's signed URL is good for. */
  readonly bundleUrlMs: number;
  /** The controller's own buckets; null when none is listed. */
  readonly buckets: readonly string[] | null;
  /** Where bundles may come from besides uploads. */
  readonly sources: SourceSettings;
  /** How triggers reach whom they name. */
  readonly notifiers: NotifierSections;
  /** Who knows how alarms stand. */
  readonly alarms: AlarmSections;
  /** Which EC2 instances enrol by their identity documents; null: none. */
  readonly ec2: Ec2Enrolment | null;
  /** How load balancers of AWS are asked. */
  readonly traffic: TrafficSections;
}

export interface ServerFlags {
  /** What the file's text was read from, for sentences. */
  readonly configFile?: string | undefined;
  readonly dataDir?: string | undefined;
  readonly database?: string | undefined;
  readonly listen?: string | undefined;
  readonly insecurePlaintext?: boolean | undefined;
  readonly tlsCertificate?: string | undefined;
  readonly tlsKey?: string | undefined;
  readonly tlsOwn?: boolean | undefined;
  readonly verbose?: boolean | undefined;
}

/** Throws an Error whose message says which setting is wrong and what it should be. */
export function decideServerConfig(flags: ServerFlags, env: Readonly<Record<string, string | undefined>>, fileText: string | null): ServerConfig {
  const file = fileText === null ? {} : readSettings(ServerFile, fileText, flags.configFile ?? 'The configuration file');
  const { host, port } = splitListen(flags.listen ?? env['FAIRLEAD_LISTEN'] ?? file.listen ?? '127.0.0.1:4710');
  const certificate = flags.tlsCertificate ?? file['tls-certificate'];
  const key = flags.tlsKey ?? file['tls-key'];
  if ((certificate === undefined) !== (key === undefined)) throw new Error('TLS needs both --tls-certificate and --tls-key.');
  const dataDir = flags.dataDir ?? env['FAIRLEAD_DATA_DIR'] ?? file['data-dir'] ?? '/var/lib/fairlead-server';
  const allowInsecurePlaintext = flags.insecurePlaintext ?? file['insecure-plaintext'] ?? false;
  const isOwnTls = certificate === undefined && (flags.tlsOwn ?? file['tls-own'] ?? (!isLoopback(host) && !allowInsecurePlaintext));
  if (certificate !== undefined && (flags.tlsOwn ?? file['tls-own']) === true) throw new Error('A certificate is given, and the controller is to make its own (tls-own): leave one of the two out.');
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
  checkNotifierSections(file);
  checkAlarmSections(file);
  checkTrafficSections(file);
  return Object.freeze({
    database: flags.database ?? env['FAIRLEAD_DATABASE'] ?? file.database ?? null,
    dataDir,
    host,
    port,
    allowInsecurePlaintext,
    ownTls: isOwnTls ? { names: file['tls-names'] ?? [] } : null,
    tlsFiles: isOwnTls ? { certificate: join(dataDir, ownFiles.certificate), key: join(dataDir, ownFiles.key) } : certificate === undefined || key === undefined ? null : { certificate, key },
    region: file.region ?? 'us-east-1',
    accountId: file['account-id'] ?? '000000000000',
    isVerbose: flags.verbose ?? file.verbose ?? false,
    logFolder: env['FAIRLEAD_LOG_DIR'] ?? file['log-dir'] ?? null,
    administrator: accessKeyId === undefined || secretAccessKey === undefined ? null : { accessKeyId, secretAccessKey },
    limits: {
      eventStartMs: 1000 * (file['event-start-timeout-seconds'] ?? 300),
      eventMs: 1000 * (file['event-timeout-seconds'] ?? 3600),
      deploymentMs: 1000 * (file['deployment-timeout-seconds'] ?? 8 * 3600),
    },
    doors: decideLimits(file.limits),
    pingEveryMs: 1000 * (file['ping-seconds'] ?? 5),
    lookEveryMs: 15_000,
    bundleUrlMs: 3600_000,
    buckets: file.buckets ?? null,
    sources: decideSourceSettings(file, env),
    notifiers: file,
    alarms: file,
    traffic: file,
    ec2: decideEc2Enrolment(file),
  });
}

function splitListen(listen: string): { host: string; port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:]*)):(\d{1,5})$/.exec(listen);
  const port = Number(match?.[3]);
  if (match === null || port > 65535) throw new Error(`--listen wants HOST:PORT, such as 127.0.0.1:4710; it was given '${listen}'.`);
  return { host: match[1] ?? (match[2] === '' ? '0.0.0.0' : match[2]!), port };
}

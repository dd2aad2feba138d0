// Where the server is and who we are there: from flags, a credentials file, the environment or the configuration file,
// in this order, member by member. Each member remembers its origin, so that a refusal can name what to correct.

import path from 'node:path';
import { showPrintable } from './printable.ts';
import { Refusal } from './refusal.ts';
import type { Surroundings } from './surroundings.ts';

export interface Connection {
  readonly url: URL;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** PEM of an authority to trust besides the system's. */
  readonly ca?: string;
  /** Such as `FAIRLEAD_ACCESS_KEY_ID`: for sentences, never the secret itself. */
  readonly accessKeyOrigin: string;
}

export interface ConnectionFlags {
  readonly url?: string;
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  /** A file such as the server's administrator-access-key.json. */
  readonly credentials?: string;
  readonly caFile?: string;
}

type Member = 'url' | 'accessKeyId' | 'secretAccessKey' | 'caFile';

interface Source {
  readonly origin: (member: Member) => string;
  readonly values: Readonly<Partial<Record<Member, string>>>;
}

const variables = { url: 'FAIRLEAD_URL', accessKeyId: 'FAIRLEAD_ACCESS_KEY_ID', secretAccessKey: 'FAIRLEAD_SECRET_ACCESS_KEY', caFile: 'FAIRLEAD_CA_FILE' } as const;
const flagNames = { url: '--url', accessKeyId: '--access-key-id', secretAccessKey: '--secret-access-key', caFile: '--ca-file' } as const;
const members = ['url', 'accessKeyId', 'secretAccessKey', 'caFile'] as const;

/** Finds the connection. Throws a Refusal that says what is missing and the ways to give it. */
export async function findConnection(flags: ConnectionFlags, around: Surroundings): Promise<Connection> {
  const sources = await readSources(flags, around);
  const find = (member: Member): { readonly value: string; readonly origin: string } | null => {
    for (const source of sources) {
      const value = source.values[member];
      if (value !== undefined && value !== '') return { value, origin: source.origin(member) };
    }
    return null;
  };
  const url = find('url');
  const accessKeyId = find('accessKeyId');
  const secretAccessKey = find('secretAccessKey');
  if (url === null || accessKeyId === null || secretAccessKey === null) {
    throw notConfigured(members.filter((member) => member !== 'caFile' && find(member) === null), configPath(around.env));
  }
  const caFile = find('caFile');
  return { url: parseUrl(url.value, url.origin), accessKeyId: accessKeyId.value, secretAccessKey: secretAccessKey.value, ...(caFile === null ? {} : { ca: await readAuthority(caFile, around) }), accessKeyOrigin: accessKeyId.origin };
}

async function readSources(flags: ConnectionFlags, around: Surroundings): Promise<readonly Source[]> {
  const sources: Source[] = [{ origin: (member) => flagNames[member], values: pick(flags as Record<string, unknown>) }];
  if (flags.credentials !== undefined) sources.push(await readSource(flags.credentials, true, around));
  sources.push({
    origin: (member) => variables[member],
    values: { url: around.env[variables.url] ?? '', accessKeyId: around.env[variables.accessKeyId] ?? '', secretAccessKey: around.env[variables.secretAccessKey] ?? '', caFile: around.env[variables.caFile] ?? '' },
  });
  const file = configPath(around.env);
  if (file !== null) sources.push(await readSource(file, around.env['FAIRLEAD_CONFIG'] !== undefined, around));
  return sources;
}

/** The configuration file's place: FAIRLEAD_CONFIG, or fairlead/config.json below the user's configuration folder. */
export function configPath(env: Surroundings['env']): string | null {
  if (env['FAIRLEAD_CONFIG'] !== undefined && env['FAIRLEAD_CONFIG'] !== '') return env['FAIRLEAD_CONFIG'];
  const base = env['XDG_CONFIG_HOME'] || (env['HOME'] ? path.join(env['HOME'], '.config') : '');
  return base === '' ? null : path.join(base, 'fairlead', 'config.json');
}

async function readSource(file: string, isExpected: boolean, around: Surroundings): Promise<Source> {
  const origin = (): string => file;
  let bytes: Uint8Array | null;
  try {
    bytes = await around.readFile(file);
  } catch (error) {
    throw new Refusal(`${showPrintable(file)} cannot be read: ${(error as NodeJS.ErrnoException).code ?? String(error)}.`);
  }
  if (bytes === null) {
    if (isExpected) throw new Refusal(`There is no file ${showPrintable(file)}.`);
    return { origin, values: {} };
  }
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    throw new Refusal(`${showPrintable(file)} is not JSON.`, { advice: [configShape] });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Refusal(`${showPrintable(file)} does not hold a JSON object.`, { advice: [configShape] });
  return { origin, values: pick(value as Record<string, unknown>) };
}

const configShape = 'It looks like this: {"url": "http://127.0.0.1:8080", "accessKeyId": "…", "secretAccessKey": "…"}';

function pick(from: Readonly<Record<string, unknown>>): Partial<Record<Member, string>> {
  const values: Partial<Record<Member, string>> = {};
  for (const member of members) {
    const value = from[member];
    if (typeof value === 'string') values[member] = value;
  }
  return values;
}

function notConfigured(missing: readonly Member[], file: string | null): Refusal {
  const words = { url: 'the server’s address', accessKeyId: 'an access key id', secretAccessKey: 'its secret', caFile: 'its authority' };
  return new Refusal(`Not configured: ${missing.map((member) => words[member]).join(', ')} missing.`, {
    advice: [
      `Set ${missing.map((member) => variables[member]).join(', ')}; or give ${missing.map((member) => flagNames[member]).join(', ')};`,
      `or write ${file ?? 'a file named by FAIRLEAD_CONFIG'}: {"url": "…", "accessKeyId": "…", "secretAccessKey": "…"}.`,
      'On the server itself: --credentials DATA_DIR/administrator-access-key.json gives the key that its first start made.',
    ],
  });
}

async function readAuthority({ value, origin }: { readonly value: string; readonly origin: string }, around: Surroundings): Promise<string> {
  const bytes = await around.readFile(value).catch((error: NodeJS.ErrnoException) => error);
  if (bytes instanceof Error || bytes === null) throw new Refusal(`The authority's file ${showPrintable(value)} (from ${origin}) cannot be read: ${bytes === null ? 'there is none' : bytes.code ?? bytes.message}.`);
  const text = Buffer.from(bytes).toString('utf8');
  if (!text.includes('-----BEGIN CERTIFICATE-----')) throw new Refusal(`${showPrintable(value)} (from ${origin}) holds no certificate in PEM.`);
  return text;
}

function parseUrl(text: string, origin: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && (url.protocol === 'http:' || url.protocol === 'https:')) return url;
  throw new Refusal(`${showPrintable(text)} (from ${origin}) is no address of a server. It looks like http://127.0.0.1:8080 or https://fairlead.example.org.`);
}

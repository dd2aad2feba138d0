// What an agent is told, from three places: flags before environment before file, and a default for everything that can
// have one. All defaults are here. The file's keys are those of the original agent wherever they still mean something.

import { isAbsolute } from 'node:path';
import { parseDocument } from 'yaml';
import { readLimits } from './limits.ts';
import type { HostLimits } from './limits.ts';
import { readBalancers } from './balancer/read-balancers.ts';
import type { Balancer } from './balancer/read-balancers.ts';
import { layTags } from './own-tags.ts';
import type { OwnTag, Tag } from './own-tags.ts';
import { openPolicy } from './policy/policy.ts';
import type { HostPolicy } from './policy/policy.ts';
import { readPolicy } from './policy/read-policy.ts';
import { readHostSecrets } from './host-secrets.ts';
import type { HostSecret } from './host-secrets.ts';
import { isLoopback } from './bundle/loopback.ts';
import type { Proxy } from './bundle/proxy.ts';
import { nearestWord } from '../protocol/nearest-word.ts';
import { defaultMaxRevisions } from './retention.ts';

export interface AgentConfig {
  /** http: or https:, no slash at the end; null when only the identity knows. */
  readonly controllerUrl: string | null;
  readonly joinToken: string | null;
  readonly instanceName: string;
  /** The same, where it was given and is not just this host's; an enrolled host must bear it. */
  readonly askedName?: string;
  readonly tags: readonly Tag[];
  /** Who said each, by key. */
  readonly tagOrigins: Readonly<Record<string, string>>;
  /** Given by flags or the environment: nothing else counts. */
  readonly areTagsFixed: boolean;
  /** Whether an EC2 instance's own tags count. */
  readonly usesEc2Tags: boolean;
  /** The availability zone the host is in; absent: none is said. */
  readonly zone?: string;
  readonly dataFolder: string;
  /** Stands for "/" in every destination and permission object, or null. */
  readonly root: string | null;
  readonly maxRevisions: number;
  /** Between SIGTERM and SIGKILL. */
  readonly hookGraceMs: number;
  /** All that hooks get besides CodeDeploy's variables. */
  readonly hookEnvironment: Readonly<Record<string, string>>;
  /** Whether hooks run in units of systemd; `auto`: where systemd has started the agent as root. */
  readonly hookUnits: HookUnits;
  /** What the host's owner keeps out of the output of hooks. */
  readonly redact?: readonly HostSecret[];
  /** What the host's owner allows a controller to do here. */
  readonly policy: HostPolicy;
  /** What a bundle may ask of this host. */
  /** The balancers on this host that a controller may ask. Absent: none. */
  readonly balancers?: readonly Balancer[];
  readonly limits: HostLimits;
  /** Applications deployed side by side. */
  readonly maxApplications: number;
  /** Lifecycle events waiting or running. */
  readonly maxAttempts: number;
  readonly journalRotateBytes: number;
  /** PEM file of an authority to trust besides the system's. */
  readonly caFile: string | null;
  readonly isPlaintextAllowed: boolean;
  /** Through which the session, the enrolment and bundles go; absent: straight. */
  readonly proxy?: Proxy;
  readonly logLevel: LogLevel;
  /** Log lines go to a file here as well, when given. */
  readonly logFolder: string | null;
  readonly agentVersion: string;
  readonly connectTimeoutMs: number;
  readonly greetingMs: number;
  readonly slowRestMs: number;
}

export const logLevels = ['error', 'warn', 'info', 'debug'] as const;
export type LogLevel = (typeof logLevels)[number];

export const hookUnitChoices = ['auto', 'always', 'never'] as const;
export type HookUnits = (typeof hookUnitChoices)[number];

export interface ConfigSources {
  readonly file: { readonly path: string; readonly text: string } | null;
  /** Files of the drop-in folder, by name: tags alone may stand there. */
  readonly dropIns?: readonly { readonly path: string; readonly text: string }[];
  /** The file that `namedPolicyFile` asked for, already found to be in trusted hands. */
  readonly policyFile?: { readonly path: string; readonly text: string };
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly flags: AgentFlags;
  readonly hostname: string;
  readonly agentVersion: string;
}

/** As on the command line of `fairlead agent`. */
export interface AgentFlags {
  readonly controller?: string;
  readonly joinToken?: string;
  readonly name?: string;
  readonly tags?: readonly Tag[];
  readonly dataDir?: string;
  readonly root?: string;
  readonly logLevel?: string;
  readonly allowPlaintext?: boolean;
}

/** The configuration cannot be used; the message says which setting and what it should be. */
export class ConfigRefused extends Error {
  override readonly name = 'ConfigRefused';
}

const defaultPath = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const passedByDefault = ['LANG', 'LANGUAGE', 'LC_ALL', 'LC_CTYPE', 'TZ', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TMPDIR'];

/** Told in docs/agent.md. */
export const fileKeys = [
  'controller', 'join_token', 'name', 'tags', 'ec2_tags', 'zone', 'data_dir', 'root_dir', 'root', 'max_revisions', 'hook_grace_seconds', 'hook_units', 'hook_environment',
  'hook_environment_pass', 'redact', 'allowed_users', 'policy', 'balancer', 'limits', 'max_applications', 'ca_file', 'proxy_uri', 'no_proxy', 'allow_plaintext', 'log_level', 'verbose', 'log_dir',
] as const;
type FileKey = (typeof fileKeys)[number];
type FileValues = Readonly<Partial<Record<FileKey, unknown>>>;

/**
 * The configuration, frozen, and remarks to log once (keys of the file that mean nothing here). Pure. Throws ConfigRefused.
 */
export function readConfig(sources: ConfigSources): { readonly config: AgentConfig; readonly remarks: readonly string[] } {
  const { environment: env, flags, hostname, agentVersion } = sources;
  const { values, remarks: ofFile } = readFile(sources.file);
  const where = sources.file?.path ?? 'the configuration file';
  const text = (key: FileKey): string | undefined => stringAt(values, key, where);

  const isPlaintextAllowed = flags.allowPlaintext ?? flagOf(env['FAIRLEAD_ALLOW_PLAINTEXT']) ?? booleanAt(values, 'allow_plaintext', where) ?? false;
  const controller = flags.controller ?? env['FAIRLEAD_CONTROLLER'] ?? text('controller');
  const tags = ownTags(sources, values, where);
  const remarks = [...ofFile, ...tags.remarks];
  const root = flags.root ?? (env['FAIRLEAD_ROOT'] || text('root')) ?? null; // hooks have an empty one, and may ask their agent something
  const hookUnits = env['FAIRLEAD_HOOK_UNITS'] ?? text('hook_units') ?? 'auto';
  const logLevel = flags.logLevel ?? env['FAIRLEAD_LOG_LEVEL'] ?? text('log_level') ?? (booleanAt(values, 'verbose', where) === true ? 'debug' : 'info');

  const environmentOfHooks = hookEnvironment(values, env, where);
  const askedName = flags.name ?? env['FAIRLEAD_NAME'] ?? text('name');
  const config: AgentConfig = {
    controllerUrl: controller === undefined ? null : checkedUrl(controller, isPlaintextAllowed),
    joinToken: flags.joinToken ?? env['FAIRLEAD_JOIN_TOKEN'] ?? text('join_token') ?? null,
    instanceName: checkedName(askedName ?? hostname),
    ...(askedName === undefined ? {} : { askedName }),
    tags: tags.tags.map(checkTag),
    tagOrigins: Object.fromEntries(tags.tags.map(({ Key, from }) => [Key, from])),
    areTagsFixed: tags.isFixed,
    usesEc2Tags: booleanAt(values, 'ec2_tags', where) ?? false,
    ...zoneOf(env['FAIRLEAD_ZONE'] ?? text('zone')),
    dataFolder: absolute('data_dir', flags.dataDir ?? env['FAIRLEAD_DATA_DIR'] ?? text('data_dir') ?? text('root_dir') ?? '/var/lib/fairlead-agent'),
    root: root === null || root === '/' ? null : absolute('root', root),
    maxRevisions: wholeAt(values, 'max_revisions', 1, 10_000, where) ?? defaultMaxRevisions,
    hookGraceMs: 1_000 * (wholeAt(values, 'hook_grace_seconds', 0, 3_600, where) ?? 10),
    hookEnvironment: environmentOfHooks,
    ...redactOf(values, environmentOfHooks, where),
    hookUnits: hookUnitChoices.find((choice) => choice === hookUnits) ?? refuse(`hook_units is ${JSON.stringify(hookUnits)}, which is none of ${hookUnitChoices.join(', ')}.`),
    policy: policyOf(values, sources.policyFile, where),
    ...balancersOf(values, where),
    limits: limitsOf(values, where),
    maxApplications: wholeAt(values, 'max_applications', 1, 256, where) ?? 16,
    maxAttempts: 1_000,
    journalRotateBytes: 1024 * 1024,
    caFile: env['FAIRLEAD_CA_FILE'] ?? text('ca_file') ?? null,
    isPlaintextAllowed,
    ...proxyOf(env['FAIRLEAD_PROXY_URI'] ?? text('proxy_uri'), env['NO_PROXY'] ?? env['no_proxy'] ?? text('no_proxy')),
    logLevel: logLevels.find((level) => level === logLevel) ?? refuse(`The log level ${JSON.stringify(logLevel)} is none of ${logLevels.join(', ')}.`),
    logFolder: env['FAIRLEAD_LOG_DIR'] ?? text('log_dir') ?? null,
    agentVersion,
    connectTimeoutMs: 10_000,
    greetingMs: 10_000,
    slowRestMs: 60_000,
  };
  return { config: deepFreeze(config), remarks };
}

function zoneOf(zone: string | undefined): { readonly zone?: string } {
  if (zone === undefined || zone === '') return {};
  return /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(zone) ? { zone } : refuse(`zone ${JSON.stringify(zone)} is not the name of an availability zone such as eu-central-1a.`);
}

function proxyOf(uri: string | undefined, noProxy: string | undefined): { readonly proxy?: Proxy } {
  if (uri === undefined || uri === '') return {};
  const url = URL.parse(uri);
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/') return refuse(`proxy_uri ${JSON.stringify(uri.replace(/\/\/[^@/]*@/, '//'))} is not the URL of a proxy such as http://proxy.example.com:3128.`);
  for (const part of [url.username, url.password]) if (!isPercentEncoded(part)) return refuse('The user or password in proxy_uri holds a % that begins no code: write it as %25.');
  return { proxy: { url: uri, noProxy: noProxy ?? '' } };
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Checks a controller's URL: https:, or http: on this host alone unless plain text is allowed. Throws ConfigRefused. */
export function checkedUrl(text: string, isPlaintextAllowed: boolean): string {
  const url = URL.parse(text);
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:')) return refuse(`The controller ${JSON.stringify(text)} is not a URL such as https://deploy.example.com:8443.`);
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '') return refuse('The controller URL must hold no user, password, query or fragment.');
  if (url.protocol === 'http:' && !isPlaintextAllowed && !isLoopback(url.hostname)) {
    return refuse(`The controller ${text} would be spoken to in plain text over a network. Use https:, or allow it with allow_plaintext: true in the agent's configuration.`);
  }
  return url.href.replace(/\/+$/, '');
}

/** The policy file that the configuration file names, to be read and handed in as `policyFile`; null when it names none. */
export function namedPolicyFile(file: ConfigSources['file']): string | null {
  const named = readFile(file).values.policy;
  return typeof named === 'string' ? absolute('policy', named) : null;
}

/** The section `policy`, or the file it names. `allowed_users` may also stand outside, where it was first. */
function policyOf(values: FileValues, policyFile: ConfigSources['policyFile'], where: string): HostPolicy {
  const outside = namesAt(values, 'allowed_users', where);
  if (values.policy === undefined) return { ...openPolicy(where), allowedUsers: outside ?? null };
  const isNamed = typeof values.policy === 'string';
  if (isNamed && policyFile === undefined) return refuse(`${where}: the policy file ${String(values.policy)} was not read.`);
  const reading = isNamed ? readPolicy(parsed(policyFile!), policyFile!.path) : readPolicy(values.policy, where);
  if (reading.kind === 'refused') return refuse(reading.sentence);
  if (outside === undefined) return reading.policy;
  return reading.policy.allowedUsers === null ? { ...reading.policy, allowedUsers: outside } : refuse(`${where}: allowed_users stands twice, in the policy and outside of it; keep the one in the policy.`);
}

function parsed({ path, text }: { readonly path: string; readonly text: string }): unknown {
  const document = parseDocument(text);
  const [error] = document.errors;
  return error === undefined ? document.toJS() : refuse(`${path} is not valid YAML: ${error.message.split('\n')[0]}`);
}

function readFile(file: ConfigSources['file']): { readonly values: FileValues; readonly remarks: readonly string[] } {
  if (file === null) return { values: {}, remarks: [] };
  const top = parsed(file) ?? {};
  if (typeof top !== 'object' || top === null || Array.isArray(top)) return refuse(`${file.path} must hold keys with values, such as "controller: https://deploy.example.com:8443".`);
  const values: Partial<Record<FileKey, unknown>> = {};
  const unknown: string[] = [];
  for (const [written, value] of Object.entries(top)) {
    const key = written.replace(/^:/, ''); // the original writes its keys as Ruby symbols
    const known = fileKeys.find((one) => one === key);
    const meant = known === undefined ? nearestWord(key, fileKeys) : null;
    if (known === undefined) unknown.push(meant === null ? written : `${written} (did you mean ${meant}?)`);
    else if (value !== null) values[known] = value;
  }
  const remarks = unknown.length === 0 ? [] : [`${file.path}: these keys mean nothing to this agent and are ignored: ${unknown.join(', ')}.`];
  return { values, remarks };
}

function hookEnvironment(values: FileValues, env: ConfigSources['environment'], where: string): Readonly<Record<string, string>> {
  const passed = [...passedByDefault, ...(namesAt(values, 'hook_environment_pass', where) ?? [])].flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const given = Object.entries(mappingAt(values, 'hook_environment', where)).map(([name, value]) => [name, scalar(value, `hook_environment.${name}`, where)] as const);
  const all = [['PATH', defaultPath] as const, ['HOME', '/'] as const, ['LANG', 'C.UTF-8'] as const, ...passed, ...given];
  for (const [name, value] of all) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || value.includes('\0')) refuse(`${where}: ${JSON.stringify(name)} cannot be a variable for hooks.`);
    if (name.startsWith('FAIRLEAD_')) refuse(`${where}: ${name} cannot be given to hooks: variables that begin with FAIRLEAD_ are the agent's own.`);
  }
  return Object.fromEntries(all);
}

function redactOf({ redact }: FileValues, environmentOfHooks: Readonly<Record<string, string>>, where: string): { readonly redact?: readonly HostSecret[] } {
  if (redact === undefined) return {};
  if (!Array.isArray(redact)) return refuse(`${where}: redact must be a list of texts, or of file, variable or pattern with a text each.`);
  const reading = readHostSecrets(redact, environmentOfHooks);
  return reading.kind === 'secrets' ? { redact: reading.secrets } : refuse(`${where}: redact: ${reading.why}.`);
}

function balancersOf({ balancer }: FileValues, where: string): { readonly balancers?: readonly Balancer[] } {
  if (balancer === undefined) return {};
  const reading = readBalancers(balancer);
  return reading.kind === 'read' ? { balancers: reading.balancers } : refuse(`${where}: ${reading.sentence}`);
}

function limitsOf(values: FileValues, where: string): HostLimits {
  const limits = readLimits(mappingAt(values, 'limits', where));
  return typeof limits === 'string' ? refuse(`${where}: limits: ${limits}`) : limits;
}

function tagsAt(values: FileValues, where: string): readonly Tag[] {
  return Object.entries(mappingAt(values, 'tags', where)).map(([key, value]) => ({ Key: key, Value: scalar(value, `tags.${key}`, where) }));
}

function ownTags({ flags, environment, dropIns = [] }: ConfigSources, values: FileValues, where: string): { readonly tags: readonly OwnTag[]; readonly isFixed: boolean; readonly remarks: readonly string[] } {
  const from = (words: string, tags: readonly Tag[]): readonly OwnTag[] => tags.map((tag) => ({ ...tag, from: words }));
  if (flags.tags !== undefined) return { tags: from('the command line', flags.tags), isFixed: true, remarks: [] };
  const spelled = environment['FAIRLEAD_TAGS'];
  if (spelled !== undefined) return { tags: from('FAIRLEAD_TAGS', spelled.split(',').filter((tag) => tag !== '').map(parseTag)), isFixed: true, remarks: [] };
  const readings = dropIns.map((file) => ({ file, ...readFile(file) }));
  const strangers = readings.flatMap(({ file, values: found }) => Object.keys(found).filter((key) => key !== 'tags').map((key) => `${file.path}: ${key} counts only in ${where}; a drop-in holds tags.`));
  const layers = [from(where, tagsAt(values, where)), ...readings.map(({ file, values: found }) => from(file.path, tagsAt(found, file.path)))];
  return { tags: layTags(layers), isFixed: false, remarks: [...readings.flatMap(({ remarks }) => remarks), ...strangers] };
}

function parseTag(text: string): Tag {
  const at = text.indexOf('=');
  if (at < 1) return refuse(`The tag ${JSON.stringify(text)} is not of the form KEY=VALUE.`);
  return { Key: text.slice(0, at), Value: text.slice(at + 1) };
}

function checkTag({ Key, Value }: Tag): Tag {
  if (/\p{Cc}/u.test(Key + Value)) return refuse(`The tag ${JSON.stringify(Key)} holds a control character, such as a line break; a tag is one line of text.`);
  if (Key.length === 0 || Key.length > 128 || Value.length > 256) return refuse(`The tag ${JSON.stringify(Key)} is too long: a key has at most 128 characters, a value 256.`);
  return { Key, Value };
}

function checkedName(name: string): string {
  return /^[A-Za-z0-9_+=,.@-]{1,100}$/.test(name) ? name : refuse(`The instance name ${JSON.stringify(name)} must have 1 to 100 letters, digits or _ + = , . @ -`);
}

function absolute(key: string, path: string): string {
  return isAbsolute(path) ? path : refuse(`${key} must be an absolute path, not ${JSON.stringify(path)}.`);
}

function stringAt(values: FileValues, key: FileKey, where: string): string | undefined {
  return values[key] === undefined ? undefined : scalar(values[key], key, where);
}

function scalar(value: unknown, key: string, where: string): string {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : refuse(`${where}: ${key} must be text.`);
}

function booleanAt(values: FileValues, key: FileKey, where: string): boolean | undefined {
  const value = values[key];
  return value === undefined || typeof value === 'boolean' ? value : refuse(`${where}: ${key} must be true or false.`);
}

function flagOf(text: string | undefined): boolean | undefined {
  return text === undefined ? undefined : text === '1' || text === 'true';
}

function wholeAt(values: FileValues, key: FileKey, least: number, most: number, where: string): number | undefined {
  const value = values[key];
  if (value === undefined) return undefined;
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most ? value : refuse(`${where}: ${key} must be a whole number from ${least} to ${most}.`);
}

function namesAt(values: FileValues, key: FileKey, where: string): readonly string[] | undefined {
  const value = values[key];
  if (value === undefined) return undefined;
  return Array.isArray(value) ? value.map((one) => scalar(one, key, where)) : refuse(`${where}: ${key} must be a list.`);
}

function mappingAt(values: FileValues, key: FileKey, where: string): Readonly<Record<string, unknown>> {
  const value = values[key] ?? {};
  return typeof value === 'object' && !Array.isArray(value) ? (value as Record<string, unknown>) : refuse(`${where}: ${key} must be a mapping of names to values.`);
}

function refuse(sentence: string): never {
  throw new ConfigRefused(sentence);
}

function deepFreeze<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}

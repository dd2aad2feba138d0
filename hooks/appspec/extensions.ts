// The keys of an AppSpec that are ours alone. CodeDeploy's agent ignores them, so that a bundle with them deploys there as
// before, and without them nothing changes here. Unlike its keys they are read strictly: who writes one means us, and a
// misspelt probe that silently never ran would be worse than a refusal.

import { posix } from 'node:path';
import type { Probe, Readiness, Releases } from './appspec.ts';
import { show, step } from './complaints.ts';
import { describe } from './reader.ts';
import type { Reader } from './reader.ts';
import { isAbsent, valueOf } from './spec-value.ts';
import type { MappingNode, SpecNode } from './spec-value.ts';

/** Keys of a script, of the whole AppSpec, and names of events that run on the host without the server asking. */
export const scriptExtensions = ['restartable', 'once'] as const;
export const topExtensions = ['readiness', 'releases'] as const;
export const localEvents = ['OnFailure', 'AfterRollback'] as const;

/** `restartable` and `once` of a script: true or false, nothing that merely looks like it. */
export function readScriptFlag(node: MappingNode, key: (typeof scriptExtensions)[number], path: string, reader: Reader): boolean {
  const value = valueOf(node, key);
  if (isAbsent(value)) return false;
  if (value.kind === 'boolean') return value.value;
  reader.refusals.add(value.line, step(path, key), `${key} is ${describe(value)}, but must be true or false, without quotes.`);
  return false;
}

const secondMs = 1_000;
const hourMs = 3_600 * secondMs;

/** The probe that must hold after ValidateService; null when there is none. */
export function readReadiness(node: SpecNode | undefined, reader: Reader): Readiness | null {
  if (isAbsent(node)) return null;
  const section = sectionOf(node, 'readiness', ['http', 'tcp', 'command', 'minHealthyMs', 'timeoutMs', 'intervalMs'], reader);
  if (section === null) return null;
  const probes = (['http', 'tcp', 'command'] as const).filter((kind) => !isAbsent(valueOf(section, kind)));
  const [kind] = probes;
  if (kind === undefined || probes.length > 1) {
    reader.refusals.add(section.line, 'readiness', `readiness has ${kind === undefined ? 'no probe' : `${probes.length} probes (${probes.join(', ')})`}, but must have one. Give it http, tcp or command.`);
    return null;
  }
  const probe = { http: readHttp, tcp: readTcp, command: readCommand }[kind](valueOf(section, kind)!, reader);
  const timeoutMs = readNumber(section, 'timeoutMs', 'readiness', { least: 1, most: hourMs, otherwise: 300 * secondMs, unit: 'milliseconds' }, reader);
  const intervalMs = readNumber(section, 'intervalMs', 'readiness', { least: 50, most: 60 * secondMs, otherwise: secondMs, unit: 'milliseconds' }, reader);
  const minHealthyMs = readNumber(section, 'minHealthyMs', 'readiness', { least: 0, most: hourMs, otherwise: 0, unit: 'milliseconds' }, reader);
  if (probe === null || timeoutMs === null || intervalMs === null || minHealthyMs === null) return null;
  if (minHealthyMs >= timeoutMs) {
    reader.refusals.add(section.line, 'readiness.timeoutMs', `The probe must hold for ${minHealthyMs} ms but is given up after ${timeoutMs} ms, so it can never succeed. Make timeoutMs the longer one.`);
    return null;
  }
  return { probe, minHealthyMs, timeoutMs, intervalMs };
}

function readHttp(node: SpecNode, reader: Reader): Probe | null {
  const path = 'readiness.http';
  const section = sectionOf(node, path, ['url', 'port', 'path', 'expectStatus'], reader);
  if (section === null) return null;
  const expectStatus = isAbsent(valueOf(section, 'expectStatus')) ? 0 : readNumber(section, 'expectStatus', path, { least: 100, most: 599, otherwise: null, unit: 'an HTTP status' }, reader);
  const url = isAbsent(valueOf(section, 'url')) ? urlFromPort(section, path, reader) : givenUrl(section, path, reader);
  return url === null || expectStatus === null ? null : { kind: 'http', url, expectStatus: expectStatus === 0 ? null : expectStatus };
}

function givenUrl(section: MappingNode, path: string, reader: Reader): string | null {
  const text = readText(section, 'url', path, 'a URL such as http://localhost:8080/health', reader);
  if (text === null) return null;
  for (const key of ['port', 'path']) {
    const other = valueOf(section, key);
    if (other !== undefined) return refuse(reader, other.line, step(path, key), `The probe has a url and a ${key}. Leave one of them out.`);
  }
  const url = URL.canParse(text) ? new URL(text) : null;
  const line = valueOf(section, 'url')!.line;
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return refuse(reader, line, `${path}.url`, `The url ${show(text)} is none that can be probed. Write it as http://HOST:PORT/PATH or https://...`);
  if (url.username !== '' || url.password !== '') return refuse(reader, line, `${path}.url`, 'The url holds a name or password, which would appear in logs. Probe an address that needs none.');
  return url.href;
}

function urlFromPort(section: MappingNode, path: string, reader: Reader): string | null {
  const port = readPort(section, path, reader);
  const given = isAbsent(valueOf(section, 'path')) ? '/' : readText(section, 'path', path, 'a path such as /health', reader);
  if (port === null || given === null) return null;
  if (!given.startsWith('/')) return refuse(reader, valueOf(section, 'path')!.line, `${path}.path`, `The path ${show(given)} does not begin with "/". Write it as /health.`);
  return new URL(`http://localhost:${port}${given}`).href;
}

function readTcp(node: SpecNode, reader: Reader): Probe | null {
  const path = 'readiness.tcp';
  const section = sectionOf(node, path, ['port', 'host'], reader);
  if (section === null) return null;
  const port = readPort(section, path, reader);
  const host = isAbsent(valueOf(section, 'host')) ? 'localhost' : readText(section, 'host', path, 'a host name or address', reader);
  return port === null || host === null ? null : { kind: 'tcp', host, port };
}

function readCommand(node: SpecNode, reader: Reader): Probe | null {
  const path = 'readiness.command';
  const section = sectionOf(node, path, ['location', 'timeout'], reader);
  if (section === null) return null;
  const location = readText(section, 'location', path, "a script's path within the bundle", reader);
  const timeoutSeconds = readNumber(section, 'timeout', path, { least: 1, most: 3_600, otherwise: 10, unit: 'seconds' }, reader);
  return location === null || timeoutSeconds === null ? null : { kind: 'command', location, timeoutSeconds };
}

/** Where releases are kept and which link names the current one; null when files are copied into place. */
export function readReleases(node: SpecNode | undefined, reader: Reader): Releases | null {
  if (isAbsent(node)) return null;
  const path = 'releases';
  const section = sectionOf(node, path, ['folder', 'current', 'keep'], reader);
  if (section === null) return null;
  const folder = readFolder(section, 'folder', reader);
  const current = readFolder(section, 'current', reader);
  const keep = readNumber(section, 'keep', path, { least: 1, most: 1_000, otherwise: 3, unit: 'releases' }, reader);
  if (folder === null || current === null || keep === null) return null;
  if (folder === current || folder.startsWith(`${current}/`) || current.startsWith(`${folder}/`)) {
    return refuse(reader, section.line, path, `The folder ${show(folder)} and the link ${show(current)} lie in one another. Put them side by side, such as /srv/app/releases and /srv/app/current.`);
  }
  return { folder, current, keep };
}

function readFolder(section: MappingNode, key: 'folder' | 'current', reader: Reader): string | null {
  const text = readText(section, key, 'releases', 'an absolute path', reader);
  if (text === null) return null;
  const plain = posix.normalize(text).replace(/(?<=.)\/$/, '');
  if (text.startsWith('/') && plain !== '/') return plain;
  return refuse(reader, valueOf(section, key)!.line, `releases.${key}`, `${key} is ${show(text)}, but must be an absolute path below "/". Write it as /srv/app/${key === 'folder' ? 'releases' : 'current'}.`);
}

// ---- what the sections are read with

/** A mapping that has no other keys than these; else null, and a refusal. */
function sectionOf(node: SpecNode, path: string, known: readonly string[], reader: Reader): MappingNode | null {
  if (node.kind !== 'mapping') return refuse(reader, node.line, path, `${path} is ${describe(node)}, but must be a mapping. Its keys are ${known.join(', ')}.`);
  let hasStrangers = false;
  for (const entry of node.entries.values()) {
    if (entry.isText && known.includes(entry.name)) continue;
    hasStrangers = true;
    reader.refusals.add(entry.line, step(path, entry.name), `The key ${show(entry.name)} is unknown. Known here: ${known.join(', ')}.`);
  }
  return hasStrangers ? null : node;
}

function readText(section: MappingNode, key: string, path: string, what: string, reader: Reader): string | null {
  const value = valueOf(section, key);
  if (value?.kind === 'string' && value.text.trim() !== '' && !/\p{Cc}/u.test(value.text)) return value.text.trim();
  return refuse(reader, value?.line ?? section.line, step(path, key), `${key} ${isAbsent(value) ? 'is missing' : `is ${describe(value)}`}. Give ${what}${isAbsent(value) || value.kind === 'string' ? '' : ', in quotes'}.`);
}

function readPort(section: MappingNode, path: string, reader: Reader): number | null {
  return readNumber(section, 'port', path, { least: 1, most: 65_535, otherwise: null, unit: 'a port' }, reader);
}

interface Bounds {
  readonly least: number;
  readonly most: number;
  /** What it is when not given; null when it must be. */
  readonly otherwise: number | null;
  readonly unit: string;
}

function readNumber(section: MappingNode, key: string, path: string, { least, most, otherwise, unit }: Bounds, reader: Reader): number | null {
  const value = valueOf(section, key);
  if (isAbsent(value) && otherwise !== null) return otherwise;
  if (value?.kind === 'integer' && value.value >= BigInt(least) && value.value <= BigInt(most)) return Number(value.value);
  const found = isAbsent(value) ? 'is missing' : `is ${describe(value)}`;
  return refuse(reader, value?.line ?? section.line, step(path, key), `${key} ${found}. Give a whole number from ${least} to ${most} (${unit}).`);
}

function refuse(reader: Reader, line: number, key: string, sentence: string): null {
  reader.refusals.add(line, key, sentence);
  return null;
}

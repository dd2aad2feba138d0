// AppSpec text to AppSpec, or complaints. Verdicts are those of the original agent (1.8.1), quirks included, because
// bundles rely on them; where it ends in an internal error we refuse with a sentence, and what it ignores in silence we
// warn of. Deliberately stricter: foreign YAML tags, merge keys, ACL names with commas, files whose path is no scalar.

import { Buffer, isUtf8 } from 'node:buffer';
import { scriptableEvents } from '../../protocol/model/lifecycle-order.ts';
import type { AppSpec, Complaint, FileExistsBehavior, FileMapping, HookScript } from './appspec.ts';
import { fileExistsBehaviors } from './appspec.ts';
import { collectComplaints, escapeText, show, step } from './complaints.ts';
import { localEvents, readReadiness, readReleases, readScriptFlag, scriptExtensions, topExtensions } from './extensions.ts';
import { readPermissions } from './permissions.ts';
import { describe, warnOfUnknownKeys } from './reader.ts';
import type { Reader } from './reader.ts';
import { readYaml } from './read-yaml.ts';
import { strip, toInteger } from './ruby-scalar.ts';
import { isAbsent, isFalsy, textOf, valueOf } from './spec-value.ts';
import type { MappingNode, SpecNode } from './spec-value.ts';

export interface ParseOptions {
  readonly os?: 'linux';
  readonly maxBytes?: number;
  readonly maxFiles?: number;
  readonly maxScriptsPerEvent?: number;
}

export type AppSpecVerdict =
  | { readonly kind: 'accepted'; readonly appSpec: AppSpec; readonly warnings: readonly Complaint[] }
  | { readonly kind: 'refused'; readonly complaints: readonly Complaint[] };

const mebibyte = 1_048_576;
const defaultTimeoutSeconds = 3_600;
/** What the service allows one lifecycle event. */
const eventLimitSeconds = 3_600n;

const eventsWithScripts: ReadonlySet<string> = new Set([...scriptableEvents, ...localEvents]);

/** Parses an AppSpec from the bytes of its file; bytes that are no UTF-8 are refused. Never throws. */
export function parseAppSpecBytes(bytes: Uint8Array, options: ParseOptions = {}): AppSpecVerdict {
  const maxBytes = options.maxBytes ?? mebibyte;
  if (bytes.length > maxBytes) return refusedWith(null, `The AppSpec is larger than ${maxBytes} bytes. Remove what it does not need.`);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer)) return parseAppSpec(buffer.toString('utf8'), options);
  return refusedWith(lineOfBadByte(buffer), 'The AppSpec is not valid UTF-8. Save it with UTF-8 encoding.');
}

/** Parses an AppSpec. Pure and deterministic; never throws; time and memory are bounded whatever the text. */
export function parseAppSpec(text: string, options: ParseOptions = {}): AppSpecVerdict {
  const reading = readYaml(text, options.maxBytes ?? mebibyte);
  if (reading.kind === 'empty') return refusedWith(null, 'The AppSpec is empty. Give it at least "version: 0.0" and "os: linux".');
  if (reading.kind === 'refused') return refusedWith(reading.trouble.line, reading.trouble.sentence);
  const reader: Reader = {
    maxFiles: options.maxFiles ?? 10_000,
    maxScriptsPerEvent: options.maxScriptsPerEvent ?? 1_000,
    os: options.os ?? 'linux',
    refusals: collectComplaints(),
    warnings: collectComplaints(),
  };
  if (text.startsWith('\uFEFF')) {
    reader.warnings.add(1, '', 'The AppSpec begins with a byte-order mark, which hides its first line from the loader. Save it as UTF-8 without one.');
  }
  for (const remark of reading.remarks) reader.warnings.add(remark.line, '', remark.sentence);
  const appSpec = readAppSpec(reading.root, reader);
  if (reader.refusals.list.length === 0) return { kind: 'accepted', appSpec, warnings: reader.warnings.list };
  const mark = reader.warnings.list.filter((warning) => warning.sentence.includes('byte-order mark'));
  return { kind: 'refused', complaints: [...mark, ...reader.refusals.list] };
}

const noSpec: AppSpec = { files: [], fileExistsBehavior: null, permissions: [], hooks: {}, readiness: null, releases: null };
const topKeys = ['version', 'os', 'hooks', 'files', 'permissions', 'file_exists_behavior', ...topExtensions];

/** In the original's order: version, os, hooks, files, permissions, file_exists_behavior; then what is ours alone. */
function readAppSpec(root: SpecNode, reader: Reader): AppSpec {
  if (root.kind !== 'mapping') {
    reader.refusals.add(root.line, '', `The AppSpec is ${describe(root)}, not a mapping. Begin it with "version: 0.0" and "os: linux".`);
    return noSpec;
  }
  checkVersion(valueOf(root, 'version'), root, reader);
  checkOs(valueOf(root, 'os'), root, reader);
  const hooks = readHooks(valueOf(root, 'hooks'), reader);
  const files = readFiles(valueOf(root, 'files'), reader);
  const permissions = readPermissions(valueOf(root, 'permissions'), reader);
  const fileExistsBehavior = readFileExistsBehavior(valueOf(root, 'file_exists_behavior'), reader);
  const readiness = readReadiness(valueOf(root, 'readiness'), reader);
  const releases = readReleases(valueOf(root, 'releases'), reader);
  warnOfUnknownKeys(root, topKeys, '', reader);
  return { files, fileExistsBehavior, permissions, hooks, readiness, releases };
}

function checkVersion(version: SpecNode | undefined, root: MappingNode, reader: Reader): void {
  if ((version?.kind === 'integer' && version.value === 0n) || (version?.kind === 'float' && version.value === 0)) return;
  const found = isAbsent(version) ? 'is missing' : `is ${show(version)}`;
  reader.refusals.add(version?.line ?? root.line, 'version', `The version ${found}, but must be the number 0.0. Write "version: 0.0" without quotes around the number.`);
}

function checkOs(os: SpecNode | undefined, root: MappingNode, reader: Reader): void {
  if (os?.kind === 'string' && os.text === reader.os) return;
  const found = isAbsent(os) ? 'is missing' : `is ${show(os)}`;
  reader.refusals.add(os?.line ?? root.line, 'os', `The os ${found}, but this host takes "${reader.os}" only, in lower case. Write "os: ${reader.os}".`);
}

function readFileExistsBehavior(node: SpecNode | undefined, reader: Reader): FileExistsBehavior | null {
  if (isAbsent(node)) return null;
  const found = fileExistsBehaviors.find((behavior) => node.kind === 'string' && node.text === behavior);
  if (found !== undefined) return found;
  reader.refusals.add(node.line, 'file_exists_behavior', `file_exists_behavior is ${show(node)}, but must be DISALLOW, OVERWRITE or RETAIN, in capitals. Use one of them, or remove the key.`);
  return null;
}

// ---- hooks

function readHooks(node: SpecNode | undefined, reader: Reader): AppSpec['hooks'] {
  const hooks: Record<string, readonly HookScript[]> = Object.create(null) as Record<string, readonly HookScript[]>;
  if (isFalsy(node)) return hooks;
  if (node.kind !== 'mapping') {
    reader.refusals.add(node.line, 'hooks', `hooks is ${describe(node)}, but must be a mapping from event names to lists of scripts. Write each event as a key with its scripts below.`);
    return hooks;
  }
  for (const entry of node.entries.values()) {
    const path = step('hooks', entry.name);
    const scripts = readScripts(entry.value, path, reader);
    if (isFalsy(entry.value)) continue;
    if (!entry.isText) {
      reader.warnings.add(entry.line, path, `The event name ${show(entry.name)} is not text to YAML, so its scripts never run. Put the name in quotes or correct it.`);
      continue;
    }
    hooks[entry.name] = scripts;
    if (!eventsWithScripts.has(entry.name)) {
      reader.warnings.add(entry.line, path, `${show(entry.name)} is no lifecycle event that runs scripts, so these never run. Use one of ${[...eventsWithScripts].join(', ')}.`);
    }
    if ((localEvents as readonly string[]).includes(entry.name) && scripts.some((script) => script.once)) {
      reader.warnings.add(entry.line, path, `once has no meaning in ${entry.name}, which runs on each host by itself: its scripts run on every one. Remove the key.`);
    }
    const total = scripts.reduce((sum, script) => sum + BigInt(script.timeoutSeconds), 0n);
    if (total > eventLimitSeconds) {
      reader.warnings.add(entry.line, path, `The timeouts of this event add up to ${total} seconds, more than the 3600 one event may take. Shorten them.`);
    }
  }
  return hooks;
}

function readScripts(node: SpecNode, path: string, reader: Reader): readonly HookScript[] {
  if (isFalsy(node) || (node.kind === 'mapping' && node.entries.size === 0)) return [];
  if (node.kind !== 'list') {
    reader.refusals.add(node.line, path, `The event holds ${describe(node)}, but must hold a list of scripts. Begin each script with "- location:".`);
    return [];
  }
  if (node.items.length > reader.maxScriptsPerEvent) {
    reader.refusals.add(node.line, path, `The event has ${node.items.length} scripts, more than the ${reader.maxScriptsPerEvent} allowed. Combine some of them.`);
    return [];
  }
  return node.items.flatMap((item, index) => readScript(item, `${path}[${index}]`, reader) ?? []);
}

function readScript(node: SpecNode, path: string, reader: Reader): HookScript | null {
  if (node.kind !== 'mapping') {
    reader.refusals.add(node.line, path, `A script is ${describe(node)}, but must be a mapping. Write it as "- location: ${node.kind === 'string' ? escapeText(node.text) : 'scripts/start.sh'}".`);
    return null;
  }
  const locationNode = valueOf(node, 'location');
  const location = isAbsent(locationNode) ? '' : strip(textOf(locationNode));
  if (location === '') {
    reader.refusals.add(locationNode?.line ?? node.line, `${path}.location`, `The script has no location (found ${locationNode === undefined ? 'no such key' : show(locationNode)}). Give the script's path within the bundle.`);
  }
  const timeoutSeconds = readTimeout(valueOf(node, 'timeout'), node.line, `${path}.timeout`, reader);
  const runasNode = valueOf(node, 'runas');
  const runas = isAbsent(runasNode) ? null : strip(textOf(runasNode));
  if (runas === '') reader.warnings.add(runasNode?.line ?? node.line, `${path}.runas`, 'runas is empty, so the script runs as the agent does. Name a user or remove the key.');
  warnOfUnknownKeys(node, ['location', 'timeout', 'runas', 'sudo', ...scriptExtensions], path, reader);
  const restartable = readScriptFlag(node, 'restartable', path, reader);
  const once = readScriptFlag(node, 'once', path, reader);
  return { location, timeoutSeconds, runas, sudo: !isFalsy(valueOf(node, 'sudo')), restartable, once };
}

/** Ruby's `to_i` of whatever stands there: "30", 30s and 30.9 are all 30 seconds; no upper limit. */
function readTimeout(node: SpecNode | undefined, line: number, path: string, reader: Reader): number {
  if (isFalsy(node)) return defaultTimeoutSeconds;
  const seconds = wholeSeconds(node);
  if (seconds !== null && seconds > 0n) {
    const written = node.kind === 'string' ? node.text : node.kind === 'float' ? '' : null;
    if (written !== null && written !== seconds.toString()) {
      reader.warnings.add(node.line, path, `The timeout ${show(node)} is read as ${seconds} seconds. Write the whole number of seconds.`);
    }
    return Number(seconds > BigInt(Number.MAX_SAFE_INTEGER) ? BigInt(Number.MAX_SAFE_INTEGER) : seconds);
  }
  const found = seconds === null ? `is ${show(node)}` : `is ${show(node)}, which counts as ${seconds} seconds`;
  reader.refusals.add(node.line ?? line, path, `The timeout ${found}. Give a whole number of seconds, at least 1.`);
  return defaultTimeoutSeconds;
}

function wholeSeconds(node: SpecNode): bigint | null {
  if (node.kind === 'integer') return node.value;
  if (node.kind === 'float') return Number.isFinite(node.value) ? BigInt(Math.trunc(node.value)) : null;
  return node.kind === 'string' ? toInteger(node.text) : null;
}

// ---- files

function readFiles(node: SpecNode | undefined, reader: Reader): readonly FileMapping[] {
  if (isFalsy(node) || (node.kind === 'mapping' && node.entries.size === 0)) return [];
  if (node.kind !== 'list') {
    reader.refusals.add(node.line, 'files', `files is ${describe(node)}, but must be a list. Begin each entry with "- source:".`);
    return [];
  }
  if (node.items.length > reader.maxFiles) {
    reader.refusals.add(node.line, 'files', `files has ${node.items.length} entries, more than the ${reader.maxFiles} allowed. Name folders instead of single files.`);
    return [];
  }
  return node.items.flatMap((item, index) => readFile(item, `files[${index}]`, reader) ?? []);
}

function readFile(node: SpecNode, path: string, reader: Reader): FileMapping | null {
  if (node.kind !== 'mapping') {
    reader.refusals.add(node.line, path, `A files entry is ${describe(node)}, but must be a mapping. Give it a source and a destination.`);
    return null;
  }
  const read = (key: 'source' | 'destination'): string => {
    const value = valueOf(node, key);
    if (!isAbsent(value) && value.kind !== 'list' && value.kind !== 'mapping') return textOf(value);
    const found = value === undefined ? 'is missing' : `is ${show(value)}`;
    reader.refusals.add(value?.line ?? node.line, `${path}.${key}`, `The ${key} ${found}, but each files entry needs a source and a destination. Give it a path.`);
    return '';
  };
  const mapping = { source: read('source'), destination: read('destination') };
  warnOfUnknownKeys(node, ['source', 'destination'], path, reader);
  return mapping;
}

function refusedWith(line: number | null, sentence: string): AppSpecVerdict {
  return { kind: 'refused', complaints: [{ line, key: '', sentence }] };
}

function lineOfBadByte(buffer: Buffer): number {
  let line = 1;
  let start = 0;
  for (let end = buffer.indexOf(10); end >= 0 && isUtf8(buffer.subarray(start, end)); end = buffer.indexOf(10, start)) {
    start = end + 1;
    line += 1;
  }
  return line;
}

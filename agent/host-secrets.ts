// What the host's owner does not want to leave the host in the output of hooks, be it a group's script that prints it: the
// list `redact` of the configuration. A text stands for itself; `file` names where a secret is kept, read anew for each
// event, since secrets are changed; `variable` one of those that hooks get from this host; `pattern` what it looks like
// (hooks/redaction/read-shape.ts says which patterns are understood, and why no others).

import { Buffer } from 'node:buffer';
import { isAbsolute } from 'node:path';
import { readShape } from '../hooks/redaction/read-shape.ts';
import { refuseSecrets } from '../hooks/redaction/redaction.ts';
import type { Shape } from '../hooks/redaction/shapes.ts';
import { shortestSecret } from '../protocol/session/frames.ts';
import type { Files } from '../world/files.ts';

export type HostSecret =
  | { readonly kind: 'value'; readonly value: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'shape'; readonly shape: Shape };

export type HostSecretsReading = { readonly kind: 'secrets'; readonly secrets: readonly HostSecret[] } | { readonly kind: 'refused'; readonly why: string };

export const mostHostSecrets = 100;
const kinds = ['file', 'variable', 'pattern'] as const;

/** Reads the list as it stands in the configuration. Pure; no refusal repeats a secret. */
export function readHostSecrets(list: readonly unknown[], hookEnvironment: Readonly<Record<string, string>>): HostSecretsReading {
  if (list.length > mostHostSecrets) return { kind: 'refused', why: `it has ${list.length} entries; ${mostHostSecrets} at most` };
  const secrets: HostSecret[] = [];
  for (const [index, entry] of list.entries()) {
    const secret = readEntry(entry, hookEnvironment);
    if (typeof secret === 'string') return { kind: 'refused', why: `entry ${index + 1}: ${secret}` };
    secrets.push(secret);
  }
  return { kind: 'secrets', secrets };
}

/** A secret, or what is wrong with the entry. */
function readEntry(entry: unknown, hookEnvironment: Readonly<Record<string, string>>): HostSecret | string {
  if (typeof entry === 'string') return valueOf(entry) ?? `a text of fewer than ${shortestSecret} readable characters would blacken the output and hide nothing`;
  const keys = typeof entry === 'object' && entry !== null ? Object.keys(entry) : [];
  const kind = kinds.find((one) => one === keys[0]);
  const text = kind === undefined ? undefined : (entry as Readonly<Record<string, unknown>>)[kind];
  if (kind === undefined || keys.length !== 1 || typeof text !== 'string') return `it must be a text (in quotes where it looks like a number), or a mapping of one of ${kinds.join(', ')} to a text`;
  switch (kind) {
    case 'file':
      return isAbsolute(text) ? { kind: 'file', path: text } : `file must be an absolute path, not ${JSON.stringify(text)}`;
    case 'variable': {
      const value = hookEnvironment[text];
      if (value === undefined) return `the variable ${JSON.stringify(text)} is none of those that hooks get from this host (hook_environment, hook_environment_pass)`;
      return valueOf(value) ?? `the variable ${text} has fewer than ${shortestSecret} readable characters: hiding it would blacken the output`;
    }
    case 'pattern': {
      const reading = readShape(text);
      return reading.kind === 'shape' ? { kind: 'shape', shape: reading.shape } : `the pattern ${JSON.stringify(text)} cannot be used: ${reading.why}`;
    }
    default:
      return kind satisfies never;
  }
}

function valueOf(value: string): HostSecret | null {
  return refuseSecrets([value]) === null ? { kind: 'value', value } : null;
}

export interface OpenedSecrets {
  readonly values: readonly string[];
  readonly shapes: readonly Shape[];
}

const mostFileBytes = 8_192;
const mostFileLines = 200;
const shortestLine = 8;

/** The secrets as they are now, or why they cannot be known: then nothing of a hook's output may be shown. */
export async function openHostSecrets(secrets: readonly HostSecret[], files: Pick<Files, 'readRange'>): Promise<OpenedSecrets | string> {
  const values: string[] = [];
  for (const secret of secrets) {
    if (secret.kind === 'value') values.push(secret.value);
    if (secret.kind !== 'file') continue;
    const found = await readSecretFile(secret.path, files);
    if (typeof found === 'string') return `The agent's configuration says to keep what is in ${secret.path} out of the output of hooks, and ${found}.`;
    values.push(...found);
  }
  return { values, shapes: secrets.flatMap((secret) => (secret.kind === 'shape' ? [secret.shape] : [])) };
}

/** The whole file, and each of its longer lines, since a script may print one of them alone. One that is absent hides nothing. */
async function readSecretFile(path: string, files: Pick<Files, 'readRange'>): Promise<readonly string[] | string> {
  try {
    const bytes = await files.readRange(path, 0, mostFileBytes + 1);
    if (bytes === null) return [];
    if (bytes.length > mostFileBytes) return `it has more than the ${mostFileBytes} bytes that can be looked for`;
    const text = Buffer.from(bytes).toString('utf8').trim();
    const lines = text.split('\n').map((line) => line.trim());
    if (lines.length > mostFileLines) return `it has ${lines.length} lines, more than the ${mostFileLines} that can be looked for`;
    if (text === '') return [];
    if (refuseSecrets([text]) !== null) return `it has fewer than ${shortestSecret} readable characters: hiding them would blacken the output`;
    return [text, ...lines.filter((line) => line.length >= shortestLine && refuseSecrets([line]) === null)];
  } catch (error) {
    return `it cannot be read (${(error as NodeJS.ErrnoException).code ?? (error as Error).message})`;
  }
}

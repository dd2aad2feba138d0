// From a request to its record: who, from where, what it concerned, and its input without secrets.

import { createHash } from 'node:crypto';
import type { NewAuditRecord } from '../store/audit.ts';
import type { Given } from '../access/reach.ts';

/** Who is behind a change. */
export type Origin =
  | { readonly actor: 'accessKey'; readonly accessKeyId: string; readonly description?: string; readonly remote: string; readonly requestId: string; readonly reason?: string | null }
  | { readonly actor: 'agent'; readonly remote: string }
  /** The controller by itself; why in words. */
  | { readonly actor: 'controller'; readonly reason: string };

export interface Entry {
  readonly at: number;
  readonly operation: string;
  readonly subjects: readonly string[];
  readonly input: unknown;
  /** 'Succeeded', or the code of the refusal. */
  readonly outcome: string;
}

/** Longer inputs are kept as their digest. */
const longestInput = 8 * 1024;
const mostSubjects = 100;

export function auditRecord(origin: Origin, { at, operation, subjects, input, outcome }: Entry): NewAuditRecord {
  const { actor, reason, ...who } = { reason: null, ...origin };
  const text = storable(JSON.stringify(withoutSecrets(input)) ?? 'null');
  return {
    at,
    actor,
    ...who,
    operation,
    subjects: [...new Set(subjects)].slice(0, mostSubjects).map((subject) => storable(subject.slice(0, 512))),
    ...(text.length <= longestInput ? { input: text } : {}),
    inputSha256: createHash('sha256').update(text).digest('hex'),
    outcome,
    ...(reason === null ? {} : { reason: storable(reason) }),
  };
}

/** Names whose values are nobody's business; of lists and maps of them, all values. */
const secretName = /secret|passw|passphrase|credential|private.?key|^token$|authorization|^headers$/i;

/** A copy in which what stands under such a name is `***`; how many there were stays visible. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, secretName.test(name) ? hidden(member) : withoutSecrets(member)]));
}

function hidden(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(hidden);
  if (typeof value === 'object' && value !== null) return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, hidden(member)]));
  return '***';
}

/** PostgreSQL stores no NUL, and a lone half of a surrogate pair would come back as another character. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\\0');
}

/** What an input names, in the form of a record's subjects. */
export function subjectsOf(given: Given): readonly string[] {
  const application = textsOf(given, 'applicationName')[0];
  return [
    ...['applicationName', 'newApplicationName', 'applicationNames'].flatMap((member) => textsOf(given, member)).map((name) => `application:${name}`),
    ...['deploymentGroupName', 'currentDeploymentGroupName', 'newDeploymentGroupName'].flatMap((member) => textsOf(given, member)).map((name) => `deployment-group:${application ?? ''}/${name}`),
    ...['deploymentId', 'deploymentIds'].flatMap((member) => textsOf(given, member)).map((id) => `deployment:${id}`),
    ...['promotionPathName', 'newPromotionPathName'].flatMap((member) => textsOf(given, member)).map((name) => `promotion-path:${application ?? ''}/${name}`),
    ...textsOf(given, 'promotionId').map((id) => `promotion:${id}`),
    ...textsOf(given, 'deploymentConfigName').map((name) => `deployment-config:${name}`),
    ...['instanceName', 'instanceNames'].flatMap((member) => textsOf(given, member)).map((name) => `instance:${name}`),
    ...textsOf(given, 'tokenId').map((id) => `enrollment-token:${id}`),
    ...textsOf(given, 'accessKeyId').map((id) => `access-key:${id}`),
    ...textsOf(given, 'freezeName').map((name) => `freeze:${name}`),
    ...textsOf(given, 'ResourceArn').map((arn) => `resource:${arn}`),
  ];
}

function textsOf(given: Given, member: string): readonly string[] {
  return (Object.hasOwn(given, member) ? [given[member]] : []).flat().filter((value) => typeof value === 'string' && value !== '') as string[];
}

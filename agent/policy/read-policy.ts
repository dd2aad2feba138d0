// The policy as its owner writes it, checked member by member. Here a misspelt key is no remark but a refusal to start: a
// rule that is not understood protects nobody, and its owner would not know. Pure.

import path from 'node:path';
import { publicKeyPattern } from '../../protocol/model/bundle-signature.ts';
import { mostBundleBytes, openPolicy, show, sourceKinds } from './policy.ts';
import type { HostPolicy } from './policy.ts';

export type PolicyReading =
  | { readonly kind: 'read'; readonly policy: HostPolicy }
  /** The sentence names the rule and what it should be. */
  | { readonly kind: 'refused'; readonly sentence: string };

/** The rules, in the owner's words. */
export const policyKeys = [
  'allowed_users', 'allowed_destinations', 'allowed_sources', 'required_signature_keys', 'allow_rollback', 'strict', 'max_bundle_bytes', 'forbid_setuid', 'lock_file',
] as const;
type PolicyKey = (typeof policyKeys)[number];

class Unusable extends Error {}

/** Reads the policy section (or the whole policy file) after YAML; `file` is where it stands. */
export function readPolicy(value: unknown, file: string): PolicyReading {
  try {
    return { kind: 'read', policy: read(value, file) };
  } catch (error) {
    if (error instanceof Unusable) return { kind: 'refused', sentence: `${file}: the policy cannot be used: ${error.message}` };
    throw error;
  }
}

function read(value: unknown, file: string): HostPolicy {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('it must be a mapping of rules to values, or the path of a file that holds one.');
  const unknown = Object.keys(value).filter((key) => !policyKeys.some((known) => known === key));
  if (unknown.length > 0) refuse(`there is no rule ${unknown.map(show).join(', ')}; the rules are ${policyKeys.join(', ')}.`);
  const rules = value as Readonly<Partial<Record<PolicyKey, unknown>>>;
  const open = openPolicy(file);
  const isStrict = flag(rules, 'strict') ?? false;
  return {
    file,
    allowedUsers: list(rules, 'allowed_users'),
    allowedDestinations: list(rules, 'allowed_destinations')?.map((prefix) => folder('allowed_destinations', prefix).replace(/\/$/, '')) ?? null,
    allowedSources: list(rules, 'allowed_sources')?.map((kind) => sourceKinds.find((known) => known === kind) ?? refuse(`allowed_sources holds ${show(kind)}, but the kinds are ${sourceKinds.join(', ')}.`)) ?? null,
    requiredSignatureKeys: signatureKeys(rules),
    allowsRollback: flag(rules, 'allow_rollback') ?? open.allowsRollback,
    isStrict,
    maxBundleBytes: whole(rules, 'max_bundle_bytes', mostBundleBytes) ?? open.maxBundleBytes,
    forbidsSetuid: flag(rules, 'forbid_setuid') ?? isStrict,
    lockFile: rules.lock_file === undefined ? null : folder('lock_file', text('lock_file', rules.lock_file)),
  };
}

/** An empty list of keys would allow everything while it looks like the opposite. */
function signatureKeys(rules: Readonly<Partial<Record<PolicyKey, unknown>>>): readonly string[] {
  const keys = list(rules, 'required_signature_keys');
  if (keys === null) return [];
  if (keys.length === 0 || keys.length > 32) refuse('required_signature_keys must hold 1 to 32 keys; remove it to require none.');
  const bad = keys.find((key) => !publicKeyPattern.test(key));
  return bad === undefined ? keys : refuse(`required_signature_keys holds ${show(bad)}, but a key looks like ed25519:… as "fairlead key create" prints it.`);
}

function list(rules: Readonly<Partial<Record<PolicyKey, unknown>>>, key: PolicyKey): readonly string[] | null {
  const value = rules[key];
  if (value === undefined) return null;
  return Array.isArray(value) ? value.map((one) => text(key, one)) : refuse(`${key} must be a list.`);
}

function text(key: PolicyKey, value: unknown): string {
  return typeof value === 'string' && value !== '' ? value : refuse(`${key} must hold text, not ${show(JSON.stringify(value) ?? 'nothing')}.`);
}

function folder(key: PolicyKey, written: string): string {
  const isPlain = path.posix.isAbsolute(written) && !written.includes('\0') && !written.split('/').includes('..');
  return isPlain ? path.posix.normalize(written) : refuse(`${key} must be an absolute path without "..", not ${show(written)}.`);
}

function flag(rules: Readonly<Partial<Record<PolicyKey, unknown>>>, key: PolicyKey): boolean | undefined {
  const value = rules[key];
  return value === undefined || typeof value === 'boolean' ? value : refuse(`${key} must be true or false.`);
}

function whole(rules: Readonly<Partial<Record<PolicyKey, unknown>>>, key: PolicyKey, most: number): number | undefined {
  const value = rules[key];
  if (value === undefined) return undefined;
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= most ? value : refuse(`${key} must be a whole number of bytes from 1 to ${most}.`);
}

function refuse(sentence: string): never {
  throw new Unusable(sentence);
}

// Whether a bundle carries the word of an owner this host trusts: for this application, these very bytes, not expired, and
// not older than what the host has accepted. The controller is taken for an enemy throughout. Pure: clock and memory come in.

import { Buffer } from 'node:buffer';
import { createPublicKey, verify } from 'node:crypto';
import { signedBundleText } from '../../protocol/model/bundle-signature.ts';
import type { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import { show, violation } from './policy.ts';
import type { HostPolicy } from './policy.ts';

/** What a host remembers of an application's signed bundles. */
export interface AcceptedRevisions {
  /** Highest counter accepted. */
  readonly counter: number;
  /** SHA-256 of bundles accepted, oldest first. */
  readonly sha256s: readonly string[];
}

export const nothingAccepted: AcceptedRevisions = { counter: 0, sha256s: [] };
export const rememberedRevisions = 256;

export interface SignedDownload {
  readonly applicationName: string;
  readonly sha256: string;
  readonly signature: BundleSignature | undefined;
}

/** Null when the bundle may be accepted now; else the violation. For a policy that requires keys. */
export function verifyDownload(policy: HostPolicy, download: SignedDownload, accepted: AcceptedRevisions, now: number): string | null {
  const { applicationName, sha256, signature } = download;
  const forbidden = verifyOwner(policy, applicationName, signature);
  if (forbidden !== null || signature === undefined) return forbidden;
  const { statement } = signature;
  const no = (sentence: string): string => violation(policy, 'required_signature_keys', sentence);
  if (statement.sha256 !== sha256) return no(`the signature is for the bundle with SHA-256 ${statement.sha256}, but ${sha256} is to be deployed.`);
  if (statement.expiresAt !== undefined && statement.expiresAt <= now) return no(`the signature expired at ${new Date(statement.expiresAt).toISOString()}; sign the bundle again.`);
  const counter = statement.counter ?? 0;
  if (counter >= accepted.counter) return null;
  const older = `the signature's counter is ${counter}, but ${accepted.counter} was accepted for ${show(applicationName)} before`;
  if (!policy.allowsRollback) return violation(policy, 'allow_rollback', `${older}, and no rollback is allowed.`);
  return accepted.sha256s.includes(sha256) ? null : no(`${older}, and this bundle was never accepted on this host; sign it again with a newer counter.`);
}

/** Null when one of the policy's keys has signed for this application; else the violation. */
export function verifyOwner(policy: HostPolicy, applicationName: string, signature: BundleSignature | undefined): string | null {
  const no = (sentence: string): string => violation(policy, 'required_signature_keys', sentence);
  if (signature === undefined) return no('the bundle is not signed. Push it with: fairlead push --sign KEYFILE');
  const text = Buffer.from(signedBundleText(signature.statement));
  const bytes = Buffer.from(signature.signature, 'base64');
  if (!policy.requiredSignatureKeys.some((key) => verify(null, text, publicKeyOf(key), bytes))) {
    return no('the signature is not by one of the keys, or what it states was changed. Sign the bundle with a key whose public half is listed there.');
  }
  const { application } = signature.statement;
  return application === applicationName ? null : no(`the signature is for the application ${show(application)}, not for ${show(applicationName)}.`);
}

/** The memory after a bundle was accepted. */
export function withAccepted(accepted: AcceptedRevisions, { statement }: BundleSignature): AcceptedRevisions {
  const sha256s = [...accepted.sha256s.filter((known) => known !== statement.sha256), statement.sha256].slice(-rememberedRevisions);
  return { counter: Math.max(accepted.counter, statement.counter ?? 0), sha256s };
}

const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

function publicKeyOf(text: string): ReturnType<typeof createPublicKey> {
  const raw = Buffer.from(text.slice('ed25519:'.length), 'base64');
  return createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: 'der', type: 'spki' });
}

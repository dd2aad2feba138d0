// What the policy says to a DownloadBundle before a byte is fetched, the signature apart (./verify-signature.ts). Pure.

import type { BundleSource, RunEventCommand } from '../../protocol/session/frames.ts';
import { show, violation } from './policy.ts';
import type { HostPolicy } from './policy.ts';

/** Null when the bundle may be fetched; else the violation. */
export function checkCommand(policy: HostPolicy, command: Pick<RunEventCommand, 'sourceKind'>, source: Pick<BundleSource, 'size'>): string | null {
  const { allowedSources, maxBundleBytes } = policy;
  const { sourceKind } = command;
  if (allowedSources !== null && (sourceKind === undefined || !allowedSources.includes(sourceKind))) {
    const from = sourceKind === undefined ? 'the controller does not say what kind of source the bundle comes from' : `the bundle comes from the source ${show(sourceKind)}`;
    return violation(policy, 'allowed_sources', `${from}; allowed ${allowedSources.length === 0 ? 'is none' : `are ${allowedSources.join(', ')}`}.`);
  }
  if (source.size > maxBundleBytes) return violation(policy, 'max_bundle_bytes', `the bundle has ${source.size} bytes, more than ${maxBundleBytes}.`);
  return null;
}

const usualNames = ['appspec.yml', 'appspec.yaml', 'appspec.json'];

/**
 * Which of a bundle's files is its AppSpec decides what is run. Where keys are required the choice has to be signed, and
 * what comes over the wire is not: only the usual names are taken. Null when the command stands.
 */
export function checkAppSpecName(policy: HostPolicy, { appSpecFilename }: Pick<RunEventCommand, 'appSpecFilename'>): string | null {
  if (policy.requiredSignatureKeys.length === 0 || appSpecFilename === undefined || usualNames.includes(appSpecFilename)) return null;
  return violation(policy, 'required_signature_keys', `the controller names ${show(appSpecFilename)} as the AppSpec, which no signature covers; use one of ${usualNames.join(', ')} at the bundle's top.`);
}

// An owner's signature that came apart from its bundle: with a registration or a deployment. Whose it is only the hosts
// can tell, who have the keys; here it is held against what it is for, so that its maker hears of a slip and no host has
// to.

import { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import type { ErrorInformation } from '../../protocol/model/deployment.ts';
import { Failure } from '../../protocol/errors.ts';
import { readDocument } from '../store/documents.ts';
import type { Bundle } from './registry.ts';

const remedy = 'Sign the bundle again with: fairlead bundle sign';

/** Why no host could accept it for the application now, in a sentence; null when one might. */
export function whyUseless({ statement }: BundleSignature, applicationName: string, now: number): string | null {
  const { application, expiresAt } = statement;
  if (application !== applicationName) return `The signature is for the application ${application}, not for ${applicationName}.`;
  return expiresAt !== undefined && expiresAt <= now ? 'The signature has expired already.' : null;
}

/** Throws ValidationException for a signature that cannot serve the application. */
export function requireUseful(signature: BundleSignature, applicationName: string, now: number): void {
  const reason = whyUseless(signature, applicationName, now);
  if (reason !== null) throw new Failure('ValidationException', `${reason} ${remedy}`, 'signature');
}

/** The bundle with the signature that is to go to the hosts with it, or what is wrong when it is for other bytes. */
export function signedBundle(bundle: Bundle, signature: BundleSignature | undefined): { readonly kind: 'bundle'; readonly bundle: Bundle } | { readonly kind: 'defect'; readonly defect: ErrorInformation } {
  if (signature === undefined) return { kind: 'bundle', bundle };
  const { sha256 } = signature.statement;
  if (sha256 === bundle.sha256) return { kind: 'bundle', bundle: { ...bundle, signature } };
  const message = `The signature given with the revision is for a bundle with the SHA-256 ${sha256}, but what is to be deployed has ${bundle.sha256}. ${remedy}`;
  return { kind: 'defect', defect: { code: 'INVALID_REVISION', message } };
}

/** A signature as it is kept in a column; undefined for none. */
export function readSignature(text: string | null | undefined, where: string): BundleSignature | undefined {
  return text === null || text === undefined ? undefined : readDocument(BundleSignature, text, where);
}

// What this host remembers of signed bundles: for each application the highest counter and the digests accepted, and beside
// each unpacked bundle the signature it came with. Written before a bundle is unpacked, atomically and durably, so that no
// crash lets an older bundle in. One application's downloads never run side by side, hence no lock.

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Type from 'typebox';
import Value from 'typebox/value';
import { BundleSignature } from '../../protocol/model/bundle-signature.ts';
import type { Files } from '../../world/files.ts';
import { nothingAccepted, rememberedRevisions } from './verify-signature.ts';
import type { AcceptedRevisions } from './verify-signature.ts';

const Accepted = Type.Object({
  application: Type.String(),
  counter: Type.Integer({ minimum: 0 }),
  sha256s: Type.Array(Type.String(), { maxItems: rememberedRevisions }),
});

/** What was accepted for an application. Throws for a file that cannot be trusted: nothing is guessed. */
export async function readAccepted(files: Files, dataFolder: string, applicationName: string): Promise<AcceptedRevisions> {
  const path = acceptedPath(dataFolder, applicationName);
  const bytes = await files.read(path);
  if (bytes === null) return nothingAccepted;
  const found = parse(bytes);
  if (Value.Check(Accepted, found) && found.application === applicationName) return found;
  throw new Error(`${path} does not say any more which signed bundles were accepted, so none is accepted now. Restore it from a backup; if it is removed, older bundles are accepted again.`);
}

export async function writeAccepted(files: Files, dataFolder: string, applicationName: string, accepted: AcceptedRevisions): Promise<void> {
  await files.makeFolder(join(dataFolder, 'accepted-revisions'));
  const text = JSON.stringify({ application: applicationName, counter: accepted.counter, sha256s: accepted.sha256s });
  await files.writeAtomically(acceptedPath(dataFolder, applicationName), Buffer.from(text));
}

/** The signature an unpacked bundle came with; undefined when there is none. */
export async function readBundleSignature(files: Files, deploymentFolder: string): Promise<BundleSignature | undefined> {
  const bytes = await files.read(signaturePath(deploymentFolder));
  const found = bytes === null ? undefined : parse(bytes);
  return Value.Check(BundleSignature, found) ? found : undefined;
}

export async function writeBundleSignature(files: Files, deploymentFolder: string, signature: BundleSignature): Promise<void> {
  await files.writeAtomically(signaturePath(deploymentFolder), Buffer.from(JSON.stringify(signature)));
}

export async function removeBundleSignature(files: Files, deploymentFolder: string): Promise<void> {
  await files.remove(signaturePath(deploymentFolder));
}

/** Application names may hold anything; their digest is a file name. */
function acceptedPath(dataFolder: string, applicationName: string): string {
  const name = createHash('sha256').update(applicationName).digest('hex').slice(0, 32);
  return join(dataFolder, 'accepted-revisions', `${name}.json`);
}

function signaturePath(deploymentFolder: string): string {
  return join(deploymentFolder, 'bundle-signature.json');
}

function parse(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8')) as unknown;
  } catch {
    return null;
  }
}

// The policy at the points where a deployment must pass: before a bundle is fetched, before it is unpacked, when its AppSpec
// has been read, and before anything in an unpacked bundle is used. The executors ask; the answer is null or a sentence.
//
//   fetch ── source, size, signature ──▶ digest ── counter and signature noted, durably ──▶ unpack ── AppSpec ──▶ kept
//   Install and hooks: the unpacked bundle's own signature must still be by a key that the policy names.

import { join } from 'node:path';
import type { AppSpec } from '../../hooks/appspec/appspec.ts';
import type { BundleSource, RunEventCommand } from '../../protocol/session/frames.ts';
import type { World } from '../../world/world.ts';
import type { ArchiveLayout } from '../archive-layout.ts';
import { readAccepted, readBundleSignature, removeBundleSignature, writeAccepted, writeBundleSignature } from './accepted-revisions.ts';
import { checkAppSpec } from './check-appspec.ts';
import { checkAppSpecName, checkCommand } from './check-command.ts';
import type { InstallRules } from './check-places.ts';
import { show, violation } from './policy.ts';
import type { HostPolicy } from './policy.ts';
import { verifyDownload, verifyOwner, withAccepted } from './verify-signature.ts';

export interface Gate {
  readonly policy: HostPolicy;
  /** Before a bundle is fetched: null, or the violation. Throws when what was accepted before cannot be read. */
  mayFetch(command: RunEventCommand, source: BundleSource): Promise<string | null>;
  /** The bundle is here and its digest right: looks once more and makes durable that it is accepted. */
  mayUnpack(command: RunEventCommand, source: BundleSource): Promise<string | null>;
  /** The AppSpec has been read. */
  mayInstall(appSpec: AppSpec, warnings: readonly string[]): string | null;
  /** Before anything of an unpacked bundle is used; `deploymentId` is the one whose bundle it is. */
  mayUse(command: RunEventCommand, deploymentId: string): Promise<string | null>;
  /** What the planning of an Install is held to; `root` stands for "/" on this host. */
  installRules(root: string | null): InstallRules;
}

export function openGate(policy: HostPolicy, { files, clock }: Pick<World, 'files' | 'clock'>, layout: ArchiveLayout): Gate {
  const requiresKeys = policy.requiredSignatureKeys.length > 0;
  const folderOf = (command: RunEventCommand): string => layout.deployment(command.deploymentGroupId, command.deploymentId).folder;

  async function checkSignature(command: RunEventCommand, source: BundleSource): Promise<string | null> {
    if (!requiresKeys) return null;
    const { applicationName } = command;
    const accepted = await readAccepted(files, layout.dataFolder, applicationName);
    const forbidden = verifyDownload(policy, { applicationName, sha256: source.sha256, signature: source.signature }, accepted, clock.now());
    if (forbidden !== null) return forbidden;
    // A controller must not put one application's bundle under the feet of another's running scripts.
    const there = await readBundleSignature(files, folderOf(command));
    if (there === undefined || there.statement.application === applicationName) return null;
    return violation(policy, 'required_signature_keys', `${command.deploymentId} is a deployment of ${show(there.statement.application)} on this host, not of ${show(applicationName)}.`);
  }

  return {
    policy,
    async mayFetch(command, source) {
      return checkCommand(policy, command, source) ?? checkAppSpecName(policy, command) ?? checkSignature(command, source);
    },
    async mayUnpack(command, source) {
      const forbidden = await checkSignature(command, source);
      if (forbidden !== null) return forbidden;
      const { applicationName } = command;
      const { signature } = source;
      const folder = folderOf(command);
      // Never a bundle beside the signature of another.
      await files.remove(layout.deployment(command.deploymentGroupId, command.deploymentId).archive);
      await removeBundleSignature(files, folder);
      if (signature === undefined) return null;
      if (requiresKeys) await writeAccepted(files, layout.dataFolder, applicationName, withAccepted(await readAccepted(files, layout.dataFolder, applicationName), signature));
      // Kept where no key is required as well, so that the revision can still be used once one is.
      if (signature.statement.sha256 === source.sha256) await writeBundleSignature(files, folder, signature);
      return null;
    },
    mayInstall: (appSpec, warnings) => checkAppSpec(policy, appSpec, warnings),
    async mayUse(command, deploymentId) {
      if (!requiresKeys) return null;
      const { folder } = layout.deployment(command.deploymentGroupId, deploymentId);
      return checkAppSpecName(policy, command) ?? verifyOwner(policy, command.applicationName, await readBundleSignature(files, folder));
    },
    installRules: (root) => ({
      file: policy.file,
      allowedDestinations: policy.allowedDestinations?.map((prefix) => (root === null ? prefix : join(root, prefix).replace(/\/$/, ''))) ?? null,
      isStrict: policy.isStrict,
    }),
  };
}

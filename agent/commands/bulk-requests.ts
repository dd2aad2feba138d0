// The bulk work on the disk that is done by a helper process (./bulk-process.ts), as data: what is asked, what comes back,
// a line of JSON each.

import type { AppSpec } from '../../hooks/appspec/appspec.ts';
import type { Command } from '../../world/processes.ts';
import type { BundleFormat } from '../bundle/detect-format.ts';
import type { BundleLimits } from '../bundle/limits.ts';
import type { UnpackOutcome } from '../bundle/unpack.ts';
import type { InstallOutcome } from '../install/install.ts';
import type { InstallRules } from '../policy/check-places.ts';

export interface BulkWork {
  /** Undoes or finishes every Install that a crash interrupted; a sentence about each. */
  readonly recover: { readonly request: { readonly dataFolder: string }; readonly answer: readonly string[] };
  /** Removes deployments of the group that need not be kept; their ids. */
  readonly prune: {
    readonly request: { readonly dataFolder: string; readonly groupId: string; readonly deploymentId: string; readonly lastSuccessfulId: string | null; readonly maxRevisions: number };
    readonly answer: readonly string[];
  };
  /** Takes a bundle that an earlier deployment of the group has kept; whose it was, or null. */
  readonly reuse: {
    readonly request: { readonly dataFolder: string; readonly groupId: string; readonly deploymentId: string; readonly sha256: string; readonly size: number };
    readonly answer: string | null;
  };
  /** Unpacks a bundle to a folder that is replaced if there, and takes away a single top folder. */
  readonly unpack: { readonly request: { readonly bundle: string; readonly format: BundleFormat; readonly archive: string; readonly strict?: boolean; readonly limits?: BundleLimits }; readonly answer: UnpackOutcome };
  readonly install: {
    readonly request: {
      readonly dataFolder: string;
      readonly groupId: string;
      readonly deploymentId: string;
      readonly appSpec: AppSpec;
      readonly fileExistsBehavior: string;
      readonly root: string | null;
      readonly rules: InstallRules;
    };
    readonly answer: InstallOutcome;
  };
}

export type BulkKind = keyof BulkWork;

export interface BulkRequest<Kind extends BulkKind = BulkKind> {
  readonly kind: Kind;
  readonly request: BulkWork[Kind]['request'];
}

/** What the helper says. Programs are run by the agent, through its processes door. */
export type FromBulkProcess =
  | { readonly kind: 'run'; readonly id: number; readonly command: Command; readonly timeoutMs: number }
  | { readonly kind: 'done'; readonly answer: unknown }
  | { readonly kind: 'failed'; readonly message: string };

export type ToBulkProcess =
  | { readonly kind: 'ran'; readonly id: number; readonly outcome: { readonly code: number | null; readonly stdout: string; readonly stderr: string } }
  | { readonly kind: 'notRun'; readonly id: number; readonly message: string };

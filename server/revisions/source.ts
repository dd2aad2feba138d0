// What a source of revisions is: somewhere bundles lie that are not ours. The controller alone asks it, once for each
// deployment; what comes is stored in the artifact folder, so agents need neither its credentials nor a way to it.

import type { RevisionLocation } from '../../protocol/model/revision.ts';

export interface RevisionSource {
  /** Whether a location can only ever mean the same bytes: what was fetched once is then good for ever. */
  isPinned(location: RevisionLocation): boolean;
  /**
   * Asks for the bundle of a canonical location. Throws SourceTrouble. The caller reads the body to its end, or closes.
   * `scratch` is a path beside which nothing else lies, on a disk with room; what is put there is removed by the caller.
   */
  open(location: RevisionLocation, asking: { readonly signal: AbortSignal; readonly scratch: string }): Promise<SourceBundle>;
}

export interface SourceBundle {
  readonly body: AsyncIterable<Uint8Array>;
  readonly bundleType: 'tar' | 'tgz' | 'zip';
  /** Bytes the source announced, or null. */
  readonly size: number | null;
  /** The digest the location asks for, or null. */
  readonly sha256: string | null;
  /** What the operator should know of how the location was understood, or null. */
  readonly note: string | null;
  close(): void;
}

export const sourceKinds = ['s3', 'gitHub', 'url', 'git'] as const;
export type SourceKind = (typeof sourceKinds)[number];

/** The sources this controller is allowed to ask. */
export type RevisionSources = { readonly [Kind in SourceKind]?: RevisionSource };

/** The bundle cannot be had. The message is for the operator, and ends up as the deployment's error information. */
export class SourceTrouble extends Error {
  readonly code: 'REVISION_MISSING' | 'INVALID_REVISION';
  /** It may go better in a moment. */
  readonly mayRetry: boolean;
  constructor(code: SourceTrouble['code'], message: string, mayRetry = false) {
    super(message);
    this.code = code;
    this.mayRetry = mayRetry;
  }
}

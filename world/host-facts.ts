// What can be seen of this host by whoever asks whether it is fit: paths, disks, units, clocks, and a controller from here.
// Looking changes nothing, and never rejects: what cannot be seen is said.

import type { Trust } from './network.ts';

export type PathFact =
  | { readonly kind: 'there'; readonly isFolder: boolean; /** Permission bits. */ readonly mode: number; readonly uid: number; readonly owner: string }
  | { readonly kind: 'absent' }
  /** This user may not look. */
  | { readonly kind: 'hidden' };

export interface DiskFact {
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Null where the file system does not count them. */
  readonly freeInodes: number | null;
}

export interface CertificateFact {
  readonly expiresAt: number;
  readonly names: readonly string[];
}

export type ControllerFact =
  | {
      readonly kind: 'answered';
      readonly status: number;
      /** How far its clock is ahead of ours, give or take `withinMs`; null when it did not say. */
      readonly clockAheadMs: number | null;
      readonly withinMs: number;
      /** Null in plain text. */
      readonly certificate: CertificateFact | null;
    }
  | { readonly kind: 'silent'; readonly why: string };

export interface ControllerQuestion {
  readonly url: string;
  /** PEM of an authority to trust besides the system's. */
  readonly ca: Trust | null;
  /** False to look at whatever certificate there is: of this very host. */
  readonly isVerified: boolean;
}

export interface HostFacts {
  path(path: string): Promise<PathFact>;
  /** Of the file system that holds the path, or the nearest folder above it that is there. */
  disk(path: string): Promise<DiskFact | null>;
  /** Properties of a unit by name; null where systemd does not run or does not know it. */
  unit(name: string): Promise<ReadonlyMap<string, string> | null>;
  /** Does the service manager believe that the clock is kept right? Null when it does not say. */
  isClockKept(): Promise<boolean | null>;
  controller(question: ControllerQuestion): Promise<ControllerFact>;
  /** Of a PEM file, with whether the key in another one is its own. */
  certificateFile(certificate: string, key: string): Promise<(CertificateFact & { readonly isKeyItsOwn: boolean }) | { readonly why: string }>;
}

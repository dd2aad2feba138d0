// The AppSpec after parsing: everything decided, nothing left to interpret. See ./parse.ts for how text becomes this.

export const fileExistsBehaviors = ['DISALLOW', 'OVERWRITE', 'RETAIN'] as const;
export type FileExistsBehavior = (typeof fileExistsBehaviors)[number];

export interface AppSpec {
  readonly files: readonly FileMapping[];
  /** What to do with a file that is there already and was not ours; null leaves it to the deployment. */
  readonly fileExistsBehavior: FileExistsBehavior | null;
  readonly permissions: readonly PermissionRule[];
  /** Event name to its scripts, in order. Any name is allowed; unknown ones never run (a warning says so). */
  readonly hooks: Readonly<Record<string, readonly HookScript[]>>;
  /** What must hold after ValidateService; null for nothing. One of our own keys, see ./extensions.ts. */
  readonly readiness: Readiness | null;
  /** Install into a fresh folder behind a link instead of in place; null for in place. One of our own keys. */
  readonly releases: Releases | null;
}

/** `source` within the bundle ('/' is all of it) goes to the folder `destination` on the host. */
export interface FileMapping {
  readonly source: string;
  readonly destination: string;
}

export interface HookScript {
  /** Path within the bundle, as written (trimmed). */
  readonly location: string;
  /** Whole seconds, at least 1; 3600 when not given. */
  readonly timeoutSeconds: number;
  readonly runas: string | null;
  /** The undocumented `sudo` key of the original. */
  readonly sudo: boolean;
  /** May be started again when a reboot, or an end from outside while no agent looked, cut it short. One of our own keys. */
  readonly restartable: boolean;
  /** To be run on one target of the deployment only. One of our own keys. */
  readonly once: boolean;
}

/** After ValidateService the probe must succeed for `minHealthyMs` without a break, within `timeoutMs`. */
export interface Readiness {
  readonly probe: Probe;
  readonly minHealthyMs: number;
  readonly timeoutMs: number;
  /** Between two looks. */
  readonly intervalMs: number;
}

export type Probe =
  /** A GET, redirects not followed. `expectStatus` null: any from 200 to 299. */
  | { readonly kind: 'http'; readonly url: string; readonly expectStatus: number | null }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** A script of the bundle that exits with 0. */
  | { readonly kind: 'command'; readonly location: string; readonly timeoutSeconds: number };

/** Absolute, normalised paths, neither within the other. */
export interface Releases {
  /** Holds one folder for each release. */
  readonly folder: string;
  /** The link to the current one. Files with a destination below it are installed in the release. */
  readonly current: string;
  /** Releases kept, the current one among them; at least 1. */
  readonly keep: number;
}

export type PermissionTarget = 'file' | 'directory';

export interface PermissionRule {
  readonly object: string;
  /** '**' is any depth; anything else matches names one level below, '*' alone being special. */
  readonly pattern: string;
  readonly except: readonly string[];
  readonly type: readonly PermissionTarget[];
  readonly owner: string | null;
  readonly group: string | null;
  /** Three or four octal digits, or null to leave the mode alone. */
  readonly mode: string | null;
  /** Normalised: `[default:](user|group|mask|other):[name]:rwx`. Null when not given. */
  readonly acls: readonly string[] | null;
  readonly context: SecurityContext | null;
}

/** An SELinux context. `user` comes from the key `name`, as in the original. */
export interface SecurityContext {
  readonly user: string | null;
  readonly role: string | null;
  readonly type: string;
  /** Normalised range such as `s0-s1:c0.c3,c7`, or null. */
  readonly range: string | null;
}

/** Something to tell the author: where, what, and what to do. */
export interface Complaint {
  /** 1-based line in the AppSpec, or null where no line applies. */
  readonly line: number | null;
  /** Path of keys, such as `hooks.AfterInstall[0].timeout`; empty for the document. */
  readonly key: string;
  /** One line, no control characters: what is wrong with which value, and the remedy. */
  readonly sentence: string;
}

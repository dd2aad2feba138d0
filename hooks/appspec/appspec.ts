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

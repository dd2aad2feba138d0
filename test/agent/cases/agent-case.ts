// The shape of a case: an AppSpec to parse or deployments to carry out, and what CodeDeploy's agent 1.8.1 was seen to do.

export type FileShape = string | { readonly content?: string; readonly mode?: number; readonly dir?: boolean; readonly link?: string };
export type FileShapes = Readonly<Record<string, FileShape>>;

/** One entry of a tree: a folder, a file or a link, with modes in octal and owners that are not root's. */
export interface TreeItem { readonly dir?: true; readonly content?: string; readonly link?: string; readonly mode?: string; readonly owner?: string }

export interface ParseCase {
  readonly id: string;
  readonly phase: 'parse';
  readonly appspec: string;
  readonly expect: 'valid' | 'invalid';
  readonly reason: string;
  readonly parsed?: Readonly<Record<string, unknown>>;
}

/** One deployment of a sequence. In all texts `${DEST}` is the scratch host's destination. */
export interface Revision {
  readonly appspec: string;
  readonly revision_files: FileShapes;
  /** Within the bundle; `appspec.yml` when not given. */
  readonly appspec_name?: string;
  /** The text that goes into the bundle in place of `appspec`. */
  readonly appspec_override?: string;
  readonly no_appspec?: boolean;
  readonly bundle?: { readonly type?: 'tar' | 'tgz' | 'zip'; readonly declared?: string };
  readonly spec?: SpecOverrides;
  readonly commands?: readonly string[];
  readonly group?: string;
  readonly expect?: 'valid' | 'invalid';
  readonly then_write?: Readonly<Record<string, string>>;
}

/** Members of CodeDeploy's deployment specification that a case sets. */
export interface SpecOverrides {
  readonly AgentActionOverrides?: { readonly AgentOverrides: { readonly FileExistsBehavior: string } };
  readonly DeploymentCreator?: string;
  readonly DeploymentType?: string;
  readonly AppSpecFilename?: string;
}

export interface DeployCase extends Revision {
  readonly id: string;
  readonly phase: 'deploy';
  readonly reason: string;
  readonly expect: 'valid' | 'invalid';
  readonly pre_existing?: FileShapes;
  readonly previous?: readonly Revision[];
  readonly observed: Observed;
}

/** What came of the last deployment of a case, in the original's words. */
export interface Observed {
  readonly events: readonly string[];
  readonly failed_event?: string;
  readonly error_code?: number;
  readonly script_name?: string;
  readonly log?: string;
  readonly log_length?: number;
  /** Absent: nothing is there, or nothing is said (of a failure). */
  readonly files_under_DEST?: Readonly<Record<string, TreeItem>>;
  /** Lines that hooks of the last deployment wrote to `${DEST}.trace`. */
  readonly hook_trace?: readonly string[];
}

export type AgentCase = ParseCase | DeployCase;

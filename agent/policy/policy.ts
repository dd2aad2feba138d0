// What the owner of a host allows a controller to do there. It comes from the agent's configuration, which no controller can
// change, and is read once, when the agent starts. Every rule left out allows what CodeDeploy allows.

export const sourceKinds = ['upload', 's3', 'github', 'url', 'git'] as const;
export type SourceKind = (typeof sourceKinds)[number];

export interface HostPolicy {
  /** The file that holds these rules, for sentences. */
  readonly file: string;
  /** Users hooks may name in `runas`, or null for any. */
  readonly allowedUsers: readonly string[] | null;
  /** Folders in or below which files, permissions and releases may be; null for anywhere. Absolute, without a slash at the end; "" stands for "/". */
  readonly allowedDestinations: readonly string[] | null;
  /** Where bundles may come from, as the controller says; null for anywhere. */
  readonly allowedSources: readonly SourceKind[] | null;
  /** Ed25519 public keys as `ed25519:BASE64`. When there are any, one of them must have signed each bundle. */
  readonly requiredSignatureKeys: readonly string[];
  /** May a bundle that this host has accepted before come again although newer ones were accepted since? */
  readonly allowsRollback: boolean;
  /** Is what would be a warning a refusal? */
  readonly isStrict: boolean;
  readonly maxBundleBytes: number;
  /** Are modes with a setuid or setgid bit refused? */
  readonly forbidsSetuid: boolean;
  /** While this file exists no new deployment begins; null for none. */
  readonly lockFile: string | null;
}

export const mostBundleBytes = 2 * 1024 ** 3;

/** Allows what CodeDeploy allows. */
export function openPolicy(file = 'the agent’s configuration'): HostPolicy {
  return {
    file,
    allowedUsers: null,
    allowedDestinations: null,
    allowedSources: null,
    requiredSignatureKeys: [],
    allowsRollback: true,
    isStrict: false,
    maxBundleBytes: mostBundleBytes,
    forbidsSetuid: false,
    lockFile: null,
  };
}

/** A violation as it is reported: the rule by its name in the file, which file, and what stands against it. */
export function violation(policy: HostPolicy, rule: string, sentence: string): string {
  return `This host's policy forbids it (${rule} in ${policy.file}): ${sentence}`;
}

/** A value from outside for a sentence: in quotes, short, nothing in it that could start a line. */
export function show(value: string): string {
  return JSON.stringify(value.length > 120 ? `${value.slice(0, 120)}…` : value).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, ' ');
}

// Every path that the agent keeps on disk, as pure functions of its data folder. The tree mirrors the original's (including
// its mix of "-" and "_" in names), so that operators and their scripts find what they look for.

import path from 'node:path';

export interface DeploymentPaths {
  /** The deployment's own folder; its absolute path is what the two markers hold. */
  readonly folder: string;
  /** The downloaded bundle, called so whatever its format. */
  readonly bundle: string;
  readonly archive: string;
  /** SHA-256 of the bundle, in hexadecimal. */
  readonly bundleDigest: string;
  readonly logsFolder: string;
  readonly scriptLog: string;
}

/** How far an Install got. */
export const transactionPhases = ['staging', 'commit', 'abort', 'done'] as const;
export type TransactionPhase = (typeof transactionPhases)[number];

export interface GroupPaths {
  /** Holds one folder for each deployment of the group that is still kept. */
  readonly folder: string;
  /** What the last Install put on the host, in the order of making; see install/cleanup-file.ts. */
  readonly cleanup: string;
  readonly instructions: string;
  /** The releases on the host; see install/releases.ts. */
  readonly releases: string;
  readonly lastSuccessfulInstall: string;
  readonly mostRecentInstall: string;
  /** While an Install is under way, one of these says what to undo or finish, and by its name how far it got; see install/transaction.ts. */
  readonly transaction: Readonly<Record<TransactionPhase, string>>;
}

export interface ArchiveLayout {
  readonly dataFolder: string;
  readonly deploymentRoot: string;
  readonly instructionsFolder: string;
  readonly journal: string;
  readonly identity: string;
  /** Room for when the disk is full. */
  readonly reserve: string;
  /** Where the agent answers how it is. */
  readonly statusSocket: string;
  /** Which revisions this host has, for people. */
  readonly hostRevisions: string;
  /** Output of hooks that the controller does not have yet. */
  readonly outputFolder: string;
  /** What changes of balancers' files were under way. */
  readonly balancers: string;
  group(groupId: string): GroupPaths;
  deployment(groupId: string, deploymentId: string): DeploymentPaths;
  /** Where the supervisor of one hook attempt keeps its output and exit status. */
  hookAttempt(attempt: string): string;
}

/**
 * Whether an id may be part of a path: letters, digits, ".", "_", ":" and "-", beginning with a letter or digit, at most 150
 * characters. Group and deployment ids come from the controller, which is not trusted to be kind.
 */
export const isPathSafe = (id: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._:-]{0,149}$/.test(id);

/** The layout below `dataFolder`, which must be absolute. Its functions throw for ids that are not path-safe. */
export const archiveLayout = (dataFolder: string): ArchiveLayout => {
  if (!path.isAbsolute(dataFolder)) throw new Error(`the agent's data folder must be an absolute path, not ${JSON.stringify(dataFolder)}`);
  const deploymentRoot = path.join(dataFolder, 'deployment-root');
  const instructionsFolder = path.join(dataFolder, 'deployment-instructions');
  const group = (groupId: string): GroupPaths => {
    const id = safe('deployment group', groupId);
    return {
      folder: path.join(deploymentRoot, id),
      cleanup: path.join(instructionsFolder, `${id}-cleanup`),
      instructions: path.join(instructionsFolder, `${id}-install.json`),
      releases: path.join(instructionsFolder, `${id}-releases.json`),
      lastSuccessfulInstall: path.join(instructionsFolder, `${id}_last_successful_install`),
      mostRecentInstall: path.join(instructionsFolder, `${id}_most_recent_install`),
      transaction: {
        staging: path.join(instructionsFolder, `${id}-transaction-staging.json`),
        commit: path.join(instructionsFolder, `${id}-transaction-commit.json`),
        abort: path.join(instructionsFolder, `${id}-transaction-abort.json`),
        done: path.join(instructionsFolder, `${id}-transaction-done.json`),
      },
    };
  };
  const deployment = (groupId: string, deploymentId: string): DeploymentPaths => {
    const folder = path.join(group(groupId).folder, safe('deployment', deploymentId));
    const logsFolder = path.join(folder, 'logs');
    return { folder, bundle: path.join(folder, 'bundle.tar'), bundleDigest: path.join(folder, 'bundle.sha256'), archive: path.join(folder, 'deployment-archive'), logsFolder, scriptLog: path.join(logsFolder, 'scripts.log') };
  };
  return {
    dataFolder, deploymentRoot, instructionsFolder, group, deployment,
    journal: path.join(dataFolder, 'journal', 'journal.log'),
    identity: path.join(dataFolder, 'identity.json'),
    reserve: path.join(dataFolder, 'reserve'),
    statusSocket: path.join(dataFolder, 'agent.sock'),
    hostRevisions: path.join(dataFolder, 'host-revisions.json'),
    outputFolder: path.join(dataFolder, 'hook-output'),
    balancers: path.join(dataFolder, 'balancer'),
    hookAttempt: (attempt) => path.join(dataFolder, 'hooks', safe('attempt', attempt)),
  };
};

const safe = (what: string, id: string): string => {
  if (!isPathSafe(id)) throw new Error(`the ${what} id ${JSON.stringify(id.slice(0, 80))} cannot be part of a path; expected letters, digits, ".", "_", ":" and "-"`);
  return id;
};

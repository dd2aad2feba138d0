// Which revision's AppSpec and scripts an event uses. A table, as both of the original's agents have it. Pure.

export type ArchiveChoice = 'current' | 'lastSuccessful' | 'mostRecent';

export interface ArchiveQuestion {
  readonly event: string;
  /** Who made the deployment, such as `user` or `codeDeployRollback`. */
  readonly creator: string;
  readonly deploymentType: string;
  /** Is this deployment's own bundle unpacked already? Then nothing else is used any more, not even for ApplicationStop. */
  readonly hasCurrentArchive: boolean;
}

const normal: Readonly<Record<string, ArchiveChoice>> = {
  BeforeBlockTraffic: 'lastSuccessful',
  AfterBlockTraffic: 'lastSuccessful',
  ApplicationStop: 'lastSuccessful',
};

const blueGreenRollback: Readonly<Record<string, ArchiveChoice>> = {
  BeforeBlockTraffic: 'mostRecent',
  AfterBlockTraffic: 'mostRecent',
  ApplicationStop: 'lastSuccessful',
  BeforeAllowTraffic: 'lastSuccessful',
  AfterAllowTraffic: 'lastSuccessful',
};

/** The archive to use; one that is not recorded on the host makes the event a no-op. */
export function chooseArchive(question: ArchiveQuestion): ArchiveChoice {
  if (question.hasCurrentArchive) return 'current';
  const isBlueGreenRollback = question.creator === 'codeDeployRollback' && question.deploymentType === 'BLUE_GREEN';
  const table = isBlueGreenRollback ? blueGreenRollback : normal;
  return Object.hasOwn(table, question.event) ? (table[question.event] ?? 'current') : 'current';
}

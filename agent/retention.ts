// Which unpacked revisions of a deployment group may be removed. Pure. As in the original the limit counts the deployment
// that is about to be downloaded, oldest go first, and the last successful one stays whatever its age.

/** The original's default for `max_revisions`. */
export const defaultMaxRevisions = 5;

export interface KeptDeployment {
  readonly deploymentId: string;
  /** When its folder last changed, in epoch milliseconds. */
  readonly changedAt: number;
}

/**
 * Ids to remove, oldest first, so that at most `maxRevisions` folders remain once `currentId` is there too. Never the current
 * one nor the last successful one, so more may remain when the limit is 1.
 */
export const chooseExpired = (kept: readonly KeptDeployment[], maxRevisions: number, currentId: string, lastSuccessfulId: string | null): readonly string[] => {
  if (!Number.isInteger(maxRevisions) || maxRevisions < 1) throw new RangeError(`max_revisions must be a whole number of at least 1, not ${maxRevisions}`);
  const others = kept.filter(({ deploymentId }) => deploymentId !== currentId);
  const excess = others.length + 1 - maxRevisions;
  if (excess <= 0) return [];
  return others
    .filter(({ deploymentId }) => deploymentId !== lastSuccessfulId)
    .sort((left, right) => left.changedAt - right.changedAt || (left.deploymentId < right.deploymentId ? -1 : 1))
    .slice(0, excess)
    .map(({ deploymentId }) => deploymentId);
};

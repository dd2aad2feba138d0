// Which protocol versions can speak with which: the highest that both know.

export const protocolVersions: readonly number[] = [1];

export function commonVersion(ours: readonly number[], theirs: readonly number[]): number | null {
  const common = ours.filter((version) => theirs.includes(version));
  return common.length === 0 ? null : Math.max(...common);
}

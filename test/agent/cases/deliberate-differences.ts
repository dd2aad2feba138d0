// Cases that end differently here on purpose. The list is exact: a case on it that ends as in the original fails the run.
// docs/parity.md tells the same differences as a whole.

export interface DeliberateDifference {
  readonly id: string;
  readonly reason: string;
}

const seenAtDownload = 'an AppSpec that is missing or cannot be used fails DownloadBundle, with line and remedy, before anything on the host is touched';
const ownersFirst = 'owners are looked up before the first file is touched; the original copies first and finds out later';
const noShell = 'no shell string is built from a script’s name, so blanks and metacharacters in it are nothing special';
const noPipes = 'scripts write to files, not to pipes, so a child that keeps them open holds nothing up and code 6 never occurs';
const oldRevisionStays = 'an Install that cannot succeed changes nothing, so the old revision stands; the original has removed it by then';

export const deliberateDifferences: readonly DeliberateDifference[] = [
  { id: 'appspec-invalid-seen-at-first-hook', reason: seenAtDownload },
  { id: 'appspec-missing', reason: seenAtDownload },
  { id: 'bundle-top-directory-with-sibling', reason: seenAtDownload },
  { id: 'appspec-windows', reason: seenAtDownload },
  { id: 'appspec-custom-name-missing', reason: seenAtDownload },
  { id: 'bundle-one-level-is-stripped', reason: seenAtDownload },
  { id: 'appspec-yaml-extension-not-found-by-hooks', reason: 'appspec.yaml and appspec.json are found by every event, as in 2.x, not by Install alone' },
  { id: 'perm-numeric-owner', reason: ownersFirst },
  { id: 'perm-unknown-owner', reason: ownersFirst },
  { id: 'hook-space-in-name', reason: noShell },
  { id: 'hook-stderr-left-open', reason: noPipes },
  { id: 'hook-traversal-allowed', reason: 'a script’s location may not leave the bundle, as in 2.x' },
  { id: 'hook-log-long-last-line', reason: 'a last line too long for the diagnostics is cut at its beginning, not lost' },
  { id: 'hook-stdout-left-open', reason: noPipes },
  { id: 'hook-metacharacters-in-name', reason: noShell },
  { id: 'seq-failed-after-install', reason: 'the last successful revision is the last that was deployed as a whole, not the last that was installed (docs/decisions/0003)' },
  { id: 'seq-stranger-in-the-way', reason: oldRevisionStays },
  { id: 'seq-missing-source-after-one', reason: oldRevisionStays },
];

// Where an Install ends otherwise than CodeDeploy's agent 1.8.1 did for the same case, on purpose. `trees` says that the
// verdict is the same and only what is left on the disk differs.

export interface DeliberateDifference {
  readonly id: string;
  readonly what: 'trees';
  readonly reason: string;
}

export const deliberateDifferences: readonly DeliberateDifference[] = [
  { id: 'perm-numeric-owner', what: 'trees', reason: 'the original copies the files and then finds that it does not know the owner; here the owner is looked up first and nothing is touched' },
];

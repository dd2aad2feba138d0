// Who plans: this controller, until another has taken its database over. Plans are kept only under the epoch in which
// they were made, which the store checks as it keeps them (store/hold.ts); asking here only spares the work, and is where
// several active controllers would share deployments out among them.

import type { Store } from '../store/store.ts';

export interface Leadership {
  /** Grows each time another controller comes to lead. */
  readonly epoch: number;
  /** Whether this controller may plan that deployment now. */
  mayPlan(deploymentId: string): boolean;
}

export function leadershipOf({ epoch, deposed }: Pick<Store, 'epoch' | 'deposed'>): Leadership {
  return { epoch, mayPlan: () => !deposed.aborted };
}

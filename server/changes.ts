// Who wants to know that a deployment changed: watchers. A hint only; whoever hears it reads the store.

export interface Changes {
  /** Something about this deployment is different now. */
  announce(deploymentId: string): void;
  /** Calls `hear` at each announcement until the returned function is called. */
  listen(deploymentId: string, hear: () => void): () => void;
}

export function makeChanges(): Changes {
  const listeners = new Map<string, Set<() => void>>();
  return {
    announce(deploymentId) {
      for (const hear of listeners.get(deploymentId) ?? []) hear();
    },
    listen(deploymentId, hear) {
      const mine = listeners.get(deploymentId) ?? new Set();
      listeners.set(deploymentId, mine.add(hear));
      return () => {
        mine.delete(hear);
        if (mine.size === 0) listeners.delete(deploymentId);
      };
    },
  };
}

// The stream behind WatchDeployment: a whole picture at every change, the present state first, the end last. Changes that
// come faster than the reader takes them collapse into one picture.

import type { DeploymentChange } from './faces/dependencies.ts';
import type { Changes } from './changes.ts';
import { Failure } from '../protocol/errors.ts';
import { endedStatuses } from './deployer/load-snapshot.ts';

export async function* watchDeployment(
  changes: Changes,
  load: (deploymentId: string) => Promise<DeploymentChange | null>,
  deploymentId: string,
  signal: AbortSignal,
): AsyncGenerator<DeploymentChange> {
  let isNews = true;
  let wakeReader = (): void => {};
  const stopListening = changes.listen(deploymentId, () => {
    isNews = true;
    wakeReader();
  });
  const onAbort = (): void => wakeReader();
  signal.addEventListener('abort', onAbort);
  try {
    while (!signal.aborted) {
      if (!isNews) {
        await new Promise<void>((resolve) => {
          wakeReader = resolve;
        });
        continue;
      }
      isNews = false;
      const picture = await load(deploymentId);
      if (picture === null) throw new Failure('DeploymentDoesNotExistException', `There is no deployment ${deploymentId}.`, 'deploymentId');
      yield picture;
      if (picture.deployment.status !== undefined && endedStatuses.includes(picture.deployment.status)) return;
    }
  } finally {
    stopListening();
    signal.removeEventListener('abort', onAbort);
  }
}

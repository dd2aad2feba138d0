// The controller without its doors: store, reconciler, fleet and operations, wired together. `server.ts` puts HTTP in
// front of it; the simulation puts a seeded world around it.

import type { Dispatch } from './operations/handler.ts';
import type { DeploymentChange, LogQuestion } from './faces/dependencies.ts';
import type { LogPage } from '../protocol/model/log-piece.ts';
import type { Limits } from './planner/snapshot.ts';
import type { Database, Store } from './store/store.ts';
import type { World } from '../world/world.ts';
import { makeChanges } from './changes.ts';
import { makeDispatch } from './operations/dispatch.ts';
import { loadDeploymentInfo } from './operations/deployment-info.ts';
import { loadDeploymentTargets } from './operations/target-info.ts';
import { makeReconciler, type Reconciler } from './deployer/reconciler.ts';
import { endedStatuses } from './deployer/load-snapshot.ts';
import { explain } from './explain.ts';
import { makeFleet, type Fleet } from './fleet/fleet.ts';
import { makeEnroll } from './fleet/enrollment.ts';
import { followLogs } from './follow-logs.ts';
import { loadLogPage } from './operations/log-page.ts';
import { requireDeployment } from './operations/lookup.ts';
import { watchDeployment } from './watch.ts';
import type { Services } from './operations/services.ts';
import { makeResolver } from './revisions/resolver.ts';
import type { RevisionSources } from './revisions/source.ts';
import type { Intake } from './revisions/uploads.ts';

/** Name of the controller's own bucket: S3 locations in it are uploaded bundles. */
export const ownBucket = 'fairlead';

export interface ControllerOptions {
  readonly store: Store;
  readonly world: World;
  readonly controllerId: string;
  readonly region: string;
  readonly accountId: string;
  readonly limits: Limits;
  readonly pingEveryMs: number;
  readonly lookEveryMs: number;
  readonly bundleUrl: (sha256: string) => string;
  /** Where bundles may come from besides uploads; absent: nowhere. */
  readonly revisions?: { readonly sources: RevisionSources; readonly intake: Intake };
}

export interface Controller {
  readonly dispatch: Dispatch;
  readonly fleet: Fleet;
  readonly reconciler: Reconciler;
  readonly enroll: ReturnType<typeof makeEnroll>;
  readonly watchDeployment: (deploymentId: string, signal: AbortSignal) => AsyncIterable<DeploymentChange>;
  readonly followLogs: (question: LogQuestion, signal: AbortSignal) => AsyncIterable<LogPage>;
  /** Sessions first, so that agents know to come back; then planning; the store stays open. */
  close(): Promise<void>;
}

export function makeController(options: ControllerOptions): Controller {
  const { store, world, limits } = options;
  const changes = makeChanges();
  /** Hooks print more often than deployments change: whoever watches the latter is not woken by the former. */
  const logChanges = makeChanges();
  const announce = (deploymentId: string): void => {
    changes.announce(deploymentId);
    logChanges.announce(deploymentId);
  };

  async function wakeDeploymentsOf(instanceId: string): Promise<void> {
    const affected = await store.db
      .selectFrom('targets')
      .innerJoin('deployments', 'deployments.deployment_id', 'targets.deployment_id')
      .select('deployments.deployment_id')
      .where('targets.instance_id', '=', instanceId)
      .where('deployments.status', 'not in', endedStatuses)
      .execute();
    for (const { deployment_id: deploymentId } of affected) {
      announce(deploymentId);
      reconciler.wake(deploymentId);
    }
  }

  const fleet = makeFleet({
    store,
    world,
    controllerId: options.controllerId,
    pingEveryMs: options.pingEveryMs,
    bundleUrl: options.bundleUrl,
    logged: (deploymentId) => logChanges.announce(deploymentId),
    reported(deploymentId) {
      announce(deploymentId);
      reconciler.wake(deploymentId);
    },
    presenceChanged(instanceId) {
      wakeDeploymentsOf(instanceId).catch((error: unknown) => {
        world.log.warn({ instanceId, error: String(error) }, 'deployments of an instance could not be woken; the periodic look will');
      });
    },
  });

  const reconciler = makeReconciler({
    store,
    world,
    limits,
    lookEveryMs: options.lookEveryMs,
    isConnected: (instanceId) => fleet.isConnected(instanceId),
    nudge: (instanceId) => fleet.nudge(instanceId),
    changed: announce,
    held(deploymentId, waitingOn) {
      if (waitingOn.some((waiting) => waiting.reason === 'ResolvingRevision')) resolver?.resolve(deploymentId);
    },
  });

  function wake(deploymentId: string): void {
    changes.announce(deploymentId);
    reconciler.wake(deploymentId);
  }

  const { revisions } = options;
  const resolver = revisions === undefined ? null : makeResolver({ store, world, ...revisions, resolved: wake });

  const explainIn = (tx: Database, deploymentId: string) =>
    explain(tx, deploymentId, world.clock.now(), limits, (instanceId) => fleet.isConnected(instanceId));

  const services: Services = {
    store,
    world,
    controllerId: options.controllerId,
    region: options.region,
    accountId: options.accountId,
    ownBucket,
    ...(revisions === undefined ? {} : { sources: revisions.sources }),
    wake,
    isConnected: (instanceId) => fleet.isConnected(instanceId),
    expel: (instanceId) => fleet.expel(instanceId),
    explain: (deploymentId) => store.transaction((tx) => explainIn(tx, deploymentId)),
  };

  /** In one transaction, so that its parts fit together. */
  function picture(deploymentId: string): Promise<DeploymentChange | null> {
    return store.transaction(async (tx) => {
      const deployment = await loadDeploymentInfo(tx, deploymentId);
      if (deployment === null) return null;
      const targets = await loadDeploymentTargets(tx, deploymentId);
      return { deployment, targets, ...(await explainIn(tx, deploymentId)) };
    });
  }

  return {
    dispatch: makeDispatch(services),
    fleet,
    reconciler,
    enroll: makeEnroll(services),
    watchDeployment: (deploymentId, signal) => watchDeployment(changes, picture, deploymentId, signal),
    followLogs: (question, signal) =>
      followLogs(
        logChanges,
        world.clock,
        question.deploymentId,
        question.after ?? 0,
        {
          page: (after) => store.transaction((tx) => loadLogPage(tx, { ...question, after })),
          hasEnded: async () => endedStatuses.includes((await requireDeployment(store.db, question.deploymentId)).status as (typeof endedStatuses)[number]),
        },
        signal,
      ),
    async close() {
      await fleet.close();
      await resolver?.close();
      await reconciler.close();
    },
  };
}

// The controller without its doors: store, reconciler, fleet and operations, wired together. `server.ts` puts HTTP in
// front of it; the simulation puts a seeded world around it.

import { makeAuthorize, type Authorize } from './access/authorize.ts';
import type { KeyRing, SecretBox } from './access-keys.ts';
import type { Dispatch } from './operations/handler.ts';
import { recordRefusal } from './audit/refusal.ts';
import type { FaceDependencies, LogQuestion } from './faces/dependencies.ts';
import { Failure } from '../protocol/errors.ts';
import type { DeploymentChange } from '../protocol/model/deployment-change.ts';
import type { PromotionChange } from '../protocol/model/promotion-change.ts';
import type { LogPage } from '../protocol/model/log-piece.ts';
import type { Limits } from './planner/snapshot.ts';
import { listUnfinishedDeploymentsOn } from './store/deployments.ts';
import type { Database, Store } from './store/store.ts';
import type { World } from '../world/world.ts';
import { makeChanges } from './changes.ts';
import { makeDispatch } from './operations/dispatch.ts';
import { loadDeploymentInfo } from './operations/deployment-info.ts';
import { loadDeploymentTargets } from './operations/target-info.ts';
import { makeEffects } from './deployer/effects.ts';
import { makeExecutors } from './deployer/executors.ts';
import { provisionExecutor, releaseExecutor } from './deployer/fleet-executors.ts';
import { makeProvisioner } from './deployer/provisioner.ts';
import { makeReleaser } from './deployer/releaser.ts';
import { makeConverger } from './deployer/converge.ts';
import { makePromoter } from './deployer/promoter.ts';
import { makeReconciler, type Reconciler } from './deployer/reconciler.ts';
import { endedStatuses, type Presence } from './deployer/load-snapshot.ts';
import { explain } from './explain.ts';
import { explainPromotion, explainPromotionBriefly } from './explain-promotion.ts';
import { makeFleet, type Fleet } from './fleet/fleet.ts';
import type { Ec2Enrolment } from './ec2/settings.ts';
import { makeEnroll } from './fleet/enrollment.ts';
import { makePresenceNews } from './fleet/presence-news.ts';
import type { SessionLimits } from './fleet/session-limits.ts';
import type { LogLimits } from './store/logs.ts';
import { followLogs } from './follow-logs.ts';
import { loadLogPage } from './operations/log-page.ts';
import { requireDeployment, requirePromotion } from './operations/lookup.ts';
import { promotionInfos } from './operations/promotion-info.ts';
import { watchPictures } from './watch.ts';
import type { Services } from './operations/services.ts';
import { type OwnBuckets, ownBuckets } from './revisions/buckets.ts';
import { makeResolver } from './revisions/resolver.ts';
import type { AlarmSources } from './alarm-sources/registry.ts';
import { makeAlarmWatch } from './deployer/alarm-watch.ts';
import { makeRouterInspector } from './deployer/router-inspector.ts';
import { makeTrafficRouters } from './deployer/traffic-routers.ts';
import { makeTrafficWatch } from './deployer/traffic-watch.ts';
import type { Notifiers } from './notifiers/registry.ts';
import type { RevisionSources } from './revisions/source.ts';
import type { Intake } from './revisions/uploads.ts';
import type { Elbv2Settings } from './traffic/elbv2/sdk.ts';
import { makeTrafficRouterKinds, type TrafficRouterKinds } from './traffic/registry.ts';

export interface ControllerOptions {
  readonly store: Store;
  readonly world: World;
  readonly controllerId: string;
  readonly region: string;
  readonly accountId: string;
  readonly limits: Limits;
  /** Of agents' sessions, and of what hooks print. Absent: the defaults. */
  readonly sessionLimits?: SessionLimits;
  readonly logLimits?: LogLimits;
  /** Which EC2 instances enrol by their identity documents; absent: none. */
  readonly ec2?: Ec2Enrolment | null;
  /** Of the controller's own authority, for join tokens; absent: none. */
  readonly authorityPin?: string | null;
  readonly pingEveryMs: number;
  readonly lookEveryMs: number;
  /** Resolves when what has come in so far has had its turn; absent: long work is done in one go. */
  readonly letOthers?: () => Promise<void>;
  readonly bundleUrl: (sha256: string) => string;
  readonly keyRing: KeyRing;
  readonly secrets: SecretBox;
  /** Who knows how alarms stand. */
  readonly alarmSources: AlarmSources;
  /** How triggers reach whom they name. */
  readonly notifiers: Notifiers;
  /** What moves traffic; absent: the usual kinds. */
  readonly trafficRouterKinds?: TrafficRouterKinds;
  /** How load balancers of AWS are asked; absent: as the AWS SDK finds it. */
  readonly elbv2?: Elbv2Settings;
  /** How often the settings of traffic routers are looked at; absent: never. */
  readonly inspectRoutersEveryMs?: number;
  /** Absent: those of a controller without sources. */
  readonly buckets?: OwnBuckets;
  /** Where bundles may come from besides uploads; absent: nowhere. */
  readonly revisions?: { readonly sources: RevisionSources; readonly intake: Intake };
}

export interface Controller {
  readonly dispatch: Dispatch;
  readonly authorize: Authorize;
  readonly recordRefusal: FaceDependencies['recordRefusal'];
  readonly fleet: Fleet;
  /** How the planner's round goes. */
  readonly round: Pick<Reconciler, 'lookedAt' | 'unfinished'>;
  /** Takes up everything unfinished: at the start. */
  resume(): Promise<void>;
  readonly enroll: ReturnType<typeof makeEnroll>;
  readonly watchDeployment: (deploymentId: string, signal: AbortSignal) => AsyncIterable<DeploymentChange>;
  readonly watchPromotion: (promotionId: string, signal: AbortSignal) => AsyncIterable<PromotionChange>;
  readonly followLogs: (question: LogQuestion, signal: AbortSignal) => AsyncIterable<LogPage>;
  /** The wall clock was stepped, and all instants with it: whoever waits for one looks again. */
  stepped(byMs: number): void;
  /** Sessions first, so that agents know to come back; then planning; the store stays open. */
  close(): Promise<void>;
}

export function makeController(options: ControllerOptions): Controller {
  const { store, world } = options;
  const changes = makeChanges();
  /** Hooks print more often than deployments change: whoever watches the latter is not woken by the former. */
  const logChanges = makeChanges();
  const announce = (deploymentId: string): void => {
    changes.announce(deploymentId);
    logChanges.announce(deploymentId);
  };

  async function wakeDeploymentsOf(instanceIds: readonly string[]): Promise<void> {
    void converger.look();
    provisioner.look();
    try {
      for (const deploymentId of await listUnfinishedDeploymentsOn(store.db, instanceIds)) {
        announce(deploymentId);
        reconciler.wake(deploymentId);
      }
    } catch (error) {
      world.log.warn({ instanceIds: instanceIds.slice(0, 5), count: instanceIds.length, error: String(error) }, 'deployments of instances could not be woken; the periodic look will');
    }
  }

  const presenceNews = makePresenceNews(world.clock, wakeDeploymentsOf);

  const fleet = makeFleet({
    store,
    world,
    controllerId: options.controllerId,
    pingEveryMs: options.pingEveryMs,
    ...(options.letOthers === undefined ? {} : { letOthers: options.letOthers }),
    ...(options.sessionLimits === undefined ? {} : { sessionLimits: options.sessionLimits }),
    ...(options.logLimits === undefined ? {} : { logLimits: options.logLimits }),
    bundleUrl: options.bundleUrl,
    openSecret: (sealed, boundTo) => options.secrets.open(sealed, boundTo),
    logged: (deploymentId) => logChanges.announce(deploymentId),
    held: announce,
    reported({ deploymentId, hasEnds }) {
      announce(deploymentId);
      if (hasEnds) reconciler.wake(deploymentId);
      else reconciler.wakeSoon(deploymentId);
    },
    presenceChanged: (instanceId) => presenceNews.note(instanceId),
  });

  const alarmWatch = makeAlarmWatch({ store, world, sources: options.alarmSources, openSecret: (sealed, boundTo) => options.secrets.open(sealed, boundTo), changed: wake, lookEveryMs: options.lookEveryMs });

  const trafficRouters = makeTrafficRouters({ db: store.db, kinds: options.trafficRouterKinds ?? makeTrafficRouterKinds(world, (...asked) => fleet.ask(...asked), options.elbv2), openSecret: (sealed, boundTo) => options.secrets.open(sealed, boundTo) });
  const inspector = options.inspectRoutersEveryMs === undefined ? null : makeRouterInspector({ store, world, routers: trafficRouters, everyMs: options.inspectRoutersEveryMs });

  const trafficWatch = makeTrafficWatch({ store, world, routers: trafficRouters, changed: wake, seen: announce, lookEveryMs: options.lookEveryMs });

  const fleetWebhooks = { store, webhooks: options.notifiers, openSecret: (sealed: string, boundTo: string) => options.secrets.open(sealed, boundTo) };
  const effects = makeEffects({
    store,
    world,
    executors: makeExecutors({ notifier: options.notifiers, fleet: { Provision: provisionExecutor(fleetWebhooks), Release: releaseExecutor({ ...fleetWebhooks, now: () => world.clock.now(), expel: (instanceId) => fleet.expel(instanceId) }) } }),
    changed: (deploymentId, kind) => (kind === 'Provision' ? wake(deploymentId) : announce(deploymentId)),
  });

  let listeningSince = world.clock.now();
  const presence: Presence = {
    isConnected: (instanceId) => fleet.isConnected(instanceId),
    holdOf: (instanceId, attemptId) => fleet.holdOf(instanceId, attemptId),
    get listeningSince() {
      return listeningSince;
    },
    limits: options.limits,
  };
  const reconciler = makeReconciler({
    store,
    world,
    presence,
    lookEveryMs: options.lookEveryMs,
    ...(options.letOthers === undefined ? {} : { letOthers: options.letOthers }),
    send: (commands) => fleet.send(commands),
    changed: announce,
    carryOut: () => effects.nudge(),
    moveTraffic: () => trafficWatch.nudge(),
    ended(deploymentId) {
      void converger.look();
      releaser.look();
      promoter.deploymentMoved(deploymentId);
    },
    whereabouts: { region: options.region, accountId: options.accountId },
    held(deploymentId, waitingOn) {
      if (waitingOn.some((waiting) => waiting.reason === 'ResolvingRevision')) resolver?.resolve(deploymentId);
      if (waitingOn.some((waiting) => waiting.reason === 'AlarmsUnseen')) alarmWatch.nudge();
      if (waitingOn.some((waiting) => waiting.reason === 'ProvisioningWait' && waiting.here >= waiting.wanted)) provisioner.takeIn(deploymentId);
    },
  });

  function wake(deploymentId: string): void {
    changes.announce(deploymentId);
    reconciler.wake(deploymentId);
  }

  const promoter = makePromoter({ store, world, lookEveryMs: options.lookEveryMs, wakeDeployment: wake, changed: (promotionId) => changes.announce(promotionId), whereabouts: { region: options.region, accountId: options.accountId }, carryOut: () => effects.nudge() });

  function wakeAll(): void {
    reconciler.wakeAll().catch((error: unknown) => world.log.warn({ error: String(error) }, 'waiting deployments could not be woken; the periodic look will'));
  }

  const converger = makeConverger({ store, world, lookEveryMs: options.lookEveryMs, isConnected: presence.isConnected, wake });

  const provisioner = makeProvisioner({ store, world, isConnected: presence.isConnected, wake, moveTraffic: () => trafficWatch.nudge() });

  const releaser = makeReleaser({ store, world, lookEveryMs: options.lookEveryMs, listeningSince: () => listeningSince, carryOut: () => effects.nudge(), moveTraffic: () => trafficWatch.nudge(), changed: announce });

  const { revisions } = options;
  const resolver = revisions === undefined ? null : makeResolver({
    store,
    world,
    ...revisions,
    resolved(deploymentId) {
      wake(deploymentId);
      promoter.deploymentMoved(deploymentId);
    },
  });

  const explainIn = (tx: Database, deploymentId: string) =>
    explain(tx, deploymentId, world.clock.now(), presence);

  const buckets = options.buckets ?? ownBuckets(null, false);
  const services: Services = {
    store,
    world,
    controllerId: options.controllerId,
    authorityPin: options.authorityPin ?? null,
    region: options.region,
    accountId: options.accountId,
    keyRing: options.keyRing,
    secrets: options.secrets,
    buckets,
    ...(revisions === undefined ? {} : { sources: revisions.sources }),
    wake,
    wakePromotion(promotionId) {
      changes.announce(promotionId);
      promoter.wake(promotionId);
    },
    lookForLate() {
      void converger.look();
      provisioner.look();
    },
    lookForReleases: () => releaser.look(),
    trafficRouters,
    inspectRouters: () => inspector?.nudge(),
    whyNotTriggerTarget: (target) => options.notifiers.whyNotTarget(target),
    whyNotWebhook: (url) => options.notifiers.whyNotWebhook(url),
    carryOut: () => effects.nudge(),
    wakeAll,
    isConnected: (instanceId) => fleet.isConnected(instanceId),
    presence,
    expel: (instanceId, why) => fleet.expel(instanceId, why),
    rotateKey: (instanceId) => fleet.rotateKey(instanceId),
    explain: (deploymentId) => store.picture((tx) => explainIn(tx, deploymentId)),
    explainPromotion: (promotionId) => store.picture((tx) => explainPromotion(tx, promotionId, world.clock.now(), presence)),
  };

  /** One picture of the store, so that its parts fit together. */
  function picture(deploymentId: string): Promise<DeploymentChange> {
    return store.picture(async (tx) => {
      const deployment = await loadDeploymentInfo(tx, deploymentId);
      if (deployment === null) throw new Failure('DeploymentDoesNotExistException', `There is no deployment ${deploymentId}.`, 'deploymentId');
      const targets = await loadDeploymentTargets(tx, deploymentId);
      return { deployment, targets, ...(await explainIn(tx, deploymentId)) };
    });
  }

  function promotionPicture(promotionId: string): Promise<PromotionChange> {
    return store.picture(async (tx) => {
      const [promotion] = await promotionInfos(tx, [await requirePromotion(tx, promotionId)]);
      return { promotion: promotion!, ...(await explainPromotionBriefly(tx, promotionId, world.clock.now())) };
    });
  }

  return {
    dispatch: makeDispatch(services),
    authorize: makeAuthorize(store.reads, buckets),
    recordRefusal: (operation, input, context, failure) => recordRefusal(store, operation, input, context, failure),
    fleet,
    round: reconciler,
    async resume() {
      await reconciler.wakeAll();
      releaser.look();
      await promoter.wakeAll();
    },
    enroll: makeEnroll({ ...services, ec2: options.ec2 ?? null }),
    watchDeployment: (deploymentId, signal) =>
      watchPictures(changes, deploymentId, { load: () => picture(deploymentId), concerns: () => [deploymentId], hasEnded: ({ deployment }) => hasEnded(deployment.status) }, signal),
    watchPromotion: (promotionId, signal) =>
      watchPictures(
        changes,
        promotionId,
        {
          load: () => promotionPicture(promotionId),
          concerns: ({ promotion }) => promotion.waves.flatMap(({ groups }) => groups.flatMap(({ deploymentId }) => (deploymentId === undefined ? [] : [deploymentId]))),
          hasEnded: ({ promotion }) => hasEnded(promotion.status),
        },
        signal,
      ),
    followLogs: (question, signal) =>
      followLogs(
        logChanges,
        world.clock,
        question.deploymentId,
        question.after ?? 0,
        {
          page: (after) => store.picture((tx) => loadLogPage(tx, { ...question, after })),
          hasEnded: async () => hasEnded((await requireDeployment(store.reads, question.deploymentId)).status),
        },
        signal,
      ),
    stepped(byMs) {
      listeningSince += byMs;
      wakeAll();
      promoter.wakeAll().catch((error: unknown) => world.log.warn({ error: String(error) }, 'promotions could not be woken; the periodic look will'));
      effects.nudge();
      alarmWatch.nudge();
      void converger.look();
    },
    async close() {
      await presenceNews.close();
      await fleet.close();
      await converger.close();
      await provisioner.close();
      await releaser.close();
      await promoter.close();
      await resolver?.close();
      await reconciler.close();
      await inspector?.close();
      await alarmWatch.close();
      await trafficWatch.close();
      await effects.close();
    },
  };
}

function hasEnded(status: string | undefined): boolean {
  return endedStatuses.some((ended) => ended === status);
}

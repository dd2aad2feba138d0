// Starts the parts of the server in order and stops them in reverse. Everything that needs the real world was handed in.

import type { World } from '../world/world.ts';
import type { ServerConfig } from './config.ts';
import { findSetting } from './store/settings.ts';
import type { Store } from './store/store.ts';
import { makeController } from './controller.ts';
import { openAccessKeys } from './access-keys.ts';
import { openAlarmSources } from './alarm-sources/settings.ts';
import { readElbv2Settings } from './traffic/settings.ts';
import { openNotifiers } from './notifiers/settings.ts';
import { ownBucket, ownBuckets } from './revisions/buckets.ts';
import { openObjects } from './revisions/objects.ts';
import { openSources } from './revisions/settings.ts';
import { openArtifacts, type ArtifactServices } from './revisions/uploads.ts';
import { startFaces } from './faces/http.ts';
import { signatureLedger } from './faces/replays.ts';
import { controllerIdOf } from './controller-id.ts';
import { openSteadyTime } from './steady-time.ts';

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  /** What it is doing now, in one line. */
  statusLine(): string;
  /** From the next connection on. */
  showCertificate(tls: { readonly cert: string; readonly key: string }): void;
  /** Has its planner's round come to an end within `withinMs`? */
  isWell(withinMs: number): boolean;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ServerParts {
  readonly store: Store;
  readonly inspect: ArtifactServices['inspect'];
  /** PEM of certificate and key; null speaks plaintext. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Of the controller's own authority, for join tokens; null: it has none. */
  readonly authorityPin?: string | null;
  /** Resolves when what has come in so far has had its turn; absent: long work is done in one go. */
  readonly letOthers?: () => Promise<void>;
  /** Told the administrator's key if this start makes one: to be shown, once. */
  readonly announceKey: (key: { readonly accessKeyId: string; readonly secretAccessKey: string }) => void;
}

export async function startServer(config: ServerConfig, realWorld: World, { store, inspect, tls, authorityPin = null, announceKey, letOthers }: ServerParts): Promise<RunningServer> {
  const time = await openSteadyTime(store, realWorld);
  const world: World = { ...realWorld, clock: time.clock };
  const controllerId = await controllerIdOf(store, world.random);
  const { accessKeys, keyRing, secrets, created, artifactSigningKey } = await openAccessKeys({
    store,
    world,
    dataDir: config.dataDir,
    administrator: config.administrator ?? undefined,
  });
  if (created !== null) announceKey(created);
  const artifacts = await openArtifacts({ store, world, dataDir: config.dataDir, bucket: ownBucket, signingKey: artifactSigningKey, inspect, elapsed: time.elapsed, ...config.doors.upload });
  const sources = await openSources(config.sources, world);
  const notifiers = await openNotifiers(config.notifiers, config.dataDir, world);
  const buckets = ownBuckets(config.buckets, sources.s3 !== undefined);
  const objects = openObjects({ store, world, dataDir: config.dataDir, inspect, buckets, ...config.doors.upload });
  const controller = makeController({
    store,
    world,
    controllerId,
    region: config.region,
    accountId: config.accountId,
    limits: config.limits,
    ...(letOthers === undefined ? {} : { letOthers }),
    sessionLimits: config.doors.session,
    logLimits: config.doors.output,
    keyRing,
    secrets,
    alarmSources: await openAlarmSources(config.alarms, world),
    inspectRoutersEveryMs: 10 * 60_000,
    elbv2: await readElbv2Settings(config.traffic, world.files),
    authorityPin,
    ec2: config.ec2,
    pingEveryMs: config.pingEveryMs,
    lookEveryMs: config.lookEveryMs,
    buckets,
    revisions: { sources, intake: artifacts },
    notifiers,
    // Relative: each agent knows best by which address it reaches us.
    bundleUrl: (sha256) => artifacts.signArtifactUrl('', sha256, time.elapsed() + config.bundleUrlMs),
  });
  time.onStep((byMs) => controller.stepped(byMs));
  let isReady = false;
  const faces = await startFaces(
    { host: config.host, port: config.port, allowInsecurePlaintext: config.allowInsecurePlaintext, ...(tls === null ? {} : { tls }), limits: config.doors.faces },
    {
      world,
      dispatch: controller.dispatch,
      authorize: controller.authorize,
      recordRefusal: controller.recordRefusal,
      accessKeys,
      signatures: signatureLedger(store, world.clock),
      artifacts,
      objects,
      enroll: controller.enroll,
      whyNotReady: async () => (isReady ? whyNotAnswering(store) : 'The controller is starting.'),
      watchDeployment: controller.watchDeployment,
      watchPromotion: controller.watchPromotion,
      followLogs: controller.followLogs,
      acceptSession: (connection, proved) => controller.fleet.accept(connection, proved),
    },
  );
  await controller.resume();
  isReady = true;
  return {
    url: faces.url,
    port: faces.port,
    statusLine: () => `listening on ${faces.url}; ${counted(controller.fleet.connected, 'agent')} connected, ${counted(controller.round.unfinished, 'deployment')} under way`,
    showCertificate: (certificate) => faces.showCertificate(certificate),
    isWell: (withinMs) => world.clock.monotonic() - controller.round.lookedAt <= withinMs,
    async [Symbol.asyncDispose]() {
      isReady = false;
      time.close();
      await controller.close();
      await faces[Symbol.asyncDispose]();
      await store.close();
    },
  };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Null when the database answers. */
async function whyNotAnswering({ db, deposed }: Store): Promise<string | null> {
  if (deposed.aborted) return (deposed.reason as Error).message;
  try {
    await findSetting(db, 'controller_id');
    return null;
  } catch {
    return 'The database does not answer.';
  }
}

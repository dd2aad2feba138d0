// Starts the parts of the server in order and stops them in reverse. Everything that needs the real world was handed in.

import type { World } from '../world/world.ts';
import type { ServerConfig } from './config.ts';
import type { Store } from './store/store.ts';
import { makeController, ownBucket } from './controller.ts';
import { openAccessKeys } from './access-keys.ts';
import { openSources } from './revisions/settings.ts';
import { openArtifacts, type ArtifactServices } from './revisions/uploads.ts';
import { defaultLimits } from './faces/limits.ts';
import { startFaces } from './faces/http.ts';
import { controllerIdOf } from './controller-id.ts';

export interface RunningServer {
  readonly url: string;
  readonly port: number;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ServerParts {
  readonly store: Store;
  readonly inspect: ArtifactServices['inspect'];
  /** PEM of certificate and key; null speaks plaintext. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Told the administrator's key if this start makes one: to be shown, once. */
  readonly announceKey: (key: { readonly accessKeyId: string; readonly secretAccessKey: string }) => void;
}

export async function startServer(config: ServerConfig, world: World, { store, inspect, tls, announceKey }: ServerParts): Promise<RunningServer> {
  const controllerId = await controllerIdOf(store, world.random);
  const { accessKeys, created, artifactSigningKey } = await openAccessKeys({
    store,
    world,
    dataDir: config.dataDir,
    administrator: config.administrator ?? undefined,
  });
  if (created !== null) announceKey(created);
  const artifacts = await openArtifacts({ store, world, dataDir: config.dataDir, bucket: ownBucket, signingKey: artifactSigningKey, inspect });
  const sources = await openSources(config.sources, world);
  const controller = makeController({
    store,
    world,
    controllerId,
    region: config.region,
    accountId: config.accountId,
    limits: config.limits,
    pingEveryMs: config.pingEveryMs,
    lookEveryMs: config.lookEveryMs,
    revisions: { sources, intake: artifacts },
    // Relative: each agent knows best by which address it reaches us.
    bundleUrl: (sha256) => artifacts.signArtifactUrl('', sha256, world.clock.now() + config.bundleUrlMs),
  });
  let isReady = false;
  const faces = await startFaces(
    { host: config.host, port: config.port, allowInsecurePlaintext: config.allowInsecurePlaintext, ...(tls === null ? {} : { tls }), limits: defaultLimits },
    {
      world,
      dispatch: controller.dispatch,
      accessKeys,
      artifacts,
      enroll: controller.enroll,
      whyNotReady: () => Promise.resolve(isReady ? null : 'The controller is starting.'),
      watchDeployment: controller.watchDeployment,
      followLogs: controller.followLogs,
      acceptSession: (connection) => controller.fleet.accept(connection),
    },
  );
  await controller.reconciler.wakeAll();
  isReady = true;
  return {
    url: faces.url,
    port: faces.port,
    async [Symbol.asyncDispose]() {
      isReady = false;
      await controller.close();
      await faces[Symbol.asyncDispose]();
      await store.close();
    },
  };
}

// Operations over a fresh store with sources to fetch from, a real artifact folder and the real inspection. Pauses
// between tries take no time and are written down.

import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import { ownBuckets } from '../../server/revisions/buckets.ts';
import { inspectBundle } from '../../server/revisions/inspect-bundle.ts';
import { makeResolver, type Resolver, type ResolverLimits } from '../../server/revisions/resolver.ts';
import type { RevisionSources } from '../../server/revisions/source.ts';
import { openArtifacts, type ArtifactStore } from '../../server/revisions/uploads.ts';
import { DeploymentDocument, readDocument } from '../../server/store/documents.ts';
import { silentLog } from '../../world/log.ts';
import { aController, aDeployment, aGroup, type TestController } from '../operations/a-controller.ts';

export interface ResolvingController extends AsyncDisposable {
  readonly c: TestController;
  readonly artifacts: ArtifactStore;
  /** Names in the artifact folder. */
  kept(): Promise<readonly string[]>;
  readonly pauses: number[];
  /** Deploys and answers as the row stands right then: before any source was asked. */
  create(revision: RevisionLocation): Promise<string>;
  document(deploymentId: string): Promise<DeploymentDocument>;
  /** Lets the resolver work until it has said that the deployment is resolved; its row then. */
  resolved(deploymentId: string): Promise<DeploymentDocument>;
  deploy(revision: RevisionLocation): Promise<DeploymentDocument>;
  readonly resolver: Resolver;
  /** Lets the time for a whole resolution be over. */
  timeIsOver(): void;
  /** A resolver over the same rows and folder, as after a restart of the controller. */
  restart(): Promise<void>;
}

export async function aResolvingController(sources: RevisionSources, limits: Partial<ResolverLimits> = {}): Promise<ResolvingController> {
  const c = await aController();
  Object.assign(c.services, { sources, buckets: ownBuckets(null, sources.s3 !== undefined) });
  await aGroup(c);
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-revisions-'));
  const artifacts = await openArtifacts({ store: c.store, world: c.services.world, dataDir: folder, bucket: 'fairlead', signingKey: new Uint8Array(32), inspect: inspectBundle });
  const pauses: number[] = [];
  const heard = new Map<string, () => void>();
  const deadlines = new Set<() => void>();
  const clock = {
    now: () => c.now,
    monotonic: () => c.now,
    async sleep(ms: number, signal?: AbortSignal) {
      signal?.throwIfAborted();
      pauses.push(ms);
    },
    after(_ms: number, act: () => void) {
      deadlines.add(act);
      return { cancel: () => void deadlines.delete(act) };
    },
  };
  const make = () => makeResolver({ store: c.store, world: { clock, log: silentLog }, sources, intake: artifacts, resolved: (id) => heard.get(id)?.(), limits });
  let resolver = make();
  const self: ResolvingController = {
    c,
    artifacts,
    pauses,
    get resolver() {
      return resolver;
    },
    kept: async () => (await readdir(join(folder, 'artifacts'), { recursive: true })).filter((name) => name !== 'incoming'),
    create: (revision) => aDeployment(c, { revision }),
    async document(deploymentId) {
      const row = await c.store.db.selectFrom('deployments').select('document').where('deployment_id', '=', deploymentId).executeTakeFirstOrThrow();
      return readDocument(DeploymentDocument, row.document, deploymentId);
    },
    async resolved(deploymentId) {
      const news = new Promise<void>((resolve) => heard.set(deploymentId, resolve));
      resolver.resolve(deploymentId);
      await news;
      return self.document(deploymentId);
    },
    async deploy(revision) {
      const deploymentId = await self.create(revision);
      const document = await self.resolved(deploymentId);
      await c.store.db.updateTable('deployments').set({ status: 'Stopped' }).where('deployment_id', '=', deploymentId).execute();
      return document;
    },
    timeIsOver: () => deadlines.forEach((act) => act()),
    async restart() {
      await resolver.close();
      resolver = make();
    },
    async [Symbol.asyncDispose]() {
      await resolver.close();
      await c.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
  return self;
}

export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

// Has instances taken away that nobody needs any more: look -> snapshot -> plan -> check -> requests and wishes in one
// transaction, as the reconciler does for deployments. No deployment waits for it. Looks are cheap to ask for and coalesce;
// there is one by period as well, since what is waited for are routers.

import { uuid } from '../../protocol/model/names.ts';
import type { Timer } from '../../world/clock.ts';
import type { World } from '../../world/world.ts';
import { auditRecord } from '../audit/entry.ts';
import { checkReleases } from '../planner/check-releases.ts';
import { type HostToRelease, planReleases } from '../planner/releases.ts';
import { appendAuditRecord } from '../store/audit.ts';
import { insertEffect } from '../store/effects.ts';
import { noteAsked } from '../store/fleet-hosts.ts';
import { insertFleetRequest } from '../store/fleet-requests.ts';
import { effectiveTags } from '../store/instances.ts';
import type { Database, Store } from '../store/store.ts';
import { wishForRoutes } from '../store/traffic-routes.ts';
import { fleetEffect } from './fleet-requests.ts';
import { type LoadedReleases, loadReleases } from './load-releases.ts';
import { noteArrivals } from './note-arrivals.ts';

export interface ReleaserOptions {
  readonly store: Store;
  readonly world: World;
  readonly lookEveryMs: number;
  /** Since when this controller could see routers. */
  readonly listeningSince: () => number;
  /** Called after a commit that left something to be carried out. */
  readonly carryOut: () => void;
  /** Called after a commit that asks something of routers. */
  readonly moveTraffic: () => void;
  /** Something about a deployment's releases is different now. */
  readonly changed: (deploymentId: string) => void;
}

export interface Releaser {
  /** Somebody may be let go now. Never rejects. */
  look(): void;
  /** A look under way is finished first. */
  close(): Promise<void>;
}

export function makeReleaser({ store, world, lookEveryMs, listeningSince, carryOut, moveTraffic, changed }: ReleaserOptions): Releaser {
  const log = world.log.child({ room: 'deployer' });
  let turn: Promise<void> | null = null;
  let isAskedAgain = false;
  let isClosed = false;
  let timer: Timer | null = null;

  async function lookWhileAsked(): Promise<void> {
    while (isAskedAgain && !isClosed) {
      isAskedAgain = false;
      const done = await store.transaction(lookOnce);
      for (const { deploymentId, names } of done.released) {
        log.info({ deploymentId, instances: names }, 'instances are to be taken away');
        changed(deploymentId);
      }
      if (done.released.length > 0) carryOut();
      if (done.movesTraffic) moveTraffic();
    }
  }

  async function lookOnce(tx: Database): Promise<{ readonly released: readonly { readonly deploymentId: string; readonly names: readonly string[] }[]; readonly movesTraffic: boolean }> {
    await noteArrivals(tx);
    const now = world.clock.now();
    const loaded = await loadReleases(tx, now, listeningSince());
    if (loaded === null) return { released: [], movesTraffic: false };
    const plan = planReleases(loaded.snapshot);
    const violations = checkReleases(loaded.snapshot, plan);
    if (violations.length > 0) throw new Error(`What is to be taken away breaks the rules and was not kept: ${violations.join(' ')}`);
    for (const host of plan.holdOut) await holdOut(tx, loaded, host, now);
    for (const batch of plan.release) await ask(tx, loaded, batch, uuid(world.random.bytes(16)), now);
    return { released: plan.release.map((batch) => ({ deploymentId: batch[0]!.deploymentId, names: batch.map(({ name }) => name) })), movesTraffic: plan.holdOut.length > 0 };
  }

  function look(): void {
    if (isClosed) return;
    isAskedAgain = true;
    turn ??= lookWhileAsked()
      .catch((error: unknown) => log.error({ error: String(error instanceof Error ? error.stack : error) }, 'looking for instances to be let go failed; it is tried again at the next look'))
      .finally(() => (turn = null));
  }

  function lookRegularly(): void {
    if (isClosed) return;
    timer = world.clock.after(lookEveryMs, () => {
      look();
      lookRegularly();
    });
  }
  lookRegularly();

  return {
    look,
    async close() {
      isClosed = true;
      timer?.cancel();
      await turn;
    },
  };
}

async function holdOut(tx: Database, { rows }: LoadedReleases, { key, deploymentId, instanceId }: HostToRelease, now: number): Promise<void> {
  if (instanceId === null) return;
  await wishForRoutes(tx, { groupId: rows.get(key)!.group_id, deploymentId }, instanceId, { wanted: 'Blocked', isKeptOut: true }, now);
}

async function ask(tx: Database, { rows, instances, deployments }: LoadedReleases, batch: readonly HostToRelease[], requestId: string, now: number): Promise<void> {
  const [{ deploymentId, fleetProvider, key }] = batch as [HostToRelease];
  const { group_id: groupId } = rows.get(key)!;
  const deployment = deployments.get(deploymentId);
  if (!(await noteAsked(tx, batch.map((host) => rows.get(host.key)!), requestId))) throw new Error(`Instances of ${deploymentId} are on their way already.`);
  const told = batch.map(({ name, instanceId }) => ({ instanceName: name, tags: instanceId === null ? [] : effectiveTags(instances.get(instanceId)!).map(({ Key, Value }) => ({ Key, Value })) }));
  await insertFleetRequest(tx, { request_id: requestId, kind: 'Release', provider: fleetProvider, group_id: groupId, deployment_id: deploymentId, state: 'Asked', detail: '', asked_at: now, ended_at: null });
  const message = { request: 'release' as const, requestId, fleetProvider, deploymentId, applicationName: deployment?.application_name ?? '', deploymentGroupName: deployment?.group_name ?? '', instances: told };
  await insertEffect(tx, fleetEffect('Release', { groupId, deploymentId }, message), now);
  const record = auditRecord(
    { actor: 'controller', reason: `Deployment ${deploymentId} lets them go.` },
    { at: now, operation: 'ReleaseInstances', subjects: [`deployment:${deploymentId}`, ...batch.map(({ name }) => `instance:${name}`)], input: { fleetProvider, requestId, instanceNames: batch.map(({ name }) => name) }, outcome: 'Succeeded' },
  );
  await appendAuditRecord(tx, record);
}

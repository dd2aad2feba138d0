// Makes targets of the instances that were made for a deployment, once as many are here as it waits for: the replacements, and
// the group's own as they are at that moment, with everything that is frozen of targets otherwise when a deployment is
// created. In one transaction, and only while the deployment still waits.

import type { World } from '../../world/world.ts';
import { readMembers } from '../store/deployment-groups.ts';
import { findDeployment } from '../store/deployments.ts';
import { DeploymentDocument, DeploymentGroupDocument, readDocument, writeDocument } from '../store/documents.ts';
import { noteCome, noteMade } from '../store/fleet-hosts.ts';
import { endProvision, listProvisioning } from '../store/fleet-requests.ts';
import type { Database, Store } from '../store/store.ts';
import type { DeploymentGroupsTable, DeploymentsTable } from '../store/tables.ts';
import { insertTargets } from '../store/targets.ts';
import { claimRoutes, forgetSeen, insertRoutes, listKeptOut } from '../store/traffic-routes.ts';
import { targetRows } from './deployment-rows.ts';
import { type LoadedProvisioning, loadProvisioning, rulesOf } from './load-provisioning.ts';
import { drawLots, newLotSeed } from './lots.ts';
import { membersOf } from './members.ts';
import { freezePace } from './pace.ts';

export interface ProvisionerOptions {
  readonly store: Store;
  readonly world: World;
  readonly isConnected: (instanceId: string) => boolean;
  /** Its planner has something new to go by. */
  readonly wake: (deploymentId: string) => void;
  /** Called after a commit that asks something of routers. */
  readonly moveTraffic: () => void;
}

export interface Provisioner {
  /** An instance came or went, or bears other tags: whoever waits for instances looks again. Never rejects. */
  look(): void;
  /** As many as the deployment waits for may be here. Never rejects. */
  takeIn(deploymentId: string): void;
  /** What is under way is finished first. */
  close(): Promise<void>;
}

export function makeProvisioner({ store, world, isConnected, wake, moveTraffic }: ProvisionerOptions): Provisioner {
  const log = world.log.child({ room: 'deployer' });
  const turns = new Map<string, Promise<void>>();
  let looking: Promise<void> | null = null;
  let isAskedAgain = false;
  let isClosed = false;

  async function lookWhileAsked(): Promise<void> {
    while (isAskedAgain && !isClosed) {
      isAskedAgain = false;
      for (const deploymentId of await listProvisioning(store.db)) wake(deploymentId);
    }
  }

  async function take(deploymentId: string): Promise<void> {
    const isTaken = await store.transaction((tx) => adopt(tx, deploymentId, { now: world.clock.now(), lotSeed: newLotSeed(world.random), isConnected }));
    if (!isTaken) return;
    log.info({ deploymentId }, 'the instances that were made for a deployment are its targets');
    moveTraffic();
    wake(deploymentId);
  }

  return {
    look() {
      if (isClosed) return;
      isAskedAgain = true;
      looking ??= lookWhileAsked()
        .catch((error: unknown) => log.warn({ error: String(error) }, 'deployments that wait for instances could not be woken; the periodic look will'))
        .finally(() => (looking = null));
    },
    takeIn(deploymentId) {
      if (isClosed || turns.has(deploymentId)) return;
      const turn = take(deploymentId)
        .catch((error: unknown) => log.error({ deploymentId, error: String(error instanceof Error ? error.stack : error) }, 'the instances that were made for a deployment could not be made its targets; that is tried again'))
        .finally(() => turns.delete(deploymentId));
      turns.set(deploymentId, turn);
    },
    async close() {
      isClosed = true;
      await looking;
      await Promise.all(turns.values());
    },
  };
}

interface Chance {
  readonly now: number;
  readonly lotSeed: string;
  readonly isConnected: (instanceId: string) => boolean;
}

/** False where it waits no longer, or still. */
async function adopt(tx: Database, deploymentId: string, { now, lotSeed, isConnected }: Chance): Promise<boolean> {
  const row = await findDeployment(tx, deploymentId);
  if (row?.status !== 'InProgress' || row.stop_requested_at !== null) return false;
  const group = await tx.selectFrom('deployment_groups').selectAll().where('group_id', '=', row.group_id).executeTakeFirst();
  const document = readDocument(DeploymentDocument, row.document, `deployment ${deploymentId}`);
  const { provisioning } = document;
  if (group === undefined || provisioning?.askedAt === undefined || provisioning.providedAt !== undefined || document.alarmStop !== undefined) return false;
  const loaded = await loadProvisioning(tx, row, group, document, provisioning, isConnected);
  if (loaded.state.here < loaded.state.wanted || loaded.state.refusal !== null) return false;
  await makeTargets(tx, row, group, document, loaded, { now, lotSeed, isConnected });
  return true;
}

async function makeTargets(tx: Database, row: DeploymentsTable, group: DeploymentGroupsTable, document: DeploymentDocument, { come, originals: blue, state }: LoadedProvisioning, { now, lotSeed, isConnected }: Chance): Promise<void> {
  const { deployment_id: deploymentId, group_id: groupId } = row;
  const groupDocument = readDocument(DeploymentGroupDocument, group.document, `deployment group ${groupId}`);
  const green = await membersOf(tx, groupId, groupDocument, come.filter((instance) => isConnected(instance.instance_id)), document.locationKey);
  const members = [...green, ...blue];
  const keptOut = await listKeptOut(tx, groupId);
  const pace = freezePace(await rulesOf(tx, document.deploymentConfigName), groupDocument, members.map((member) => ({ ...member, isKeptOut: keptOut.has(member.instance.instance_id) })), drawLots(members.length, lotSeed), { isRollout: true, fleetSize: green.length });
  await insertTargets(tx, targetRows(deploymentId, { members, places: pace.places, labels: members.map((member) => (green.includes(member) ? 'Green' : 'Blue')) }, now, row.version + 1));
  await insertRoutes(tx, { groupId, deploymentId }, members.map(({ instance }) => instance), document.traffic?.routers ?? []);
  await claimRoutes(tx, { groupId, deploymentId }, members.map(({ instance }) => instance.instance_id));
  await forgetSeen(tx, groupId, members.map(({ instance }) => instance.instance_id));
  await noteMade(tx, { deployment_id: deploymentId, provider: state.fleetProvider, group_id: groupId }, green.map(({ instance }) => instance.name));
  for (const { instance } of green) await noteCome(tx, deploymentId, instance.name, instance.instance_id);
  await endProvision(tx, deploymentId, now);
  const formerMembers = readMembers(group);
  const after = {
    ...document,
    ...(document.blueGreen === undefined ? {} : { blueGreen: { ...document.blueGreen, ...(formerMembers === null ? {} : { formerMembers: [...formerMembers] }) } }),
    provisioning: { ...document.provisioning!, providedAt: now },
  };
  await tx
    .updateTable('deployments')
    .set({ version: row.version + 1, minimum_healthy_hosts: pace.minimum, document: writeDocument(DeploymentDocument, after, `deployment ${deploymentId}`) })
    .where('deployment_id', '=', deploymentId)
    .execute();
}

// Brings late instances to their group's revision: looks at every group that opted in, and where the planner says so
// writes a follow-on deployment. Looks are cheap to ask for (an agent came, a tag changed, a deployment ended) and
// coalesce; there is one by period as well, so that none is ever missed.

import { auditRecord } from '../audit/entry.ts';
import { checkConvergence } from '../planner/check-convergence.ts';
import { planConvergence } from '../planner/convergence.ts';
import { findDeploymentGroupById, listGroupDocuments } from '../store/deployment-groups.ts';
import { appendAuditRecord } from '../store/audit.ts';
import { findDeployment } from '../store/deployments.ts';
import type { Database, Store } from '../store/store.ts';
import type { Timer } from '../../world/clock.ts';
import type { World } from '../../world/world.ts';
import { loadGroup } from './load-group.ts';
import { newDeployment } from './new-deployment.ts';

export interface ConvergerOptions {
  readonly store: Store;
  readonly world: World;
  readonly lookEveryMs: number;
  readonly isConnected: (instanceId: string) => boolean;
  /** A follow-on deployment was written: look at it now. */
  readonly wake: (deploymentId: string) => void;
}

export interface Converger {
  /** Something changed that may make an instance due. Resolves once it has been looked at; never rejects. */
  look(): Promise<void>;
  /** A look under way is finished first. */
  close(): Promise<void>;
}

interface FollowOn {
  readonly deploymentId: string;
  readonly rootDeploymentId: string;
  readonly groupName: string;
  readonly creator: string;
  readonly names: readonly string[];
}

/** Nobody asked for it at the time, so it stands in the audit log as the controller's own. */
async function recordFollowOn(tx: Database, { deploymentId, rootDeploymentId, groupName, creator, names }: FollowOn, now: number): Promise<void> {
  const row = await findDeployment(tx, deploymentId);
  const application = row?.application_name ?? '';
  const record = auditRecord(
    { actor: 'controller', reason: `Brings ${names.slice(0, 5).join(', ')}${names.length > 5 ? ' and more' : ''} to the revision of deployment ${rootDeploymentId}.` },
    {
      at: now,
      operation: 'CreateDeployment',
      subjects: [`application:${application}`, `deployment-group:${application}/${groupName}`, `deployment:${deploymentId}`, `deployment:${rootDeploymentId}`],
      input: { creator, ofDeploymentId: rootDeploymentId, instances: names },
      outcome: 'Succeeded',
    },
  );
  await appendAuditRecord(tx, record);
}

export function makeConverger({ store, world, lookEveryMs, isConnected, wake }: ConvergerOptions): Converger {
  const log = world.log.child({ room: 'deployer' });
  let turn: Promise<void> | null = null;
  let isAskedAgain = false;
  let isClosed = false;
  let timer: Timer | null = null;

  function look(): Promise<void> {
    if (isClosed) return Promise.resolve();
    isAskedAgain = true;
    turn ??= lookWhileAsked().finally(() => (turn = null));
    return turn;
  }

  async function lookWhileAsked(): Promise<void> {
    while (isAskedAgain && !isClosed) {
      isAskedAgain = false;
      await lookAtAll().catch((error: unknown) => {
        log.error({ error: String(error instanceof Error ? error.stack : error) }, 'looking for late instances failed; it is tried again at the next look');
      });
    }
  }

  async function lookAtAll(): Promise<void> {
    for (const { group_id: groupId, document } of await listGroupDocuments(store.db)) {
      if (isClosed) return;
      // Most groups have not opted in, and their documents need not be read.
      if (document.includes('"convergence"')) await lookAt(groupId);
    }
  }

  async function lookAt(groupId: string): Promise<void> {
    const deploymentId = await store.transaction(async (tx) => {
      const group = await findDeploymentGroupById(tx, groupId);
      const now = world.clock.now();
      const loaded = group === null ? null : await loadGroup(tx, group, now, isConnected);
      if (group === null || loaded === null) return null;
      const plan = planConvergence(loaded.snapshot);
      const violations = checkConvergence(loaded.snapshot, plan);
      if (violations.length > 0) throw new Error(`What late instances of ${group.name} are to do breaks the rules and was not kept: ${violations.join(' ')}`);
      if (plan.take.length === 0) return null;
      const instanceIds = plan.take.map((instance) => instance.instanceId);
      const areNew = plan.take.every(({ touched }) => touched === null);
      const creator = areNew ? 'autoscaling' : 'CodeDeployAutoUpdate';
      const made = await newDeployment(tx, { kind: 'followOn', ofDeploymentId: loaded.rootDeploymentId, group, instanceIds, creator }, { now, random: world.random });
      const names = plan.take.map(({ name }) => name);
      await recordFollowOn(tx, { deploymentId: made, rootDeploymentId: loaded.rootDeploymentId, groupName: group.name, creator, names }, now);
      return made;
    });
    if (deploymentId === null) return;
    log.info({ deploymentId, groupId }, 'late instances are brought to the revision of their group');
    wake(deploymentId);
  }

  function lookRegularly(): void {
    if (isClosed) return;
    timer = world.clock.after(lookEveryMs, () => {
      void look();
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

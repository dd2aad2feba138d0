// What must be so of promotions once a story is over, read from the rows and seen on the hosts: no group of a later wave
// was touched before every group of the earlier ones had succeeded and the wave had baked.

import { promotionTriggerEvents } from '../../protocol/model/trigger.ts';
import type { NotifyPayload } from '../../server/deployer/notices.ts';
import type { PromotionDocument } from '../../server/store/promotion-documents.ts';
import { readPromotionDocument } from '../../server/store/promotions.ts';
import type { DeploymentsTable, PromotionDeploymentsTable, PromotionsTable, TargetsTable } from '../../server/store/tables.ts';
import { checkAgents } from './check-agents.ts';
import { checkAudit } from './check-audit.ts';
import { checkDeployment } from './check-deployments.ts';
import type { Fleet } from './fleet.ts';
import { endedWords } from './operator.ts';

interface Records {
  readonly deployments: ReadonlyMap<string, DeploymentsTable>;
  readonly made: readonly PromotionDeploymentsTable[];
  readonly targets: readonly TargetsTable[];
}

/** Returns a line for each deployment and promotion. */
export async function checkPromotions(fleet: Fleet): Promise<string[]> {
  const { db } = fleet.store;
  const deployments = await db.selectFrom('deployments').selectAll().orderBy('created_at').execute();
  for (const deployment of deployments) await checkDeployment(fleet, deployment);
  const records: Records = { deployments: new Map(deployments.map((row) => [row.deployment_id, row])), made: await db.selectFrom('promotion_deployments').selectAll().execute(), targets: await db.selectFrom('targets').selectAll().execute() };
  const promotions = await db.selectFrom('promotions').selectAll().orderBy('created_at').execute();
  for (const promotion of promotions) {
    checkPromotion(fleet, promotion, readPromotionDocument(promotion), records);
    await checkTold(fleet, promotion, readPromotionDocument(promotion), records.made);
  }
  checkOrigins(fleet, records);
  const taken = (await db.selectFrom('promotion_paths').selectAll().execute()).find((path) => path.running_promotion_id !== null);
  if (taken !== undefined) fleet.violations.push(`the path ${taken.name} is still taken by ${taken.running_promotion_id}`);
  await checkAudit(fleet, deployments);
  await checkAgents(fleet);
  return [...deployments.map((row) => `${row.deployment_id} ${row.creator} ${row.status}`), ...promotions.map((row) => `${row.promotion_id} ${row.status}`)];
}

/** Of the simulated path: of everything that there is to tell. */
export const pathTrigger = { triggerName: 'board', triggerTargetArn: 'https://chat.example/board', triggerEvents: [...promotionTriggerEvents] };

async function checkTold(fleet: Fleet, { promotion_id: id, started_at: startedAt, status }: PromotionsTable, document: PromotionDocument, made: readonly PromotionDeploymentsTable[]): Promise<void> {
  const effects = await fleet.store.db.selectFrom('effects').selectAll().where('deployment_id', '=', id).orderBy('sequence').execute();
  const told = effects.map(({ payload }) => (JSON.parse(payload) as NotifyPayload).event);
  const due = [
    ...(startedAt === null ? [] : ['PromotionStart']),
    ...document.approvals.map(() => 'PromotionReady'),
    ...Array.from({ length: document.open }, () => 'WaveSuccess'),
    ...(made.some((row) => row.promotion_id === id && row.rollback_deployment_id !== null) ? ['PromotionRollback'] : []),
    { Succeeded: 'PromotionSuccess', Failed: 'PromotionFailure', Stopped: 'PromotionStop' }[status] ?? 'nothing',
  ];
  if (told.toSorted().join() !== due.toSorted().join()) fleet.violations.push(`of ${id} was told: ${told.join(', ')}; due was: ${due.join(', ')}`);
  if (told.at(-1) !== due.at(-1)) fleet.violations.push(`of the end of ${id} was not told last: ${told.join(', ')}`);
  for (const effect of effects) if (!fleet.chat.heard.some((one) => one.id === effect.effect_id)) fleet.violations.push(`a notice of ${id} was never heard: ${effect.payload}`);
}

function checkPromotion(fleet: Fleet, { promotion_id: id, status }: PromotionsTable, document: PromotionDocument, { deployments, made, targets }: Records): void {
  const { violations } = fleet;
  if (!endedWords.includes(status)) violations.push(`${id} has not ended: ${status}`);
  const waves = document.waves.map((wave) => {
    const rows = made.filter((row) => row.promotion_id === id && wave.groups.some(({ groupId }) => groupId === row.group_id));
    const own = rows.map((row) => deployments.get(row.deployment_id)!);
    const isGood = own.length === wave.groups.length && own.every((row) => row.status === 'Succeeded');
    return { ...wave, rows, own, isGood, endedAt: Math.max(0, ...own.map((row) => lastEndOf(fleet, row.deployment_id, targets))) };
  });
  if (status === 'Succeeded' && !waves.every(({ isGood }) => isGood)) violations.push(`${id} succeeded, and not every deployment of it did`);
  for (const [index, { own, waveName }] of waves.entries()) {
    for (const deployment of own) {
      const begunAt = firstStartOf(fleet, deployment.deployment_id);
      for (const earlier of waves.slice(0, index)) {
        if (!earlier.isGood) violations.push(`${id} created ${deployment.deployment_id} of wave ${waveName} though wave ${earlier.waveName} had not succeeded`);
        else if (begunAt < earlier.endedAt + 1000 * earlier.bakeSeconds) violations.push(`${id} began wave ${waveName} ${begunAt - earlier.endedAt} ms after wave ${earlier.waveName}, which bakes for ${earlier.bakeSeconds} s`);
      }
    }
  }
  if (status === 'Failed' && document.rollBackOnFailure) {
    for (const row of waves.flatMap(({ rows }) => rows).filter((one) => deployments.get(one.deployment_id)?.status === 'Succeeded')) {
      const name = `${deployments.get(row.deployment_id)!.application_name}/${deployments.get(row.deployment_id)!.group_name}`;
      if (row.rollback_deployment_id === null && !document.statusMessages.some((message) => message.startsWith(`${name} was not rolled back`))) violations.push(`${id} failed and neither rolled back ${name} nor said why not`);
    }
  }
}

/** A promotion's deployments are those that the controller made for it, and no others; each rollback is of what went wrong. */
function checkOrigins(fleet: Fleet, { deployments, made }: Records): void {
  const promoted = new Set(made.map((row) => row.deployment_id));
  const strays = [...deployments.values()].filter((row) => (row.creator === 'CodeDeploy') !== promoted.has(row.deployment_id));
  if (strays.length > 0) fleet.violations.push(`these are of no promotion, or of one by mistake: ${strays.map((row) => row.deployment_id).join(', ')}`);
  const rolledBack = made.flatMap((row) => (row.rollback_deployment_id === null ? [] : [row.rollback_deployment_id]));
  for (const id of rolledBack) if (deployments.get(id)?.creator !== 'codeDeployRollback') fleet.violations.push(`${id} is called a rollback and is none`);
}

/** When the deployment was started, or its first script was, whichever was seen first; by true time. */
function firstStartOf(fleet: Fleet, deploymentId: string): number {
  const script = fleet.starts.find(({ command }) => command.deploymentId === deploymentId)?.at ?? Infinity;
  return Math.min(script, (fleet.chronicle.startedAt.get(deploymentId) ?? Infinity) + fleet.clock.now() - fleet.clock.monotonic());
}

/** Of the targets that succeeded: what was given up elsewhere may run on. */
function lastEndOf(fleet: Fleet, deploymentId: string, targets: readonly TargetsTable[]): number {
  const hosts = targets.filter((target) => target.deployment_id === deploymentId && target.status === 'Succeeded').map((target) => target.target_id);
  const scripts = fleet.members.filter(({ host }) => hosts.includes(host.name)).flatMap(({ host }) => [...host.scripts.values()]).filter((script) => script.deploymentId === deploymentId);
  return Math.max(0, ...scripts.map((script) => script.endedAt ?? 0));
}

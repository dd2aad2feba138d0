// Somebody who promotes: three groups with hosts of their own, a path through them, several revisions, some of them at
// once, some stopped, approved or not, some overtaken by a deployment to one of the groups.

import type { Fleet } from './fleet.ts';
import { pathTrigger } from './check-promotions.ts';
import { hasUntold } from './check-triggers.ts';
import { revisionOf } from './crowd.ts';
import { endedWords } from './operator.ts';
import { dead, patiently, unlessItDies } from './patiently.ts';
import type { SimRandom } from './sim-random.ts';

const names = ['staging', 'eu', 'us'];
const path = { applicationName: 'web', promotionPathName: 'out' };

export async function promote(fleet: Fleet, random: SimRandom): Promise<void> {
  const { clock } = fleet;
  await setUp(fleet, random.fork('path'));
  const crowd = random.fork('crowd');
  const decisions = new Map<string, boolean>();
  const rounds = 2 + random.below(2);
  for (let round = 1; round <= rounds; round += 1) {
    const key = `web/v${round}.tgz`;
    await fleet.upload(key);
    const activePromotionPolicy = random.chance(0.5) ? 'QUEUE' : 'SUPERSEDE';
    await patiently(fleet, () => fleet.call('createPromotion', { ...path, revision: revisionOf(key), activePromotionPolicy }));
    if (crowd.chance(0.25)) clock.after(crowd.below(200_000), () => void stopOne(fleet, crowd));
    if (crowd.chance(0.25)) clock.after(crowd.below(200_000), () => void overtake(fleet, crowd, `web/other-${round}.tgz`));
    // The next one comes while this one is under way, or after it.
    if (random.chance(0.4)) {
      await clock.sleep(random.below(120_000));
      continue;
    }
    await untilQuiet(fleet, random, decisions);
  }
  if (random.chance(0.1)) await patiently(fleet, () => fleet.call('deletePromotionPath', path), 'PromotionPathDoesNotExistException');
  await untilQuiet(fleet, random, decisions);
  while (await hasUntold(fleet)) await fleet.clock.sleep(5_000);
}

async function setUp(fleet: Fleet, random: SimRandom): Promise<void> {
  await patiently(fleet, () => fleet.call('createApplication', { applicationName: 'web' }), 'ApplicationAlreadyExistsException');
  const configs = ['CodeDeployDefault.OneAtATime', 'CodeDeployDefault.HalfAtATime', 'CodeDeployDefault.AllAtOnce'];
  for (const name of names) {
    const group = {
      applicationName: 'web',
      deploymentGroupName: name,
      serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
      deploymentConfigName: random.chance(0.5) ? configs[2]! : configs[random.below(3)]!,
      onPremisesInstanceTagFilters: [{ Key: 'stage', Value: name, Type: 'KEY_AND_VALUE' as const }],
      autoRollbackConfiguration: { enabled: random.chance(0.5), events: ['DEPLOYMENT_FAILURE' as const] },
    };
    await patiently(fleet, () => fleet.call('createDeploymentGroup', group), 'DeploymentGroupAlreadyExistsException');
  }
  for (const [index, { host }] of fleet.members.entries()) await tag(fleet, host.name, names[index % names.length]!);
  const bake = (): number => (random.chance(0.8) ? 20 + random.below(60) : 0);
  const second = random.chance(0.5) ? [['eu'], ['us']] : [['eu', 'us']];
  const waves = [['staging'], ...second].map((groups, index) => ({
    waveName: `w${index}`,
    deploymentGroups: groups.map((deploymentGroupName) => ({ deploymentGroupName })),
    bakeSeconds: bake(),
    ...(index === 1 && random.chance(0.3) ? { approval: { required: true, expiresInMinutes: 5 } } : {}),
  }));
  await patiently(fleet, () => fleet.call('createPromotionPath', { ...path, waves, rollBackOnFailure: random.chance(0.5), triggerConfigurations: [pathTrigger] }), 'PromotionPathAlreadyExistsException');
}

/** The host may not be enrolled yet. */
export async function tag(fleet: Fleet, instanceName: string, stage: string): Promise<void> {
  for (;;) {
    const row = await fleet.store.db.selectFrom('instances').select('name').where('name', '=', instanceName).executeTakeFirst();
    if (row !== undefined) break;
    await fleet.clock.sleep(1_000);
  }
  await patiently(fleet, () => fleet.call('tagInstance', { instanceName, tags: [{ Key: 'stage', Value: stage }] }));
}

async function stopOne(fleet: Fleet, random: SimRandom): Promise<void> {
  const [promotionId] = await activePromotions(fleet);
  if (promotionId === undefined) return;
  const how = { ...(random.chance(0.3) ? { stopDeployments: false } : {}), ...(random.chance(0.5) ? { autoRollbackEnabled: random.chance(0.5) } : {}) };
  await patiently(fleet, () => fleet.call('stopPromotion', { promotionId, ...how }), 'PromotionAlreadyCompletedException');
}

/** Somebody deploys something else to one of the groups. */
async function overtake(fleet: Fleet, random: SimRandom, key: string): Promise<void> {
  await fleet.upload(key);
  const deploymentGroupName = names[random.below(names.length)]!;
  await unlessItDies(fleet, () => fleet.call('createDeployment', { applicationName: 'web', deploymentGroupName, revision: revisionOf(key), activeDeploymentPolicy: 'QUEUE' }));
}

/** Looks why nothing moves, and says yes or no, until nothing is under way. */
async function untilQuiet(fleet: Fleet, random: SimRandom, decisions: Map<string, boolean>): Promise<void> {
  for (;;) {
    const promotions = await activePromotions(fleet);
    const deployments = await fleet.store.db.selectFrom('deployments').select('deployment_id').where('status', 'not in', endedWords).execute();
    if (promotions.length + deployments.length === 0) return;
    for (const promotionId of promotions) await lookAt(fleet, random, promotionId, decisions);
    await fleet.clock.sleep(5_000);
  }
}

async function lookAt(fleet: Fleet, random: SimRandom, promotionId: string, decisions: Map<string, boolean>): Promise<void> {
  const explained = await unlessItDies(fleet, () => fleet.call('explainPromotion', { promotionId }));
  if (explained === dead) return;
  const { status, waitingOn, sentences } = explained;
  if (!endedWords.includes(status) && sentences.length === 0) fleet.violations.push(`${promotionId} is ${status} and nobody knows why`);
  if (sentences.some((sentence) => /NaN|undefined/.test(sentence))) fleet.violations.push(`a reason reads badly: ${sentences.join(' ')}`);
  if (!waitingOn.some(({ reason }) => reason === 'WaveApproval') || decisions.has(promotionId)) return;
  decisions.set(promotionId, true);
  // Sometimes nobody says a word.
  if (random.chance(0.15)) return;
  const decision = random.chance(0.85) ? 'approvePromotion' : 'rejectPromotion';
  await patiently(fleet, () => fleet.call(decision, { promotionId }), 'InvalidPromotionStatusException', 'PromotionAlreadyCompletedException');
}

async function activePromotions(fleet: Fleet): Promise<string[]> {
  const rows = await fleet.store.db.selectFrom('promotions').select('promotion_id').where('status', 'not in', endedWords).orderBy('created_at').execute();
  return rows.map((row) => row.promotion_id);
}

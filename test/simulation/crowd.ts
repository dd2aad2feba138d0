// What else is wanted of a group while a deployment of it is under way: others that queue behind it or take its place, at
// their hour, approved late or never; freezes; windows that open for some minutes of every ten.

import type { Fleet } from './fleet.ts';
import { dead, patiently, unlessItDies } from './patiently.ts';
import type { SimRandom } from './sim-random.ts';

export function revisionOf(key: string) {
  return { revisionType: 'S3', s3Location: { bucket: 'fairlead', key, bundleType: 'tgz' } } as const;
}

const group = { applicationName: 'web', deploymentGroupName: 'all' };

/** Sometimes the group gets a window, another one, or none again. */
export async function setWindow(fleet: Fleet, random: SimRandom): Promise<void> {
  const { chronicle } = fleet;
  if (!random.chance(0.25)) return;
  const minutes = random.chance(0.5) ? 2 + random.below(6) : null;
  // Nothing is sure from the question to the answer.
  chronicle.window = null;
  const deploymentWindows = minutes === null ? [] : [{ cron: '*/10 * * * *', durationMinutes: minutes }];
  await patiently(fleet, () => fleet.call('updateDeploymentGroup', { applicationName: 'web', currentDeploymentGroupName: 'all', deploymentWindows }), '');
  if (minutes !== null) chronicle.window = { minutes, since: fleet.clock.monotonic() };
}

export async function crowdIn(fleet: Fleet, random: SimRandom, round: number): Promise<void> {
  if (random.chance(0.2)) await freezeAWhile(fleet, random, `freeze-${round}`);
  /** Words that guests wait for; some are given in the very moment in which the next guest comes. */
  const undecided: (() => void)[] = [];
  for (let guest = 0; random.chance(0.35) && guest < 3; guest += 1) await comeIn(fleet, random, `web/v${round}-${guest}.tgz`, undecided);
}

async function freezeAWhile(fleet: Fleet, random: SimRandom, freezeName: string): Promise<void> {
  const { clock, chronicle } = fleet;
  await patiently(fleet, () => fleet.call('createFreeze', { freezeName, reason: 'hold still' }), 'FreezeAlreadyExistsException');
  const freeze = { since: clock.monotonic(), until: null as number | null };
  chronicle.freezes.set(freezeName, freeze);
  clock.after(random.below(240_000), () => {
    freeze.until = clock.monotonic();
    void patiently(fleet, () => fleet.call('deleteFreeze', { freezeName }), 'NotFoundException');
  });
}

async function comeIn(fleet: Fleet, random: SimRandom, key: string, undecided: (() => void)[]): Promise<void> {
  const { clock } = fleet;
  await clock.sleep(random.below(20_000));
  await fleet.upload(key);
  const isApproved = random.chance(0.3);
  if (isApproved) await askApproval(fleet, true);
  const deploy = () =>
    fleet.call('createDeployment', {
      ...group,
      revision: revisionOf(key),
      activeDeploymentPolicy: random.chance(0.7) ? 'QUEUE' : 'SUPERSEDE',
      ...(random.chance(0.3) ? { scheduledAt: clock.now() + random.below(300_000) } : {}),
      ...(random.chance(0.2) ? { calendarOverrideReason: 'it cannot wait' } : {}),
    });
  if (random.chance(0.5)) clock.after(random.below(12), () => undecided.splice(0).forEach((decide) => decide()));
  // An answer lost in a crash is not asked for again: one guest more or less is all the same.
  const made = await unlessItDies(fleet, deploy);
  if (!isApproved) return;
  await askApproval(fleet, false);
  if (made === dead) return;
  const decision = random.chance(0.8) ? 'approveDeployment' : 'rejectDeployment';
  let isDecided = false;
  const decide = (): void => {
    if (isDecided) return;
    isDecided = true;
    if (decision === 'approveDeployment') fleet.chronicle.approvals.add(made.deploymentId);
    void patiently(fleet, () => fleet.call(decision, { deploymentId: made.deploymentId }), 'DeploymentAlreadyCompletedException', 'InvalidDeploymentStatusException');
  };
  undecided.push(decide);
  clock.after(random.below(200_000), decide);
}

async function askApproval(fleet: Fleet, required: boolean): Promise<void> {
  await patiently(fleet, () => fleet.call('updateDeploymentGroup', { applicationName: 'web', currentDeploymentGroupName: 'all', approval: { required, expiresInMinutes: 10 } }), '');
}

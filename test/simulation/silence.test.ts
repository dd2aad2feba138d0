// How soon an agent that is gone is known, and what that means for its target: a real controller and real agents on a
// simulated network, and figures. Pings every 5 s, as shipped; the group allows 60 s of silence.

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { StoredEvents, readDocument } from '../../server/store/documents.ts';
import { Fleet, type Member } from './fleet.ts';
import { SimRandom } from './sim-random.ts';

interface Seen {
  /** From the fault to the end of the session, as the store has it. */
  readonly missedMs: number;
  /** From the fault to the end of the target. */
  readonly failedMs: number;
}

type Vanishes = 'is cut off' | 'is killed' | 'loses its power';

/** One host that vanishes in the middle of an event, and comes back long after its target has ended. */
async function vanish(seed: string, how: Vanishes): Promise<Seen> {
  const random = new SimRandom(seed);
  const fleet = new Fleet({ seed, hosts: 1, frameBreaks: 0, behaviour: { fails: () => false, onceEvents: () => [], takesMs: () => 100_000 } });
  await fleet.start();
  const member = fleet.members[0]!;
  let seen: Seen | null = null;
  let failure: unknown = null;
  play(fleet, member, how, random).then((result) => (seen = result), (error: unknown) => (failure = error));
  await fleet.clock.run(3_600_000, () => seen !== null || failure !== null, () => {});
  if (failure !== null) throw failure as Error;
  assert.ok(seen !== null, 'the story did not end');
  assert.deepEqual(fleet.violations, []);
  return seen;
}

async function play(fleet: Fleet, member: Member, how: Vanishes, random: SimRandom): Promise<Seen> {
  const { clock } = fleet;
  const row = () => fleet.store.db.selectFrom('targets').selectAll().executeTakeFirst();
  const until = async (isSo: () => Promise<boolean> | boolean): Promise<void> => {
    while (!(await isSo())) await clock.sleep(50);
  };
  await fleet.call('createApplication', { applicationName: 'web' });
  const group = { applicationName: 'web', deploymentGroupName: 'all', deploymentConfigName: 'CodeDeployDefault.AllAtOnce' };
  await fleet.call('createDeploymentGroup', { ...group, serviceRoleArn: 'arn:aws:iam::000000000000:role/x', onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }], timeouts: { silenceSeconds: 60 } });
  await until(async () => (await fleet.call('listInstances', {})).instances.some(({ isConnected }) => isConnected));
  await fleet.upload('web/v1.tgz');
  await fleet.call('createDeployment', { applicationName: 'web', deploymentGroupName: 'all', revision: { revisionType: 'S3', s3Location: { bucket: 'fairlead', key: 'web/v1.tgz', bundleType: 'tgz' } } });
  await until(() => fleet.starts.length > 0);
  // Anywhere between two pings.
  await clock.sleep(1_000 + random.below(5_000));
  const { name } = member.host;
  const vanishedAt = clock.now();
  if (how === 'is killed') fleet.killAgent(member);
  else fleet.network.cut(name);
  if (how === 'loses its power') member.process.kill();

  await until(async () => !(await fleet.call('listInstances', {})).instances[0]!.isConnected);
  const missedMs = clock.now() - vanishedAt;
  await until(async () => (await row())?.status === 'Failed');
  const failedMs = clock.now() - vanishedAt;
  const before = await row();

  // It comes back, with the success of what it ran on in the meantime.
  await clock.sleep(120_000);
  fleet.network.heal(name);
  fleet.startAgent(member);
  await until(async () => (await fleet.call('listInstances', {})).instances[0]!.isConnected);
  await clock.sleep(60_000);
  assert.deepEqual(await row(), before, 'a late report has changed a finished target');
  const [event] = readDocument(StoredEvents, before!.events, 'the target');
  assert.equal(event?.givenUp, 'AgentNotHeard');
  const deployment = await fleet.store.db.selectFrom('deployments').selectAll().executeTakeFirstOrThrow();
  assert.equal(deployment.status, 'Failed');
  assert.match(deployment.document, /AGENT_ISSUE/);
  return { missedMs, failedMs };
}

function figures(values: readonly number[]): { readonly p50: number; readonly p99: number; readonly max: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))]!;
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1)! };
}

describe('an agent that vanishes', function () {
  this.timeout(300_000);
  const runs = Number(process.env['FAIRLEAD_RUNS'] ?? 8);
  for (const how of ['is cut off', 'is killed', 'loses its power'] as const) {
    it(`is missed within 15 s when it ${how}, its target fails within 76 s, and its late report changes nothing`, async () => {
      const seen: Seen[] = [];
      for (let run = 0; run < runs; run += 1) seen.push(await vanish(`${how} ${run}`, how));
      const missed = figures(seen.map(({ missedMs }) => missedMs));
      const failed = figures(seen.map(({ failedMs }) => failedMs));
      if (process.env['FAIRLEAD_FIGURES'] === '1') console.log(JSON.stringify({ how, runs, missed, failed }));
      // A hundred milliseconds for the wire, the database and this test's own looking.
      assert.ok(missed.max <= 15_100, `missed after ${missed.max} ms`);
      assert.ok(failed.max <= 76_000, `failed after ${failed.max} ms`);
    });
  }
});

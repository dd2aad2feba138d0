import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { registry } from '../../protocol/operations/registry.ts';
import { AlarmTrouble, type Reading } from '../../server/alarm-sources/alarm-source.ts';
import { makeAlarmWatch, type AlarmWatch } from '../../server/deployer/alarm-watch.ts';
import { listWatchedAlarms } from '../../server/store/watched-alarms.ts';
import { silentLog } from '../../world/log.ts';
import { aController, aDeployment, aGroup, anInstance, end, start, type TestController } from '../operations/a-controller.ts';
import { SimClock } from '../simulation/sim-clock.ts';

describe('the watch over alarms', () => {
  let c: TestController;
  let clock: SimClock;
  let watch: AlarmWatch;
  let answer: (name: string, signal: AbortSignal) => Promise<Reading>;
  const asked: string[] = [];
  const changed: string[] = [];
  beforeEach(async () => {
    c = await aController();
    clock = new SimClock();
    asked.length = 0;
    changed.length = 0;
    answer = async () => ({ state: 'OK', detail: 'fine' });
    await anInstance(c, 'web1');
  });
  afterEach(async () => {
    await watch.close();
    await c.close();
  });

  const begin = () => {
    const source = (name: string) => ({
      read(signal: AbortSignal) {
        asked.push(`${name}@${Math.round(clock.monotonic() / 1000)}`);
        return answer(name, signal);
      },
    });
    watch = makeAlarmWatch({
      store: c.store,
      world: { clock, log: silentLog },
      sources: { open: ({ name }) => source(name), openUndefined: source },
      openSecret: (sealed, boundTo) => c.services.secrets.open(sealed, boundTo),
      changed: (deploymentId) => changed.push(deploymentId),
      lookEveryMs: 15_000,
    });
  };
  const deploy = async (names: string[], deploymentGroupName = 'blue') => {
    await aGroup(c, { deploymentGroupName, alarmConfiguration: { enabled: true, alarms: names.map((name) => ({ name })) } });
    return aDeployment(c, { deploymentGroupName });
  };
  async function run(ms: number): Promise<void> {
    let isOver = false;
    clock.after(ms, () => (isOver = true));
    await clock.run(Infinity, () => isOver, () => {});
  }
  const rows = async (deploymentId: string) => (await listWatchedAlarms(c.store.db, deploymentId)).map((row) => [row.name, row.state, row.detail]);
  const versionOf = async (deploymentId: string) => Number((await c.store.db.selectFrom('deployments').select('version').where('deployment_id', '=', deploymentId).executeTakeFirstOrThrow()).version);

  it('asks an alarm once for all deployments that heed it, as often as its definition says, until none does', async () => {
    await c.call(registry.putAlarm, { name: 'errors', source: { kind: 'http', url: 'https://a' }, pollSeconds: 5 });
    const first = await deploy(['errors']);
    const second = await deploy(['errors'], 'green');
    begin();
    await run(11_000);
    assert.deepEqual(asked, ['errors@0', 'errors@5', 'errors@10']);
    for (const deploymentId of [first, second]) assert.deepEqual(await rows(deploymentId), [['errors', 'OK', 'fine']]);
    assert.deepEqual(changed.toSorted(), [first, second].toSorted());
    await end(c, first, 'Succeeded');
    await end(c, second, 'Stopped');
    await run(60_000);
    assert.equal(asked.length, 3);
  });

  it('asks anew for a deployment that has not seen the alarm yet', async () => {
    await c.call(registry.putAlarm, { name: 'errors', source: { kind: 'http', url: 'https://a' }, pollSeconds: 3600 });
    await deploy(['errors']);
    begin();
    await run(5_000);
    const second = await deploy(['errors'], 'green');
    watch.nudge();
    await run(1_000);
    assert.deepEqual(await rows(second), [['errors', 'OK', 'fine']]);
  });

  it('makes a plan that was made before an alarm was seen active be made again, and keeps that it was', async () => {
    const deploymentId = await deploy(['errors']);
    begin();
    await run(1_000);
    await start(c, deploymentId);
    const before = await versionOf(deploymentId);
    answer = async () => ({ state: 'ALARM', detail: 'high' });
    await run(15_000);
    assert.equal(await versionOf(deploymentId), before + 1);
    const activeAt = (await listWatchedAlarms(c.store.db, deploymentId))[0]?.active_at;
    assert.ok(typeof activeAt === 'number');
    answer = async () => ({ state: 'OK', detail: 'low' });
    await run(15_000);
    const [row] = await listWatchedAlarms(c.store.db, deploymentId);
    assert.deepEqual([row?.state, row?.active_at], ['OK', activeAt]);
    await run(30_000);
    assert.equal(await versionOf(deploymentId), before + 2, 'what is no news changes no version');
  });

  it('does not hold against a deployment what was active before its start', async () => {
    const deploymentId = await deploy(['errors']);
    answer = async () => ({ state: 'ALARM', detail: 'high' });
    begin();
    await run(1_000);
    const [row] = await listWatchedAlarms(c.store.db, deploymentId);
    assert.deepEqual([row?.state, row?.active_at], ['ALARM', null]);
  });

  it('takes a failure for an error only the third time in a row, and what means nothing at once', async () => {
    const deploymentId = await deploy(['errors', 'nonsense']);
    let fails = 0;
    answer = async (name) => {
      if (name === 'nonsense') throw new AlarmTrouble('Nobody knows it.', false);
      if (fails > 0) {
        fails -= 1;
        throw new AlarmTrouble('It cannot be reached.');
      }
      return { state: 'OK', detail: 'fine' };
    };
    begin();
    await run(1_000);
    assert.deepEqual(await rows(deploymentId), [['errors', 'OK', 'fine'], ['nonsense', 'ERROR', 'Nobody knows it.']]);
    fails = 2;
    await run(20_000);
    assert.deepEqual((await rows(deploymentId))[0], ['errors', 'OK', 'fine']);
    fails = 3;
    await run(20_000);
    assert.deepEqual((await rows(deploymentId))[0], ['errors', 'ERROR', 'It cannot be reached.']);
    await run(20_000);
    assert.deepEqual((await rows(deploymentId))[0], ['errors', 'OK', 'fine']);
  });

  it('ends a question that hangs, and keeps asking the others meanwhile', async () => {
    const deploymentId = await deploy(['hangs', 'well']);
    answer = (name, signal) =>
      name === 'well' ? Promise.resolve({ state: 'OK', detail: 'fine' }) : new Promise((_, reject) => signal.addEventListener('abort', () => reject(new AlarmTrouble('It did not answer in time.'))));
    begin();
    await run(60_000);
    assert.deepEqual(await rows(deploymentId), [['hangs', 'ERROR', 'It did not answer in time.'], ['well', 'OK', 'fine']]);
    assert.ok(asked.filter((one) => one.startsWith('well')).length >= 4);
  });
});

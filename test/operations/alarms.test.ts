import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { registry } from '../../protocol/operations/registry.ts';
import { withoutSecrets } from '../../server/audit/entry.ts';
import { findAlarm, openHeaders } from '../../server/store/alarms.ts';
import { listWatchedAlarms, recordObservation } from '../../server/store/watched-alarms.ts';
import { DeploymentDocument, readDocument } from '../../server/store/documents.ts';
import { aController, aDeployment, aGroup, anInstance, end, type TestController } from './a-controller.ts';

const prometheus = { kind: 'prometheus' as const, url: 'https://prometheus.example/', query: 'up', comparison: 'LESS' as const, threshold: 1 };
const headers = [{ name: 'Authorization', value: 'Bearer s3cret' }];

describe('alarms', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
  });
  afterEach(() => c.close());

  const opened = async (name: string) => openHeaders((await findAlarm(c.store.db, name))!, (sealed, boundTo) => c.services.secrets.open(sealed, boundTo));

  it('are put, read, listed and deleted, and what is put again takes the place of what was', async () => {
    await c.call(registry.putAlarm, { name: 'errors', source: prometheus, description: 'too many' });
    const before = c.now;
    c.now += 1_000;
    await c.call(registry.putAlarm, { name: 'errors', source: { kind: 'cloudwatch' }, pollSeconds: 60 });
    assert.deepEqual((await c.call(registry.getAlarm, { name: 'errors' })).alarm, { name: 'errors', source: { kind: 'cloudwatch' }, pollSeconds: 60, headerNames: [], createdAt: before, updatedAt: c.now });
    await c.call(registry.putAlarm, { name: 'a', source: { kind: 'http', url: 'https://a' } });
    assert.deepEqual((await c.call(registry.listAlarms, {})).alarms.map(({ name }) => name), ['a', 'errors']);
    await c.call(registry.deleteAlarm, { name: 'errors' });
    await c.call(registry.deleteAlarm, { name: 'errors' });
    await c.refused(registry.getAlarm, { name: 'errors' }, 'NotFoundException');
    await c.refused(registry.listAlarms, { nextToken: 'x' }, 'InvalidNextTokenException');
  });

  it('keep their headers to themselves: encrypted at rest, bound to their name, only names are shown', async () => {
    await c.call(registry.putAlarm, { name: 'errors', source: prometheus, headers });
    const row = (await findAlarm(c.store.db, 'errors'))!;
    assert.doesNotMatch(JSON.stringify(row), /s3cret/);
    assert.deepEqual((await c.call(registry.getAlarm, { name: 'errors' })).alarm.headerNames, ['Authorization']);
    assert.deepEqual(await opened('errors'), headers);
    assert.equal(openHeaders({ ...row, name: 'other' }, (sealed, boundTo) => c.services.secrets.open(sealed, boundTo)), null);
  });

  it('leave no header in the audit records', () => {
    assert.doesNotMatch(JSON.stringify(withoutSecrets({ name: 'errors', source: prometheus, headers })), /s3cret/);
  });

  it('keep headers that are not given again, as long as the address keeps its origin', async () => {
    await c.call(registry.putAlarm, { name: 'errors', source: prometheus, headers });
    await c.call(registry.putAlarm, { name: 'errors', source: { ...prometheus, threshold: 2 } });
    assert.deepEqual(await opened('errors'), headers);
    const elsewhere = { ...prometheus, url: 'https://elsewhere.example/' };
    await c.refused(registry.putAlarm, { name: 'errors', source: elsewhere }, 'InvalidInputException');
    assert.deepEqual(await opened('errors'), headers);
    await c.call(registry.putAlarm, { name: 'errors', source: elsewhere, headers: [] });
    assert.deepEqual(await opened('errors'), []);
  });

  it('that make no sense are refused, with the member at fault', async () => {
    const http = { kind: 'http', url: 'https://a' };
    const wrong: [object, string | null][] = [
      [{ source: { ...prometheus, url: 'ftp://a' } }, 'source.url'],
      [{ source: { ...prometheus, url: 'https://user:pass@a/' } }, 'source.url'],
      [{ source: { ...prometheus, comparison: 'ABOUT' } }, 'source.comparison'],
      [{ source: { kind: 'carrier-pigeon' } }, 'source.kind'],
      [{ source: prometheus, pollSeconds: 0 }, null],
      [{ source: { ...prometheus, url: 'http://[' } }, 'source.url'],
      [{ source: { ...http, pointer: '/a' } }, 'source.pointer'],
      [{ source: { ...http, comparison: 'LESS' } }, 'source.comparison'],
      [{ source: { ...http, pointer: '/a', value: 'x', comparison: 'LESS' } }, 'source.value'],
      [{ source: { kind: 'cloudwatch' }, headers }, 'headers'],
      [{ source: http, headers: [...headers, ...headers] }, 'headers'],
      [{ source: http, headers: [{ name: 'Host', value: 'b' }] }, 'headers'],
      [{ source: http, headers: [{ name: 'A', value: 'b\r\nC: d' }] }, null],
    ];
    for (const [over, field] of wrong) {
      const refusal = await c.refused(registry.putAlarm, { name: 'errors', ...over }, field === null ? 'ValidationException' : 'InvalidInputException');
      if (field !== null) assert.equal(refusal.field, field);
    }
    await c.refused(registry.getAlarm, { name: 'errors' }, 'NotFoundException');
  });
});

describe('the alarms of a deployment', () => {
  let c: TestController;
  beforeEach(async () => {
    c = await aController();
    await anInstance(c, 'web1');
  });
  afterEach(() => c.close());

  const alarmConfiguration = { enabled: true, ignorePollAlarmFailure: true, alarms: [{ name: 'errors' }, { name: 'latency', dryRun: true }], bakeSeconds: 300 };
  const watched = async (deploymentId: string) => (await listWatchedAlarms(c.store.db, deploymentId)).map((row) => [row.name, row.is_dry_run, row.state]);
  const frozen = async (deploymentId: string) => {
    const row = await c.store.db.selectFrom('deployments').select('document').where('deployment_id', '=', deploymentId).executeTakeFirstOrThrow();
    return readDocument(DeploymentDocument, row.document, deploymentId).alarms;
  };

  it('are the group\'s, frozen when it is created, dry runs and bake included', async () => {
    await aGroup(c, { alarmConfiguration });
    const group = await c.call(registry.getDeploymentGroup, { applicationName: 'web', deploymentGroupName: 'blue' });
    assert.deepEqual(group.deploymentGroupInfo.alarmConfiguration, alarmConfiguration);
    const deploymentId = await aDeployment(c);
    assert.deepEqual(await watched(deploymentId), [['errors', 0, null], ['latency', 1, null]]);
    assert.deepEqual(await frozen(deploymentId), { ignoresPollFailure: true, bakeMs: 300_000 });
  });

  it('are replaced by overrideAlarmConfiguration for this one deployment, also by none', async () => {
    await aGroup(c, { alarmConfiguration });
    const deploymentId = await aDeployment(c, { overrideAlarmConfiguration: { enabled: true, alarms: [{ name: 'other' }] } });
    assert.deepEqual(await watched(deploymentId), [['other', 0, null]]);
    assert.deepEqual(await frozen(deploymentId), { ignoresPollFailure: false, bakeMs: 0 });
    await aGroup(c, { deploymentGroupName: 'green', alarmConfiguration });
    const none = await aDeployment(c, { deploymentGroupName: 'green', overrideAlarmConfiguration: { enabled: false, alarms: [{ name: 'errors' }] } });
    assert.deepEqual(await watched(none), []);
    assert.equal(await frozen(none), undefined);
  });

  it('stand in its record as they were seen last, when it is over too', async () => {
    await aGroup(c, { alarmConfiguration });
    const deploymentId = await aDeployment(c);
    const observed = async () => (await c.call(registry.getDeployment, { deploymentId })).deploymentInfo.observedAlarms;
    assert.deepEqual(await observed(), [{ name: 'errors', dryRun: false }, { name: 'latency', dryRun: true }]);
    await c.store.db.updateTable('deployments').set({ started_at: c.now }).where('deployment_id', '=', deploymentId).execute();
    await c.store.transaction((tx) => recordObservation(tx, 'errors', { state: 'ALARM', detail: '9 probes of shop, 1 failed, the last one: it answered 503.', observedAt: c.now, goodUntil: c.now + 9 }));
    await end(c, deploymentId, 'Stopped');
    const seen = { name: 'errors', dryRun: false, state: 'ALARM', detail: '9 probes of shop, 1 failed, the last one: it answered 503.', observedAt: c.now, activeAt: c.now };
    assert.deepEqual(await observed(), [seen, { name: 'latency', dryRun: true }]);
    assert.deepEqual((await c.call(registry.batchGetDeployments, { deploymentIds: [deploymentId] })).deploymentsInfo![0]!.observedAlarms![0], seen);
  });

  it('that are disabled are not watched', async () => {
    await aGroup(c, { alarmConfiguration: { alarms: [{ name: 'errors' }] } });
    assert.deepEqual(await watched(await aDeployment(c)), []);
  });

  it('cannot be watched for longer than two days after the last instance', async () => {
    await aGroup(c);
    const update = (bakeSeconds: number) => ({ applicationName: 'web', currentDeploymentGroupName: 'blue', alarmConfiguration: { ...alarmConfiguration, bakeSeconds } });
    await c.refused(registry.updateDeploymentGroup, update(172_801), 'InvalidAlarmConfigException');
    await c.refused(registry.updateDeploymentGroup, update(-1), 'InvalidAlarmConfigException');
  });
});

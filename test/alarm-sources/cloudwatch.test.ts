// The contract with CloudWatch, tested against a stand-in on a real socket that speaks its JSON protocol. Never run against AWS.

import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'mocha';
import { AlarmTrouble } from '../../server/alarm-sources/alarm-source.ts';
import { makeAlarmSources } from '../../server/alarm-sources/registry.ts';
import { aFarEnd, type Heard } from '../outgoing/a-far-end.ts';

const answers = (value: unknown, status = 200) => (_: Heard, response: ServerResponse) => void response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(value));
const metric = (AlarmName: string, StateValue: string) => answers({ MetricAlarms: [{ AlarmName, StateValue, StateReason: 'because' }], CompositeAlarms: [] });
const sourcesAt = (endpoint: string, isCloudWatchDefault = true) =>
  makeAlarmSources({ cloudWatch: { region: 'eu-west-1', endpoint, credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' } }, isCloudWatchDefault }, { monotonic: () => 0, after: () => ({ cancel() {} }) });
const soon = () => AbortSignal.timeout(10_000);

describe('an alarm of CloudWatch', function () {
  this.timeout(20_000);

  it('is described by its name, in its region', async () => {
    await using far = await aFarEnd(metric('prod-5xx', 'OK'));
    const source = sourcesAt(far.url).open({ name: 'errors', source: { kind: 'cloudwatch', alarmName: 'prod-5xx', region: 'us-east-2' } }, []);
    assert.deepEqual(await source.read(soon()), { state: 'OK', detail: 'CloudWatch says OK: because' });
    const [heard] = far.heard;
    assert.match(String(heard?.headers['x-amz-target']), /DescribeAlarms$/);
    assert.deepEqual(JSON.parse(heard!.body), { AlarmNames: ['prod-5xx'], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'], MaxRecords: 2 });
    assert.match(heard?.headers.authorization ?? '', /\/us-east-2\/monitoring\/aws4_request/);
  });

  it('is ALARM, OK or, without enough data, inconclusive; composite alarms too', async () => {
    for (const [value, state] of [['ALARM', 'ALARM'], ['OK', 'OK'], ['INSUFFICIENT_DATA', 'INCONCLUSIVE']] as const) {
      await using far = await aFarEnd(metric('a', value));
      assert.equal((await sourcesAt(far.url).openUndefined('a').read(soon())).state, state);
    }
    await using far = await aFarEnd(answers({ MetricAlarms: [], CompositeAlarms: [{ AlarmName: 'a', StateValue: 'ALARM' }] }));
    assert.equal((await sourcesAt(far.url).openUndefined('a').read(soon())).state, 'ALARM');
  });

  it('is what a name means that nobody defined, where the configuration says so, and nothing elsewhere', async () => {
    await using far = await aFarEnd(metric('a', 'OK'));
    assert.equal((await sourcesAt(far.url).openUndefined('a').read(soon())).state, 'OK');
    assert.match(far.heard[0]?.headers.authorization ?? '', /\/eu-west-1\//);
    await assert.rejects(sourcesAt(far.url, false).openUndefined('a').read(soon()), (error) => error instanceof AlarmTrouble && !error.isPassing && /Nobody has defined the alarm a/.test(error.message));
  });

  it('that CloudWatch does not have is an error for good; one that it cannot be asked about may pass', async () => {
    await using far = await aFarEnd(answers({ MetricAlarms: [], CompositeAlarms: [] }));
    await assert.rejects(sourcesAt(far.url).openUndefined('a').read(soon()), (error) => error instanceof AlarmTrouble && !error.isPassing && /no alarm a in eu-west-1/.test(error.message));
    await using refusing = await aFarEnd(answers({ __type: 'AccessDeniedException', message: 'not you' }, 400));
    await assert.rejects(sourcesAt(refusing.url).openUndefined('a').read(soon()), (error) => error instanceof AlarmTrouble && error.isPassing && /not you/.test(error.message));
    assert.equal(refusing.heard.length, 1, 'the SDK does not retry beside the watch');
    await using silent = await aFarEnd(() => {});
    await assert.rejects(sourcesAt(silent.url).openUndefined('a').read(AbortSignal.timeout(300)), /did not answer in time/);
  });
});

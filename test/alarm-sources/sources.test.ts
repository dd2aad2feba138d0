import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { describe, it } from 'mocha';
import { AlarmTrouble, type Reading } from '../../server/alarm-sources/alarm-source.ts';
import { holds } from '../../server/alarm-sources/compare.ts';
import { httpSource } from '../../server/alarm-sources/http.ts';
import { prometheusSource } from '../../server/alarm-sources/prometheus.ts';
import type { HttpAlarm, PrometheusAlarm } from '../../protocol/model/alarm.ts';
import { aFarEnd, type Heard } from '../outgoing/a-far-end.ts';

const soon = () => AbortSignal.timeout(5_000);
const troubleOf = async (reading: Promise<Reading>): Promise<AlarmTrouble> => {
  const error = await reading.then(
    (heard) => assert.fail(`it says ${JSON.stringify(heard)}`),
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AlarmTrouble, String(error));
  return error;
};
const json = (value: unknown, status = 200) => (_: Heard, response: ServerResponse) => void response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
const vector = (...values: string[]) => ({ status: 'success', data: { resultType: 'vector', result: values.map((value) => ({ metric: {}, value: [1_700_000_000, value] })) } });

describe('an alarm by Prometheus', () => {
  const alarm = (url: string, over: Partial<PrometheusAlarm> = {}): PrometheusAlarm => ({ kind: 'prometheus', url, query: 'rate(errors[5m])', comparison: 'GREATER', threshold: 0.05, ...over });
  let now = 0;
  const clock = { monotonic: () => now };
  const read = async (answer: unknown, over: Partial<PrometheusAlarm> = {}, status = 200) => {
    await using far = await aFarEnd(json(answer, status));
    return await prometheusSource(alarm(far.url, over), [], clock).read(soon());
  };

  it('asks the instant query with its headers, below whatever path the address has', async () => {
    await using far = await aFarEnd(json(vector('0.01')));
    await prometheusSource(alarm(`${far.url}/prometheus/`), [{ name: 'Authorization', value: 'Bearer x' }], clock).read(soon());
    assert.equal(far.heard[0]?.path, '/prometheus/api/v1/query?query=rate%28errors%5B5m%5D%29');
    assert.equal(far.heard[0].headers.authorization, 'Bearer x');
  });

  it('is active when any sample fits the comparison', async () => {
    assert.deepEqual(await read(vector('0.01', '0.07')), { state: 'ALARM', detail: 'The query gives 0.07, which is > 0.05.' });
    assert.equal((await read(vector('+Inf'))).state, 'ALARM');
    assert.equal((await read({ status: 'success', data: { resultType: 'scalar', result: [1, '2'] } })).state, 'ALARM');
  });

  it('is OK when none does, also where some are no numbers', async () => {
    assert.equal((await read(vector('0.05'))).state, 'OK');
    assert.equal((await read(vector('NaN', '0.01'))).state, 'OK');
    assert.equal((await read(vector('-Inf'))).state, 'OK');
  });

  it('is inconclusive without data', async () => {
    assert.deepEqual(await read(vector()), { state: 'INCONCLUSIVE', detail: 'The query gives no data.' });
    assert.equal((await read(vector('NaN'))).state, 'INCONCLUSIVE');
  });

  it('with a duration is inconclusive until the comparison has held for it without a break', async () => {
    let value = '1';
    await using far = await aFarEnd((heard, response) => json(vector(value))(heard, response));
    const source = prometheusSource(alarm(far.url, { forSeconds: 60 }), [], clock);
    const at = async (ms: number, sample: string) => {
      now = ms;
      value = sample;
      return (await source.read(soon())).state;
    };
    assert.equal(await at(0, '1'), 'INCONCLUSIVE');
    assert.equal(await at(59_000, '1'), 'INCONCLUSIVE');
    assert.equal(await at(60_000, '1'), 'ALARM');
    assert.equal(await at(61_000, '0'), 'OK');
    assert.equal(await at(62_000, '1'), 'INCONCLUSIVE');
    assert.equal(await at(122_000, '1'), 'ALARM');
  });

  it('says what Prometheus says against the query, and what is no Prometheus', async () => {
    assert.match((await troubleOf(read({ status: 'error', errorType: 'bad_data', error: 'parse error' }, {}, 400))).message, /refuses the query: parse error/);
    assert.match((await troubleOf(read({}, {}, 502))).message, /answered 502/);
    for (const answer of [{}, null, 'x', { status: 'success', data: { resultType: 'matrix', result: [] } }, { status: 'success', data: { resultType: 'vector', result: [{ value: 1 }] } }]) {
      assert.match((await troubleOf(read(answer))).message, /did not answer as Prometheus does/);
    }
  });
});

describe('an alarm by HTTP', () => {
  const read = async (answer: (heard: Heard, response: ServerResponse) => void, over: Partial<HttpAlarm> = {}) => {
    await using far = await aFarEnd(answer);
    return await httpSource({ kind: 'http', url: `${far.url}/health`, ...over }, []).read(soon());
  };

  it('is OK with the expected status, any 2xx when none is named, and active with another', async () => {
    assert.equal((await read(json({}))).state, 'OK');
    assert.equal((await read(json({}, 204), { expectedStatus: 204 })).state, 'OK');
    assert.match((await read(json({}, 503))).detail, /answered 503; expected was any 2xx/);
    assert.equal((await read(json({}, 503))).state, 'ALARM');
    assert.equal((await read(json({}), { expectedStatus: 503 })).state, 'ALARM');
    assert.equal((await read((_, response) => response.writeHead(302, { location: '/' }).end())).state, 'ALARM');
  });

  it('compares what a JSON pointer leads to', async () => {
    const health = { status: 'up', 'a/b': { 'c~d': [1, { errors: 7 }] } };
    const state = async (over: Partial<HttpAlarm>) => (await read(json(health), over)).state;
    assert.equal(await state({ pointer: '/status', value: 'up' }), 'OK');
    assert.equal(await state({ pointer: '/status', value: 'down' }), 'ALARM');
    assert.equal(await state({ pointer: '/status', comparison: 'NOT_EQUAL', value: 'down' }), 'OK');
    assert.equal(await state({ pointer: '/a~1b/c~0d/1/errors', comparison: 'LESS', value: 10 }), 'OK');
    assert.equal(await state({ pointer: '/a~1b/c~0d/1/errors', comparison: 'LESS', value: 7 }), 'ALARM');
  });

  it('is inconclusive where there is nothing to compare', async () => {
    const state = async (answer: (heard: Heard, response: ServerResponse) => void, over: Partial<HttpAlarm>) => (await read(answer, over)).state;
    assert.equal(await state(json({}), { pointer: '/status', value: 'up' }), 'INCONCLUSIVE');
    assert.equal(await state((_, response) => response.end('not JSON'), { pointer: '/status', value: 'up' }), 'INCONCLUSIVE');
    assert.equal(await state(json({ errors: 'seven' }), { pointer: '/errors', comparison: 'LESS', value: 10 }), 'INCONCLUSIVE');
    assert.equal(await state(json({ toString: undefined }), { pointer: '/constructor', value: 'up' }), 'INCONCLUSIVE');
  });

  it('that nobody answers is no reading at all', async () => {
    const far = await aFarEnd(() => {});
    await far[Symbol.asyncDispose]();
    assert.match((await troubleOf(httpSource({ kind: 'http', url: far.url }, []).read(soon()))).message, /cannot be reached/);
    await using silent = await aFarEnd(() => {});
    assert.match((await troubleOf(httpSource({ kind: 'http', url: silent.url }, []).read(AbortSignal.timeout(50)))).message, /did not answer in time/);
  });
});

describe('a comparison', () => {
  it('is exact for numbers and text, and orders numbers only', () => {
    const rows: [unknown, Parameters<typeof holds>[1], string | number | boolean, boolean | null][] = [
      [1, 'GREATER', 1, false], [2, 'GREATER', 1, true], [1, 'GREATER_OR_EQUAL', 1, true], [0, 'GREATER_OR_EQUAL', 1, false],
      [0, 'LESS', 1, true], [1, 'LESS', 1, false], [1, 'LESS_OR_EQUAL', 1, true], [2, 'LESS_OR_EQUAL', 1, false],
      [1, 'EQUAL', 1, true], ['1', 'EQUAL', 1, false], [true, 'EQUAL', true, true], ['a', 'NOT_EQUAL', 'b', true],
      ['a', 'GREATER', 'b', null], [NaN, 'LESS', 1, null], [null, 'LESS', 1, null],
    ];
    for (const [left, comparison, right, expected] of rows) assert.equal(holds(left, comparison, right), expected, `${String(left)} ${comparison} ${String(right)}`);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { routersAsOne, seenAsOne } from '../../server/traffic/seen-as-one.ts';
import { noRouter } from '../../server/traffic/none.ts';
import { RouterTrouble, type Observation, type TrafficRouter } from '../../server/traffic/traffic-router.ts';

const at = (state: Observation['state'], over: Partial<Observation> = {}): Observation => ({ state, inFlight: null, weight: null, detail: state, ...over });
const target = { targetId: 'web-1', instanceId: 'i', tags: [], address: null };
const { signal } = new AbortController();

describe('a member seen at several places', () => {
  const cases: [Observation['state'][], Observation['state']][] = [
    [['InService', 'InService'], 'InService'],
    [['InService', 'OutOfService'], 'Draining'],
    [['InService', 'Draining'], 'Draining'],
    [['Draining', 'OutOfService'], 'Draining'],
    [['OutOfService', 'OutOfService'], 'OutOfService'],
    [['InService', 'Unhealthy'], 'Unhealthy'],
    [['OutOfService', 'Unhealthy'], 'Unhealthy'],
    [['InService', 'Absent'], 'Unhealthy'],
    [['OutOfService', 'Absent'], 'OutOfService'],
    [['Draining', 'Absent'], 'Draining'],
    [['Absent', 'Absent'], 'Absent'],
    [['InService', 'Unknown'], 'Unknown'],
    [['OutOfService', 'Unknown'], 'Unknown'],
  ];
  for (const [states, expected] of cases) {
    it(`as ${states.join(' and ')} is ${expected}, in any order`, () => {
      assert.equal(seenAsOne(states.map((state) => at(state))).state, expected);
      assert.equal(seenAsOne(states.toReversed().map((state) => at(state))).state, expected);
    });
  }

  it('has all requests under way together, and its weight where all agree on it', () => {
    const seen = seenAsOne([at('Draining', { inFlight: 2, weight: 10 }), at('Draining', { inFlight: 3, weight: 10, detail: 'there' }), at('Draining')]);
    assert.deepEqual(seen, { state: 'Draining', inFlight: 5, weight: 10, detail: 'Draining there' });
    assert.equal(seenAsOne([at('InService', { weight: 10 }), at('InService', { weight: 20 })]).weight, null);
  });
});

describe('several routers as one', () => {
  const failing = (error: Error): TrafficRouter => ({ ...noRouter(), block: () => Promise.reject(error), preflight: async () => [{ severity: 'warning', rule: 'a', sentence: 'b' }] });

  it('are all asked, and observed together', async () => {
    const [a, b] = [noRouter(), noRouter()];
    await routersAsOne([a, b]).block([target], { isForced: false }, signal);
    for (const one of [a, b, routersAsOne([a, b])]) assert.equal((await one.observe([target], signal)).get('web-1')!.state, 'OutOfService');
  });

  it('say what failed once all have been asked, passing only if all that failed is', async () => {
    const b = noRouter();
    await assert.rejects(routersAsOne([failing(new RouterTrouble('One.')), b, failing(new RouterTrouble('Two.', false))]).block([target], { isForced: false }, signal), (error: RouterTrouble) => {
      assert.equal(error.message, 'One. Two.');
      assert.equal(error.isPassing, false);
      return true;
    });
    assert.equal((await b.observe([target], signal)).get('web-1')!.state, 'OutOfService');
  });

  it('hide no defect of ours behind a trouble', async () => {
    await assert.rejects(routersAsOne([failing(new RouterTrouble('One.')), failing(new TypeError('oops'))]).block([target], { isForced: false }, signal), TypeError);
  });

  it('can do what all of them can, and their findings are put together', async () => {
    const exact: TrafficRouter = { ...failing(new Error()), capabilities: { weights: 'member', drain: 'exact' } };
    assert.deepEqual(routersAsOne([exact, exact]).capabilities, { weights: 'member', drain: 'exact' });
    assert.deepEqual(routersAsOne([exact, noRouter()]).capabilities, { weights: null, drain: 'time' });
    assert.equal((await routersAsOne([exact, exact]).preflight([target], signal)).length, 2);
  });
});

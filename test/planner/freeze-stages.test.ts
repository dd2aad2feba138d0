import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { freezeSteps, freezeZones, zoneless, type StepRules, type ZonedPlace, type ZoneRules } from '../../server/planner/freeze-stages.ts';

const rules: ZoneRules = { monitorMs: 60, firstMonitorMs: 90, minimum: { type: 'FLEET_PERCENT', value: 50 } };
const host = (lot: number, zone: string | null, rank = 0): ZonedPlace => ({ lot, zone, rank, standing: 'old' });
const step = (name: string, upTo: StepRules['upTo'], mayFail: number | null = 0): StepRules => ({ name, upTo, mayFail, bakeMs: 5 });
const canary = [step('1', { hosts: 1 }), step('5%', { percent: 5 }), step('25%', { percent: 25 }), step('100%', { percent: 100 }, null)];

describe('the zones of a deployment', () => {
  it('come by name, hosts without one last and as a zone of their own', () => {
    const { stages, stageOf } = freezeZones(rules, [host(0, null), host(1, 'b'), host(2, 'a'), host(3, 'b')]);
    assert.deepEqual(stages.map(({ name }) => name), ['a', 'b', zoneless]);
    assert.deepEqual(stageOf, [2, 1, 0, 1]);
  });

  it('come first where the operator\'s order begins', () => {
    assert.deepEqual(freezeZones(rules, [host(0, 'a', 1), host(1, 'b', 0), host(2, 'b', 1)]).stages.map(({ name }) => name), ['b', 'a']);
  });

  it('are watched, the first for its own time, the last not at all', () => {
    assert.deepEqual(freezeZones(rules, [host(0, 'a'), host(1, 'b'), host(2, 'c')]).stages.map(({ bakeMs }) => bakeMs), [90, 60, 0]);
    assert.deepEqual(freezeZones(rules, [host(0, 'a')]).stages.map(({ bakeMs }) => bakeMs), [0]);
  });

  it('have a minimum of their own hosts, rounded up', () => {
    const { stages } = freezeZones(rules, [host(0, 'a'), host(1, 'a'), host(2, 'a'), host(3, 'b')]);
    assert.deepEqual(stages.map(({ minimumHealthyHosts }) => minimumHealthyHosts), [2, 1]);
  });
});

describe('the steps of a ramp', () => {
  const sizes = (count: number): readonly (readonly [string, number])[] => {
    const { stages, stageOf } = freezeSteps(canary, Array.from({ length: count }, (_, lot) => host(lot, null)));
    return stages.map(({ name }, index) => [name, stageOf.filter((stage) => stage === index).length] as const);
  };

  it('divide a hundred hosts as they say, each step counting those before it', () => assert.deepEqual(sizes(100), [['1', 1], ['5%', 4], ['25%', 20], ['100%', 75]]));
  it('round up', () => assert.deepEqual(sizes(21), [['1', 1], ['5%', 1], ['25%', 4], ['100%', 15]]));
  it('are left out where they would add nobody', () => assert.deepEqual(sizes(3), [['1', 1], ['100%', 2]]));
  it('are one for one host', () => assert.deepEqual(sizes(1), [['1', 1]]));
  it('are none for no host', () => assert.deepEqual(sizes(0), []));

  it('take the targets in the order in which they would be started', () => {
    const places = [{ lot: 0, standing: 'current' }, { lot: 1, standing: 'unhealthy' }, { lot: 2, standing: 'old', rank: -1 }] as const;
    assert.deepEqual(freezeSteps([step('1', { hosts: 1 }), step('2', { hosts: 2 }), step('100%', { percent: 100 })], places).stageOf, [2, 1, 0]);
  });

  it('never leave anybody out and never have an empty stage, whatever the fleet', () => {
    const fleet = fc.array(fc.record({ zone: fc.constantFrom(null, 'a', 'b', 'c'), rank: fc.nat(2), standing: fc.constantFrom('unhealthy' as const, 'old' as const, 'current' as const) }), { maxLength: 60 });
    fc.assert(
      fc.property(fleet, fc.boolean(), (hosts, isZonal) => {
        const places = hosts.map((each, lot) => ({ ...each, lot }));
        const { stages, stageOf } = isZonal ? freezeZones(rules, places) : freezeSteps(canary, places);
        assert.equal(stageOf.length, hosts.length);
        for (const stage of stageOf) assert.ok(stage >= 0 && stage < stages.length);
        for (const index of stages.keys()) assert.ok(stageOf.includes(index));
      }),
    );
  });
});

// Which late instances are brought to their group's revision, and why the others are not.

import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { convergenceSentence } from '../../protocol/model/convergence.ts';
import { checkConvergence } from '../../server/planner/check-convergence.ts';
import { planConvergence, retryAfterMs, type GroupInstance, type GroupSnapshot } from '../../server/planner/convergence.ts';

const now = 1_700_000_000_000;
const current = (name: string, over: Partial<GroupInstance> = {}): GroupInstance => ({
  instanceId: `id-${name}`,
  name,
  standing: 'current',
  isHealthy: true,
  isConnected: true,
  touched: { deploymentId: 'd-root', when: 'root' },
  failures: 0,
  lastFailure: null,
  ...over,
});
const newcomer = (name: string, over: Partial<GroupInstance> = {}): GroupInstance => current(name, { standing: 'unhealthy', isHealthy: false, touched: null, ...over });
const outdated = (name: string, over: Partial<GroupInstance> = {}): GroupInstance => current(name, { standing: 'old', touched: { deploymentId: 'd-old', when: 'before' }, ...over });
const failed = (name: string, failures: number, ago: number): GroupInstance =>
  newcomer(name, { touched: { deploymentId: 'd-try', when: 'root' }, failures, lastFailure: { at: now - ago, deploymentId: 'd-try' } });

const group = (instances: readonly GroupInstance[], over: Partial<GroupSnapshot> = {}): GroupSnapshot => ({
  now,
  minimum: { type: 'MOST_CONCURRENCY', value: 1 },
  maxAttempts: 3,
  updatesOutdated: true,
  activeDeploymentId: null,
  instances,
  ...over,
});

/** Names taken, and the state of each instance; the checker agrees with every plan looked at. */
function look(snapshot: GroupSnapshot): { readonly taken: readonly string[]; readonly states: Readonly<Record<string, string>> } {
  const plan = planConvergence(snapshot);
  assert.deepEqual(checkConvergence(snapshot, plan), []);
  for (const [index, { name }] of snapshot.instances.entries()) assert.match(convergenceSentence(name, plan.states[index]!, now), new RegExp(`^${name} `));
  return { taken: plan.take.map(({ name }) => name), states: Object.fromEntries(snapshot.instances.map(({ name }, index) => [name, plan.states[index]!.reason])) };
}

describe('late instances', () => {
  it('that are new are taken at once, several together, whatever the minimum: they serve nobody yet', () => {
    assert.deepEqual(look(group([current('a'), newcomer('c'), newcomer('b')])).taken, ['b', 'c']);
  });

  it('that run the revision are left alone', () => {
    assert.deepEqual(look(group([current('a')])), { taken: [], states: { a: 'Current' } });
  });

  it('that run an older one are taken as far as the minimum leaves room', () => {
    assert.deepEqual(look(group([current('a'), outdated('c'), outdated('b')])), { taken: ['b'], states: { a: 'Current', b: 'Due', c: 'OutOfServiceBudget' } });
  });

  for (const [why, other] of [['failed', newcomer('x', { touched: { deploymentId: 'd-root', when: 'root' }, isConnected: false })], ['silent', current('x', { isConnected: false })], ['new', newcomer('x')]] as const) {
    it(`that run an older one wait while another is out of service because it is ${why}`, () => {
      assert.equal(look(group([current('a'), outdated('b'), other])).states['b'], 'OutOfServiceBudget');
    });
  }

  it('wait for a deployment under way', () => {
    assert.deepEqual(look(group([newcomer('a'), current('b')], { activeDeploymentId: 'd-1' })), { taken: [], states: { a: 'ActiveDeployment', b: 'Current' } });
  });

  it('wait for their agents', () => assert.equal(look(group([newcomer('a', { isConnected: false })])).states['a'], 'AgentSilent'));

  it('that an unsuccessful newer deployment left behind are not touched: nobody has asked to go back', () => {
    assert.equal(look(group([outdated('a', { touched: { deploymentId: 'd-new', when: 'after' } })])).states['a'], 'LeftByDeployment');
  });

  it('that run an older one are left where the group ignores outdated instances, newcomers are not', () => {
    assert.deepEqual(look(group([outdated('a'), newcomer('b')], { updatesOutdated: false })), { taken: ['b'], states: { a: 'OutdatedIgnored', b: 'Due' } });
  });

  it('that failed are tried again after a pause that grows with each failure', () => {
    assert.equal(look(group([failed('a', 1, retryAfterMs - 1)])).states['a'], 'RetryLater');
    assert.equal(look(group([failed('a', 1, retryAfterMs)])).states['a'], 'Due');
    assert.equal(look(group([failed('a', 2, retryAfterMs)])).states['a'], 'RetryLater');
    assert.equal(look(group([failed('a', 2, 2 * retryAfterMs)])).states['a'], 'Due');
  });

  it('that failed as often as they may are held, with the last attempt named', () => {
    const snapshot = group([failed('a', 3, 100 * retryAfterMs)]);
    assert.equal(look(snapshot).states['a'], 'FailedTooOften');
    assert.match(convergenceSentence('a', planConvergence(snapshot).states[0]!, now), /failed 3 times .* d-try/);
  });

  it('never leave fewer healthy than must stay, in any group', () => {
    const instance = fc.record({
      standing: fc.constantFrom('unhealthy', 'unknown', 'old', 'current'),
      isConnected: fc.boolean(),
      when: fc.constantFrom('before', 'root', 'after', null),
      failures: fc.nat(4),
      ago: fc.nat(4 * retryAfterMs),
    });
    const minimum = fc.oneof(fc.record({ type: fc.constant('MOST_CONCURRENCY'), value: fc.constant(1) }), fc.record({ type: fc.constant('HOST_COUNT'), value: fc.nat(12) }), fc.record({ type: fc.constant('FLEET_PERCENT'), value: fc.nat(99) }));
    fc.assert(
      fc.property(fc.array(instance, { maxLength: 12 }), minimum, fc.boolean(), fc.constantFrom(null, null, 'd-1'), (made, rule, updatesOutdated, activeDeploymentId) => {
        const instances = made.map(({ standing, isConnected, when, failures, ago }, index): GroupInstance => ({
          instanceId: `${index}`,
          name: `i-${index}`,
          standing: standing as 'old',
          isHealthy: standing !== 'unhealthy',
          isConnected,
          touched: when === null ? null : { deploymentId: 'd-x', when: when as 'before' },
          failures,
          lastFailure: failures === 0 ? null : { at: now - ago, deploymentId: 'd-y' },
        }));
        const snapshot = group(instances, { minimum: rule as GroupSnapshot['minimum'], updatesOutdated, activeDeploymentId });
        look(snapshot);
        // Whoever is taken and comes out well is current: looking again takes nobody twice, and in the end nobody is due.
        const { take } = planConvergence(snapshot);
        const after = instances.map((each) => (take.includes(each) ? current(each.name, { instanceId: each.instanceId }) : each));
        assert.ok(planConvergence({ ...snapshot, instances: after }).take.every((each) => !take.some(({ name }) => name === each.name)));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the checker of convergence', () => {
  const wrong: readonly (readonly [claim: string, snapshot: GroupSnapshot, named: RegExp])[] = [
    ['an instance that runs the revision', group([current('a')]), /a is taken, but runs the group's revision/],
    ['an instance whose agent is away', group([newcomer('a', { isConnected: false })]), /a is taken, but its agent is not there/],
    ['an instance that failed too often', group([failed('a', 3, 1)]), /a is taken after 3 failures of 3/],
    ['an instance that another deployment left', group([outdated('a', { touched: { deploymentId: 'd-9', when: 'after' } })]), /d-9 left it as it is/],
    ['an outdated instance where those are left', group([outdated('a')], { updatesOutdated: false }), /outdated instances are to be left/],
    ['anybody while a deployment is under way', group([newcomer('a')], { activeDeploymentId: 'd-9' }), /taken while d-9 is under way/],
    ['more than the minimum leaves', group([outdated('a'), outdated('b')]), /0 of 2 instances would be left healthy, but 1 must be/],
  ];
  for (const [claim, snapshot, named] of wrong) {
    it(`names ${claim}`, () => {
      const violations = checkConvergence(snapshot, { take: snapshot.instances, states: snapshot.instances.map(() => ({ reason: 'Due' })) });
      assert.ok(violations.some((sentence) => named.test(sentence)), violations.join('\n'));
    });
  }
});

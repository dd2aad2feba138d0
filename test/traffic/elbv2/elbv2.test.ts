// Target groups of AWS through the AWS SDK, against a stand-in on a real socket in the recorded shapes. Never run against AWS.

import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import type { Elbv2Router } from '../../../protocol/model/traffic-router.ts';
import { openElbv2 } from '../../../server/traffic/elbv2/open.ts';
import { makeTrafficRouterKinds } from '../../../server/traffic/registry.ts';
import { RouterTrouble, type RoutedTarget, type TrafficRouter } from '../../../server/traffic/traffic-router.ts';
import { realClock } from '../../../world/real/clock.ts';
import { realNetwork } from '../../../world/real/network.ts';
import { keepsTheContract } from '../contract.ts';
import { aGroup, ruleArn, standIn, type StandIn, type StandInGroup } from './stand-in.ts';

const never = new AbortController().signal;
const gently = { isForced: false };
const target = (targetId: string, over: Partial<RoutedTarget> = {}): RoutedTarget => ({ targetId, instanceId: targetId, tags: [], address: '10.0.0.1', ...over });
const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const settingsOf = (far: StandIn) => ({ region: 'eu-west-1', endpoint: far.url, credentials });
const routerOf = (far: StandIn, over: Partial<Elbv2Router> = {}): TrafficRouter => openElbv2({ kind: 'elbv2', targetGroups: [{ name: 'web' }], ...over }, null, settingsOf(far));

keepsTheContract('target groups of AWS (a stand-in, never AWS itself)', {
  timeoutMs: 30_000,
  hands: ['setHealthy', 'vanish'],
  hasWeights: false,
  takesNewMembers: true,
  async open() {
    const far = await standIn({ web: aGroup('web', ['i-web-1', 'i-web-2']), api: aGroup('api', ['i-web-1', 'i-web-2']) });
    const reopen = (): TrafficRouter => {
      const router = openElbv2({ kind: 'elbv2', targetGroups: [{ name: 'web' }, { name: far.groups['api']!.arn }] }, null, settingsOf(far));
      // Its time passes whenever somebody has looked.
      return {
        ...router,
        async observe(targets, signal) {
          const seen = await router.observe(targets, signal);
          far.pass();
          return seen;
        },
      };
    };
    const named = (id: string): RoutedTarget => ({ ...target(`i-${id}`), tags: [] });
    return {
      router: reopen(),
      reopen,
      targets: [named('web-1'), named('web-2')],
      setHealthy: async (_name, isHealthy) => void (far.isHealthy = isHealthy),
      vanish: async () => far[Symbol.asyncDispose](),
      close: async () => far[Symbol.asyncDispose](),
    };
  },
});

describe('target groups of AWS (a stand-in, never AWS itself)', function () {
  this.timeout(30_000);
  const open: StandIn[] = [];
  afterEach(async () => {
    for (const far of open.splice(0)) await far[Symbol.asyncDispose]();
  });
  const aFar = async (groups: Record<string, StandInGroup>, weights: Record<string, number> = {}): Promise<StandIn> => {
    const far = await standIn(groups, weights);
    open.push(far);
    return far;
  };
  const one = target('i-1');
  const stateOf = async (router: TrafficRouter, of: RoutedTarget = one) => (await router.observe([of], never)).get(of.targetId)!;
  const troubled = (sentence: RegExp, isPassing: boolean) => (error: unknown) => {
    assert.ok(error instanceof RouterTrouble, String(error));
    assert.match(error.message, sentence);
    return error.isPassing === isPassing;
  };

  it('say how a member stands, in their own words too', async () => {
    const web = aGroup('web', ['i-1']);
    const far = await aFar({ web });
    const router = routerOf(far);
    for (const [state, reason, expected] of [
      ['healthy', '', 'InService'],
      ['initial', 'Elb.InitialHealthChecking', 'Unhealthy'],
      ['unhealthy', 'Target.Timeout', 'Unhealthy'],
      ['draining', 'Target.DeregistrationInProgress', 'Draining'],
      ['unused', 'Target.NotRegistered', 'OutOfService'],
      ['unused', 'Target.NotInUse', 'Unhealthy'],
      ['unavailable', 'Target.HealthCheckDisabled', 'InService'],
    ] as const) {
      Object.assign(web.targets.get('i-1')!, { state, reason });
      const seen = await stateOf(router);
      assert.equal(seen.state, expected, state);
      assert.match(seen.detail, new RegExp(`^web: ${state}`));
    }
  });

  it('are asked to change only what is not so already, with the region\'s signature', async () => {
    const far = await aFar({ web: aGroup('web', ['i-1', 'i-2']) });
    const router = routerOf(far, { region: 'us-east-2' });
    await router.block([one, target('i-2')], gently, never);
    await router.block([one, target('i-2')], gently, never);
    const told = far.calls.filter(({ action }) => action === 'DeregisterTargets');
    assert.equal(told.length, 1);
    assert.deepEqual([told[0]!.input.get('Targets.member.1.Id'), told[0]!.input.get('Targets.member.2.Id'), told[0]!.input.has('Targets.member.1.Port')], ['i-1', 'i-2', false]);
    assert.match(told[0]!.authorization, /Credential=AKIDEXAMPLE\/\d+\/us-east-2\/elasticloadbalancing\/aws4_request/);
  });

  it('take addresses where they are of the type ip, with port and zone', async () => {
    const web = aGroup('web', [], 'ip');
    const far = await aFar({ web });
    await routerOf(far, { portTagKey: 'p', addressTagKey: 'ip', availabilityZone: 'all' }).allow([target('web-1', { tags: [{ Key: 'p', Value: '8081' }] }), target('web-2', { tags: [{ Key: 'ip', Value: '10.0.0.2' }] })], never);
    assert.deepEqual([...web.targets].map(([id, { port, zone }]) => [id, port, zone]), [['10.0.0.1', '8081', 'all'], ['10.0.0.2', undefined, 'all']]);
  });

  it('refuse members that they cannot have, for good', async () => {
    const far = await aFar({ web: aGroup('web', []), ip: aGroup('ip', [], 'ip'), fn: aGroup('fn', [], 'lambda') });
    await assert.rejects(routerOf(far).allow([target('web-1')], never), troubled(/web-1 is no EC2 instance/, false));
    const seen = await routerOf(far).observe([target('web-1'), one], never);
    assert.deepEqual([...seen.values()].map(({ state }) => state), ['Unknown', 'OutOfService'], 'one does not hide the other');
    await assert.rejects(routerOf(far, { targetGroups: [{ name: 'ip' }] }).allow([target('web-1', { address: null })], never), troubled(/address of web-1 is not known/, false));
    await assert.rejects(routerOf(far, { targetGroups: [{ name: 'fn' }] }).allow([one], never), troubled(/target type lambda/, false));
    await assert.rejects(routerOf(far, { targetGroups: [{ name: 'nowhere' }] }).block([one], gently, never), troubled(/TargetGroupNotFound/, false));
  });

  it('are believed only when it was read back', async () => {
    const far = await aFar({ web: aGroup('web', ['i-1']) });
    far.isDeaf = true;
    await assert.rejects(routerOf(far).block([one], gently, never), troubled(/told to deregister i-1, and has not yet/, true));
  });

  it('that AWS does not let be asked now may be asked again', async () => {
    const far = await aFar({ web: aGroup('web', ['i-1']) });
    far.refusal = 'Throttling';
    await assert.rejects(routerOf(far).block([one], gently, never), troubled(/refuses DescribeTargetGroups: Throttling: said so/, true));
    assert.equal((await stateOf(routerOf(far))).state, 'Unknown');
    assert.equal(far.calls.length, 2, 'the SDK does not retry beside whoever asks');
  });

  describe('of two fleets under one rule', () => {
    const colour = (value: string) => [{ Key: 'colour', Value: value }];
    const blue = target('i-b', { tags: colour('blue') });
    const green = target('i-g', { tags: colour('green') });
    const settings = { targetGroups: [{ name: 'blue', tagValue: 'blue' }, { name: 'green', tagValue: 'green' }], groupTagKey: 'colour', ruleArn };
    const fleets = () => aFar({ blue: aGroup('blue', ['i-b']), green: aGroup('green', []) }, { blue: 100, green: 0 });

    it('get members by their tags, and shares as weights of the rule, read back', async () => {
      const far = await fleets();
      const router = routerOf(far, settings);
      assert.equal(router.capabilities.weights, 'group');
      await router.allow([green], never);
      assert.deepEqual([...far.groups['green']!.targets.keys()], ['i-g']);
      await router.setWeights(new Map([['i-b', 90], ['i-g', 10]]), [blue, green], never);
      assert.deepEqual([...far.weights.values()], [90, 10]);
      assert.deepEqual([...(await router.observe([blue, green], never)).values()].map(({ weight }) => weight), [90, 10]);
      const before = far.calls.length;
      await router.setWeights(new Map([['i-b', 90]]), [blue, green], never);
      assert.ok(far.calls.slice(before).every(({ action }) => action !== 'ModifyRule'));
      const { input } = far.calls.find(({ action }) => action === 'ModifyRule')!;
      assert.equal(input.get('Actions.member.1.ForwardConfig.TargetGroupStickinessConfig.Enabled'), 'false', 'all of the action is sent again');
    });

    it('refuse different shares within a group, a rule that does not know a group, and one that does not take it', async () => {
      const far = await fleets();
      const router = routerOf(far, settings);
      const other = target('i-g2', { tags: colour('green') });
      await assert.rejects(router.setWeights(new Map([['i-g', 10], ['i-g2', 20]]), [green, other], never), troubled(/cannot have different shares \(10, 20\)/, false));
      far.isDeaf = true;
      await assert.rejects(router.setWeights(new Map([['i-g', 10]]), [green], never), troubled(/told to give .*green.* the weight 10, and has 0/, true));
      far.weights.delete(far.groups['green']!.arn);
      await assert.rejects(router.setWeights(new Map([['i-g', 10]]), [green], never), troubled(/does not forward to .*green/, false));
    });

    it('know no instance whose tag names neither', async () => {
      const router = routerOf(await fleets(), settings);
      const red = target('i-r', { tags: colour('red') });
      assert.equal((await stateOf(router, red)).state, 'Absent');
      await assert.rejects(router.allow([red], never), troubled(/i-r is in none of the target groups/, false));
      assert.equal((await router.preflight([red], never))[0]!.rule, 'member-absent');
    });
  });

  it('are found out by their settings', async () => {
    const far = await aFar({
      good: aGroup('good', []),
      bad: { ...aGroup('bad', [], 'instance', { 'deregistration_delay.timeout_seconds': '300', 'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '2' }), path: '/livez' },
      sticky: aGroup('sticky', [], 'instance', { 'stickiness.enabled': 'true', 'slow_start.duration_seconds': '30', 'deregistration_delay.timeout_seconds': '0' }),
    }, { sticky: 100 });
    const found = async (over: Partial<Elbv2Router>) => (await routerOf(far, over).preflight([target('i-1', { tags: [{ Key: 't', Value: 'v' }] }), target('i-2', { tags: [{ Key: 't', Value: 'v' }] })], never)).map(({ rule }) => rule);
    assert.deepEqual(await found({ targetGroups: [{ name: 'good' }] }), []);
    assert.deepEqual(await found({ targetGroups: [{ name: 'bad' }] }), ['deregistration-delay', 'fail-open', 'readiness-is-liveness']);
    assert.deepEqual(await found({ targetGroups: [{ name: 'sticky', tagValue: 'v' }], groupTagKey: 't', ruleArn }), ['deregistration-delay', 'slow-start', 'rule-stickiness']);
  });

  it('are what a name means that nobody defined; a Classic Load Balancer is nothing here', async () => {
    const far = await aFar({ web: aGroup('web', ['i-1']) });
    const kinds = makeTrafficRouterKinds({ network: realNetwork(), clock: realClock }, () => Promise.reject(new Error('no agent')), settingsOf(far));
    const router = kinds.openUndefined('web', 'targetGroupInfoList');
    await router.block([one], gently, never);
    assert.equal((await stateOf(router)).state, 'Draining');
    await assert.rejects(kinds.openUndefined('nowhere', 'targetGroupInfoList').block([one], gently, never), troubled(/Nobody has defined the traffic router nowhere, so that it is a target group of AWS: .*TargetGroupNotFound.*fairlead traffic-router put nowhere/, false));
    assert.throws(() => kinds.openUndefined('web', 'elbInfoList'), troubled(/Classic Load Balancers of AWS are not asked/, false));
  });

  it('are asked with the credentials of their router, where it has some', async () => {
    const far = await aFar({ web: aGroup('web', ['i-1']) });
    await stateOf(openElbv2({ kind: 'elbv2', targetGroups: [{ name: 'web' }] }, { accessKeyId: 'AKIDOTHER', secretAccessKey: 'x' }, settingsOf(far)));
    assert.match(far.calls[0]!.authorization, /Credential=AKIDOTHER\//);
  });
});

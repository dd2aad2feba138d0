// What every traffic router keeps, whatever balancer is behind it. Each kind brings a far end with two members, web-1 and web-2,
// both in service, and hands for what a test cannot do through the router; a claim about hands that a far end lacks is not made
// of it. The same claims are made of stand-ins here and of real programs in test/cutover.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { RouterTrouble, type Observation, type RoutedTarget, type TrafficRouter } from '../../server/traffic/traffic-router.ts';

export interface FarEnd {
  readonly router: TrafficRouter;
  readonly targets: readonly [RoutedTarget, RoutedTarget];
  /** Another router to the same far end, as after a restart of the controller. */
  readonly reopen: () => TrafficRouter;
  /** Hands that not every balancer has: see `Hands`. Begins a request at a member; resolves once it is there, with what ends it. */
  readonly hold?: (targetId: string) => Promise<() => Promise<void>>;
  /** From now on the balancer's own health check of the member passes, or fails. */
  readonly setHealthy?: (targetId: string, isHealthy: boolean) => Promise<void>;
  /** The balancer forgets what it was told, as by a reload. */
  readonly forget?: () => Promise<void>;
  /** The balancer cannot be asked any more. */
  readonly vanish?: () => Promise<void>;
  close(): Promise<void>;
}

export interface ContractOptions {
  readonly open: () => Promise<FarEnd>;
  /** Which of them the far end has. */
  readonly hands: readonly ('hold' | 'setHealthy' | 'forget' | 'vanish')[];
  readonly hasWeights: boolean;
  readonly timeoutMs?: number;
  /** A forced block ends the requests under way. */
  readonly isCutByForce?: boolean;
  /** A member that it does not know yet is taken in by `allow`. */
  readonly takesNewMembers?: boolean;
}

const never = new AbortController().signal;
const gently = { isForced: false };

/** Looks until the member is where it should be, asking again each time: as whoever decides does. */
export async function until(router: TrafficRouter, target: RoutedTarget, state: Observation['state'], ask: (() => Promise<void>) | null = null): Promise<Observation> {
  for (;;) {
    const seen = (await router.observe([target], never)).get(target.targetId)!;
    if (seen.state === state) return seen;
    await ask?.();
    // Lets a neighbour run; what is waited for is the observation.
    await new Promise((resolve) => setImmediate(resolve));
  }
}

export function keepsTheContract(kind: string, { open, hands, hasWeights, timeoutMs = 10_000, isCutByForce = false, takesNewMembers = false }: ContractOptions): void {
  describe(`${kind}, as a traffic router,`, function () {
    this.timeout(timeoutMs);
    let far: FarEnd;
    let router: TrafficRouter;
    let one: RoutedTarget;
    let two: RoutedTarget;
    beforeEach(async () => {
      far = await open();
      router = far.router;
      [one, two] = far.targets;
    });
    afterEach(() => far.close());

    const stateOf = async (target: RoutedTarget): Promise<Observation['state']> => (await router.observe([target], never)).get(target.targetId)!.state;
    const blocked = (target: RoutedTarget): Promise<Observation> => until(router, target, 'OutOfService', () => router.block([target], gently, never));
    const allowed = async (target: RoutedTarget): Promise<Observation> => {
      await router.allow([target], never);
      return until(router, target, 'InService', () => router.allow([target], never));
    };

    it('sees members that nobody has blocked in service', async () => {
      assert.deepEqual([await stateOf(one), await stateOf(two)], ['InService', 'InService']);
    });

    it('takes a member out when it is asked to, and no other, and brings it back', async () => {
      await blocked(one);
      assert.equal(await stateOf(two), 'InService');
      await allowed(one);
      assert.deepEqual([await stateOf(one), await stateOf(two)], ['InService', 'InService']);
    });

    it('takes several out at once', async () => {
      await router.block([one, two], gently, never);
      await until(router, one, 'OutOfService', () => router.block([one, two], gently, never));
      await until(router, two, 'OutOfService', () => router.block([one, two], gently, never));
      await router.allow([one, two], never);
      await allowed(one);
      await allowed(two);
    });

    it('may be asked for the same again, and nothing changes', async () => {
      await router.allow([one], never);
      assert.equal(await stateOf(one), 'InService');
      await blocked(one);
      await router.block([one], gently, never);
      assert.equal(await stateOf(one), 'OutOfService');
      await allowed(one);
      await router.allow([one], never);
      assert.equal(await stateOf(one), 'InService');
    });

    it('says the same to one who opens it anew: nothing is from memory', async () => {
      await blocked(one);
      const seen = await far.reopen().observe([one, two], never);
      assert.deepEqual([...seen.values()].map(({ state }) => state), ['OutOfService', 'InService']);
      for (const { detail } of seen.values()) assert.match(detail, /\S/);
    });

    if (hands.includes('hold')) it('calls a member drained only when its last request has ended', async () => {
      const end = await far.hold!('web-1');
      await router.block([one], gently, never);
      for (let looks = 0; looks < 5; looks += 1) {
        await router.block([one], gently, never);
        assert.equal(await stateOf(one), 'Draining');
      }
      await end();
      await blocked(one);
    });

    if (hands.includes('hold')) it(isCutByForce ? 'ends requests under way when it is forced' : 'cannot end requests under way, and does not say so when it is forced', async () => {
      const end = await far.hold!('web-1');
      await router.block([one], gently, never);
      await router.block([one], { isForced: true }, never);
      if (!isCutByForce) {
        assert.equal(await stateOf(one), 'Draining');
        await end();
      }
      await blocked(one);
      await end();
    });

    if (hands.includes('setHealthy')) it('lets a member in through its health check, and never by force', async () => {
      await blocked(one);
      await far.setHealthy!('web-1', false);
      await router.allow([one], never);
      await until(router, one, 'Unhealthy');
      await router.allow([one], never);
      assert.equal(await stateOf(one), 'Unhealthy');
      await far.setHealthy!('web-1', true);
      await until(router, one, 'InService');
    });

    if (hands.includes('forget')) it('does not call a member blocked that its balancer, or one node of it, has forgotten; and blocks it again', async () => {
      await blocked(one);
      await far.forget!();
      while ((await stateOf(one)) === 'OutOfService') await new Promise((resolve) => setImmediate(resolve));
      await blocked(one);
      await allowed(one);
    });

    it('says how it can tell that nothing is under way, and whether it has shares', () => {
      assert.ok(['exact', 'processExit', 'time'].includes(router.capabilities.drain));
      assert.equal(router.capabilities.weights !== null, hasWeights);
    });

    if (hasWeights) it('gives members the shares that it is told, and says which', async () => {
      const weights = async (): Promise<(number | null)[]> => [...(await router.observe([one, two], never)).values()].map(({ weight }) => weight);
      assert.deepEqual(await weights(), [100, 100]);
      await router.setWeights(new Map([['web-1', 10], ['web-2', 90]]), [one, two], never);
      assert.deepEqual(await weights(), [10, 90]);
      await router.setWeights(new Map([['web-1', 0]]), [one, two], never);
      assert.deepEqual(await weights(), [0, 90]);
      await router.setWeights(new Map([['web-1', 100], ['web-2', 100]]), [one, two], never);
      assert.deepEqual(await weights(), [100, 100]);
      assert.deepEqual([await stateOf(one), await stateOf(two)], ['InService', 'InService']);
    });

    if (hands.includes('vanish')) it('knows nothing, and refuses for now, while its balancer cannot be asked', async () => {
      await far.vanish!();
      assert.equal(await stateOf(one), 'Unknown');
      for (const ask of [() => router.block([one], gently, never), () => router.allow([one], never)]) {
        await assert.rejects(ask, (error: unknown) => error instanceof RouterTrouble && error.isPassing && /\S/.test(error.message));
      }
    });

    if (hands.includes('vanish')) it('leaves off when it is told to', async () => {
      await assert.rejects(router.block([one], gently, AbortSignal.abort()), RouterTrouble);
    });

    if (takesNewMembers) it('takes a member in that its balancer does not know yet', async () => {
      const stranger = { ...one, targetId: one.targetId.replace('web-1', 'stranger') };
      assert.equal(await stateOf(stranger), 'OutOfService');
      await router.block([stranger], gently, never);
      await allowed(stranger);
      assert.equal(await stateOf(one), 'InService');
    });

    if (!takesNewMembers && hands.includes('vanish')) it('says of a member that its balancer does not know what is to be done', async () => {
      const stranger = { ...one, targetId: 'stranger', tags: [] };
      assert.equal(await stateOf(stranger), 'Absent');
      for (const ask of [() => router.block([stranger], gently, never), () => router.allow([stranger], never)]) {
        await assert.rejects(ask, (error: unknown) => error instanceof RouterTrouble && !error.isPassing && error.message.includes('stranger'));
      }
      assert.ok((await router.preflight([stranger], never)).some(({ severity, rule }) => severity === 'error' && rule === 'member-absent'));
    });
  });
}

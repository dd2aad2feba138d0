// The negative controls: what goes wrong when traffic is moved carelessly, done by hand on purpose. Each must lose requests,
// or the proofs beside this file could not see a loss and would prove nothing.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { comesTrue } from '../../examples/traffic/comes-true.ts';
import type { Haproxy } from '../../examples/traffic/haproxy.ts';
import type { Failure } from '../../examples/traffic/load-settings.ts';
import { Bench, untilItFails } from './bench.ts';
import type { Service } from './service.ts';
import { tell } from './tell.ts';

describe('the proof has power: requests are lost', function () {
  this.timeout(120_000);
  const rate = 300;
  let bench: Bench;

  afterEach(() => bench[Symbol.asyncDispose]());

  const mustHaveFailed = (seen: { readonly failure: Failure; readonly times: number } | null, why: RegExp): void => {
    assert.ok(seen !== null, 'no request was lost: a proof by this load and these counts would prove nothing');
    assert.match(seen.failure.why, why);
    tell(`lost at attempt ${seen.times}: ${seen.failure.method} by ${seen.failure.connection === 'kept' ? 'a kept' : 'its own'} connection, ${seen.failure.why}`);
  };

  describe('behind HAProxy', () => {
    beforeEach(async () => {
      bench = await Bench.start(['s1', 's2', 's3', 's4']);
    });

    const inTurn = (time: number): Service => bench.services[time % 4]!;
    const startAgain = async (haproxy: Haproxy, service: Service): Promise<void> => {
      await service.start('2');
      await service.isReady();
      await haproxy.allUp();
    };

    it('when a host is killed without a word to the balancer', async () => {
      const haproxy = await bench.haproxy({});
      const load = bench.load(haproxy.url, rate);
      const seen = await untilItFails(load, 20, async (time) => {
        await inTurn(time).killHard();
        await startAgain(haproxy, inTurn(time));
      });
      mustHaveFailed(seen, /status 50[234]|ECONNRESET/);
    });

    it('when a host is taken out and killed at once', async () => {
      const haproxy = await bench.haproxy({});
      const load = bench.load(haproxy.url, rate);
      const seen = await untilItFails(load, 20, async (time) => {
        const service = inTurn(time);
        await haproxy.command(`set server web/${service.name} state maint`);
        await service.killHard();
        await service.start('2');
        await service.isReady();
        await haproxy.command(`set server web/${service.name} state ready`);
        await haproxy.allUp();
      });
      mustHaveFailed(seen, /status 50[234]|ECONNRESET/);
    });

    it('when a host is let in while it warms up', async () => {
      const haproxy = await bench.haproxy({});
      const load = bench.load(haproxy.url, rate);
      const [service] = bench.services;
      const seen = await untilItFails(load, 5, async () => {
        await haproxy.command(`set server web/${service!.name} state drain`);
        await comesTrue('it is drained', async () => (await haproxy.stat('web', service!.name)).scur === '0');
        await haproxy.command(`set server web/${service!.name} state maint`);
        await service!.killHard();
        await service!.start('2', 2_000);
        await haproxy.command(`set server web/${service!.name} state ready`);
        await service!.isReady();
        await haproxy.allUp();
      });
      mustHaveFailed(seen, /status 503/);
    });

    it('when all hosts are changed for others and killed at once', async () => {
      const [one, two, three, four] = bench.services;
      const fleets = { blue: [one!, two!], green: [three!, four!] };
      const haproxy = await bench.haproxy({ isRouted: true }, fleets);
      const load = bench.load(haproxy.url, rate);
      const seen = await untilItFails(load, 10, async (time) => {
        const [from, to] = time % 2 === 1 ? (['blue', 'green'] as const) : (['green', 'blue'] as const);
        await haproxy.command(`set map ${haproxy.folder}/route.map web ${to}`);
        await Promise.all(fleets[from].map((service) => service.killHard()));
        await Promise.all(fleets[from].map((service) => startAgain(haproxy, service)));
      });
      mustHaveFailed(seen, /status 50[234]|ECONNRESET/);
    });

    it('in secret, when it is reloaded without a state file: a host that was drained is back', async () => {
      const haproxy = await bench.haproxy({ hasStateFile: false });
      await haproxy.command('set server web/s1 state drain');
      assert.equal((await haproxy.stat('web', 's1')).status, 'DRAIN');
      await haproxy.reload({ savesState: false });
      assert.equal((await haproxy.stat('web', 's1')).status?.slice(0, 2), 'UP');
    });

    it('in time, when hosts are drained whose clients come back with a cookie: they are let in', async () => {
      const haproxy = await bench.haproxy({ isSticky: true });
      const whoAnswers = async (): Promise<string> => ((await (await fetch(haproxy.url, { headers: { cookie: 'SERVED=s1', connection: 'close' } })).json()) as { name: string }).name;
      await haproxy.command('set server web/s1 state drain');
      assert.equal(await whoAnswers(), 's1');
      await haproxy.command('set server web/s1 state maint');
      assert.notEqual(await whoAnswers(), 's1');
    });
  });

  describe('behind nginx', () => {
    beforeEach(async () => {
      bench = await Bench.start(['s1', 's2', 's3', 's4']);
    });

    it('when a host is killed before the old workers have ended', async () => {
      const nginx = await bench.nginx(0);
      const load = bench.load(nginx.url, rate);
      const seen = await untilItFails(load, 20, async (time) => {
        const service = bench.services[time % 4]!;
        await nginx.write(bench.services.map(({ name, port }) => ({ name, port, isDown: port === service.port })));
        const old = await nginx.reload();
        await service.killHard();
        await service.start('2');
        await service.isReady();
        await nginx.haveEnded(old);
        await nginx.write(bench.services);
        await nginx.haveEnded(await nginx.reload());
      });
      mustHaveFailed(seen, /status 50[24]/);
      assert.equal(seen!.failure.method, 'POST', 'a GET is sent again by nginx, which hides the loss');
    });
  });
});

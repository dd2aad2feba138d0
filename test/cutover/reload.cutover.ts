// The settings with which a reload loses nothing, each against the same reloads without it. (What a reload does to the
// routing is another matter: that is for whoever moves the traffic.)

import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { Bench, untilItFails } from './bench.ts';
import { nothingLost } from './nothing-lost.ts';
import { tell } from './tell.ts';

describe('a reload under load', function () {
  this.timeout(180_000);
  const rate = 400;
  let bench: Bench;

  beforeEach(async () => {
    bench = await Bench.start(['s1', 's2', 's3', 's4']);
  });
  afterEach(() => bench[Symbol.asyncDispose]());

  const reloadsUntilLost = async (url: string, reload: () => Promise<void>): Promise<void> => {
    const seen = await untilItFails(bench.load(url, rate), 300, reload);
    assert.ok(seen !== null, 'no reload lost a request: a proof that others lose none would prove nothing');
    assert.match(seen.failure.why, /ECONNRESET|EPIPE|hang up/);
    assert.equal(seen.failure.connection, 'kept');
    tell(`lost at reload ${seen.times}: ${seen.failure.method}, ${seen.failure.why}`);
  };

  const losesNothing = (url: string, times: number, reload: () => Promise<void>): Promise<unknown> =>
    nothingLost(async () => {
      const load = bench.load(url, rate);
      await untilItFails(load, times, reload);
      return load.stop();
    });

  it('of HAProxy loses requests of clients that keep their connections, without option idle-close-on-response', async () => {
    const haproxy = await bench.haproxy({ isIdleCloseOnResponse: false });
    await reloadsUntilLost(haproxy.url, () => haproxy.reload({ savesState: true }));
  });

  it('of HAProxy loses nothing with that option, forty times', async () => {
    const haproxy = await bench.haproxy({});
    await losesNothing(haproxy.url, 40, () => haproxy.reload({ savesState: true }));
  });

  it('of nginx loses requests of clients that keep their connections', async () => {
    const nginx = await bench.nginx(65);
    await reloadsUntilLost(nginx.url, async () => nginx.haveEnded(await nginx.reload()));
  });

  it('of nginx loses nothing with keepalive_timeout 0, ten times', async () => {
    const nginx = await bench.nginx(0);
    await losesNothing(nginx.url, 10, async () => nginx.haveEnded(await nginx.reload()));
  });
});

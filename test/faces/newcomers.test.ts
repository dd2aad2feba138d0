// How many connections may begin, on real sockets: those that prove nothing are held back, and only those.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:http';
import { get as getOverTls } from 'node:https';
import { connect, type Socket } from 'node:net';
import { after, before, describe, it } from 'mocha';
import { holdNewcomers } from '../../server/faces/newcomers.ts';
import type { Clock } from '../../world/clock.ts';
import { realClock } from '../../world/real/clock.ts';
import { loopbackCertificate } from './loopback-certificate.ts';
import { bearer, type Door, openDoor, testWorld } from './open-door.ts';

/** Time that passes by hand. */
function aClock() {
  let now = 0;
  const timers: { readonly at: number; readonly act: () => void; isCancelled: boolean }[] = [];
  const clock = {
    monotonic: () => now,
    after(ms: number, act: () => void) {
      const timer = { at: now + ms, act, isCancelled: false };
      timers.push(timer);
      return { cancel: () => void (timer.isCancelled = true) };
    },
  } as Clock;
  const pass = (ms: number): void => {
    const until = now + ms;
    for (;;) {
      const next = timers.filter((timer) => !timer.isCancelled && timer.at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      next.isCancelled = true;
      now = Math.max(now, next.at);
      next.act();
    }
    now = until;
  };
  return { clock, pass };
}

function aSocket(remoteAddress: string, remotePort: number) {
  const socket = { remoteAddress, remotePort, destroyed: false, destroy: () => void (socket.destroyed = true), on: () => socket, once: () => socket };
  return socket as unknown as Socket & { destroyed: boolean };
}

describe('connections that have proved nothing', () => {
  it('begin at once up to the limit, wait their turn for five seconds’ worth, and are cut off beyond', () => {
    const { clock, pass } = aClock();
    const newcomers = holdNewcomers({ newcomersPerSecond: 2 }, clock);
    const begun: number[] = [];
    const sockets = Array.from({ length: 15 }, (_, port) => aSocket('10.0.0.1', port));
    for (const socket of sockets) newcomers.receive(socket, () => begun.push(socket.remotePort!));
    assert.deepEqual(begun, [0, 1]);
    assert.deepEqual(sockets.map(({ destroyed }) => destroyed), [...Array.from({ length: 12 }, () => false), true, true, true]);
    pass(1_000);
    assert.deepEqual(begun, [0, 1, 2, 3]);
    pass(4_000);
    assert.deepEqual(begun, Array.from({ length: 12 }, (_, port) => port));
  });

  it('are counted by where they come from', () => {
    const { clock } = aClock();
    const newcomers = holdNewcomers({ newcomersPerSecond: 1 }, clock);
    const begun: string[] = [];
    for (const address of ['10.0.0.1', '10.0.0.1', '10.0.0.2', '::ffff:10.0.0.2', '2001:db8::1', '2001:db8::2']) newcomers.receive(aSocket(address, begun.length + 1), () => begun.push(address));
    assert.deepEqual(begun, ['10.0.0.1', '10.0.0.2', '2001:db8::1']);
  });

  it('give their place back once they prove themselves, and no more than once', () => {
    const { clock } = aClock();
    const newcomers = holdNewcomers({ newcomersPerSecond: 1 }, clock);
    const begun: number[] = [];
    const receive = (port: number): Socket => {
      const socket = aSocket('10.0.0.1', port);
      newcomers.receive(socket, () => begun.push(port));
      return socket;
    };
    const first = receive(1);
    receive(2);
    receive(3);
    newcomers.proved(first);
    newcomers.proved(first);
    assert.deepEqual(begun, [1, 2]);
  });

  it('that end while they wait take nobody’s turn, and all are cut off when the house closes', () => {
    const { clock, pass } = aClock();
    const newcomers = holdNewcomers({ newcomersPerSecond: 1 }, clock);
    const begun: number[] = [];
    const sockets = [1, 2, 3, 4].map((port) => aSocket('10.0.0.1', port));
    for (const socket of sockets) newcomers.receive(socket, () => begun.push(socket.remotePort!));
    sockets[1]!.destroy();
    pass(1_000);
    assert.deepEqual(begun, [1, 3]);
    newcomers.close();
    assert.equal(sockets[3]!.destroyed, true);
    pass(5_000);
    assert.deepEqual(begun, [1, 3]);
  });
});

describe('a door that holds newcomers back', function () {
  this.timeout(60_000);
  const perSecond = 4;
  for (const tls of [false, true]) {
    describe(tls ? 'over TLS' : 'in plaintext', () => {
      let door: Door;
      /** What the gate takes for time stands still; timers go on. */
      let now = 0;
      before(async () => {
        const world = { ...testWorld(), clock: { ...realClock, monotonic: () => now } };
        door = await openDoor({ limits: { newcomersPerSecond: perSecond }, dependencies: { world }, ...(tls ? { tls: loopbackCertificate } : {}) });
      });
      after(() => door[Symbol.asyncDispose]());

      /** A call on a connection of its own; null when that was cut off. */
      const call = (localAddress: string, headers: Record<string, string>): Promise<number | null> =>
        new Promise((resolve) => {
          const options = { host: '127.0.0.1', port: door.port, path: '/v1/applications', headers, localAddress, agent: false as const };
          const heard = (response: { statusCode?: number | undefined; resume(): unknown }): void => void (response.resume(), resolve(response.statusCode ?? 0));
          const request = tls ? getOverTls({ ...options, ca: loopbackCertificate.cert, servername: 'localhost' }, heard) : get(options, heard);
          request.on('error', () => resolve(null));
        });

      it('lets in as many known callers as come, in no time', async () => {
        for (let i = 0; i < 10 * perSecond; i += 1) assert.equal(await call('127.0.0.2', { ...bearer, host: 'x' }), 200);
      });

      it('lets strangers wait their turn rather than turn them away, cuts off what is far too much, and hears others meanwhile', async () => {
        const results: (number | null)[] = [];
        let wake = (): void => {};
        const until = async (isSo: () => boolean): Promise<void> => {
          while (!isSo()) await new Promise<void>((resolve) => (wake = resolve));
        };
        const answered = (): number => results.filter((result) => result === 401).length;
        const calls = Array.from({ length: 40 }, () => call('127.0.0.3', { host: 'x' }).then((result) => (results.push(result), wake())));
        // A second's worth at once, five seconds' worth in turn.
        await until(() => results.length === 40 - 5 * perSecond);
        assert.equal(answered(), perSecond);
        assert.equal(await call('127.0.0.5', { host: 'x' }), 401);
        assert.equal(answered(), perSecond);
        for (let second = 2; second <= 6; second += 1) {
          now += 1_000;
          await until(() => answered() === second * perSecond);
        }
        await Promise.all(calls);
        assert.equal(door.logged.filter(({ level }) => level === 'error').length, 0);
      });

      it('ends although some wait, and some have made no handshake', async () => {
        const own = await openDoor({ limits: { newcomersPerSecond: 2 }, ...(tls ? { tls: loopbackCertificate } : {}) });
        const sockets = Array.from({ length: 6 }, () => connect({ port: own.port, host: '127.0.0.1' }));
        const gone = Promise.all(sockets.map((socket) => new Promise((resolve) => socket.on('error', () => {}).on('close', resolve).resume())));
        await Promise.all(sockets.map((socket) => once(socket, 'connect')));
        await own[Symbol.asyncDispose]();
        await gone;
      });
    });
  }
});

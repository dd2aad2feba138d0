import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { askHaproxy } from '../../../agent/balancer/haproxy.ts';
import type { HaproxyBalancer } from '../../../agent/balancer/read-balancers.ts';
import { realFiles } from '../../../world/real/files.ts';
import { realNetwork } from '../../../world/real/network.ts';
import { aServer, standIn, type StandIn } from '../../traffic/haproxy/stand-in.ts';

describe('the HAProxy beside an agent', () => {
  let haproxy: StandIn;
  let balancer: HaproxyBalancer;
  beforeEach(async () => {
    haproxy = await standIn({ web: [aServer('web-1')], admin: [aServer('web-1')] });
    balancer = { kind: 'haproxy', name: 'haproxy', socket: haproxy.path, backends: ['web'] };
  });
  afterEach(() => haproxy.stop());

  /** /proc with these processes: number, parent, name, command line. */
  const proc = (...processes: [number, number, string, string][]) => {
    const files = new Map<string, string>(processes.flatMap(([pid, parent, name, line]) => [[`/proc/${pid}/stat`, `${pid} (${name}) S ${parent} 1 1`], [`/proc/${pid}/cmdline`, `${line.replaceAll(' ', '\0')}\0`]] as const));
    return { ...realFiles(), read: (path: string) => Promise.resolve(files.has(path) ? Buffer.from(files.get(path)!) : null), list: () => Promise.resolve(['self', ...processes.map(([pid]) => String(pid))]) };
  };
  const ask = (asked: Parameters<typeof askHaproxy>[1], files: ReturnType<typeof realFiles> = proc()) => askHaproxy(balancer, asked, 5_000, { network: realNetwork(), files });
  const look = { verb: 'look' as const, backends: ['web'] };

  it('says what it says', async () => {
    const answer = await ask(look);
    assert.ok(answer.outcome === 'HaproxySaid');
    assert.match(answer.text, /^Pid: 100$/m);
    assert.match(answer.text, /^web,web-1,/m);
  });

  it('is asked about no backend that its host\'s owner has not named, and nothing reaches its socket', async () => {
    for (const asked of [{ ...look, backends: ['web', 'admin'] }, { verb: 'change' as const, changes: [{ backend: 'admin', server: 'web-1', to: 'maintenance' as const }] }]) {
      const answer = await ask(asked);
      assert.ok(answer.outcome === 'Refused' && !answer.isPassing);
      assert.match(answer.sentence, /allows the backends web of haproxy haproxy to be moved, and admin is none of them/);
    }
    assert.deepEqual(haproxy.heard, []);
  });

  it('that does not run is said to be away', async () => {
    await haproxy.stop();
    const answer = await ask(look);
    assert.ok(answer.outcome === 'Refused' && answer.isPassing);
    assert.match(answer.sentence, /HAProxy .*admin\.sock is not there/);
  });

  describe('after a reload', () => {
    const older = async (...processes: Parameters<typeof proc>): Promise<number | null> => {
      const answer = await ask(look, proc(...processes));
      return answer.outcome === 'HaproxySaid' ? answer.olderProcesses : assert.fail();
    };

    it('has older processes as long as its master has another worker', async () => {
      assert.equal(await older([1, 0, 'systemd', '/sbin/init'], [90, 1, 'haproxy', 'haproxy -Ws'], [99, 90, 'haproxy', 'haproxy -Ws'], [100, 90, 'haproxy', 'haproxy -sf 99 -Ws']), 1);
      assert.equal(await older([1, 0, 'systemd', '/sbin/init'], [90, 1, 'haproxy', 'haproxy -Ws'], [100, 90, 'haproxy', 'haproxy -Ws']), 0);
    });

    it('has older processes as long as one of those lives that it took over from, without a master too', async () => {
      assert.equal(await older([1, 0, 'systemd', '/sbin/init'], [98, 1, 'haproxy', 'haproxy'], [100, 1, 'haproxy', 'haproxy -f x -sf 97 98']), 1);
    });

    it('takes no stranger for one: not another HAProxy of the host, nor a number that was given away', async () => {
      assert.equal(await older([1, 0, 'systemd', '/sbin/init'], [50, 1, 'haproxy', 'haproxy -f other'], [97, 1, 'postgres', 'postgres'], [100, 1, 'haproxy', 'haproxy -sf 97']), 0);
    });

    it('cannot tell when its processes are not to be seen', async () => {
      assert.equal(await older([1, 0, 'systemd', '/sbin/init']), null);
    });
  });
});

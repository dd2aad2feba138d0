// The contract of traffic routers, made of real HAProxy and nginx: the same claims as of the stand-ins in test/traffic, which shows
// that these behave as the programs do.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, get, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBalancer } from '../../examples/traffic/balancer-program.ts';
import { childrenOf } from '../../examples/traffic/children-of.ts';
import { comesTrue } from '../../examples/traffic/comes-true.ts';
import { Haproxy } from '../../examples/traffic/haproxy.ts';
import { stablePorts } from '../../examples/traffic/stable-ports.ts';
import { openHaproxy } from '../../server/traffic/haproxy/open.ts';
import { openNginx } from '../../server/traffic/nginx/open.ts';
import type { RoutedTarget } from '../../server/traffic/traffic-router.ts';
import { realClock } from '../../world/real/clock.ts';
import { realNetwork } from '../../world/real/network.ts';
import { agentsInProcess } from '../traffic/ask-in-process.ts';
import { keepsTheContract, type FarEnd } from '../traffic/contract.ts';

/** A host's service: healthy or not, and /hold is answered when it is let go. */
class HeldService {
  readonly name: string;
  readonly port: number;
  isHealthy = true;
  readonly held: ServerResponse[] = [];
  readonly #server: Server;

  constructor(name: string, port: number) {
    this.name = name;
    this.port = port;
    this.#server = createServer((request, response) => {
      if (request.url === '/hold') this.held.push(response);
      else response.writeHead(this.isHealthy ? 200 : 503).end();
    });
  }

  async start(): Promise<this> {
    this.#server.listen(this.port, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  letGo(): void {
    for (const response of this.held.splice(0)) response.end('held');
  }

  stop(): void {
    this.letGo();
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

async function aPlace() {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'fairlead-routers-')));
  const [port = 0, one = 0, two = 0] = await stablePorts(3);
  const services = [await new HeldService('web-1', one).start(), await new HeldService('web-2', two).start()] as const;
  const target = ({ name, port: at }: HeldService): RoutedTarget => ({ targetId: name, instanceId: name, tags: [{ Key: 'port', Value: String(at) }], address: '127.0.0.1' });
  const service = (name: string): HeldService => services.find((each) => each.name === name)!;
  const ask = (cookie: string): Promise<void> =>
    new Promise((resolve) => {
      const request = get({ host: '127.0.0.1', port, path: '/hold', agent: false, headers: { cookie } }, (response) => {
        response.resume();
        response.once('close', resolve);
      });
      request.once('error', () => resolve());
    });
  return {
    folder,
    port,
    services,
    targets: [target(services[0]), target(services[1])] as const,
    service,
    ask,
    setHealthy: async (name: string, isHealthy: boolean): Promise<void> => void (service(name).isHealthy = isHealthy),
    async close() {
      for (const each of services) each.stop();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

for (const way of ['by its socket', 'by the agent beside it'] as const) {
  keepsTheContract(`a real HAProxy, ${way}`, {
    timeoutMs: 60_000,
    hands: ['hold', 'setHealthy', 'forget', 'vanish'],
    hasWeights: true,
    isCutByForce: true,
    async open(): Promise<FarEnd> {
      const place = await aPlace();
      const haproxy = await Haproxy.start({ port: place.port, backends: { web: place.services }, isSticky: true, hasStateFile: false }, join(place.folder, 'haproxy'));
      await haproxy.allUp();
      const agents = agentsInProcess({ lb: { balancers: [{ kind: 'haproxy', name: 'haproxy', socket: haproxy.adminSocket, backends: ['web'] }], folder: place.folder } });
      const address = way === 'by its socket' ? `unix:${haproxy.adminSocket}` : 'agent:lb';
      // By its socket a young process may have another behind it; who knows that there is none says so.
      const reopen = () => openHaproxy({ kind: 'haproxy', nodes: [{ address }], backends: ['web'], reloadGraceSeconds: 0 }, realNetwork(), agents.ask);
      return {
        router: reopen(),
        reopen,
        targets: [...place.targets],
        async hold(name) {
          const ended = place.ask(`SERVED=${name}`);
          await comesTrue('the request is held', async () => place.service(name).held.length > 0);
          return async () => {
            place.service(name).letGo();
            await ended;
          };
        },
        setHealthy: place.setHealthy,
        forget: () => haproxy.reload({ savesState: false }),
        vanish: () => haproxy.killHard(),
        async close() {
          await haproxy[Symbol.asyncDispose]();
          await place.close();
        },
      };
    },
  });
}

keepsTheContract('a real nginx, by the agent beside it', {
  timeoutMs: 60_000,
  hands: ['hold', 'vanish'],
  hasWeights: true,
  takesNewMembers: true,
  async open(): Promise<FarEnd> {
    const place = await aPlace();
    const folder = join(place.folder, 'nginx');
    await mkdir(join(folder, 'notes'), { recursive: true });
    await writeFile(join(folder, 'members.conf'), place.services.map(({ name, port }) => `server 127.0.0.1:${port}; # ${name}\n`).join(''));
    await writeFile(join(folder, 'nginx.conf'), nginxConfig(folder, place.port));
    const child = spawn(findBalancer('nginx'), ['-p', folder, '-c', 'nginx.conf', '-g', 'daemon off;'], { stdio: 'ignore' });
    const exited = once(child, 'exit');
    await comesTrue('nginx answers', async () => (await fetch(`http://127.0.0.1:${place.port}/`, { headers: { connection: 'close' } }).catch(() => null))?.ok === true);
    const balancer = { kind: 'nginx' as const, name: 'nginx', membersFile: join(folder, 'members.conf'), program: findBalancer('nginx'), pidFile: join(folder, 'nginx.pid'), configFile: join(folder, 'nginx.conf'), prefix: folder, allowedAddresses: null, allowedPorts: null };
    const agents = agentsInProcess({ lb: { balancers: [balancer], folder: join(folder, 'notes') } });
    const reopen = () => openNginx({ kind: 'nginx', nodes: [{ address: 'agent:lb' }], portTagKey: 'port' }, realClock, agents.ask);
    return {
      router: reopen(),
      reopen,
      targets: [...place.targets],
      async hold(name) {
        // In turn they reach every member.
        const ended = Promise.all([place.ask(''), place.ask('')]);
        await comesTrue('the request is held', async () => place.service(name).held.length > 0);
        return async () => {
          for (const each of place.services) each.letGo();
          await ended;
        };
      },
      async vanish() {
        // Workers do not notice that their master is gone.
        const workers = await childrenOf(child.pid ?? 0);
        child.kill('SIGKILL');
        for (const pid of workers) process.kill(pid, 'SIGKILL');
        await exited;
      },
      async close() {
        for (const each of place.services) each.letGo();
        child.kill('SIGTERM');
        await exited;
        await place.close();
      },
    };
  },
});

function nginxConfig(folder: string, port: number): string {
  return [
    ...(process.getuid?.() === 0 ? ['user root;'] : []),
    'worker_processes 2;',
    'worker_shutdown_timeout 30s;',
    'pid nginx.pid;',
    'error_log error.log notice;',
    'events {}',
    'http {',
    '  access_log off;',
    ...['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `  ${kind}_temp_path ${folder}/${kind};`),
    '  keepalive_timeout 0;',
    '  upstream web { include members.conf; }',
    `  server { listen 127.0.0.1:${port}; location / { proxy_pass http://web; } }`,
    '}',
    '',
  ].join('\n');
}

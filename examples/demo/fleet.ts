// The plumbing: a temporary folder, a server and some agents as processes of their own, and the end of it all. Each agent
// has its own root, so that all "hosts" fit on one machine.

import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startFairlead } from './child.ts';
import type { Child } from './child.ts';
import { freePorts } from './free-ports.ts';
import { endProcessesBelow } from './processes-below.ts';
import { createClient } from '../../cli/client.ts';
import type { Client } from '../../cli/client.ts';
import { createEnrollmentToken } from '../../protocol/operations/create-enrollment-token.ts';
import { listInstances } from '../../protocol/operations/list-instances.ts';
import { realClock } from '../../world/real/clock.ts';

export const applicationName = 'hello-web';
export const groupName = 'production';

/** Which hosts there are, and what they bring of their own. */
export interface Layout {
  readonly service: string;
  readonly hosts: readonly { readonly name: string; readonly tag: string }[];
  ports(count: number): Promise<readonly number[]>;
  settle(instance: Instance): Promise<void>;
}

export const helloWebs: Layout = {
  service: 'hello-web',
  hosts: ['web-1', 'web-2', 'web-3'].map((name) => ({ name, tag: 'role=web' })),
  ports: freePorts,
  settle: settleHost,
};

export interface Instance {
  readonly name: string;
  /** Where its service listens. */
  readonly port: number;
  /** The agent's --root. */
  readonly root: string;
}

export interface Fleet {
  readonly folder: string;
  readonly instances: readonly Instance[];
  /** Valid once started. */
  readonly client: Client;
  /** The server's, for people. */
  readonly credentialsFile: string;
  start(signal: AbortSignal): Promise<void>;
  /** The ends of all logs: why something did not start. */
  lastWords(): Promise<readonly string[]>;
  /** Ends everything and removes the folder. Answers the ids of processes that would not go. */
  end(): Promise<readonly number[]>;
  processIds(): readonly number[];
}

export async function startFleet(say: (line: string) => void, { service, hosts, ports: choosePorts, settle }: Layout): Promise<Fleet> {
  const folder = await realpath(await mkdtemp(path.join(tmpdir(), 'fairlead-demo-')));
  const children: Child[] = [];
  const instances: Instance[] = [];
  const credentialsFile = path.join(folder, 'server', 'administrator-access-key.json');
  let client: Client | null = null;

  const run = (name: string, args: readonly string[]): Child => {
    const child = startFairlead(name, args, path.join(folder, `${name}.log`));
    children.push(child);
    return child;
  };

  return {
    folder,
    instances,
    credentialsFile,
    get client() {
      if (client === null) throw new Error('The fleet has not started.');
      return client;
    },

    async start(signal) {
      say(`A controller and ${inWords(hosts.length)} agents, each a process of its own on this machine\n`);
      const server = run('server', ['server', '--data-dir', path.join(folder, 'server'), '--listen', '127.0.0.1:0']);
      const url = await server.says(/listens on (http:\/\/\S+)/, signal);
      client = createClient(await connectionOf(url, credentialsFile));
      say(`  server  ${url}`);
      const { token } = await client.call(createEnrollmentToken, { maxUses: hosts.length, description: 'the demo' });
      const ports = await choosePorts(hosts.length);
      for (const [index, { name, tag }] of hosts.entries()) {
        const instance = { name, port: ports[index] ?? 0, root: path.join(folder, name, 'root') };
        await settle(instance);
        instances.push(instance);
        run(name, ['agent', '--controller', url, '--join-token', token, '--name', name, '--tag', tag, '--data-dir', path.join(folder, name, 'data'), '--root', instance.root]);
      }
      await allConnected(client, children, hosts.length, signal);
      instances.forEach(({ name, port }) => say(`  ${name.padEnd(7)} connected; its ${service} will answer on http://127.0.0.1:${port}`));
    },

    lastWords: async () => (await Promise.all(children.map((child) => child.lastWords()))).flat(),

    async end() {
      // Agents first: without them nobody starts services again.
      await Promise.all(children.slice(1).map((child) => child.end()));
      await Promise.all(children.slice(0, 1).map((child) => child.end()));
      const left = await endProcessesBelow(folder);
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
      return left;
    },

    processIds: () => children.map((child) => child.pid),
  };
}

async function connectionOf(url: string, file: string): Promise<{ url: URL; accessKeyId: string; secretAccessKey: string; accessKeyOrigin: string }> {
  const { accessKeyId, secretAccessKey } = JSON.parse(await readFile(file, 'utf8')) as { accessKeyId: string; secretAccessKey: string };
  return { url: new URL(url), accessKeyId, secretAccessKey, accessKeyOrigin: file };
}

/** What a host brings of its own: which port hello-web takes here, and which node runs it. */
async function settleHost(instance: Instance): Promise<void> {
  const settings = path.join(instance.root, 'etc/hello-web');
  await mkdir(settings, { recursive: true });
  await writeFile(path.join(settings, 'port'), `${instance.port}\n`);
  await writeFile(path.join(settings, 'node'), `${process.execPath}\n`);
}

const inWords = (count: number): string => ['no', 'one', 'two', 'three', 'four', 'five', 'six'][count] ?? String(count);

async function allConnected(client: Client, children: readonly Child[], count: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const gone = children.find((child) => child.hasEnded());
    if (gone !== undefined) throw new Error(`The ${gone.name} process ended before the fleet was complete.`);
    const { instances } = await client.call(listInstances, {});
    if (instances.filter((one) => one.isConnected).length === count) return;
    await realClock.sleep(100, signal);
  }
}

// One controller holds a PostgreSQL database, another waits for it, agents and callers reach whichever is ready through one
// address, and then: the holder is paused for a while, killed, or the database is. Nothing stale may be written, no hook
// run twice, nothing that was answered be lost; and how long it takes until a write is answered again is measured.

import { mkdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { spawn, type ChildProcess } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleFolder as bundle } from '../../cli/bundle/bundle-folder.ts';
import { createClient, type Client } from '../../cli/client.ts';
import { registry } from '../../protocol/operations/registry.ts';
import { realClock } from '../../world/real/clock.ts';
import { SimRandom } from '../simulation/sim-random.ts';
import { DatabaseServer } from '../store/database-server.ts';
import { bundleFolder } from '../system/real-fleet.ts';
import { adminKey, Controller, copyDataFolder, freePort } from './controllers.ts';
import { FrontProxy } from './front-proxy.ts';
import { judgeWrites, watchWrites, type Sighting } from './witness.ts';

export type Fault = 'pause' | 'kill' | 'database';

export interface CampaignOptions {
  readonly seed: string;
  readonly rounds: readonly Fault[];
  readonly agents: number;
  /** The longest pause of the holder. */
  readonly pauseMs: number;
  readonly told?: (line: string) => void;
}

export interface Outcome extends Sighting {
  /** Of each round: from the fault to the next write that was answered. */
  readonly outages: readonly { readonly fault: Fault; readonly ms: number }[];
  /** Writes that were answered, and those of them that are not there any more. */
  readonly answered: number;
  readonly lost: readonly string[];
  /** Hooks that ran, and those that ran more than once for one deployment on one host. */
  readonly hooks: number;
  readonly twice: readonly string[];
  readonly deployments: Readonly<Record<string, number>>;
}

const cli = join(import.meta.dirname, '../../cli/main.ts');

export async function runCampaign({ seed, rounds, agents, pauseMs, told = () => {} }: CampaignOptions): Promise<Outcome> {
  const random = new SimRandom(seed);
  const folder = await mkdtemp(join(tmpdir(), 'fairlead-failover-'));
  const database = await DatabaseServer.make();
  const children: ChildProcess[] = [];
  const closers: (() => Promise<unknown>)[] = [];
  try {
    await database.query('alter system set track_commit_timestamp = on');
    await database.stop();
    await database.start();
    const url = await database.newDatabase();
    const name = new URL(url).pathname.slice(1);

    const proxy = await FrontProxy.open();
    closers.push(() => proxy.close());
    const folders = [join(folder, 'a'), join(folder, 'b')] as const;
    mkdirSync(folders[0]);
    const a = new Controller('a', folders[0], url, await freePort());
    proxy.add(a.port);
    closers.push(() => a.end());
    a.run();
    const client = createClient({ url: new URL(proxy.url), ...adminKey, accessKeyOrigin: 'the campaign' });
    await eventually('the first controller answers', () => client.call(registry.listApplications, {}));
    await watchWrites(database, name);

    const work = await furnish(client, folder, proxy.url, agents, children);
    copyDataFolder(folders[0], folders[1]);
    const b = new Controller('b', folders[1], url, await freePort());
    proxy.add(b.port);
    closers.push(() => b.end());
    b.run();

    const load = startLoad(client, work.revision);
    closers.push(() => load.stop());
    const outages: { fault: Fault; ms: number }[] = [];
    for (const fault of rounds) {
      await load.untilAnswered(3);
      await realClock.sleep(500 + random.below(1_500));
      const holder = await holderOf(database, name, [a, b]);
      const beganAt = realClock.monotonic();
      if (fault === 'kill') holder.signal('SIGKILL');
      if (fault === 'database') {
        database.killHard();
        await database.start();
      }
      if (fault === 'pause') {
        holder.signal('SIGSTOP');
        const ms = 1_000 + random.below(pauseMs - 1_000);
        setTimeout(() => holder.signal('SIGCONT'), ms);
        const ms0 = await load.untilAnsweredAfter(beganAt);
        outages.push({ fault, ms: ms0 });
        told(`pause of ${ms} ms: a write was answered after ${ms0.toFixed(0)} ms`);
        await realClock.sleep(Math.max(0, ms - (realClock.monotonic() - beganAt)) + 1_500);
        continue;
      }
      const ms = await load.untilAnsweredAfter(beganAt);
      outages.push({ fault, ms });
      told(`${fault}: a write was answered after ${ms.toFixed(0)} ms`);
    }
    await load.untilAnswered(3);
    const answered = await load.stop();
    const deployments = await endOfDeployments(client);
    const there = new Set(await allApplications(client));
    const ran = work.hooksRan();
    return { ...(await judgeWrites(database, name)), outages, answered: answered.length, lost: answered.filter((one) => !there.has(one)), ...ran, deployments };
  } finally {
    for (const close of closers.reverse()) await close().catch(() => undefined);
    for (const child of children) child.kill('SIGKILL');
    await database[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Who of them holds it, as the lease says. */
async function holderOf(database: DatabaseServer, name: string, controllers: readonly Controller[]): Promise<Controller> {
  for (;;) {
    const [row] = await database.query<{ holder: string }>(`select holder from leases where name = 'controller' and expires_at > extract(epoch from clock_timestamp()) * 1000`, name).catch(() => []);
    const found = controllers.find((controller) => controller.isAlive() && row?.holder.includes(`process ${controller.pid},`));
    if (found !== undefined) return found;
    await realClock.sleep(50);
  }
}

interface Work {
  readonly revision: object;
  hooksRan(): { readonly hooks: number; readonly twice: readonly string[] };
}

/** An application, a group, agents that note each hook, and a bundle. */
async function furnish(client: Client, folder: string, url: string, agents: number, children: ChildProcess[]): Promise<Work> {
  await client.call(registry.createApplication, { applicationName: 'web' });
  await client.call(registry.createDeploymentGroup, {
    applicationName: 'web',
    deploymentGroupName: 'all',
    serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead',
    deploymentConfigName: 'CodeDeployDefault.AllAtOnce',
    onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
  });
  const note = '#!/bin/sh\necho "$DEPLOYMENT_ID $LIFECYCLE_EVENT" >> "$FAIRLEAD_ROOT/ran"\n';
  const source = await bundleFolder(join(folder, 'bundle'), {
    'appspec.yml': 'version: 0.0\nos: linux\nhooks:\n  AfterInstall:\n    - location: note.sh\n      timeout: 60\n  ApplicationStart:\n    - location: note.sh\n      timeout: 60\n',
    'note.sh': note,
  });
  const { revision } = await client.upload({ applicationName: 'web', bundleType: 'tgz', key: null, body: bundle(source, 'tgz').stream() });
  const { token } = await client.call(registry.createEnrollmentToken, { maxUses: agents });
  const roots = Array.from({ length: agents }, (_, index) => join(folder, `root-${index}`));
  for (const [index, root] of roots.entries()) {
    mkdirSync(root);
    children.push(
      spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cli, 'agent', '--controller', url, '--join-token', token, '--name', `web-${index}`, '--tag', 'role=web', '--data-dir', join(folder, `agent-${index}`), '--root', root], { stdio: 'ignore', env: { PATH: process.env['PATH'] ?? '' } }),
    );
  }
  await eventually('all agents are there', async () => {
    const { instances } = await client.call(registry.listInstances, {});
    if (instances.filter(({ isConnected }) => isConnected).length < agents) throw new Error('not yet');
  });
  const lines = (root: string): string[] => {
    try {
      return readFileSync(join(root, 'ran'), 'utf8').split('\n').filter((line) => line !== '');
    } catch {
      return [];
    }
  };
  return {
    revision,
    hooksRan() {
      const all = roots.flatMap((root, index) => lines(root).map((line) => `${line} on web-${index}`));
      return { hooks: all.length, twice: all.filter((line, at) => all.indexOf(line) !== at) };
    },
  };
}

interface Load {
  untilAnswered(more: number): Promise<void>;
  /** Milliseconds from then until a write that was begun later was answered. */
  untilAnsweredAfter(at: number): Promise<number>;
  /** The names that were answered. */
  stop(): Promise<readonly string[]>;
}

/** Makes applications one after another, and deploys whenever nothing is being deployed. */
function startLoad(client: Client, revision: object): Load {
  const answered: string[] = [];
  const answers: { readonly begunAt: number; readonly at: number }[] = [];
  let isOn = true;
  const write = async (): Promise<void> => {
    for (let n = 1; isOn; n += 1) {
      const applicationName = `made-${n}`;
      const begunAt = realClock.monotonic();
      // A caller does not wait for ever on a connection to a controller that stands still.
      const isDone = await Promise.race([client.call(registry.createApplication, { applicationName }).then(() => true, () => false), realClock.sleep(1_500).then(() => false)]);
      if (isDone) {
        answered.push(applicationName);
        answers.push({ begunAt, at: realClock.monotonic() });
      }
      await realClock.sleep(30);
    }
  };
  const deploy = async (): Promise<void> => {
    while (isOn) {
      await client.call(registry.createDeployment, { applicationName: 'web', deploymentGroupName: 'all', revision }).catch(() => undefined);
      await realClock.sleep(300);
    }
  };
  const working = Promise.all([write(), deploy()]);
  return {
    async untilAnswered(more) {
      const goal = answered.length + more;
      while (answered.length < goal) await realClock.sleep(20);
    },
    async untilAnsweredAfter(at) {
      for (;;) {
        const first = answers.find(({ begunAt }) => begunAt > at);
        if (first !== undefined) return first.at - at;
        await realClock.sleep(5);
      }
    },
    async stop() {
      isOn = false;
      await working;
      return answered;
    },
  };
}

async function endOfDeployments(client: Client): Promise<Record<string, number>> {
  const group = { applicationName: 'web', deploymentGroupName: 'all' };
  await eventually('every deployment ends', async () => {
    const { deployments } = await client.call(registry.listDeployments, { ...group, includeOnlyStatuses: ['Created', 'Queued', 'InProgress', 'Ready', 'Baking'] });
    if (deployments.length > 0) throw new Error('not yet');
  });
  const counts: Record<string, number> = {};
  for (const status of ['Succeeded', 'Failed', 'Stopped'] as const) {
    let nextToken: string | undefined;
    counts[status] = 0;
    do {
      const page = await client.call(registry.listDeployments, { ...group, includeOnlyStatuses: [status], ...(nextToken === undefined ? {} : { nextToken }) });
      counts[status] += page.deployments.length;
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
  }
  return counts;
}

async function allApplications(client: Client): Promise<readonly string[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await client.call(registry.listApplications, nextToken === undefined ? {} : { nextToken });
    names.push(...page.applications);
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return names;
}

async function eventually(what: string, attempt: () => Promise<unknown>): Promise<void> {
  const until = realClock.monotonic() + 180_000;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (realClock.monotonic() > until) throw new Error(`In vain it was waited until ${what}.`, { cause: error });
      await realClock.sleep(100);
    }
  }
}

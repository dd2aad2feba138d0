// `npm run bench:agent`: the shipped agent beside what it is measured against, both in turn in one run, so that a ratio
// holds when the machine's speed drifts. Options: --runs N (5), --mebibytes N (1024: the big file), --only WORD.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bulkHelpers } from '../../agent/commands/bulk.ts';
import type { Bulk } from '../../agent/commands/bulk.ts';
import { realClock } from '../../world/real/clock.ts';
import { realProcesses } from '../../world/real/processes.ts';
import { buildAgent } from '../../packaging/build.ts';
import { makeBigFile, makeHooks, makeSmallFiles } from './bundles.ts';
import { endNode, Host, memoryOf, startNode, timed } from './host.ts';
import type { Memory } from './host.ts';
import { inTurn, median, renderTable } from '../report.ts';
import type { Row } from '../report.ts';

const { values: given } = parseArgs({ options: { runs: { type: 'string', default: '5' }, mebibytes: { type: 'string', default: '1024' }, only: { type: 'string', default: '' } } });
const runs = Number(given.runs);
const folder = mkdtempSync(join(tmpdir(), 'fairlead-bench-'));
const agent = join(folder, 'agent');
let counter = 0;
const fresh = (): string => join(folder, `fresh-${(counter += 1)}`);
/** A shell's own time for `script`, run with `set -e` in a new folder that is removed afterwards; in ms. */
const shell = async (script: string, ...args: readonly string[]): Promise<number> => {
  const place = fresh();
  mkdirSync(place);
  const ms = await timed(() => execFileSync('/bin/sh', ['-e', '-c', script, 'sh', ...args], { cwd: place, stdio: 'ignore' }));
  rmSync(place, { recursive: true, force: true });
  return ms;
};

async function idle(): Promise<readonly Row[]> {
  const quietMs = 3_000;
  const look = async (start: () => Promise<{ readonly pid: number; end(): Promise<void> }>): Promise<Memory> => {
    const process = await start();
    await new Promise((resolve) => setTimeout(resolve, quietMs));
    const memory = memoryOf(process.pid);
    await process.end();
    return memory;
  };
  await using host = new Host(agent, fresh());
  const startHost = async () => {
    await host.start();
    return { pid: host.pid, end: () => host.stop() };
  };
  const startBare = async () => {
    const child = await startNode(['-e', "process.stdout.write('ready'); setInterval(() => {}, 1e6)"], 'ready');
    return { pid: child.pid!, end: () => endNode(child) };
  };
  await host.start(); // enrols
  await host.stop();
  const [ours, bare]: [Memory[], Memory[]] = [[], []];
  for (let run = 0; run < runs; run += 1) {
    ours.push(await look(startHost));
    bare.push(await look(startBare));
  }
  const row = (what: string, key: keyof Memory, goal: string): Row => ({ what, ours: median(ours.map((one) => one[key])), reference: median(bare.map((one) => one[key])), unit: 'MB', against: 'bare Node', goal });
  return [row('idle, RSS', 'rssMb', ''), row('idle, PSS', 'pssMb', '58 MB (bare 38): 1.53 x'), row('idle, private dirty', 'privateDirtyMb', '16 MB (bare 8): 2.0 x')];
}

async function start(): Promise<readonly Row[]> {
  await using host = new Host(agent, fresh());
  await host.start();
  await host.stop();
  const times = await inTurn(
    runs,
    async () => {
      const ms = await timed(() => host.start());
      await host.stop();
      return ms;
    },
    async () => timed(() => spawnSync(process.execPath, ['-e', '0'])),
  );
  return [{ what: 'start to connected', ...times, unit: 'ms', against: 'bare Node, start to end', goal: '100 ms (bare 25): 4 x' }];
}

/** A helper of the shipped agent that has done nothing of any size yet, and how long it took until it was there. */
async function helper(): Promise<{ readonly helpers: Bulk; readonly startMs: number }> {
  const helpers = bulkHelpers({ processes: realProcesses(), clock: realClock }, fresh(), pathToFileURL(join(agent, 'bulk-process.mjs')));
  const startMs = await timed(() => helpers.work('prune', { dataFolder: fresh(), groupId: 'group', deploymentId: 'd-1', lastSuccessfulId: null, maxRevisions: 5 }));
  return { helpers, startMs };
}

/** Each bundle by a helper of its own that was started before, as in a deployment, where it is while the bundle comes. */
async function unpack(): Promise<readonly Row[]> {
  const [tgz, zip] = makeSmallFiles(fresh(), 1_000) as [string, string];
  const row = async (bundle: string, format: 'tgz' | 'zip', script: string, against: string, goal: string): Promise<Row> => {
    const ours = async (): Promise<number> => {
      const archive = fresh();
      const { helpers } = await helper();
      const ms = await timed(async () => {
        const answer = await helpers.work('unpack', { bundle, format, archive, strict: false });
        if (answer.kind !== 'unpacked') throw new Error(answer.reason);
      });
      rmSync(archive, { recursive: true, force: true });
      return ms;
    };
    return { what: `unpack 1,000 files, ${format}`, ...(await inTurn(runs, ours, () => shell(script, bundle))), unit: 'ms', against, goal };
  };
  const rows = [
    await row(tgz, 'tgz', 'tar xzf "$1"; sync -f .', 'tar xzf, sync -f', '1.2 x'),
    await row(zip, 'zip', 'unzip -q "$1"; sync -f .', 'unzip, sync -f', '0.9 x'),
  ];
  const startOfIt = await inTurn(runs, async () => (await helper()).startMs, () => timed(() => spawnSync(process.execPath, ['-e', '0'])));
  return [...rows, { what: "(the helper's start, while the bundle comes)", ...startOfIt, unit: 'ms', against: 'bare Node, start to end', goal: 'reported' }];
}

/** What ten deployments of 1,000 files leave behind, and what ten more do. */
async function growth(): Promise<readonly Row[]> {
  const [tgz] = makeSmallFiles(fresh(), 1_000) as [string, string];
  await using host = new Host(agent, fresh());
  await host.start();
  const source = host.controller.offer(readFileSync(tgz), 'tgz');
  let deployments = 0;
  const idleMb = async (): Promise<number> => {
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    return memoryOf(host.pid).privateDirtyMb;
  };
  const tenMore = async (): Promise<number> => {
    for (let count = 0; count < 10; count += 1) {
      const deploymentId = `d-${(deployments += 1)}`;
      await host.run(deploymentId, 'DownloadBundle', source);
      await host.run(deploymentId, 'Install');
      host.finish(deploymentId);
    }
    return idleMb();
  };
  const [before, after, later] = [await idleMb(), await tenMore(), await tenMore()];
  const row = (what: string, grown: number, goal: string): Row => ({ what, ours: grown, reference: null, unit: 'MB', against: '', goal });
  return [row('private dirty, growth over ten deployments', after - before, '3 MB'), row('over the next ten', later - after, 'none')];
}

/** Events through the whole agent, of another group each time: what a group has deployed before is not fetched again. */
async function deploy(what: string, events: readonly ('DownloadBundle' | 'Install')[], bundle: string, bundleType: 'tar' | 'tgz', times: number, script: string, against: string, goal: string): Promise<Row> {
  await using host = new Host(agent, fresh());
  await host.start();
  const source = host.controller.offer(readFileSync(bundle), bundleType);
  let deployments = 0;
  const ours = async (): Promise<number> => {
    deployments += 1;
    let ms = 0;
    for (const event of events) ms += await host.run(`d-${deployments}`, event, event === 'DownloadBundle' ? source : undefined, `group-${deployments}`);
    for (const left of [`data/deployment-root/group-${deployments}`, 'root/srv']) rmSync(join(host.folder, left), { recursive: true, force: true });
    return ms;
  };
  return { what, ...(await inTurn(times, ours, () => shell(script, bundle))), unit: 'ms', against, goal };
}

async function install(): Promise<readonly Row[]> {
  const [tgz] = makeSmallFiles(fresh(), 1_000) as [string, string];
  const mebibytes = Number(given.mebibytes);
  const small = await deploy('download and install 1,000 files', ['DownloadBundle', 'Install'], tgz, 'tgz', runs, 'cp "$1" b; sha256sum b; mkdir t d; tar xzf b -C t; sync -f .; cp -a t/app/. d; sync -f .', 'cp, sha256sum, tar xzf, sync, cp -a, sync', '');
  const [big, packed] = makeBigFile(fresh(), mebibytes) as [string, string];
  const large = await deploy(`download and install one file of ${mebibytes} MiB`, ['DownloadBundle', 'Install'], big, 'tar', Math.min(runs, 3), 'cp "$1" b; sha256sum b; mkdir t; tar xf b -C t; rm b; sync -f .; cp t/app/big.bin d; sync -f .', 'cp, sha256sum, tar x, sync, cp, sync', '0.67 x');
  const unpacked = await deploy(`download and unpack one file of ${mebibytes} MiB, tgz`, ['DownloadBundle'], packed, 'tgz', Math.min(runs, 3), 'cp "$1" b; sha256sum b; tar xzf b; sync -f .', 'cp, sha256sum, tar xzf, sync', '0.67 x');
  return [small, large, unpacked];
}

async function hooks(): Promise<readonly Row[]> {
  const scripts = fresh();
  const [tgz] = makeHooks(scripts, 8) as [string];
  await using host = new Host(agent, fresh());
  await host.start();
  const source = host.controller.offer(readFileSync(tgz), 'tgz');
  await host.run('d-1', 'DownloadBundle', source);
  const loop = (): Promise<number> => shell('for n in 0 1 2 3 4 5 6 7; do "$1/hooks/$n.sh"; done', scripts);
  const supervised = (): Promise<number> => shell('for n in 0 1 2 3 4 5 6 7; do mkdir "$n"; /bin/sh "$2/supervisor.sh" run "$PWD/$n" a / "$1/hooks/$n.sh" "$1/hooks/$n.sh"; done', scripts, agent);
  const eight = await inTurn(runs, () => host.run('d-1', 'AfterInstall'), loop);
  const underSupervisor = await inTurn(runs, () => host.run('d-1', 'AfterInstall'), supervised);
  const supervisorAlone = await inTurn(runs, supervised, loop);
  return [
    { what: 'eight no-op hooks', ...eight, unit: 'ms', against: 'shell loop', goal: '1.3 x, plus the supervisor' },
    { what: 'eight no-op hooks', ...underSupervisor, unit: 'ms', against: 'shell loop through supervisor.sh', goal: '1.3 x' },
    { what: '(supervisor.sh alone)', ...supervisorAlone, unit: 'ms', against: 'shell loop', goal: 'reported' },
  ];
}

async function deployment(): Promise<readonly Row[]> {
  const scripts = fresh();
  const [tgz] = makeHooks(scripts, 1) as [string];
  await using host = new Host(agent, fresh());
  await host.start();
  const source = host.controller.offer(readFileSync(tgz), 'tgz');
  let deployments = 0;
  const seven = async (): Promise<number> => {
    const deploymentId = `d-${(deployments += 1)}`;
    let ms = 0;
    for (const event of ['ApplicationStop', 'DownloadBundle', 'BeforeInstall', 'Install', 'AfterInstall', 'ApplicationStart', 'ValidateService']) {
      ms += await host.run(deploymentId, event, event === 'DownloadBundle' ? source : undefined);
    }
    host.finish(deploymentId);
    return ms;
  };
  // Each event is accepted, started and ended in the journal; a bundle and an Install are synced besides.
  const script = 'mkdir t d; for n in 1 2 3 4 5 6 7; do echo accepted >> j; sync -d j; case $n in 2) cp "$2" b; tar xzf b -C t; sync -f t;; 4) cp -a t/app/. d; sync -f d;; *) echo start >> j; sync -d j; "$1/hooks/0.sh";; esac; echo ended >> j; sync -d j; done';
  return [{ what: 'a deployment of seven events', ...(await inTurn(runs, seven, () => shell(script, scripts, tgz))), unit: 'ms', against: 'shell loop with its syncs', goal: '3 x' }];
}

await buildAgent(agent);
process.stdout.write(`${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, medians of ${runs}\n\n`);
try {
  const rows: Row[] = [];
  for (const part of [idle, growth, start, unpack, install, hooks, deployment]) {
    if (!part.name.includes(given.only)) continue;
    process.stderr.write(`${part.name} …\n`);
    rows.push(...(await part()));
  }
  process.stdout.write(renderTable(rows, 'agent'));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

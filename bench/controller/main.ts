// `npm run bench:controller`: a real controller process and light agents that speak the real session protocol over real
// sockets, in processes of their own. Absolute figures move with the machine, and the agents share it: what counts is the
// controller's own CPU time, and ratios within one run. Options: --agents N (1000), --only WORD, --event-ms N (1000: of
// the rollout whose events take time), --profile FOLDER (a CPU profile of each controller).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { getDeployment } from '../../protocol/operations/get-deployment.ts';
import { listDeployments } from '../../protocol/operations/list-deployments.ts';
import { tagInstance } from '../../protocol/operations/tag-instance.ts';
import { median, quantile, renderTable, type Row } from '../report.ts';
import { ControllerProcess } from './controller-process.ts';
import { decisionCost } from './planner-cost.ts';
import { sharedNow, Swarm } from './swarm.ts';

const { values: given } = parseArgs({ options: { agents: { type: 'string', default: '1000' }, only: { type: 'string', default: '' }, 'event-ms': { type: 'string', default: '1000' }, profile: { type: 'string' } } });
const many = Number(given.agents);
const few = Math.max(1, Math.round(many / 10));
/** A folder in memory: what is written there is durable for nobody, and costs nothing. */
const memory = '/dev/shm';
const nodeFlags = given.profile === undefined ? [] : ['--cpu-prof', '--cpu-prof-dir', given.profile];
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const counted = (agents: number): string => agents.toLocaleString('en');

interface Fleet {
  readonly controller: ControllerProcess;
  /** Resident memory of the controller before any agent was there. */
  readonly emptyKb: number;
  readonly joinedMs: number;
  readonly joinCpuMs: number;
}

async function start(swarm: Swarm, agents: number, below = tmpdir()): Promise<Fleet> {
  const controller = await ControllerProcess.start({ below, agents, nodeFlags });
  await sleep(1_000);
  const [emptyKb, cpuMs] = [controller.rssKb, controller.cpuMs];
  const joinedMs = await swarm.join(controller.url, controller.privateKey, controller.instanceIds);
  return { controller, emptyKb, joinedMs, joinCpuMs: controller.cpuMs - cpuMs };
}

interface Rollout {
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly bytes: number;
}

/** To all agents at once, from the call that creates the deployment to its end on the last of them. */
async function rollOut(swarm: Swarm, controller: ControllerProcess, eventMs: number): Promise<Rollout> {
  swarm.eventMs(eventMs);
  const [cpuMs, { bytes }, began] = [controller.cpuMs, await swarm.look(), sharedNow()];
  const deploymentId = await controller.deploy('all');
  const wallMs = (await swarm.finished(deploymentId)) - began;
  await ended(controller, deploymentId);
  return { wallMs, cpuMs: controller.cpuMs - cpuMs, bytes: (await swarm.look()).bytes - bytes };
}

async function ended(controller: ControllerProcess, deploymentId: string): Promise<void> {
  for (;;) {
    const { status } = (await controller.client.call(getDeployment, { deploymentId })).deploymentInfo;
    if (status === 'Succeeded') return;
    if (status === 'Failed' || status === 'Stopped') throw new Error(`the deployment ended as ${status}`);
    await sleep(20);
  }
}

/** Calls the API at an even pace until told to stop; how long each call took. */
function callSteadily(controller: ControllerProcess, deploymentId: string): { readonly stop: () => Promise<{ readonly reads: number[]; readonly writes: number[] }> } {
  const [reads, writes]: [number[], number[]] = [[], []];
  let isOver = false;
  const timed = async (into: number[], call: () => Promise<unknown>): Promise<void> => {
    const before = performance.now();
    await call();
    into.push(performance.now() - before);
  };
  const calling = (async () => {
    for (let turn = 0; !isOver; turn += 1) {
      await timed(reads, () => (turn % 2 === 0 ? controller.client.call(getDeployment, { deploymentId }) : controller.client.call(listDeployments, {})));
      if (turn % 4 === 0) await timed(writes, () => controller.client.call(tagInstance, { instanceName: 'bench-000000', tags: [{ Key: 'turn', Value: `${turn}` }] }));
      await sleep(20);
    }
  })();
  return {
    async stop() {
      isOver = true;
      await calling;
      return { reads, writes };
    },
  };
}

async function memoryAndHeartbeats(swarm: Swarm, fleet: Fleet, agents: number): Promise<readonly Row[]> {
  const { controller, emptyKb, joinCpuMs } = fleet;
  const bare = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'bare.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [hello] = (await once(bare.stdout, 'data')) as [Buffer];
  const rss = (): number => processRssKb(bare.pid!);
  await sleep(300);
  const bareEmptyKb = rss();
  await swarm.bare(Number(/\d+/.exec(hello.toString())![0]), agents);
  await sleep(500);
  const bareKb = (rss() - bareEmptyKb) / agents;
  bare.kill('SIGKILL');
  // Twice the ping interval, at rest.
  await sleep(2_000);
  const keptKb = (controller.rssKb - emptyKb) / agents;
  const [before, began] = [controller.cpuMs, performance.now()];
  await sleep(10_000);
  const share = (100 * (controller.cpuMs - before)) / (performance.now() - began);
  return [
    { what: `memory of a connected agent, of ${counted(agents)}`, ours: keptKb, reference: bareKb, unit: 'KB', against: 'bare TCP server in Node', goal: '8 KB' },
    { what: `CPU to connect an agent, of ${counted(agents)}`, ours: (1000 * joinCpuMs) / agents, reference: null, unit: 'µs', against: '', goal: null },
    { what: `heartbeats of 10,000 every 5 s, of a core (from ${counted(agents)})`, ours: (share * 10_000) / agents, reference: null, unit: '%', against: '', goal: '2 % every 30 s: 12 % every 5 s' },
  ];
}

function processRssKb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
}

/** From the answer to CreateDeployment's call to the first command at the agent, one agent among many that are idle. */
async function createToCommand(swarm: Swarm, { controller }: Fleet, agents: number): Promise<readonly Row[]> {
  const [ours, trips]: [number[], number[]] = [[], []];
  for (let run = 0; run < 40; run += 1) {
    const before = performance.now();
    await controller.client.call(listDeployments, {});
    trips.push(performance.now() - before);
    const began = sharedNow();
    const deploymentId = await controller.deploy('one');
    ours.push((await swarm.told(deploymentId)) - began);
    await ended(controller, deploymentId);
  }
  const row = (what: string, q: number, goal: string): Row => ({ what: `${what}, ${counted(agents)} connected`, ours: quantile(ours, q), reference: quantile(trips, q), unit: 'ms', against: 'one API read', goal });
  return [row('CreateDeployment called to first command at the agent, p50', 0.5, '10 ms'), row('CreateDeployment called to first command at the agent, p99', 0.99, '25 ms')];
}

async function rollouts(swarm: Swarm, { controller }: Fleet): Promise<{ readonly rollout: Rollout; readonly rows: readonly Row[] }> {
  const idle = callSteadily(controller, await controller.deploy('one'));
  await sleep(2_000);
  const quiet = await idle.stop();
  await rollOut(swarm, controller, 0); // warms up
  const rollout = await rollOut(swarm, controller, 0);
  const eventMs = Number(given['event-ms']);
  swarm.eventMs(eventMs);
  const slow = await rollOut(swarm, controller, eventMs);
  const probe = callSteadily(controller, await controller.deploy('one'));
  await rollOut(swarm, controller, 0);
  const busy = await probe.stop();
  const p99 = (what: string, ours: readonly number[], reference: readonly number[], goal: string): Row => ({ what: `${what} during a rollout to ${counted(many)}, p99`, ours: quantile(ours, 0.99), reference: quantile(reference, 0.99), unit: 'ms', against: 'idle', goal });
  return {
    rollout,
    rows: [
      { what: `AllAtOnce over ${counted(many)}, events of ${eventMs} ms`, ours: slow.wallMs, reference: 7 * eventMs, unit: 'ms', against: 'the events alone', goal: '1.1 x' },
      { what: `control bytes of a host in a deployment`, ours: rollout.bytes / many / 1024, reference: null, unit: 'KB', against: '', goal: '5 KB' },
      p99('API reads', busy.reads, quiet.reads, '25 ms'),
      p99('API writes', busy.writes, quiet.writes, '100 ms'),
    ],
  };
}

async function storm(swarm: Swarm, { controller, joinedMs }: Fleet): Promise<readonly Row[]> {
  const began = performance.now();
  await controller.crash();
  await swarm.connected();
  return [{ what: `${counted(many)} agents back after kill -9 of the controller`, ours: performance.now() - began, reference: joinedMs, unit: 'ms', against: 'their first connecting', goal: '15 s' }];
}

function planner(): readonly Row[] {
  const [small, large] = [decisionCost(100), decisionCost(many)];
  return [
    { what: `a decision of the planner, ${counted(many)} targets`, ours: large.planUs, reference: small.planUs, unit: 'µs', against: '100 targets', goal: '50 µs, 1 x' },
    { what: `its check`, ours: large.checkUs, reference: small.checkUs, unit: 'µs', against: '100 targets', goal: null },
  ];
}

async function theFleet(): Promise<readonly Row[]> {
  await using swarm = new Swarm();
  const rows: Row[] = [];
  const speedOf = (rollout: Rollout, agents: number): number => (1000 * agents) / rollout.wallMs;
  let undurable = NaN;
  {
    await using controller = (await start(swarm, many, memory)).controller;
    await rollOut(swarm, controller, 0);
    undurable = speedOf(await rollOut(swarm, controller, 0), many);
    await swarm.leave();
  }
  let fewCpuMs = NaN;
  {
    await using controller = (await start(swarm, few)).controller;
    await rollOut(swarm, controller, 0);
    fewCpuMs = median([(await rollOut(swarm, controller, 0)).cpuMs, (await rollOut(swarm, controller, 0)).cpuMs, (await rollOut(swarm, controller, 0)).cpuMs]);
    await swarm.leave();
  }
  const fleet = await start(swarm, many);
  await using controller = fleet.controller;
  rows.push(...(await memoryAndHeartbeats(swarm, fleet, many)));
  rows.push(...(await createToCommand(swarm, fleet, many)));
  const { rollout, rows: more } = await rollouts(swarm, fleet);
  rows.push({ what: `AllAtOnce over ${counted(many)}, 7 events and an end each: targets`, ours: speedOf(rollout, many), reference: undurable, unit: '/s', against: 'the data folder in memory', goal: '5,000/s, 0.8 x' });
  rows.push({ what: `CPU of the controller for a target, of ${counted(many)}`, ours: (1000 * rollout.cpuMs) / many, reference: (1000 * fewCpuMs) / few, unit: 'µs', against: `of ${counted(few)}`, goal: '1.15 x' });
  rows.push(...more);
  rows.push(...(await storm(swarm, fleet)));
  void controller;
  return rows;
}

process.stdout.write(`${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, ${counted(many)} agents\n\n`);
const rows: Row[] = [];
for (const part of [planner, theFleet]) {
  if (!part.name.toLowerCase().includes(given.only.toLowerCase())) continue;
  process.stderr.write(`${part.name} …\n`);
  rows.push(...(await part()));
}
process.stdout.write(renderTable(rows, 'controller'));
process.exit(0);

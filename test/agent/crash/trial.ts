// One trial of the campaign: a shipped agent, killed once at a given point of a deployment of two revisions and started
// anew, against a controller that notes what it is told.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Report } from '../../../protocol/session/frames.ts';
import { finishCommand, runEventCommand } from '../commands-of.ts';
import { TestController } from '../test-controller.ts';
import { readHostState } from './host-state.ts';
import type { HostState } from './host-state.ts';
import { inPlaceOrder, revisions } from './revisions.ts';

/** What is run: the folder of a built agent, and the counting module in JavaScript. */
export interface Kit {
  readonly agent: string;
  readonly dieAt: string;
}

export interface Trial {
  /** Names of the points passed, when they were asked for. */
  readonly points: readonly string[];
  readonly restarts: number;
  /** `attempt outcome`, in the order of commands. */
  readonly outcomes: readonly string[];
  /** Attempts for which the controller had not exactly one Accepted and one Ended. */
  readonly miscounted: readonly string[];
  readonly host: HostState;
  /** Anything that should not have happened to the processes; null when all went as it should. */
  readonly trouble: string | null;
}

/** Runs a trial that dies at point `dieAt` (counted from 1; 0 for never). Leaves nothing behind. */
export async function runTrial(kit: Kit, dieAt: number, isListing = false): Promise<Trial> {
  // On a memory file system where there is one: a killed process loses nothing that a sync would have kept.
  const folder = realpathSync(mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'fairlead-crash-')));
  mkdirSync(join(folder, 'root'), { mode: 0o755 });
  const controller = new TestController();
  await controller.start();
  const agent = new MortalAgent(kit, folder, controller.url, dieAt, isListing);
  let trouble: string | null = null;
  const outcomes: string[] = [];
  try {
    agent.start();
    await Promise.race([deployBoth(controller, outcomes), agent.gone]);
    for (let sessions = controller.sessions; !(await agent.stop()); sessions = controller.sessions) {
      await controller.until((one) => (one.sessions > sessions ? true : undefined), 'the agent to be back');
    }
  } catch (error) {
    trouble = (error as Error).message;
  }
  try {
    await agent.kill();
    await controller[Symbol.asyncDispose]();
    const points = isListing && trouble === null ? readFileSync(join(folder, 'points'), 'utf8').trim().split('\n') : [];
    return { points, restarts: agent.restarts, outcomes, miscounted: miscounted(controller.reports), host: readHostState(folder), trouble };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function deployBoth(controller: TestController, outcomes: string[]): Promise<void> {
  let commands = 0;
  for (const [index, { deploymentId, bundle }] of revisions.entries()) {
    const source = controller.offer(bundle, 'tgz');
    for (const [step, event] of inPlaceOrder.entries()) {
      const attemptId = `${deploymentId}-${event}`;
      commands += 1;
      controller.send(runEventCommand({ attemptId, deploymentId, event, generation: index * 10 + step + 1, ...(event === 'DownloadBundle' ? { bundle: source } : {}) }));
      const { outcome, diagnostics } = await controller.ended(attemptId);
      outcomes.push(`${attemptId} ${outcome}${outcome === 'Succeeded' ? '' : `: ${diagnostics.message}`}`);
    }
    commands += 1;
    controller.send(finishCommand('Succeeded', deploymentId));
    await controller.until(({ acknowledged }) => (acknowledged >= commands ? true : undefined), `the acknowledgement of ${commands} commands`);
  }
}

function miscounted(reports: readonly Report[]): readonly string[] {
  const attempts = new Set(reports.flatMap((report) => ('attemptId' in report ? [report.attemptId] : [])));
  return [...attempts].filter((attemptId) => (['Accepted', 'Ended'] as const).some((kind) => reports.filter((report) => report.kind === kind && report.attemptId === attemptId).length !== 1));
}

/** An agent that is started again each time it was killed, and only the first time told to die. */
class MortalAgent {
  restarts = 0;
  /** Rejects when the agent ends by itself. */
  readonly gone: Promise<never>;
  readonly #kit: Kit;
  readonly #folder: string;
  readonly #url: string;
  readonly #dieAt: number;
  readonly #isListing: boolean;
  readonly #endedByItself: (error: Error) => void;
  #child: ChildProcess | null = null;
  #isStopping = false;
  #isOver = false;
  #log = '';

  constructor(kit: Kit, folder: string, url: string, dieAt: number, isListing: boolean) {
    this.#kit = kit;
    this.#folder = folder;
    this.#url = url;
    this.#dieAt = dieAt;
    this.#isListing = isListing;
    const { promise, reject } = Promise.withResolvers<never>();
    promise.catch(() => undefined);
    this.gone = promise;
    this.#endedByItself = reject;
  }

  start(): void {
    const { agent, dieAt } = this.#kit;
    const flags = ['--controller', this.#url, '--join-token', 'sesame', '--name', 'web-1', '--data-dir', join(this.#folder, 'data'), '--root', join(this.#folder, 'root')];
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', '--import', dieAt, join(agent, 'fairlead-agent.mjs'), ...flags], {
      cwd: '/',
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        PATH: process.env['PATH'] ?? '',
        FAIRLEAD_CONFIG: '/dev/null',
        FAIRLEAD_COUNT: join(this.#folder, 'count'),
        FAIRLEAD_DIE_AT: String(this.restarts === 0 ? this.#dieAt : 0),
        ...(this.#isListing ? { FAIRLEAD_POINTS: join(this.#folder, 'points') } : {}),
      },
    });
    child.stderr.on('data', (piece) => (this.#log = `${this.#log}${String(piece)}`.slice(-4_000)));
    child.once('exit', (code, signal) => this.#afterwards(code, signal));
    this.#child = child;
  }

  #afterwards(code: number | null, signal: string | null): void {
    if (this.#isOver || (this.#isStopping && code === 0)) return;
    if (signal === 'SIGKILL') {
      this.restarts += 1;
      this.start();
    } else this.#endedByItself(new Error(`the agent ended by itself, with ${code ?? signal}: ${this.#log}`));
  }

  /** Tells it to stop: true once it has, false when it was killed on the way and runs again. */
  async stop(): Promise<boolean> {
    const child = this.#child!;
    this.#isStopping = true;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await Promise.race([ended, this.gone]);
    return child.exitCode === 0;
  }

  async kill(): Promise<void> {
    this.#isOver = true;
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await ended;
  }
}

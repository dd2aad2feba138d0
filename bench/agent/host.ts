// One host of the benchmark: the shipped agent as a process of its own, connected to a controller in this process.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BundleSource, RunEventCommand } from '../../protocol/session/frames.ts';
import { finishCommand, runEventCommand } from '../../test/agent/commands-of.ts';
import { TestController } from '../../test/agent/test-controller.ts';

export interface Memory {
  readonly rssMb: number;
  readonly pssMb: number;
  readonly privateDirtyMb: number;
}

/** What a process holds now, as /proc tells. */
export function memoryOf(pid: number): Memory {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const mb = (key: string): number => Number(new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(text)![1]) / 1024;
  return { rssMb: mb('Rss'), pssMb: mb('Pss'), privateDirtyMb: mb('Private_Dirty') };
}

/** Milliseconds that `act` takes. */
export async function timed(act: () => unknown): Promise<number> {
  const before = performance.now();
  await act();
  return performance.now() - before;
}

/** What the unit that is shipped puts into the agent's environment. */
function environmentOfUnit(): Readonly<Record<string, string>> {
  const unit = readFileSync(new URL('../../packaging/systemd/fairlead-agent.service', import.meta.url), 'utf8');
  const settings = [...unit.matchAll(/^Environment=(.*)$/gm)].flatMap(([, line]) => line!.split(' '));
  return Object.fromEntries(settings.map((setting) => [setting.slice(0, setting.indexOf('=')), setting.slice(setting.indexOf('=') + 1)]));
}

/** Starts Node with `args`; resolves when its output first says `word`. */
export async function startNode(args: readonly string[], word: string, environment: Readonly<Record<string, string>> = {}): Promise<ChildProcess> {
  const child = spawn(process.execPath, args, { cwd: '/', stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] ?? '', FAIRLEAD_CONFIG: '/dev/null', ...environment } });
  let text = '';
  await new Promise<void>((resolve, reject) => {
    child.once('exit', (code, signal) => reject(new Error(`it ended with ${code ?? signal}: ${text}`)));
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (piece) => {
        text = `${text}${String(piece)}`.slice(-4_000);
        if (text.includes(word)) resolve();
      });
    }
  });
  return child;
}

export async function endNode(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.removeAllListeners('exit');
  child.kill('SIGKILL');
  await ended;
}

export class Host {
  readonly folder: string;
  readonly controller = new TestController();
  readonly #agent: string;
  #child: ChildProcess | null = null;
  #attempts = 0;

  constructor(agent: string, folder: string) {
    this.#agent = agent;
    this.folder = folder;
    mkdirSync(join(folder, 'root'), { recursive: true });
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  /** Resolves when the agent is connected. */
  async start(): Promise<void> {
    if (this.controller.enrolments + this.controller.sessions === 0 && this.#child === null) await this.controller.start();
    const flags = ['--controller', this.controller.url, '--join-token', 'sesame', '--name', 'web-1', '--data-dir', join(this.folder, 'data'), '--root', join(this.folder, 'root')];
    this.#child = await startNode(['--disable-warning=ExperimentalWarning', join(this.#agent, 'fairlead-agent.mjs'), ...flags], 'is connected to', environmentOfUnit());
  }

  async stop(): Promise<void> {
    await endNode(this.#child!);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null) await this.stop();
    await this.controller[Symbol.asyncDispose]();
  }

  /** Has one lifecycle event carried out, and returns how long that took from the command to the report, in ms. */
  async run(deploymentId: string, event: string, bundle?: BundleSource, deploymentGroupId = 'group-1'): Promise<number> {
    this.#attempts += 1;
    const attemptId = `att-${this.#attempts}`;
    const command: RunEventCommand = runEventCommand({ attemptId, deploymentId, deploymentGroupId, event, generation: this.#attempts, ...(bundle === undefined ? {} : { bundle }), fileExistsBehavior: 'OVERWRITE', timeoutMs: 600_000 });
    return timed(async () => {
      this.controller.send(command);
      const { outcome, diagnostics } = await this.controller.ended(attemptId);
      if (outcome !== 'Succeeded') throw new Error(`${event} of ${deploymentId} ${outcome}: ${diagnostics.message}`);
    });
  }

  finish(deploymentId: string): void {
    this.controller.send(finishCommand('Succeeded', deploymentId));
  }
}

// Real `fairlead` processes for system tests: one server, some agents, each with a folder of its own; ended and removed
// at the end, whatever happened.

import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '../../cli/client.ts';
import { createEnrollmentToken } from '../../protocol/operations/create-enrollment-token.ts';
import { getDeployment } from '../../protocol/operations/get-deployment.ts';
import { listInstances } from '../../protocol/operations/list-instances.ts';
import { readRecords } from '../../agent/journal-record.ts';
import type { JournalEntry } from '../../agent/journal-state.ts';

const executable = join(import.meta.dirname, '../../bin/fairlead');

interface Running {
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
  readonly output: () => string;
}

export interface AgentPlan {
  readonly name: string;
  /** KEY=VALUE; role=web when not given. */
  readonly tags?: readonly string[];
}

export class RealFleet {
  readonly folder: string;
  readonly #processes = new Map<string, Running>();
  readonly #arguments = new Map<string, readonly string[]>();
  #client: Client | null = null;
  #url = '';

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** `agentConfig` and `serverConfig`, when given, are the text of every agent's configuration file, and of the server's. */
  static async start(names: readonly string[], agentConfig: string | null = null, serverConfig: string | null = null): Promise<RealFleet> {
    return RealFleet.startEach(names.map((name) => ({ name })), () => agentConfig, serverConfig);
  }

  /** As `start`, with agents that differ. `configOf` is told the folder that all of it is below. */
  static async startEach(agents: readonly AgentPlan[], configOf: (name: string, folder: string) => string | null, serverConfig: string | null = null): Promise<RealFleet> {
    const fleet = new RealFleet(await realpath(await mkdtemp(join(tmpdir(), 'fairlead-system-'))));
    try {
      await fleet.#startAll(agents, configOf, serverConfig);
      return fleet;
    } catch (error) {
      await fleet[Symbol.asyncDispose]();
      throw error;
    }
  }

  get client(): Client {
    return this.#client!;
  }

  get url(): string {
    return this.#url;
  }

  /** Of its processes: the server and the agents. */
  names(): readonly string[] {
    return [...this.#processes.keys()];
  }

  rootOf(name: string): string {
    return join(this.folder, name, 'root');
  }

  dataOf(name: string): string {
    return join(this.folder, name, 'data');
  }

  /** What a process has written to both its outputs so far. */
  outputOf(name: string): string {
    return this.#processes.get(name)?.output() ?? '';
  }

  /** Null while it runs. */
  exitStatusOf(name: string): number | null {
    return this.#processes.get(name)?.child.exitCode ?? null;
  }

  async killHard(name: string): Promise<void> {
    const running = this.#processes.get(name)!;
    running.child.kill('SIGKILL');
    await running.exited;
  }

  /** Tells a process to end, and waits until it has. */
  async stop(name: string): Promise<void> {
    const running = this.#processes.get(name)!;
    running.child.kill('SIGTERM');
    await running.exited;
  }

  /** Starts a process again, exactly as before. */
  async restart(name: string): Promise<void> {
    this.#spawn(name, this.#arguments.get(name)!);
    if (name === 'server') await this.#said('server', /listens on (http:\/\/\S+)/);
  }

  async connected(count: number): Promise<void> {
    await until(`${count} agents are connected`, async () => {
      const { instances } = await this.client.call(listInstances, {});
      return instances.filter((instance) => instance.isConnected).length === count;
    });
  }

  /** The deployment's end state; fails when it does not end in time. */
  async ended(deploymentId: string): Promise<string> {
    let status = '';
    await until(`deployment ${deploymentId} ends`, async () => {
      status = (await this.client.call(getDeployment, { deploymentId })).deploymentInfo.status ?? '';
      return ['Succeeded', 'Failed', 'Stopped'].includes(status);
    });
    return status;
  }

  /** What the agent's journal says it did. */
  async journalOf(name: string): Promise<readonly JournalEntry[]> {
    const reading = readRecords(await readFile(join(this.dataOf(name), 'journal', 'journal.log')));
    if (!('payloads' in reading)) throw new Error(`the journal of ${name} cannot be read: ${JSON.stringify(reading)}`);
    return reading.payloads.flatMap((payload) => JSON.parse(Buffer.from(payload).toString('utf8')) as JournalEntry[]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { child, exited } of this.#processes.values()) {
      child.kill('SIGKILL');
      await exited;
    }
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #startAll(agents: readonly AgentPlan[], configOf: (name: string, folder: string) => string | null, serverConfig: string | null): Promise<void> {
    const dataDir = join(this.folder, 'server');
    const configFile = join(this.folder, 'server.yml');
    if (serverConfig !== null) await writeFile(configFile, serverConfig);
    const more = serverConfig === null ? [] : ['--config', configFile];
    this.#spawn('server', ['server', '--data-dir', dataDir, '--listen', '127.0.0.1:0', ...more]);
    this.#url = await this.#said('server', /listens on (http:\/\/\S+)/);
    // The next start must listen where the agents look for it.
    this.#arguments.set('server', ['server', '--data-dir', dataDir, '--listen', new URL(this.#url).host, ...more]);
    const key = JSON.parse(await readFile(join(dataDir, 'administrator-access-key.json'), 'utf8')) as { accessKeyId: string; secretAccessKey: string };
    this.#client = createClient({ url: new URL(this.#url), ...key, accessKeyOrigin: dataDir });
    const { token } = await this.client.call(createEnrollmentToken, { maxUses: Math.max(1, agents.length) });
    for (const { name, tags = ['role=web'] } of agents) {
      await mkdir(this.rootOf(name), { recursive: true });
      const agentConfig = configOf(name, this.folder);
      const config = agentConfig === null ? [] : ['--config', join(this.folder, name, 'agent.yml')];
      if (agentConfig !== null) await writeFile(join(this.folder, name, 'agent.yml'), agentConfig);
      this.#spawn(name, ['agent', '--controller', this.#url, '--join-token', token, '--name', name, ...tags.flatMap((tag) => ['--tag', tag]), '--data-dir', this.dataOf(name), '--root', this.rootOf(name), ...config]);
    }
    await this.connected(agents.length);
  }

  #spawn(name: string, args: readonly string[]): void {
    this.#arguments.set(name, args);
    const env = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !variable.startsWith('FAIRLEAD_')));
    const child = spawn(executable, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    let output = '';
    const take = (chunk: Buffer): void => void (output += chunk.toString('utf8'));
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
    this.#processes.set(name, { child, exited, output: () => output });
  }

  async #said(name: string, pattern: RegExp): Promise<string> {
    let found = '';
    await until(`${name} says ${String(pattern)}`, () => {
      const running = this.#processes.get(name)!;
      if (running.child.exitCode !== null) throw new Error(`${name} ended: ${running.output()}`);
      found = pattern.exec(running.output())?.[1] ?? '';
      return Promise.resolve(found !== '');
    });
    return found;
  }
}

/** Looks again and again until `holds`; fails with the claim's words after a minute. */
export async function until(claim: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    if (await holds().catch((error: unknown) => (isPassing(error) ? false : Promise.reject(error as Error)))) return;
    if (performance.now() > deadline) throw new Error(`This did not come true within a minute: ${claim}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

/** A server that is just being restarted refuses connections. */
function isPassing(error: unknown): boolean {
  return /reach|ECONN|refused|hang up|socket/i.test(String(error instanceof Error ? `${error.message} ${String(error.cause)}` : error));
}

/** A bundle folder with these files; scripts are executable. */
export async function bundleFolder(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, text, { mode: name.endsWith('.sh') ? 0o755 : 0o644 });
  }
  return folder;
}

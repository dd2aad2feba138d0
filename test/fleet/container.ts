// A host with an init of its own on this machine: systemd in a container of systemd-nspawn, its root an overlay over a
// folder that is shared and never written. It has the machine's network, so that a test on loopback is its controller.

import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const execute = promisify(execFile);

const bootMs = 60_000;

export class Container implements AsyncDisposable {
  /** Its root, to read and write files. */
  readonly root: string;
  boots = 0;
  /** How systemd-nspawn ended each time: 133 when the host wanted to be booted again. */
  readonly exits: (number | null)[] = [];
  #isOver = false;
  readonly #folder: string;
  readonly #binds: readonly string[];
  #nspawn: ChildProcess | null = null;
  #leader = 0;
  #log = '';

  /** `binds` are `HOST:INSIDE`, read only. */
  constructor(rootFolder: string, binds: readonly string[]) {
    this.#folder = mkdtempSync(join(realpathSync(dirname(rootFolder)), 'host-'));
    this.root = join(this.#folder, 'root');
    this.#binds = binds;
    for (const name of ['root', 'up', 'work']) mkdirSync(join(this.#folder, name));
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=${rootFolder},upperdir=${join(this.#folder, 'up')},workdir=${join(this.#folder, 'work')}`, this.root]);
  }

  /** Resolves when its init has started everything. */
  async boot(): Promise<void> {
    const boots = this.boots + 1;
    this.#start();
    await this.until(() => this.boots === boots, 'its first process');
    await this.#untilUp();
  }

  /** Asks its init to boot again, or kills it, and resolves when it is up again. */
  async reboot(how: 'orderly' | 'killed'): Promise<void> {
    const boots = this.boots + 1;
    if (how === 'orderly') await this.run('systemctl', '--no-block', 'reboot');
    else process.kill(this.#leader, 'SIGKILL');
    await this.until(() => this.boots === boots, 'a reboot');
    await this.#untilUp();
  }

  #start(): void {
    const flags = ['--quiet', '--boot', `--directory=${this.root}`, `--machine=fairlead-${process.pid}`, '--register=no', '--keep-unit', ...this.#binds.map((bind) => `--bind-ro=${bind}`)];
    const nspawn = spawn('systemd-nspawn', flags, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const note = (piece: Buffer): void => {
      this.#log = `${this.#log}${String(piece)}`.slice(-20_000);
    };
    nspawn.stdout.on('data', note);
    nspawn.stderr.on('data', note);
    nspawn.once('exit', (code) => {
      this.#leader = 0;
      this.exits.push(code);
      if (!this.#isOver) this.#start();
    });
    this.#nspawn = nspawn;
    void this.#findLeader(nspawn);
  }

  async #findLeader(nspawn: ChildProcess): Promise<void> {
    while (nspawn.exitCode === null && nspawn.signalCode === null) {
      const children = readText(`/proc/${nspawn.pid}/task/${nspawn.pid}/children`).trim();
      const leader = Number(children.split(' ')[0]);
      if (leader > 0 && readText(`/proc/${leader}/comm`).trim() === 'systemd') {
        this.#leader = leader;
        this.boots += 1;
        return;
      }
      await sleep(20);
    }
  }

  async #untilUp(): Promise<void> {
    await this.until(async () => /^(running|degraded)/.test(await this.try('systemctl', 'is-system-running')), 'its init');
  }

  /** Runs a program inside to its end, and answers with what it prints. Rejects when it fails. */
  async run(...command: readonly string[]): Promise<string> {
    const { stdout } = await execute('nsenter', [...this.#inside(), ...command]);
    return stdout;
  }

  /** What a program inside prints, however it ends; nothing where the container does not run. */
  async try(...command: readonly string[]): Promise<string> {
    if (this.#leader === 0) return '';
    return this.run(...command).catch((error: { readonly stdout?: string }) => error.stdout ?? '');
  }

  #inside(): readonly string[] {
    if (this.#leader === 0) throw new Error('The container does not run.');
    return ['-t', String(this.#leader), '-m', '-u', '-i', '-n', '-p', '-C', '--wd=/', '--'];
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true });
    writeFileSync(join(this.root, path), text, { mode });
  }

  /**
   * What the memory controller of this machine charges for what `act` makes the host's init start, in MiB. Inside, no such
   * group can be had on machines with version 1 of control groups: so the init itself is put into one, outside, meanwhile.
   */
  async memoryChargedTo(act: () => Promise<void>): Promise<number> {
    const home = existsSync('/sys/fs/cgroup/memory') ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup';
    const group = join(home, `fairlead-test-${process.pid}`);
    const before = /^(?:\d+:memory|0:):(.*)$/m.exec(readText(`/proc/${this.#leader}/cgroup`))?.[1] ?? '/';
    mkdirSync(group, { recursive: true });
    try {
      writeFileSync(join(group, 'cgroup.procs'), String(this.#leader));
      await act();
      writeFileSync(join(home, before, 'cgroup.procs'), String(this.#leader));
      return Number(readText(join(group, 'memory.usage_in_bytes')) || readText(join(group, 'memory.current'))) / 1024 / 1024;
    } finally {
      for (const pid of readText(join(group, 'cgroup.procs')).split('\n').filter((one) => one !== '')) writeFileSync(join(home, before, 'cgroup.procs'), pid);
      rmdirSync(group);
    }
  }

  /** Empty when there is no such file. */
  read(path: string): string {
    return readText(join(this.root, path));
  }

  /** Waits until `check` gives something that is neither false nor empty. */
  async until<Found>(check: () => Found | Promise<Found>, what: string, withinMs = bootMs): Promise<Found> {
    const giveUpAt = performance.now() + withinMs;
    for (;;) {
      const found = await check();
      if (found !== false && found !== '' && found !== undefined) return found;
      if (performance.now() > giveUpAt) throw new Error(`waited in vain for ${what}; the container says: ${this.#log.slice(-2_000)}`);
      await sleep(30);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    const nspawn = this.#nspawn;
    if (nspawn !== null && nspawn.exitCode === null && nspawn.signalCode === null) {
      const gone = new Promise((resolve) => nspawn.once('exit', resolve));
      if (this.#leader > 0) process.kill(this.#leader, 'SIGKILL');
      else nspawn.kill('SIGKILL');
      await gone;
    }
    await this.until(() => spawnSync('umount', [this.root]).status === 0, 'the overlay to be free', 10_000);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

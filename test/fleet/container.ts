// A host with an init of its own on this machine: systemd in a container of systemd-nspawn, its root an overlay over a
// folder that is shared and never written. It has the machine's network, so that a test on loopback is its controller; or one
// address on a bridge. On a disk of its own it can lose its power.

import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, rmdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

import type { Bridge } from './bridge.ts';
import { LoopDisk } from './loop-disk.ts';

const execute = promisify(execFile);

const bootMs = 60_000;

export interface Wiring {
  readonly bridge: Bridge;
  /** Its number in the bridge's network. */
  readonly number: number;
  /** What it calls itself. */
  readonly hostname: string;
}

let count = 0;

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
  /** How systemd-nspawn knows it. */
  readonly machine = `fl${(count += 1)}-${process.pid}`;
  readonly #rootFolder: string;
  readonly #wiring: Wiring | null;
  readonly #disk: LoopDisk | null;
  #isOff = false;

  /** `binds` are `HOST:INSIDE`, read only. With `diskMebibytes` all that it writes is on a disk of its own. */
  constructor(rootFolder: string, binds: readonly string[], { wiring = null, diskMebibytes = null }: { readonly wiring?: Wiring | null; readonly diskMebibytes?: number | null } = {}) {
    this.#rootFolder = rootFolder;
    this.#wiring = wiring;
    this.#folder = mkdtempSync(join(realpathSync(dirname(rootFolder)), 'host-'));
    this.root = join(this.#folder, 'root');
    // Shared: else what is unmounted here stays mounted in the namespaces of all hosts booted meanwhile, and a disk never gets free.
    execFileSync('mount', ['--bind', this.#folder, this.#folder]);
    execFileSync('mount', ['--make-shared', this.#folder]);
    this.#binds = binds;
    this.#disk = diskMebibytes === null ? null : new LoopDisk(join(this.#folder, 'disk.img'), join(this.#folder, 'disk'), diskMebibytes);
    for (const path of [this.root, ...this.#layers]) mkdirSync(path, { recursive: true });
    this.#mount();
    if (wiring !== null) this.write('/etc/hostname', `${wiring.hostname}\n`);
  }

  get #layers(): readonly [upper: string, work: string] {
    const home = this.#disk === null ? this.#folder : join(this.#folder, 'disk');
    return [join(home, 'up'), join(home, 'work')];
  }

  #mount(): void {
    const [upper, work] = this.#layers;
    execFileSync('mount', ['-t', 'overlay', 'overlay', '-o', `lowerdir=${this.#rootFolder},upperdir=${upper},workdir=${work}`, this.root]);
  }

  /** Runs a program in its root before it is booted, with this machine's network: to install packages of Debian. */
  async prepare(...command: readonly string[]): Promise<void> {
    copyFileSync('/etc/resolv.conf', join(this.root, 'etc/resolv.conf'));
    this.write('/usr/sbin/policy-rc.d', '#!/bin/sh\nexit 101\n', 0o755);
    await execute('chroot', [this.root, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command]);
    rmSync(join(this.root, 'usr/sbin/policy-rc.d'));
  }

  /** All that was not synced is lost, and every process with it. */
  async cutPower(): Promise<void> {
    if (this.#disk === null) throw new Error('A host without a disk of its own cannot lose its power.');
    this.#isOff = true;
    const nspawn = this.#nspawn!;
    const gone = new Promise((resolve) => nspawn.once('exit', resolve));
    this.#disk.cutPower();
    process.kill(this.#leader, 'SIGKILL');
    await gone;
    await this.until(() => spawnSync('umount', [this.root]).status === 0, 'the overlay to be free', 10_000);
    await this.#disk.unmount();
  }

  async powerOn(): Promise<void> {
    this.#disk!.mount();
    this.#mount();
    this.#isOff = false;
    await this.boot();
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
    const flags = ['--quiet', '--boot', `--directory=${this.root}`, `--machine=${this.machine}`, '--register=no', '--keep-unit', ...(this.#wiring === null ? [] : [`--network-bridge=${this.#wiring.bridge.name}`, `--hostname=${this.#wiring.hostname}`]), ...this.#binds.map((bind) => `--bind-ro=${bind}`)];
    const nspawn = spawn('systemd-nspawn', flags, { stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    const note = (piece: Buffer): void => {
      this.#log = `${this.#log}${String(piece)}`.slice(-20_000);
    };
    nspawn.stdout.on('data', note);
    nspawn.stderr.on('data', note);
    nspawn.once('exit', (code) => {
      this.#leader = 0;
      this.exits.push(code);
      if (!this.#isOver && !this.#isOff) this.#start();
    });
    this.#nspawn = nspawn;
    void this.#findLeader(nspawn);
  }

  async #findLeader(nspawn: ChildProcess): Promise<void> {
    while (nspawn.exitCode === null && nspawn.signalCode === null) {
      const children = readText(`/proc/${nspawn.pid}/task/${nspawn.pid}/children`).trim();
      const leader = Number(children.split(' ')[0]);
      if (leader > 0 && readText(`/proc/${leader}/comm`).trim() === 'systemd') {
        this.#wire(leader);
        this.#leader = leader;
        this.boots += 1;
        return;
      }
      await sleep(20);
    }
  }

  /** From outside: there is nothing in it that would. */
  #wire(leader: number): void {
    if (this.#wiring === null) return;
    const ip = (...args: readonly string[]): unknown => execFileSync('nsenter', ['-t', String(leader), '-n', 'ip', ...args]);
    ip('address', 'add', `${this.#wiring.bridge.address(this.#wiring.number)}/24`, 'dev', 'host0');
    for (const device of ['lo', 'host0']) ip('link', 'set', device, 'up');
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
    if (!this.#isOff) await this.until(() => spawnSync('umount', [this.root]).status === 0, 'the overlay to be free', 10_000);
    await this.#disk?.unmount();
    await this.until(() => spawnSync('umount', [this.#folder]).status === 0, 'its folder to be free', 10_000);
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

// The agent as a program of its own, and what it says.

import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const entry = fileURLToPath(new URL('./agent-process.ts', import.meta.url));
/** For a machine that is busy with other things. */
const patienceMs = 60_000;

export interface AgentToRun {
  readonly controller: string;
  /** Its data and its root are folders below. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
}

export class RunningAgent {
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  #text = '';
  #wake = (): void => undefined;

  constructor({ controller, folder, env = {} }: AgentToRun) {
    this.child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', entry, controller, join(folder, 'data'), join(folder, 'root')], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '', FAIRLEAD_CONFIG: '/dev/null', ...env },
    });
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.on('data', (piece) => {
        this.#text += String(piece);
        this.#wake();
      });
    }
    this.exited = new Promise<number | null>((resolve) => {
      this.child.once('close', (code) => {
        resolve(code);
        this.#wake();
      });
    });
  }

  output(): string {
    return this.#text;
  }

  /** Resolves when the output holds `text`. */
  async says(text: string): Promise<void> {
    const giveUp = setTimeout(() => this.child.kill('SIGKILL'), patienceMs);
    try {
      while (!this.#text.includes(text)) {
        if (this.child.exitCode !== null || this.child.signalCode !== null) throw new Error(`it ended without saying ${JSON.stringify(text)}:\n${this.#text}`);
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      clearTimeout(giveUp);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

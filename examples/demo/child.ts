// One fairlead process: its output goes to a log file, a line of it can be waited for, and it is ended by its own id.

import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';

export interface Child {
  readonly name: string;
  readonly pid: number;
  hasEnded(): boolean;
  /** The first group of the first match in its standard output. Throws when it ends before saying that. */
  says(pattern: RegExp, signal: AbortSignal): Promise<string>;
  /** SIGTERM, and SIGKILL after five seconds. */
  end(): Promise<void>;
  lastWords(): Promise<readonly string[]>;
}

const cli = path.resolve(import.meta.dirname, '../../cli/main.ts');

export function startFairlead(name: string, args: readonly string[], logFile: string): Child {
  // A session of its own, so that Ctrl-C reaches the demo alone, which then ends its children in order. The agents' tags
  // and addresses come from the command line; the caller's FAIRLEAD_* would only confuse them.
  const env = Object.fromEntries(Object.entries(process.env).filter(([variable]) => !variable.startsWith('FAIRLEAD_')));
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', cli, ...args], { detached: true, stdio: ['ignore', 'pipe', 'pipe'], env });
  const log = createWriteStream(logFile);
  let output = '';
  const listeners = new Set<() => void>();
  child.stdout.on('data', (chunk: Buffer) => {
    // Only the beginning is ever waited for.
    if (output.length < 65_536) output += chunk.toString('utf8');
    listeners.forEach((look) => look());
  });
  child.stdout.pipe(log, { end: false });
  child.stderr.pipe(log, { end: false });
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  let isOver = false;
  void exited.then(() => {
    isOver = true;
    log.end();
    listeners.forEach((look) => look());
  });

  return {
    name,
    pid: child.pid ?? 0,
    hasEnded: () => isOver,

    says(pattern, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<string>();
      const look = (): void => {
        const found = pattern.exec(output)?.[1];
        if (found !== undefined) resolve(found);
        else if (isOver) reject(new Error(`The ${name} process ended before it was ready.`));
      };
      const abort = (): void => reject(signal.reason);
      listeners.add(look);
      signal.addEventListener('abort', abort);
      look();
      return promise.finally(() => {
        listeners.delete(look);
        signal.removeEventListener('abort', abort);
      });
    },

    async end() {
      if (isOver) return;
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(patience);
    },

    async lastWords() {
      const text = await readFile(logFile, 'utf8').catch(() => '');
      const lines = text.trimEnd().split('\n').slice(-12);
      return [`--- the end of the ${name}’s log`, ...lines];
    },
  };
}

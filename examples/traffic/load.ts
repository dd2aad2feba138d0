// The load as seen from whoever wants it: started, watched while it runs, ended with a report.

import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Failure, FromGenerator, LoadCounts, LoadReport, LoadSettings } from './load-settings.ts';

const generator = path.resolve(import.meta.dirname, 'load-generator.ts');

export class Load implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<LoadReport>;
  #beganAt = Date.now();
  readonly #onFailure = new Set<(failure: Failure) => void>();
  readonly failures: Failure[] = [];
  counts: LoadCounts = { planned: 0, sent: 0, succeeded: 0, failed: 0, versions: {}, names: {} };

  constructor(settings: LoadSettings, onCounts: (counts: LoadCounts) => void = () => undefined) {
    this.#child = fork(generator, [JSON.stringify(settings)], { execArgv: ['--disable-warning=ExperimentalWarning'] });
    const { promise, resolve, reject } = Promise.withResolvers<LoadReport>();
    this.#ended = promise;
    // It may end before anybody asks.
    promise.catch(() => undefined);
    this.#child.on('message', (message) => {
      const told = message as FromGenerator;
      if (told.kind === 'report') resolve(told.report);
      else if (told.kind === 'began') this.#beganAt = told.atMs;
      else if (told.kind === 'counts') onCounts((this.counts = told.counts));
      else {
        this.failures.push(told.failure);
        for (const look of this.#onFailure) look(told.failure);
      }
    });
    this.#child.once('error', reject);
    this.#child.once('exit', (code, signal) => reject(new Error(`The load generator ended before it reported: ${signal ?? code}.`)));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** On the clock of its failures. */
  get elapsedMs(): number {
    return Date.now() - this.#beganAt;
  }

  /** The first failure there was or will be; rejects with the signal's reason. */
  async firstFailure(signal: AbortSignal): Promise<Failure> {
    const [first] = this.failures;
    if (first !== undefined) return first;
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Failure>();
    const abort = (): void => reject(signal.reason);
    this.#onFailure.add(resolve);
    signal.addEventListener('abort', abort);
    return promise.finally(() => {
      this.#onFailure.delete(resolve);
      signal.removeEventListener('abort', abort);
    });
  }

  /** No new requests; waits for those under way. */
  stop(): Promise<LoadReport> {
    if (this.#child.connected) this.#child.send('stop');
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = new Promise((resolve) => this.#child.once('exit', resolve));
    this.#child.kill('SIGKILL');
    await exited;
  }
}

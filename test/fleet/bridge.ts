// A network of its own for the hosts of one test: a bridge on this machine, which has the first address and is their only
// neighbour. Wires can be cut and made slow.

import { execFileSync } from 'node:child_process';

export class Bridge implements Disposable {
  readonly name = `fl${process.pid % 100_000}`;
  readonly #net = `10.213.${process.pid % 250}`;

  constructor() {
    execFileSync('ip', ['link', 'add', this.name, 'type', 'bridge']);
    execFileSync('ip', ['address', 'add', `${this.#net}.1/24`, 'dev', this.name]);
    execFileSync('ip', ['link', 'set', this.name, 'up']);
  }

  /** 1 is this machine. */
  address(number: number): string {
    return `${this.#net}.${number}`;
  }

  /** The end of a host's wire on this side, as systemd-nspawn names it. */
  static wire(machine: string): string {
    return `vb-${machine}`.slice(0, 15);
  }

  cut(machine: string): void {
    execFileSync('ip', ['link', 'set', Bridge.wire(machine), 'down']);
  }

  mend(machine: string): void {
    execFileSync('ip', ['link', 'set', Bridge.wire(machine), 'up']);
  }

  [Symbol.dispose](): void {
    execFileSync('ip', ['link', 'delete', this.name]);
  }
}

// Units without systemd: each is a process that really runs, in a session of its own. What systemd would say of it is kept
// here, and a test may say more (that its time was up). Its control group is not modelled: nothing is left in it.

import type { UnitStart, UnitState, Units } from '../../world/units.ts';
import { world } from './bench.ts';

export class FakeUnits implements Units {
  readonly started: UnitStart[] = [];
  readonly forgotten: string[] = [];
  /** Names of those that systemd has ended because their time was up. */
  readonly timedOut = new Set<string>();
  readonly #kinds = new Map<string, UnitState['kind']>();

  async start(unit: UnitStart): Promise<void> {
    if (this.#kinds.has(unit.name)) throw new Error(`Unit ${unit.name} was already loaded or has a fragment file.`);
    this.started.push(unit);
    this.#kinds.set(unit.name, 'running');
    const { exited } = await world.processes.startDetached({ file: unit.file, args: unit.args, env: { LANG: 'C.UTF-8', INVOCATION_ID: 'of the unit' }, cwd: '/' });
    void exited.then(({ code }) => this.#kinds.set(unit.name, code === 0 ? 'exited' : 'failed'));
  }

  async look(name: string): Promise<UnitState> {
    return { kind: this.#kinds.get(name) ?? 'absent', isTimedOut: this.timedOut.has(name) };
  }

  async list(prefix: string): Promise<readonly { readonly name: string; readonly kind: UnitState['kind'] }[]> {
    return [...this.#kinds].map(([name, kind]) => ({ name, kind })).filter(({ name }) => name.startsWith(prefix));
  }

  async forget(name: string): Promise<void> {
    this.forgotten.push(name);
    this.#kinds.delete(name);
  }

  /** A unit of somebody else under this name. */
  take(name: string, kind: UnitState['kind'] = 'running'): void {
    this.#kinds.set(name, kind);
  }
}

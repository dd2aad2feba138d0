// A simulated host: its disk, its boot, and the scripts that run on it. Scripts belong to the host and not to the agent:
// they outlive an agent that is killed and die with a reboot. The three executors here are models of agent/commands/.

import { success, unsuccessful, type AttemptContext, type Ending, type Executors } from '../../agent/executors.ts';
import type { RunEventCommand } from '../../protocol/session/frames.ts';
import type { SimClock } from './sim-clock.ts';
import { SimDisk } from './sim-files.ts';
import type { SimRandom } from './sim-random.ts';

export interface Script {
  readonly attemptId: string;
  readonly deploymentId: string;
  readonly event: string;
  readonly ended: Promise<'succeeded' | 'failed' | 'rebooted' | 'cancelled'>;
  state: 'running' | 'succeeded' | 'failed' | 'rebooted' | 'cancelled';
  /** The boot it was started in: what a script left on the disk may be gone after another. */
  readonly bootId: string;
  /** Wall time, epoch milliseconds; null while it runs. */
  endedAt: number | null;
  end(how: 'succeeded' | 'failed' | 'rebooted' | 'cancelled'): void;
}

/** What the author of a revision decided: which events fail on which hosts, and how long scripts take. */
export interface Behaviour {
  /** `attempt`: from 1. */
  fails(host: string, deploymentId: string, event: string, attempt: number): boolean;
  takesMs(random: SimRandom): number;
  /** Events of the deployment's revision with scripts that are to run on one host only. */
  onceEvents(deploymentId: string): readonly string[];
}

export interface Witness {
  started(host: SimHost, command: RunEventCommand): void;
  ended(host: SimHost, script: Script): void;
}

export class SimHost {
  readonly name: string;
  readonly disk = new SimDisk();
  readonly scripts = new Map<string, Script>();
  readonly #clock: SimClock;
  readonly #random: SimRandom;
  readonly #behaviour: Behaviour;
  readonly #witness: Witness;
  #boots = 1;

  constructor(name: string, clock: SimClock, random: SimRandom, behaviour: Behaviour, witness: Witness) {
    this.name = name;
    this.#clock = clock;
    this.#random = random;
    this.#behaviour = behaviour;
    this.#witness = witness;
  }

  get bootId(): string {
    return `boot-${this.#boots}`;
  }

  /** Scripts die, unsynced writes are lost, and the boot id changes. */
  reboot(): void {
    this.#boots += 1;
    this.disk.cutPower(this.#random);
    for (const script of this.scripts.values()) if (script.state === 'running') script.end('rebooted');
  }

  executors(): Executors {
    const run = (command: RunEventCommand, context: AttemptContext): Promise<Ending> => this.#run(command, context);
    return {
      recover: () => Promise.resolve(),
      downloadBundle: run,
      install: run,
      runHooks: run,
      finish: () => Promise.resolve(),
    };
  }

  async #run(command: RunEventCommand, context: AttemptContext): Promise<Ending> {
    const before = context.scriptStarts[0];
    if (before === undefined) {
      await context.recordScriptStart({ index: 0, bootId: this.bootId, stateFolder: `/hooks/${command.attemptId}`, startedAt: this.#clock.now() });
    } else if (before.bootId !== this.bootId && this.scripts.get(command.attemptId)?.state !== 'succeeded') {
      return this.#finished(command, this.scripts.get(command.attemptId)?.state ?? 'rebooted');
    }
    // Whoever finds nothing in the journal starts the script, unless its claim of this very boot is still there.
    const known = this.scripts.get(command.attemptId);
    const script = known !== undefined && (before !== undefined || known.bootId === this.bootId) ? known : this.#start(command);
    const leaving = new Promise<'leaving'>((resolve) => context.leaving.addEventListener('abort', () => resolve('leaving'), { once: true }));
    const cancelled = (): void => script.end('cancelled');
    if (context.cancelled.aborted) cancelled();
    context.cancelled.addEventListener('abort', cancelled, { once: true });
    const how = script.state === 'running' ? await Promise.race([script.ended, leaving]) : script.state;
    return how === 'leaving' ? unsuccessful('Interrupted', 'leaving') : this.#finished(command, how);
  }

  #finished({ event, deploymentId }: RunEventCommand, how: Script['state']): Ending {
    switch (how) {
      case 'succeeded':
        return event === 'DownloadBundle' ? { ...success(), onceEvents: this.#behaviour.onceEvents(deploymentId) } : success();
      case 'failed':
        return unsuccessful('Failed', 'Script at specified location: model failed with exit code 1');
      case 'cancelled':
        return unsuccessful('Cancelled', 'given up by the server');
      default:
        return unsuccessful('Interrupted', 'The host was rebooted while the script ran.');
    }
  }

  #start(command: RunEventCommand): Script {
    let resolve: (how: 'succeeded' | 'failed' | 'rebooted' | 'cancelled') => void = () => {};
    const ended = new Promise<'succeeded' | 'failed' | 'rebooted' | 'cancelled'>((settle) => (resolve = settle));
    const script: Script = {
      attemptId: command.attemptId,
      deploymentId: command.deploymentId,
      event: command.event,
      ended,
      state: 'running',
      bootId: this.bootId,
      endedAt: null,
      end: (how) => {
        if (script.state !== 'running') return;
        script.state = how;
        script.endedAt = this.#clock.now();
        this.#witness.ended(this, script);
        resolve(how);
      },
    };
    this.scripts.set(command.attemptId, script);
    const attempt = [...this.scripts.values()].filter(({ deploymentId, event }) => deploymentId === command.deploymentId && event === command.event).length;
    this.#witness.started(this, command);
    const fails = this.#behaviour.fails(this.name, command.deploymentId, command.event, attempt);
    this.#clock.after(this.#behaviour.takesMs(this.#random), () => script.end(fails ? 'failed' : 'succeeded'));
    return script;
  }
}

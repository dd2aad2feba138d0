// One real controller and N real agents in one process, under a seeded clock, network and disks. Installs and scripts
// are models (sim-host.ts); everything else is what ships.

import { startAgent } from '../../agent/agent.ts';
import type { AgentConfig } from '../../agent/config.ts';
import { openPolicy } from '../../agent/policy/policy.ts';
import type { RunEventCommand } from '../../protocol/session/frames.ts';
import { registry, type OperationKey } from '../../protocol/operations/registry.ts';
import type { InputOf, OutputOf } from '../../protocol/operations/operation.ts';
import { makeController, ownBucket, type Controller } from '../../server/controller.ts';
import type { Store } from '../../server/store/store.ts';
import { openSqliteStore } from '../../server/store/sqlite.ts';
import type { World } from '../../world/world.ts';
import { SimClock } from './sim-clock.ts';
import { SimHost, type Behaviour, type Script } from './sim-host.ts';
import { SimNetwork } from './sim-network.ts';
import { SimProcess, traceLog } from './sim-process.ts';
import { SimRandom } from './sim-random.ts';

export interface FleetOptions {
  readonly seed: string;
  readonly hosts: number;
  readonly frameBreaks: number;
  readonly behaviour: Behaviour;
}

export interface Member {
  readonly host: SimHost;
  process: SimProcess;
  incarnation: number;
}

/** Bytes that every simulated revision has: nothing is really fetched. */
const bundle = { sha256: '0'.repeat(64), size: 1, bundleType: 'tgz' };
const limits = { eventStartMs: 120_000, eventMs: 600_000, deploymentMs: 7_200_000 };

export class Fleet {
  readonly clock = new SimClock();
  readonly random: SimRandom;
  readonly network: SimNetwork;
  readonly members: Member[] = [];
  readonly trace: string[] = [];
  readonly violations: string[] = [];
  readonly starts: { readonly host: string; readonly command: RunEventCommand }[] = [];
  readonly #seed: string;
  readonly #behaviour: Behaviour;
  #store: Store | null = null;
  #controller: Controller | null = null;
  #controllerProcess = new SimProcess();
  #controllerIncarnation = 0;
  #joinToken = '';
  /** Hosts that a deployment has begun to change and not brought back, and the most there ever were at once. */
  readonly outOfService = new Map<string, { now: Set<string>; most: number }>();

  constructor(options: FleetOptions) {
    this.#seed = options.seed;
    this.#behaviour = options.behaviour;
    this.random = new SimRandom(options.seed);
    this.network = new SimNetwork(this.clock, this.random.fork('network'), { breaks: options.frameBreaks, latencyMs: 40 });
    for (let i = 0; i < options.hosts; i += 1) {
      const name = `web-${i + 1}`;
      const host = new SimHost(name, this.clock, this.random.fork(name), options.behaviour, {
        started: (on, command) => this.#scriptStarted(on, command),
        ended: (on, script) => this.#scriptEnded(on, script),
      });
      this.members.push({ host, process: new SimProcess(), incarnation: 0 });
    }
  }

  get store(): Store {
    return this.#store!;
  }

  get isControllerUp(): boolean {
    return this.#controllerProcess.isAlive();
  }

  note(line: string): void {
    this.trace.push(`${this.clock.monotonic()} ${line}`);
  }

  async start(): Promise<void> {
    this.#store = await openSqliteStore(':memory:');
    this.#startController();
    const { token } = await this.call('createEnrollmentToken', { maxUses: this.members.length });
    this.#joinToken = token;
    for (const member of this.members) this.startAgent(member);
  }

  /** Calls an operation as an operator would. Throws Failure; throws an Error while the controller is down. */
  async call<K extends OperationKey>(key: K, input: InputOf<(typeof registry)[K]>): Promise<OutputOf<(typeof registry)[K]>> {
    if (this.#controller === null || !this.isControllerUp) throw new Error('The controller is down.');
    const context = { requestId: 'request', accessKeyId: 'operator', invocationId: null, remote: 'simulation', now: this.clock.now() };
    return (await this.#controller.dispatch(registry[key], input, context)) as OutputOf<(typeof registry)[K]>;
  }

  /** Puts a bundle into the controller's bucket. */
  async upload(key: string): Promise<void> {
    await this.store.db
      .insertInto('uploads')
      .values({ bucket: ownBucket, key, version: key, sha256: bundle.sha256, size: bundle.size, bundle_type: bundle.bundleType, created_at: this.clock.now() })
      .execute();
  }

  killController(): void {
    this.note('controller killed');
    this.#controllerProcess.kill();
    this.network.processDied();
  }

  restartController(): void {
    if (!this.isControllerUp) this.#startController();
  }

  killAgent(member: Member): void {
    this.note(`agent of ${member.host.name} killed`);
    member.process.kill();
    this.network.processDied();
  }

  rebootHost(member: Member): void {
    this.killAgent(member);
    this.note(`${member.host.name} rebooted`);
    member.host.reboot();
  }

  startAgent(member: Member): void {
    if (member.incarnation > 0 && member.process.isAlive()) return;
    member.process = new SimProcess();
    member.incarnation += 1;
    const { host, process } = member;
    const label = `${host.name}#${member.incarnation}`;
    this.note(`agent ${label} starts`);
    const world: World = {
      clock: process.clock(this.clock),
      random: this.random.fork(label),
      network: this.network.door(host.name, process.isAlive),
      probes: { http: () => Promise.reject(new Error('events are models here')), tcp: () => Promise.reject(new Error('events are models here')) },
      processes: {
        bootId: () => Promise.resolve(host.bootId),
        startDetached: () => Promise.reject(new Error('scripts are models here')),
        run: () => Promise.reject(new Error('scripts are models here')),
        isAlive: () => Promise.resolve(false),
        endGroup: () => Promise.resolve(),
      },
      files: host.disk.door(process.isAlive),
      log: traceLog((line) => this.note(`${label} ${line}`)),
    };
    const enroll = async (_url: string, request: Parameters<Controller['enroll']>[0] extends infer R ? Omit<R, 'remote'> : never) => {
      if (this.#controller === null || !this.isControllerUp) throw new Error('Connection refused.');
      return this.#controller.enroll({ ...request, remote: host.name } as Parameters<Controller['enroll']>[0]);
    };
    startAgent(agentConfig(host.name, this.#joinToken), world, { executors: host.executors(), enroll }).then(
      (agent) => agent.stopped.catch((error: unknown) => this.violations.push(`the agent of ${host.name} stopped by itself: ${String(error)}`)),
      (error: unknown) => process.isAlive() && this.violations.push(`the agent of ${host.name} did not start: ${String(error)}`),
    );
  }

  hash(): string {
    return this.trace.join('\n');
  }

  #startController(): void {
    this.#controllerProcess = new SimProcess();
    this.#controllerIncarnation += 1;
    const process = this.#controllerProcess;
    const label = `controller#${this.#controllerIncarnation}`;
    this.note(`${label} starts`);
    const world: World = {
      clock: process.clock(this.clock),
      random: this.random.fork(label),
      network: { connect: () => Promise.reject(new Error('the controller dials nobody')) },
      probes: { http: () => Promise.reject(new Error('none')), tcp: () => Promise.reject(new Error('none')) },
      processes: {
        bootId: () => Promise.resolve('controller'),
        startDetached: () => Promise.reject(new Error('none')),
        run: () => Promise.reject(new Error('none')),
        isAlive: () => Promise.resolve(false),
        endGroup: () => Promise.resolve(),
      },
      files: new SimHost(label, this.clock, this.random, { fails: () => false, takesMs: () => 0, onceEvents: () => [] }, { started() {}, ended() {} }).disk.door(process.isAlive),
      log: traceLog((line) => {
        this.note(`${label} ${line}`);
        if (line.startsWith('error')) this.violations.push(`${label} logged an error: ${line.slice(0, 600)}`);
      }),
    };
    const controller = makeController({
      store: this.#unhurried(process),
      world,
      controllerId: `controller of ${this.#seed}`,
      region: 'us-east-1',
      accountId: '000000000000',
      limits,
      pingEveryMs: 5_000,
      lookEveryMs: 15_000,
      bundleUrl: (sha256) => `/v1/artifacts/${sha256}`,
    });
    this.#controller = controller;
    this.network.listen((connection) => controller.fleet.accept(connection), process.isAlive);
    void controller.reconciler.wakeAll();
  }

  /** The database takes its time, so that what one part does comes between what another has read and what it writes. */
  #unhurried(process: SimProcess): Store {
    const { store, clock } = this;
    const pace = this.random.fork(`database of controller#${this.#controllerIncarnation}`);
    const own = process.clock(clock);
    return {
      db: store.db,
      transaction: async (work) => {
        await own.sleep(pace.below(4));
        return store.transaction(work);
      },
      close: () => Promise.resolve(),
    };
  }

  #scriptStarted(host: SimHost, command: RunEventCommand): void {
    const { deploymentId, event } = command;
    this.note(`${host.name} STARTS ${event} of ${deploymentId}`);
    if (this.starts.some((start) => start.host === host.name && start.command.deploymentId === deploymentId && start.command.event === event)) {
      this.violations.push(`${event} of ${deploymentId} was started twice on ${host.name}`);
    }
    if ([...host.scripts.values()].some((script) => script.state === 'running' && script.attemptId !== command.attemptId)) {
      this.violations.push(`two events ran at once on ${host.name}: ${event} of ${deploymentId} began beside another`);
    }
    if (this.#behaviour.onceEvents(deploymentId).includes(event)) this.#checkOnce(host, command);
    this.starts.push({ host: host.name, command });
    const out = this.outOfService.get(deploymentId) ?? { now: new Set(), most: 0 };
    this.outOfService.set(deploymentId, out);
    out.now.add(host.name);
    out.most = Math.max(out.most, out.now.size);
  }

  /** What runs once is started on one host at most, and left out only where it has run. */
  #checkOnce(host: SimHost, { deploymentId, event, skipsOnce }: RunEventCommand): void {
    const ofEvent = this.starts.filter(({ command }) => command.deploymentId === deploymentId && command.event === event);
    const whole = ofEvent.find(({ command }) => command.skipsOnce !== true);
    if (skipsOnce !== true) {
      if (whole !== undefined) this.violations.push(`the once scripts of ${event} of ${deploymentId} were started on ${host.name} after ${whole.host}`);
      return;
    }
    const ran = this.members.find((member) => member.host.name === whole?.host)?.host.scripts.get(whole?.command.attemptId ?? '');
    if (ran?.state !== 'succeeded') this.violations.push(`the once scripts of ${event} of ${deploymentId} were left out on ${host.name} and had succeeded nowhere`);
  }

  #scriptEnded(host: SimHost, script: Script): void {
    this.note(`${host.name} ENDS ${script.event} of ${script.deploymentId}: ${script.state}`);
    if (script.event === 'ValidateService' && script.state === 'succeeded') this.outOfService.get(script.deploymentId)?.now.delete(host.name);
  }
}

function agentConfig(name: string, joinToken: string): AgentConfig {
  return {
    controllerUrl: 'http://127.0.0.1:4710',
    joinToken,
    instanceName: name,
    tags: [{ Key: 'role', Value: 'web' }],
    dataFolder: '/var/lib/fairlead-agent',
    root: null,
    maxRevisions: 5,
    hookGraceMs: 10_000,
    hookEnvironment: {},
    policy: openPolicy(),
    maxApplications: 16,
    maxAttempts: 1_000,
    journalRotateBytes: 8 * 1024,
    caFile: null,
    isPlaintextAllowed: false,
    logLevel: 'info',
    logFolder: null,
    agentVersion: '0.1.0',
    connectTimeoutMs: 10_000,
    greetingMs: 10_000,
    slowRestMs: 60_000,
  };
}

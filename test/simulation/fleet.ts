// One real controller and N real agents in one process, under a seeded clock, network and disks. Installs and scripts
// are models (sim-host.ts); everything else is what ships.

import assert from 'node:assert/strict';
import { startAgent } from '../../agent/agent.ts';
import type { AgentConfig } from '../../agent/config.ts';
import { defaultLimits } from '../../agent/limits.ts';
import { openPolicy } from '../../agent/policy/policy.ts';
import type { RunEventCommand } from '../../protocol/session/frames.ts';
import { registry, type OperationKey } from '../../protocol/operations/registry.ts';
import type { InputOf, OutputOf } from '../../protocol/operations/operation.ts';
import { fullAccess } from '../../server/access/access.ts';
import { makeController, type Controller } from '../../server/controller.ts';
import { ownBucket } from '../../server/revisions/buckets.ts';
import type { Store } from '../../server/store/store.ts';
import { openSqliteStore } from '../../server/store/sqlite.ts';
import type { World } from '../../world/world.ts';
import { SimAlarms } from './sim-alarms.ts';
import { SimBalancer } from './sim-balancer.ts';
import { SimChat } from './sim-chat.ts';
import { SimClock } from './sim-clock.ts';
import { SimDecisions } from './sim-decisions.ts';
import { SimHost, type Behaviour, type Script } from './sim-host.ts';
import { SimNetwork } from './sim-network.ts';
import { SimProvider } from './sim-provider.ts';
import { Chronicle } from './chronicle.ts';
import { SimProcess, traceLog, type WallClock } from './sim-process.ts';
import { SimRandom } from './sim-random.ts';
import { SimDatabase } from './sim-store.ts';
import type { Crashes } from './faults.ts';
import { openSteadyTime, type SteadyTime } from '../../server/steady-time.ts';

export interface FleetOptions {
  readonly seed: string;
  readonly hosts: number;
  readonly frameBreaks: number;
  readonly behaviour: Behaviour;
  /** When the agent of a host starts for the first time; 0: at once. */
  readonly startsAfterMs?: (host: number) => number;
  /** Writes and acts on the outside at which the controller dies. It comes back after this time. */
  readonly crashes?: Crashes;
}

export interface Member {
  readonly host: SimHost;
  readonly wall: WallClock;
  process: SimProcess;
  incarnation: number;
  /** Its agent does not come back before everything heals. */
  isLost: boolean;
  wasLost: boolean;
  /** The machine was taken away. */
  isGone: boolean;
  /** Beside those of all. */
  readonly tags: readonly { readonly Key: string; readonly Value: string }[];
}

/** Bytes that every simulated revision has: nothing is really fetched. */
const bundle = { sha256: '0'.repeat(64), size: 1, bundleType: 'tgz' };
export const limits = { eventStartMs: 120_000, eventMs: 600_000, deploymentMs: 7_200_000 };

export class Fleet {
  readonly clock = new SimClock();
  readonly random: SimRandom;
  readonly network: SimNetwork;
  readonly members: Member[] = [];
  readonly trace: string[] = [];
  readonly violations: string[] = [];
  readonly chat = new SimChat();
  readonly alarms: SimAlarms;
  readonly balancer: SimBalancer;
  readonly decisions = new SimDecisions();
  readonly provider: SimProvider;
  /** How many deployments were created by the index of a plan. */
  applied = 0;
  readonly starts: { readonly host: string; readonly command: RunEventCommand; readonly at: number }[] = [];
  readonly #seed: string;
  readonly #behaviour: Behaviour;
  readonly #startsAfterMs: (host: number) => number;
  #store: Store | null = null;
  #controller: Controller | null = null;
  #controllerProcess = new SimProcess();
  #controllerIncarnation = 0;
  #joinToken = '';
  readonly wall: WallClock = { aheadMs: 0 };
  readonly chronicle: Chronicle;
  #crashes: Crashes;
  #database: SimDatabase | null = null;
  #upSince = 0;
  /** Hosts that a deployment has begun to change and not brought back, and the most there ever were at once. */
  readonly outOfService = new Map<string, { now: Set<string>; most: number }>();

  constructor(options: FleetOptions) {
    this.#seed = options.seed;
    this.#behaviour = options.behaviour;
    this.#startsAfterMs = options.startsAfterMs ?? (() => 0);
    this.#crashes = options.crashes ?? { atWrites: [], atActs: [], backAfterMs: () => 1_000 };
    this.chronicle = new Chronicle({
      now: () => this.clock.monotonic(),
      wall: () => this.clock.now() + this.wall.aheadMs,
      upSince: () => (this.isControllerUp ? this.#upSince : null),
      limits,
      violated: (what) => this.violations.push(what),
    });
    this.chat.acted = () => this.#acted();
    this.random = new SimRandom(options.seed);
    this.alarms = new SimAlarms(this.clock, this.random.fork('alarms'));
    const names = [...Array.from({ length: options.hosts }, (_, index) => `web-${index + 1}`), 'ghost'];
    this.balancer = new SimBalancer(this.clock, this.random.fork('balancer'), names, (line) => this.note(line));
    this.network = new SimNetwork(this.clock, this.random.fork('network'), { breaks: options.frameBreaks, latencyMs: 40 });
    for (let i = 0; i < options.hosts; i += 1) {
      this.#newMember(`web-${i + 1}`, []);
    }
    this.provider = new SimProvider(this, this.random.fork('provider'));
  }

  #newMember(name: string, tags: Member['tags']): Member {
    const host = new SimHost(name, this.clock, this.random.fork(name), this.#behaviour, {
      started: (on, command) => this.#scriptStarted(on, command),
      ended: (on, script) => this.#scriptEnded(on, script),
    });
    const member = { host, wall: { aheadMs: 0 }, process: new SimProcess(), incarnation: 0, isLost: false, wasLost: false, isGone: false, tags };
    this.members.push(member);
    return member;
  }

  /** A machine is made, and its agent starts after so long. */
  addHost(name: string, tags: Member['tags'], startsAfterMs: number): void {
    this.note(`${name} is made`);
    this.balancer.addHost(name);
    const member = this.#newMember(name, tags);
    this.clock.after(startsAfterMs, () => this.startAgent(member));
  }

  /** A machine is taken away, with all that runs there. */
  removeHost(member: Member): void {
    this.note(`${member.host.name} is taken away`);
    member.isGone = true;
    // What it was asked last nobody will ever hear.
    member.wasLost = true;
    member.process.kill();
    this.network.processDied();
    this.balancer.appDown(member.host.name);
  }

  get store(): Store {
    return this.#store!;
  }

  get isControllerUp(): boolean {
    return this.#controllerProcess.isAlive() && this.#controller !== null;
  }

  /** Which controller it is, counted from 1. */
  get controllerLife(): number {
    return this.#controllerIncarnation;
  }

  /** So many writes were tried so far. */
  get writes(): number {
    return this.#database?.writes ?? 0;
  }

  note(line: string): void {
    this.trace.push(`${this.clock.monotonic()} ${line}`);
  }

  async start(): Promise<void> {
    this.#store = await openSqliteStore(':memory:');
    const committed = (): Promise<void> => this.chronicle.look(this.store.db);
    this.#database = new SimDatabase(this.#store, this.clock, { crash: (why) => this.#crash(why), committed }, this.#crashes.atWrites);
    this.restartController();
    let made: { readonly token: string } | null = null;
    const ask = async (): Promise<void> => {
      // A crash may come so early.
      while (made === null) {
        made = this.isControllerUp ? await this.call('createEnrollmentToken', { maxUses: this.members.length + 100 }).catch(() => null) : null;
        if (made === null) await this.clock.sleep(100);
      }
    };
    void ask();
    await this.clock.run(this.clock.monotonic() + 60_000, () => made !== null, () => {});
    this.#joinToken = made!.token;
    for (const [index, member] of this.members.entries()) {
      const afterMs = this.#startsAfterMs(index);
      if (afterMs === 0) this.startAgent(member);
      else this.clock.after(afterMs, () => this.startAgent(member));
    }
  }

  /** Calls an operation as an operator would. Throws Failure; throws an Error while the controller is down. */
  async call<K extends OperationKey>(key: K, input: InputOf<(typeof registry)[K]>): Promise<OutputOf<(typeof registry)[K]>> {
    if (this.#controller === null || !this.isControllerUp) throw new Error('The controller is down.');
    const now = this.#controllerNow();
    const context = { requestId: 'request', accessKeyId: 'operator', access: fullAccess, invocationId: null, remote: 'simulation', now };
    return (await this.#answered(this.#controller.dispatch(registry[key], input, context))) as OutputOf<(typeof registry)[K]>;
  }

  /** Whoever asks a controller that dies hears nothing more: the connection breaks. */
  #answered<Answer>(answer: Promise<Answer>): Promise<Answer> {
    return Promise.race([answer, this.#controllerProcess.died.then(() => Promise.reject(new Error('The controller died.')))]);
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
    if (!this.#controllerProcess.isAlive() || this.#controllerIncarnation === 0) this.#startController();
  }

  /** From now on no write and no act is its last. */
  endCrashes(): void {
    this.#crashes = { ...this.#crashes, atActs: [] };
    this.#database?.endCrashes();
  }

  /** Something was done to the outside: here a controller may die before it hears of it. */
  #acted(): void {
    this.#acts += 1;
    if (this.#crashes.atActs.includes(this.#acts)) this.#crash(`at act ${this.#acts}`);
  }

  #acts = 0;

  #crash(why: string): void {
    if (!this.#controllerProcess.isAlive()) return;
    this.note(`the controller crashes ${why}`);
    this.killController();
    this.clock.after(this.#crashes.backAfterMs(this.random.fork(`crash ${why}`)), () => this.restartController());
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
    if (member.isLost || member.isGone || (member.incarnation > 0 && member.process.isAlive())) return;
    member.process = new SimProcess();
    member.incarnation += 1;
    const { host, process } = member;
    const label = `${host.name}#${member.incarnation}`;
    this.note(`agent ${label} starts`);
    const world: World = {
      clock: process.clock(this.clock, member.wall),
      random: this.random.fork(label),
      network: this.network.door(host.name, process.isAlive),
      probes: { http: () => Promise.reject(new Error('events are models here')), tcp: () => Promise.reject(new Error('events are models here')) },
      processes: {
        bootId: () => Promise.resolve(host.bootId),
        startDetached: () => Promise.reject(new Error('scripts are models here')),
        run: () => Promise.reject(new Error('scripts are models here')),
        isAlive: () => Promise.resolve(false),
        endGroup: () => Promise.resolve(),
        startHelper: () => Promise.reject(new Error('bulk work is a model here')),
        endHelpers: () => Promise.resolve(),
      },
      files: host.disk.door(process.isAlive),
      log: traceLog((line) => this.note(`${label} ${line}`)),
    };
    const enroll = async (_url: string, request: Parameters<Controller['enroll']>[0] extends infer R ? Omit<R, 'remote'> : never) => {
      if (this.#controller === null || !this.isControllerUp) throw new Error('Connection refused.');
      return this.#answered(this.#controller.enroll({ ...request, remote: host.name } as Parameters<Controller['enroll']>[0]));
    };
    startAgent(agentConfig(host.name, this.#joinToken, zoneOf(this.members.indexOf(member)), member.tags), world, { executors: host.executors(), enroll }).then(
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
      clock: process.clock(this.clock, this.wall),
      random: this.random.fork(label),
      network: { connect: () => Promise.reject(new Error('the controller dials nobody')), exchange: () => Promise.reject(new Error('the controller asks nobody')) },
      probes: { http: () => Promise.reject(new Error('none')), tcp: () => Promise.reject(new Error('none')) },
      processes: {
        bootId: () => Promise.resolve('controller'),
        startDetached: () => Promise.reject(new Error('none')),
        run: () => Promise.reject(new Error('none')),
        isAlive: () => Promise.resolve(false),
        endGroup: () => Promise.resolve(),
        startHelper: () => Promise.reject(new Error('bulk work is a model here')),
        endHelpers: () => Promise.resolve(),
      },
      files: new SimHost(label, this.clock, this.random, { fails: () => false, takesMs: () => 0, onceEvents: () => [] }, { started() {}, ended() {} }).disk.door(process.isAlive),
      log: traceLog((line) => {
        if (!process.isAlive()) return;
        this.note(`${label} ${line}`);
        if (line.startsWith('error')) this.violations.push(`${label} logged an error: ${line.slice(0, 600)}`);
      }),
    };
    this.#controller = null;
    const store = this.#database!.door(process, this.random.fork(`database of ${label}`));
    openSteadyTime(store, world).then(
      (time) => process.isAlive() && this.#runController(process, label, store, { ...world, clock: time.clock }, time),
      (error: unknown) => process.isAlive() && this.violations.push(`${label} did not start: ${String(error)}`),
    );
  }

  #runController(process: SimProcess, label: string, store: Store, world: World, time: SteadyTime): void {
    const controller = makeController({
      store,
      world,
      controllerId: `controller of ${this.#seed}`,
      region: 'us-east-1',
      accountId: '000000000000',
      limits,
      pingEveryMs: 5_000,
      lookEveryMs: 15_000,
      bundleUrl: (sha256) => `/v1/artifacts/${sha256}`,
      keyRing: { make: () => assert.fail('the simulation makes no access keys'), changed() {} },
      secrets: { seal: () => assert.fail('the simulation seals nothing'), open: () => null },
      alarmSources: this.alarms.door(process.clock(this.clock), this.random.fork(`${label}/alarms`)),
      trafficRouterKinds: this.balancer.door(process.clock(this.clock), this.random.fork(`${label}/balancer`), process.isAlive, () => this.#acted()),
      notifiers: { ...this.chat.door(process.clock(this.clock), this.random.fork(`${label}/chat`), process.isAlive), ...this.provider.door(process.clock(this.clock), this.random.fork(`${label}/provider`), process.isAlive, () => this.#acted()) },
    });
    time.onStep((byMs) => controller.stepped(byMs));
    this.#controller = controller;
    this.#controllerNow = () => time.clock.now();
    this.#upSince = this.clock.monotonic();
    this.network.listen((connection) => controller.fleet.accept(connection), process.isAlive);
    void controller.resume();
  }

  #controllerNow: () => number = () => 0;

  #scriptStarted(host: SimHost, command: RunEventCommand): void {
    const { deploymentId, event } = command;
    this.note(`${host.name} STARTS ${event} of ${deploymentId}`);
    const before = this.starts.filter((start) => start.host === host.name && start.command.deploymentId === deploymentId && start.command.event === event);
    if (before.length > this.decisions.retries(deploymentId, host.name)) {
      this.violations.push(`${event} of ${deploymentId} was started ${before.length + 1} times on ${host.name}, and retried on the word of somebody ${this.decisions.retries(deploymentId, host.name)} times`);
    }
    if (before.some((start) => start.command.attemptId === command.attemptId || start.command.generation >= command.generation)) {
      this.violations.push(`${event} of ${deploymentId} was started on ${host.name} as attempt ${command.generation} after ${before.at(-1)!.command.generation}`);
    }
    if ([...host.scripts.values()].some((script) => script.state === 'running' && script.attemptId !== command.attemptId)) {
      this.violations.push(`two events ran at once on ${host.name}: ${event} of ${deploymentId} began beside another`);
    }
    if (this.#behaviour.onceEvents(deploymentId).includes(event)) this.#checkOnce(host, command);
    if (touching.includes(event)) this.#touch(host.name, command);
    this.starts.push({ host: host.name, command, at: this.clock.now() });
    const out = this.outOfService.get(deploymentId) ?? { now: new Set(), most: 0 };
    this.outOfService.set(deploymentId, out);
    out.now.add(host.name);
    out.most = Math.max(out.most, out.now.size);
  }

  /** What runs once is started on one host at most, and left out only where it has run. */
  #checkOnce(host: SimHost, { deploymentId, event, skipsOnce }: RunEventCommand): void {
    const ofEvent = this.starts.filter(({ command }) => command.deploymentId === deploymentId && command.event === event);
    // The last of them, where it was tried again.
    const whole = ofEvent.findLast(({ command }) => command.skipsOnce !== true);
    if (skipsOnce !== true) {
      if (whole !== undefined && (whole.host !== host.name || this.decisions.retries(deploymentId, host.name) === 0)) this.violations.push(`the once scripts of ${event} of ${deploymentId} were started on ${host.name} after ${whole.host}`);
      return;
    }
    const ran = this.members.find((member) => member.host.name === whole?.host)?.host.scripts.get(whole?.command.attemptId ?? '');
    if (ran?.state !== 'succeeded') this.violations.push(`the once scripts of ${event} of ${deploymentId} were left out on ${host.name} and had succeeded nowhere`);
  }

  /** Where traffic is moved, no request may be under way. A node that was reloaded after the command was given nobody could have known of. */
  #touch(host: string, { attemptId, deploymentId, event }: RunEventCommand): void {
    const commandedAt = this.chronicle.attempts.get(attemptId)?.commandedAt ?? 0;
    const why = this.chronicle.movesTraffic(deploymentId) && this.balancer.isAppUp(host) ? this.balancer.whyNotTouch(host, commandedAt - forgottenForMs) : null;
    if (why !== null) this.violations.push(`${event} of ${deploymentId} touched ${host} while ${why}`);
    this.balancer.appDown(host);
  }

  #scriptEnded(host: SimHost, script: Script): void {
    this.note(`${host.name} ENDS ${script.event} of ${script.deploymentId}: ${script.state}`);
    if (script.event === 'ApplicationStart' && script.state === 'succeeded') this.balancer.appUp(host.name);
    const last = this.chronicle.movesTraffic(script.deploymentId) ? 'AfterAllowTraffic' : 'ValidateService';
    if (script.event === last && script.state === 'succeeded') this.outOfService.get(script.deploymentId)?.now.delete(host.name);
  }
}

/** Events after whose start the application is not what it was. */
const touching: readonly string[] = ['ApplicationStop', 'BeforeInstall', 'Install', 'AfterInstall', 'ApplicationStart'];

/** For so long a node that was reloaded may send requests before anybody has seen it. */
const forgottenForMs = 10_000;

/** Two zones in turn; every fifth host does not say. */
function zoneOf(index: number): string | null {
  return index % 5 === 4 ? null : `zone-${index % 2}`;
}

function agentConfig(name: string, joinToken: string, zone: string | null, tags: Member['tags']): AgentConfig {
  return {
    ...(zone === null ? {} : { zone }),
    controllerUrl: 'http://127.0.0.1:4710',
    joinToken,
    instanceName: name,
    tags: [{ Key: 'role', Value: 'web' }, ...tags],
    tagOrigins: {},
    areTagsFixed: true,
    usesEc2Tags: false,
    dataFolder: '/var/lib/fairlead-agent',
    root: null,
    maxRevisions: 5,
    hookGraceMs: 10_000,
    hookUnits: 'never',
    hookEnvironment: {},
    policy: openPolicy(),
    limits: defaultLimits,
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

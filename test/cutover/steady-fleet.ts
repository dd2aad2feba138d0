// A real controller and real agents, each agent the host of a steady-web of its own that is killed without mercy when it is
// stopped: whatever was still under way is lost, and is seen to be.

import assert from 'node:assert/strict';
import { appendFile, cp, mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { bundleFolder } from '../../cli/bundle/bundle-folder.ts';
import type { Client } from '../../cli/client.ts';
import { silentProgress } from '../../cli/progress.ts';
import { watchDeployment, type WatchOutcome } from '../../cli/watch.ts';
import { endProcessesBelow } from '../../examples/demo/processes-below.ts';
import { stablePorts } from '../../examples/traffic/stable-ports.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeployment } from '../../protocol/operations/create-deployment.ts';
import type { DeploymentChange } from '../../protocol/model/deployment-change.ts';
import type { RevisionLocation } from '../../protocol/model/revision.ts';
import type { TargetInstances } from '../../protocol/model/target-instances.ts';
import { realClock } from '../../world/real/clock.ts';
import { RealFleet } from '../system/real-fleet.ts';
import { workOf } from './service.ts';

const source = path.join(import.meta.dirname, '../../examples/steady-web');
export const applicationName = 'steady-web';
/** Long enough for a balancer to find out, had it let in one that is not ready. */
export const warmMs = 800;
/** On a machine that is very busy. */
const deploymentAtMostMs = 180_000;

export interface SteadyHost {
  readonly name: string;
  readonly port: number;
}

export interface HostPlan {
  readonly name: string;
  readonly tags: readonly string[];
}

export interface SteadyOptions {
  readonly others?: readonly string[];
  readonly configOf?: (name: string, folder: string) => string | null;
  /** A folder that is laid over the bundle. */
  readonly overlay?: string;
  /** More lines of host.conf. */
  readonly settingsOf?: (name: string, folder: string) => readonly string[];
}

export class SteadyFleet implements AsyncDisposable {
  readonly fleet: RealFleet;
  readonly hosts: readonly SteadyHost[];
  readonly #overlay: string | null;
  readonly #pushed = new Map<string, RevisionLocation>();

  private constructor(fleet: RealFleet, hosts: readonly SteadyHost[], overlay: string | null) {
    this.fleet = fleet;
    this.#overlay = overlay;
    this.hosts = hosts;
  }

  /** `others` are instances without a steady-web; `configOf` is of any of them, told the folder that all is below. */
  static async start(plans: readonly HostPlan[], { others = [], configOf = () => null, overlay, settingsOf = () => [] }: SteadyOptions = {}): Promise<SteadyFleet> {
    const ports = await stablePorts(plans.length);
    const hosts = plans.map(({ name, tags }, index) => ({ name, tags, port: ports[index] ?? 0 }));
    const agents = [...hosts.map(({ name, tags, port }) => ({ name, tags: [...tags, `port=${port}`] })), ...others.map((name) => ({ name, tags: ['role=other'] }))];
    const fleet = await RealFleet.startEach(agents, configOf);
    const steady = new SteadyFleet(fleet, hosts, overlay ?? null);
    for (const { name, port } of steady.hosts) {
      const settings = path.join(fleet.rootOf(name), 'etc/steady-web');
      await mkdir(settings, { recursive: true });
      const lines = [`name=${name}`, `port=${port}`, `warm_ms=${warmMs}`, 'stop_signal=KILL', `node=${process.execPath}`, ...settingsOf(name, fleet.folder)];
      await writeFile(path.join(settings, 'host.conf'), `${lines.join('\n')}\n`);
    }
    await fleet.client.call(createApplication, { applicationName });
    return steady;
  }

  get client(): Client {
    return this.fleet.client;
  }

  /** The bundle of a version; pushed once. */
  async revision(version: string): Promise<RevisionLocation> {
    const pushed = this.#pushed.get(version) ?? (await this.#push(version));
    this.#pushed.set(version, pushed);
    return pushed;
  }

  async #push(version: string, change: (folder: string) => Promise<void> = async () => undefined): Promise<RevisionLocation> {
    const folder = path.join(this.fleet.folder, 'bundles', version);
    await cp(source, folder, { recursive: true });
    if (this.#overlay !== null) await cp(this.#overlay, folder, { recursive: true });
    await writeFile(path.join(folder, 'app/version'), `${version}\n`);
    await appendFile(path.join(folder, 'appspec.yml'), '  AfterInstall:\n    - location: scripts/hold.sh\n      timeout: 120\n');
    await writeFile(path.join(folder, 'scripts/hold.sh'), '#!/bin/sh\nwhile [ -e "$FAIRLEAD_ROOT/hold" ]; do sleep 0.05; done\n', { mode: 0o755 });
    await change(folder);
    return (await this.client.upload({ applicationName, bundleType: 'tgz', key: null, body: bundleFolder(folder, 'tgz').stream() })).revision;
  }

  /** A bundle whose service ends as soon as it is started. */
  async brokenRevision(version: string): Promise<RevisionLocation> {
    return this.#push(version, async (folder) => writeFile(path.join(folder, 'app/service.mjs'), 'process.exit(1);\n'));
  }

  async begin(deploymentGroupName: string, version: string | RevisionLocation, deploymentConfigName: string, targetInstances?: TargetInstances): Promise<string> {
    const revision = typeof version === 'string' ? await this.revision(version) : version;
    const to = targetInstances === undefined ? {} : { targetInstances };
    const { deploymentId } = await this.client.call(createDeployment, { applicationName, deploymentGroupName, revision, deploymentConfigName, ...to });
    return deploymentId!;
  }

  follow(deploymentId: string): Promise<WatchOutcome> {
    return watchDeployment(this.client, realClock, deploymentId, silentProgress, AbortSignal.timeout(deploymentAtMostMs));
  }

  /** Follows a deployment to its end, which must be a good one. */
  async succeeds(deploymentId: string): Promise<DeploymentChange> {
    const { end, last } = await this.follow(deploymentId);
    // Of each target: a deployment may succeed without some.
    const bad = last.targets.map(({ instanceTarget }) => instanceTarget).filter(({ status }) => status !== 'Succeeded');
    const why = bad.flatMap(({ targetId, lifecycleEvents }) => lifecycleEvents.filter(({ status }) => status === 'Failed').map((event) => `${targetId} failed at ${event.lifecycleEventName}: ${event.diagnostics?.message} ${event.diagnostics?.logTail}`));
    assert.ok(end === 'Succeeded' && bad.length === 0, `${deploymentId} ended as ${end} ${last.deployment.errorInformation?.message ?? ''}\n${why.join('\n')}`);
    return last;
  }

  /** From now on a deployment stops on this host between Install and ApplicationStart, until it is released. */
  async hold(name: string): Promise<void> {
    await writeFile(path.join(this.fleet.rootOf(name), 'hold'), '');
  }

  async release(name: string): Promise<void> {
    await rm(path.join(this.fleet.rootOf(name), 'hold'), { force: true });
  }

  /** Is there a service on this host that takes connections? */
  async isListening(name: string): Promise<boolean> {
    const { port } = this.hosts.find((host) => host.name === name)!;
    const answer = await fetch(`http://127.0.0.1:${port}/livez`, { headers: { connection: 'close' }, signal: AbortSignal.timeout(5_000) }).catch(() => null);
    await answer?.body?.cancel();
    return answer !== null;
  }

  /** What the services of all hosts have begun and ended, since ever. */
  async work(): Promise<{ readonly begun: number; readonly ended: number }> {
    const each = await Promise.all(this.hosts.map(({ name }) => workOf(path.join(this.fleet.rootOf(name), 'run/steady-web/counts'))));
    return { begun: each.reduce((sum, one) => sum + one.begun, 0), ended: each.reduce((sum, one) => sum + one.ended, 0) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Agents first: without them nobody starts services again. The services are nobody's children.
    for (const name of [...this.fleet.names()].toReversed()) await this.fleet.killHard(name);
    const left = await endProcessesBelow(this.fleet.folder);
    await this.fleet[Symbol.asyncDispose]();
    if (left.length > 0) throw new Error(`Processes ${left.join(', ')} would not end.`);
  }
}

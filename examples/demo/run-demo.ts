// The walk, step by step: a fleet of three, version 1 everywhere at once, version 2 one host after the other, version 3
// broken, caught by its own validation and rolled back. Every step ends with the question that counts: which version does
// each service serve? What was expected and what was seen go into the report.

import { makeReleases } from './releases.ts';
import type { Releases } from './releases.ts';
import { checkExpectations } from './expectations.ts';
import type { Expectation, Expectations } from './expectations.ts';
import { deployRelease } from './deploy-release.ts';
import type { DeployedRelease } from './deploy-release.ts';
import { applicationName, groupName, helloWebs, startFleet } from './fleet.ts';
import type { Fleet, Layout } from './fleet.ts';
import { versionsServed } from './services.ts';
import { createApplication } from '../../protocol/operations/create-application.ts';
import { createDeploymentGroup } from '../../protocol/operations/create-deployment-group.ts';

export interface DemoOptions {
  readonly out: { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number; write(text: string): unknown };
  /** Ends the demo early; everything is cleaned up all the same. */
  readonly signal?: AbortSignal;
  /** Called when all steps are done, with the fleet still up. */
  readonly beforeCleanUp?: (fleet: Fleet) => Promise<void>;
  /** For the whole walk, without `beforeCleanUp`; 105 000 when not given. */
  readonly timeoutMs?: number;
}

export interface DemoReport {
  readonly expectations: readonly Expectation[];
  readonly allHeld: boolean;
  /** In order; a step that was not reached is not there. */
  readonly releases: readonly DeployedRelease[];
  readonly durationMs: number;
  /** Why the walk ended early, in a sentence; null when it did not. */
  readonly trouble: string | null;
  /** Ids of the server's and the agents' processes: gone by now. */
  readonly processIds: readonly number[];
  /** Removed by now. */
  readonly folder: string;
}

/** What is shown, and on which hosts. */
export interface Play {
  readonly layout: Layout;
  walk(stage: Stage): Promise<void>;
}

export interface Stage {
  readonly fleet: Fleet;
  readonly options: DemoOptions;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
  readonly expectations: Expectations;
  readonly releases: DeployedRelease[];
  /** Ended with the fleet, in the reverse of this order, before its folder goes. */
  readonly opened: AsyncDisposableStack;
}

/** Runs the demo. Never throws for what goes wrong in it: `trouble` and the expectations say so. */
export async function runDemo(options: DemoOptions, play: Play = { layout: helloWebs, walk }): Promise<DemoReport> {
  const startedAt = performance.now();
  const timeout = AbortSignal.timeout(options.timeoutMs ?? 105_000);
  const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]);
  const say = (line: string): void => void options.out.write(`${line}\n`);
  const expectations = checkExpectations(say);
  const releases: DeployedRelease[] = [];
  const fleet = await startFleet(say, play.layout);
  const opened = new AsyncDisposableStack();
  let trouble: string | null = null;
  try {
    await fleet.start(signal);
    await play.walk({ fleet, options, signal, say, expectations, releases, opened });
    say(`\nThe walk took ${((performance.now() - startedAt) / 1000).toFixed(0)} s.`);
    await options.beforeCleanUp?.(fleet);
  } catch (error) {
    trouble = signal.aborted ? reasonOf(signal, timeout) : error instanceof DemoTrouble ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error);
    say(`\nThe demo ends early: ${trouble}`);
    if (!(options.signal?.aborted ?? false)) (await fleet.lastWords()).forEach(say);
  } finally {
    say('\nEnding what was started, and removing its folder.');
    await opened.disposeAsync();
    const left = await fleet.end();
    expectations.expect('nothing is left running', left.length === 0, left.join(', ') || 'nothing');
  }
  const allHeld = trouble === null && expectations.list.every((one) => one.holds);
  say(allHeld ? `All ${expectations.list.length} expectations held.` : 'Not everything was as expected; see above.');
  return {
    expectations: expectations.list,
    allHeld,
    releases,
    durationMs: performance.now() - startedAt,
    trouble,
    processIds: fleet.processIds(),
    folder: fleet.folder,
  };
}

function reasonOf(signal: AbortSignal, timeout: AbortSignal): string {
  if (timeout.aborted && signal.reason === timeout.reason) return 'it took too long.';
  return signal.reason instanceof Error ? `${signal.reason.message}.` : String(signal.reason);
}

/** A step went wrong in a way that the expectations have told already. */
export class DemoTrouble extends Error {}

async function walk({ fleet, options, signal, say, expectations, releases }: Stage): Promise<void> {
  const { client } = fleet;
  const hosts = fleet.instances.map((instance) => instance.name);

  const step = async (number: 1 | 2 | 3, folder: string, config: string): Promise<DeployedRelease> => {
    const deployed = await deployRelease({ client, folder, applicationName, deploymentGroupName: groupName, config, out: options.out, signal, say });
    releases.push(deployed);
    const versions = await versionsServed(fleet.instances);
    versions.forEach(({ name, version }) => say(`  ${name} serves ${version ?? 'nothing'}`));
    const expected = number === 1 ? '1.0.0' : '2.0.0';
    const served = expectations.expect(
      number === 3 ? 'after the rollback all three services serve 2.0.0 again' : `all three services serve ${expected}`,
      versions.length === hosts.length && versions.every(({ version }) => version === expected),
      versions.map(({ version }) => version ?? 'nothing').join(', '),
    );
    // What follows stands on this.
    if (!served && number < 3) throw new DemoTrouble(`version ${expected} is not served everywhere.`);
    return deployed;
  };

  const made: Releases = await makeReleases(fleet.folder);
  await client.call(createApplication, { applicationName });
  await client.call(createDeploymentGroup, {
    applicationName,
    deploymentGroupName: groupName,
    serviceRoleArn: 'arn:aws:iam::000000000000:role/fairlead-needs-no-role',
    onPremisesInstanceTagFilters: [{ Key: 'role', Value: 'web', Type: 'KEY_AND_VALUE' }],
    deploymentConfigName: 'CodeDeployDefault.OneAtATime',
    autoRollbackConfiguration: { enabled: true, events: ['DEPLOYMENT_FAILURE'] },
  });

  say('\nVersion 1.0.0, everywhere at once (CodeDeployDefault.AllAtOnce)\n');
  const first = await step(1, made.first, 'CodeDeployDefault.AllAtOnce');
  expectations.expect('the deployment of 1.0.0 succeeds', first.status === 'Succeeded', first.status);

  say('\nVersion 2.0.0, one host after the other (CodeDeployDefault.OneAtATime)\n');
  const second = await step(2, made.second, 'CodeDeployDefault.OneAtATime');
  expectations.expect('the deployment of 2.0.0 succeeds', second.status === 'Succeeded', second.status);
  expectations.expect('never was more than one host away', second.mostInProgress === 1, `${second.mostInProgress} at once`);

  say('\nVersion 3.0.0, which forgot its greeting: its own ValidateService finds out\n');
  const third = await step(3, made.broken, 'CodeDeployDefault.OneAtATime');
  const failed = third.targets.filter((target) => target.status === 'Failed');
  const skipped = third.targets.filter((target) => target.status === 'Skipped');
  expectations.expect('the deployment of 3.0.0 fails', third.status === 'Failed', `${third.status} ${third.errorCode ?? ''}`.trim());
  expectations.expect(
    'it was stopped after the first host, at ValidateService',
    failed.length === 1 && skipped.length === hosts.length - 1 && failed[0]?.failedEvent === 'ValidateService',
    third.targets.map((target) => `${target.name} ${target.status}${target.failedEvent === null ? '' : ` at ${target.failedEvent}`}`).join(', '),
  );
  expectations.expect('it was rolled back by itself', third.rollback?.status === 'Succeeded', third.rollback === null ? 'no rollback' : `${third.rollback.deploymentId} ${third.rollback.status}`);
}

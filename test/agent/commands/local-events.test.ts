// OnFailure, AfterRollback and readiness: the events and checks that only the host knows of.

import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { archiveLayout } from '../../../agent/archive-layout.ts';
import { withOnFailure } from '../../../agent/commands/on-failure.ts';
import { makeRunHooks } from '../../../agent/commands/run-event.ts';
import type { RunEventParts } from '../../../agent/commands/run-event.ts';
import { unsuccessful } from '../../../agent/executors.ts';
import type { AttemptContext, Ending, Executor } from '../../../agent/executors.ts';
import type { ScriptStart } from '../../../agent/journal-state.ts';
import { openGate } from '../../../agent/policy/gate.ts';
import { openPolicy } from '../../../agent/policy/policy.ts';
import type { RunEventCommand } from '../../../protocol/session/frames.ts';
import { silentLog } from '../../../world/log.ts';
import { makeRealWorld } from '../../../world/real/real-world.ts';
import type { World } from '../../../world/world.ts';
import { eventually } from '../../hooks/bench.ts';
import { runEventCommand } from '../commands-of.ts';

describe('events that only the host knows of', () => {
  let folder: string;
  let world: World;
  let starts: ScriptStart[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'fairlead-local-'));
    world = { ...makeRealWorld(), log: silentLog };
    starts = [];
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const layout = () => archiveLayout(join(folder, 'data'));
  const said = (name: string): string => {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch {
      return '';
    }
  };

  /** Puts the revision being deployed on the host: an AppSpec's body, and scripts by name. */
  function unpack(appSpec: string, scripts: Readonly<Record<string, string>>): void {
    const { archive } = layout().deployment('group-1', 'd-NEW');
    mkdirSync(archive, { recursive: true });
    writeFileSync(join(archive, 'appspec.yml'), `version: 0.0\nos: linux\n${appSpec}`);
    for (const [name, body] of Object.entries(scripts)) writeFileSync(join(archive, name), `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  }

  const hooksOf = (...events: readonly string[]): string => `hooks:\n${events.map((event) => `  ${event}:\n    - location: ${event}.sh\n      timeout: 30\n`).join('')}`;

  function parts(changes: Partial<RunEventParts> = {}): RunEventParts {
    return { world, layout: layout(), root: null, hookEnvironment: { PATH: '/usr/bin:/bin', OUT: folder }, hookGraceMs: 100, gate: openGate(openPolicy(), world, layout()), ...changes };
  }

  interface Life {
    readonly cancelled?: AbortController;
    readonly leaving?: AbortController;
  }

  /** One life of the agent with one attempt; starts are journalled across lives. */
  function live(executor: Executor, command: Partial<RunEventCommand>, { cancelled = new AbortController(), leaving = new AbortController() }: Life = {}): Promise<Ending> {
    const context: AttemptContext = {
      log: silentLog,
      group: { lastSuccessful: null, mostRecent: null },
      scriptStarts: [...starts],
      recordScriptStart: async (start) => {
        starts.push(start);
      },
      cancelled: cancelled.signal,
      leaving: leaving.signal,
    };
    return executor(runEventCommand({ event: 'AfterInstall', deploymentId: 'd-NEW', ...command }), context);
  }

  const run = (command: Partial<RunEventCommand>, life: Life = {}, changes: Partial<RunEventParts> = {}): Promise<Ending> => live(withOnFailure(parts(changes), makeRunHooks(parts(changes))), command, life);

  describe('OnFailure', () => {
    const onFailure = 'echo "$LIFECYCLE_EVENT after $FAIRLEAD_FAILED_EVENT" >> $OUT/onfailure';

    it('runs after a script failed, and leaves the diagnostics to the event', async () => {
      unpack(hooksOf('AfterInstall', 'OnFailure'), { 'AfterInstall.sh': 'exit 7', 'OnFailure.sh': onFailure });
      const { outcome, diagnostics, warnings } = await run({});
      assert.equal(outcome, 'Failed');
      assert.match(diagnostics.message, /AfterInstall\.sh failed with exit code 7/);
      assert.ok(!diagnostics.logTail.includes('OnFailure'));
      assert.deepEqual(warnings, ['OnFailure ran and succeeded.']);
      assert.equal(said('onfailure'), 'OnFailure after AfterInstall\n');
      assert.match(readFileSync(layout().deployment('group-1', 'd-NEW').scriptLog, 'utf8'), /LifecycleEvent - AfterInstall[^]*LifecycleEvent - OnFailure[^]*Script - OnFailure\.sh/);
      assert.equal(new Set(starts.map(({ index }) => index)).size, 2, 'its starts cannot be taken for the event’s');
    });

    it('says in a warning that it failed itself', async () => {
      unpack(hooksOf('AfterInstall', 'OnFailure'), { 'AfterInstall.sh': 'exit 7', 'OnFailure.sh': 'exit 3' });
      const { diagnostics, warnings } = await run({});
      assert.match(diagnostics.message, /exit code 7/);
      assert.match(warnings.join(), /^OnFailure ran and ended as Failed: .*OnFailure\.sh failed with exit code 3\.$/);
    });

    it('does not run after success, after a cancellation, or where there is none', async () => {
      unpack(hooksOf('AfterInstall', 'OnFailure'), { 'AfterInstall.sh': 'true', 'OnFailure.sh': onFailure });
      assert.equal((await run({})).outcome, 'Succeeded');
      starts = [];
      const cancelled = new AbortController();
      cancelled.abort(new Error('stopped'));
      assert.equal((await run({ attemptId: 'a2' }, { cancelled })).outcome, 'Cancelled');
      starts = [];
      unpack(hooksOf('AfterInstall'), { 'AfterInstall.sh': 'exit 1' });
      assert.deepEqual((await run({ attemptId: 'a3' })).warnings, []);
      assert.equal(said('onfailure'), '');
    });

    it('runs after an Install that failed once the bundle was there, and not where there is no bundle', async () => {
      const failing: Executor = () => Promise.resolve(unsuccessful('Failed', 'the disk is full'));
      const throwing: Executor = () => Promise.reject(new Error('the thread died'));
      assert.deepEqual((await live(withOnFailure(parts(), failing), { event: 'Install', attemptId: 'a1' })).warnings, []);
      unpack(hooksOf('OnFailure'), { 'OnFailure.sh': onFailure });
      assert.match((await live(withOnFailure(parts(), failing), { event: 'Install', attemptId: 'a2' })).diagnostics.message, /the disk is full/);
      starts = [];
      assert.match((await live(withOnFailure(parts(), throwing), { event: 'Install', attemptId: 'a3' })).diagnostics.message, /the thread died/);
      assert.equal(said('onfailure'), 'OnFailure after Install\n'.repeat(2));
    });

    it('goes on with the next agent when this one leaves in its middle: nothing is run twice, and the failure is remembered', async () => {
      unpack(hooksOf('OnFailure'), { 'OnFailure.sh': `${onFailure}\nwhile [ ! -e $OUT/go ]; do sleep 0.02; done` });
      let installs = 0;
      const failing: Executor = () => {
        installs += 1;
        return Promise.resolve(unsuccessful('Failed', `attempt ${installs} failed`));
      };
      const leaving = new AbortController();
      const first = live(withOnFailure(parts(), failing), { event: 'Install' }, { leaving });
      const left = assert.rejects(first);
      await eventually(() => said('onfailure'), 'the script');
      leaving.abort(new Error('bye'));
      await left;
      writeFileSync(join(folder, 'go'), '');
      const { diagnostics, warnings } = await live(withOnFailure(parts(), failing), { event: 'Install' });
      assert.deepEqual([installs, diagnostics.message, warnings], [1, 'attempt 1 failed', ['OnFailure ran and succeeded.']]);
      assert.equal(said('onfailure'), 'OnFailure after Install\n');
      assert.equal(starts.length, 1);
    });
  });

  describe('AfterRollback', () => {
    const scripts = { 'ValidateService.sh': 'echo validated >> $OUT/order', 'AfterRollback.sh': 'echo "$LIFECYCLE_EVENT" >> $OUT/order' };

    it('follows ValidateService of a rollback, and of nothing else', async () => {
      unpack(hooksOf('ValidateService', 'AfterRollback'), scripts);
      assert.equal((await run({ event: 'ValidateService', deploymentCreator: 'user' })).outcome, 'Succeeded');
      assert.equal(said('order'), 'validated\n');
      starts = [];
      assert.equal((await run({ event: 'AfterInstall', attemptId: 'a2', deploymentCreator: 'codeDeployRollback' })).outcome, 'Succeeded');
      assert.equal(said('order'), 'validated\n');
      assert.equal((await run({ event: 'ValidateService', attemptId: 'a3', deploymentCreator: 'codeDeployRollback' })).outcome, 'Succeeded');
      assert.equal(said('order'), 'validated\nvalidated\nAfterRollback\n');
    });

    it('runs also where ValidateService has no scripts, and not after it failed', async () => {
      unpack(hooksOf('AfterRollback'), scripts);
      assert.equal((await run({ event: 'ValidateService', deploymentCreator: 'codeDeployRollback' })).outcome, 'Succeeded');
      assert.equal(said('order'), 'AfterRollback\n');
      starts = [];
      unpack(hooksOf('ValidateService', 'AfterRollback'), { ...scripts, 'ValidateService.sh': 'exit 1' });
      assert.equal((await run({ event: 'ValidateService', attemptId: 'a2', deploymentCreator: 'codeDeployRollback' })).outcome, 'Failed');
      assert.equal(said('order'), 'AfterRollback\n');
    });

    it('fails the event when it fails, which OnFailure then hears of', async () => {
      unpack(hooksOf('ValidateService', 'AfterRollback', 'OnFailure'), { ...scripts, 'AfterRollback.sh': 'exit 9', 'OnFailure.sh': 'echo "$FAIRLEAD_FAILED_EVENT" > $OUT/failed' });
      const { outcome, diagnostics } = await run({ event: 'ValidateService', deploymentCreator: 'codeDeployRollback' });
      assert.equal(outcome, 'Failed');
      assert.match(diagnostics.message, /AfterRollback\.sh failed with exit code 9/);
      assert.equal(said('failed'), 'ValidateService\n');
    });
  });

  describe('readiness', () => {
    /** A world where the service answers by the list, the last entry for ever. */
    function answering(...statuses: readonly number[]): { world: World; looks: string[] } {
      const looks: string[] = [];
      const http: World['probes']['http'] = (url) => {
        looks.push(url);
        const status = statuses[Math.min(looks.length, statuses.length) - 1]!;
        return Promise.resolve(status === 0 ? { kind: 'silent', why: 'the connection was refused' } : { kind: 'answered', status });
      };
      return { looks, world: { ...world, probes: { ...world.probes, http } } };
    }
    const validate = { event: 'ValidateService' };
    const quick = 'minHealthyMs: 0, intervalMs: 50';

    it('is looked at after ValidateService has succeeded, until it holds', async () => {
      unpack(`readiness: {http: {port: 80, path: /health}, ${quick}}\n${hooksOf('ValidateService')}`, { 'ValidateService.sh': 'exit 0' });
      const far = answering(0, 503, 200);
      const { outcome } = await run(validate, {}, { world: far.world });
      assert.equal(outcome, 'Succeeded');
      assert.deepEqual(far.looks, Array(3).fill('http://localhost/health'));
      assert.match(readFileSync(layout().deployment('group-1', 'd-NEW').scriptLog, 'utf8'), /ValidateService\.sh\n[^]*\[fairlead\]The readiness probe GET http:\/\/localhost\/health held .*; 3 looks/);
    });

    it('is looked at also where there are no scripts, and only for ValidateService', async () => {
      unpack(`readiness: {http: {port: 80}, ${quick}}\n`, {});
      const far = answering(200);
      assert.equal((await run({ event: 'ApplicationStart' }, {}, { world: far.world })).outcome, 'Succeeded');
      assert.equal(far.looks.length, 0);
      assert.equal((await run(validate, {}, { world: far.world })).outcome, 'Succeeded');
      assert.equal(far.looks.length, 1);
    });

    it('fails the event with what it saw last, and OnFailure hears of it', async () => {
      unpack(`readiness: {http: {port: 80, expectStatus: 204}, timeoutMs: 150, ${quick}}\n${hooksOf('OnFailure', 'AfterRollback')}`, { 'OnFailure.sh': 'echo "$FAIRLEAD_FAILED_EVENT" > $OUT/failed', 'AfterRollback.sh': 'touch $OUT/rolled' });
      const { outcome, diagnostics } = await run({ ...validate, deploymentCreator: 'codeDeployRollback' }, {}, { world: answering(200).world });
      assert.equal(outcome, 'Failed');
      assert.match(diagnostics.message, /^The readiness probe GET http:\/\/localhost\/ did not hold within 150 ms\. The last look: it answered with status 200, not 204\.$/);
      assert.match(diagnostics.logTail, /did not hold/);
      assert.deepEqual([said('failed'), said('rolled')], ['ValidateService\n', '']);
    });

    it('is not looked at when ValidateService failed', async () => {
      unpack(`readiness: {http: {port: 80}}\n${hooksOf('ValidateService')}`, { 'ValidateService.sh': 'exit 2' });
      const far = answering(200);
      assert.match((await run(validate, {}, { world: far.world })).diagnostics.message, /exit code 2/);
      assert.equal(far.looks.length, 0);
    });

    it('ends as cancelled when the server gives up, and begins afresh with the next agent', async () => {
      unpack(`readiness: {http: {port: 80}, ${quick}}\n`, {});
      const far = answering(503);
      const cancelled = new AbortController();
      const given = run(validate, { cancelled }, { world: far.world });
      await eventually(() => far.looks.length >= 2, 'two looks');
      cancelled.abort(new Error('stopped'));
      assert.equal((await given).outcome, 'Cancelled');
      const leaving = new AbortController();
      const left = assert.rejects(run({ ...validate, attemptId: 'a2' }, { leaving }, { world: far.world }));
      const before = far.looks.length;
      await eventually(() => far.looks.length >= before + 2, 'two more looks');
      leaving.abort(new Error('bye'));
      await left;
      assert.equal((await run({ ...validate, attemptId: 'a2' }, {}, { world: answering(200).world })).outcome, 'Succeeded');
    });

    it('may be a command of the bundle, executable or not, and says what that said', async () => {
      const command = (more: string): string => `readiness: {command: {location: ready.sh, timeout: 1}, ${quick}${more}}\n`;
      unpack(command(''), { 'ready.sh': 'echo x >> $OUT/looks; [ $(wc -l < $OUT/looks) -ge 3 ]' });
      chmodSync(join(layout().deployment('group-1', 'd-NEW').archive, 'ready.sh'), 0o644);
      assert.equal((await run(validate)).outcome, 'Succeeded');
      assert.equal(said('looks'), 'x\n'.repeat(3));
      unpack(command(', timeoutMs: 200'), { 'ready.sh': 'echo "the cache is cold" >&2; exit 4' });
      assert.match((await run({ ...validate, attemptId: 'a2' })).diagnostics.message, /exited with 4, saying "the cache is cold"/);
      unpack(command(', timeoutMs: 200'), { 'ready.sh': 'echo "no entry with hunter2hunter2"; exit 5' });
      assert.match((await run({ ...validate, attemptId: 'a4', redact: ['hunter2hunter2'] })).diagnostics.message, /saying "no entry with \[redacted\]"/);
      unpack(command(', timeoutMs: 200'), { 'ready.sh': 'sleep 60' });
      assert.match((await run({ ...validate, attemptId: 'a3' })).diagnostics.message, /did not end within 1 s/);
    });
  });
});
